"""Values that got another name, another type or another unit; statuses that moved."""

import pytest

from compat.suggest.candidate import Sort
from tests.compat.suggest.finding import best, found, reasons, specs, the, things, words


def test_the_only_values_left_on_both_sides_may_be_one() -> None:
    candidates = things("{state: on|off|broken}", "{state: on|off|faulted}")
    one = the(candidates, Sort.VALUES, values={"broken": "faulted"})
    assert one.best
    assert "no other value was removed or added" in reasons(one)
    assert words(one)[0]["at"] == "Thing.state"


def test_values_with_words_in_common_belong_together() -> None:
    candidates = things("{state: on|going_up|going_down}", "{state: on|gone_up|coming_down}")
    assert best(candidates, Sort.VALUES) == [
        [{"at": "Thing.state", "values": {"going_down": "coming_down"}}],
        [{"at": "Thing.state", "values": {"going_up": "gone_up"}}],
    ]


def test_opposite_values_do_not() -> None:
    candidates = things("{state: on|started}", "{state: on|stopped}")
    one = the(candidates, Sort.VALUES, values={"started": "stopped"})
    assert not one.best
    assert "started and stopped are opposites" in reasons(one)


def test_a_new_value_may_be_shown_to_old_clients_as_the_one_for_all_others() -> None:
    candidates = things("{state: on|unknown}", "{state: on|unknown|moving}")
    assert best(candidates, Sort.VALUES) == [[{"at": "Thing.state", "back": {"moving": "unknown"}}]]


def test_a_removed_value_may_become_the_one_for_all_others() -> None:
    candidates = things("{state: on|unknown|moving}", "{state: on|unknown}")
    assert best(candidates, Sort.VALUES) == [
        [{"at": "Thing.state", "values": {"moving": "unknown"}}]
    ]


def test_numbers_of_an_enum_are_written_as_pairs() -> None:
    old, new = (f"{{level: {{type: integer, enum: [1, 2, {last}]}}}}" for last in (3, 4))
    one = the(things(old, new), Sort.VALUES, values=[[3, 4]])
    assert one.best


def test_values_are_named_where_the_enum_stands_for_itself_alone() -> None:
    """`State` of the old version became two enums, of which one has the new value."""
    old = "Thing: {a: State, b: State}\nState: on|off|broken"
    new = "Thing: {a: Status, b: Mode}\nStatus: on|off|faulted\nMode: on|off|broken|dim"
    one = the(found(*specs(old, new)), Sort.VALUES, values={"broken": "faulted"})
    assert words(one)[0]["at"] == "Status"


# --- types and units ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "encoding"),
    [
        ("integer", "{type: string, example: '42'}", "text"),
        ("{type: string, example: 'true'}", "boolean", "text"),
        ("boolean", "integer", "bit"),
        ("integer", "boolean", "bit"),
    ],
)
def test_another_type_may_be_another_way_to_write_the_value(
    old: str, new: str, encoding: str
) -> None:
    one = the(things(f"{{a: {old}}}", f"{{a: {new}}}"), Sort.ENCODE, encode=encoding)
    assert one.best
    assert one.is_likely


def test_a_text_that_does_not_read_as_a_number_is_hardly_one() -> None:
    candidates = things("{a: integer}", "{a: {type: string, example: large}}")
    assert not the(candidates, Sort.ENCODE, encode="text").best


def test_a_text_became_an_object_in_no_way_that_could_be_guessed() -> None:
    assert [one for one in things("{a: string}", "{a: {b: string}}") if one.best] == []


def test_a_unit_that_only_the_description_tells_gives_a_scale() -> None:
    candidates = things(
        "{timeout: {type: integer, description: How long to wait in seconds}}",
        "{timeout: {type: integer, description: How long to wait in milliseconds}}",
    )
    one = the(candidates, Sort.SCALE, scale="1000")
    assert one.best
    assert words(one)[0]["at"] == "Thing.timeout"
    assert "said seconds, and says milliseconds now" in reasons(one)


def test_a_unit_in_the_title_counts_and_converted_bounds_confirm_it() -> None:
    candidates = things(
        "{size: {type: integer, title: Size in bytes, minimum: 1048576}}",
        "{size: {type: integer, title: Size in KiB, minimum: 1024}}",
    )
    one = the(candidates, Sort.SCALE, scale="1/1024")
    assert "converted alike" in reasons(one)
    assert one.score > 0.7


def test_numbers_that_stayed_speak_against_another_unit() -> None:
    candidates = things(
        "{size: {type: integer, title: Size in bytes, maximum: 9}}",
        "{size: {type: integer, title: Size in KiB, maximum: 9}}",
    )
    assert "stayed as they were" in reasons(the(candidates, Sort.SCALE))


def test_a_parameter_may_count_in_another_unit() -> None:
    operations = [
        {"GET /things": f"{{query: {{wait: {{type: integer, title: Wait in {unit}}}}}, 200: null}}"}
        for unit in ("minutes", "seconds")
    ]
    one = the(found(*specs("{}", "{}", *operations)), Sort.SCALE, scale="60")
    assert words(one)[0]["at"] == "GET /things query.wait"


@pytest.mark.parametrize("text", ["How long", "Wait some seconds", "Bytes per second"])
def test_the_same_unit_or_none_is_no_reason_to_scale(text: str) -> None:
    old = f"{{wait: {{type: integer, description: {text}}}}}"
    new = "{wait: {type: integer, description: Wait some seconds longer}}"
    assert [one for one in things(old, new) if one.sort is Sort.SCALE] == []


# --- statuses -------------------------------------------------------------------------------------


def statuses(old: str, new: str) -> list[list[dict[str, object]]]:
    operations = [{"GET /things": f"{{200: null, {one}}}"} for one in (old, new)]
    return best(found(*specs("{}", "{}", *operations)), Sort.STATUS)


def test_the_only_error_of_a_class_that_each_version_names_may_have_moved() -> None:
    assert statuses("404: null, 500: null", "409: null, 500: null") == [
        [{"at": "GET /things response", "status": {"404": 409}}]
    ]


def test_statuses_that_say_nearly_the_same_belong_together() -> None:
    assert statuses("400: null, 404: null", "422: null, 410: null") == [
        [{"at": "GET /things response", "status": {"400": 422}}],
        [{"at": "GET /things response", "status": {"404": 410}}],
    ]


def test_an_error_of_another_class_is_another_error() -> None:
    assert statuses("404: null", "500: null") == []
