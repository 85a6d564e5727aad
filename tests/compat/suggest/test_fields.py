"""Fields that moved, repeat another, were cut up, or need a value."""

import pytest

from compat.suggest.candidate import Sort
from compat.suggest.ranking import BEST_MIN
from compat.suggest.tables import PAIRS_MAX
from tests.compat.suggest.finding import (
    BOTH_SIDES,
    best,
    found,
    reasons,
    specs,
    the,
    things,
    words,
)

# --- moves ----------------------------------------------------------------------------------------


def test_a_field_that_went_into_an_object_is_moved() -> None:
    candidates = things(
        "{id: string, capacity: integer, spec: {tier: string}}",
        "{id: string, spec: {tier: string, capacity: integer}}",
    )
    one = the(candidates, Sort.MOVE, move={"capacity": "spec.capacity"})
    assert one.best
    assert "both are called capacity" in reasons(one)


def test_a_field_that_came_out_of_an_object_is_moved() -> None:
    candidates = things(
        "{id: string, spec: {capacity: integer}}", "{id: string, capacity: integer}"
    )
    assert best(candidates, Sort.MOVE) == [[{"at": "Thing", "move": {"spec.capacity": "capacity"}}]]


def test_a_field_may_have_given_its_name_to_the_object_it_went_into() -> None:
    candidates = things(
        "{Images: [Image], Volumes: [Image]}".replace("[Image]", "[{id: string}]"),
        "{ImageUsage: {Items: [{id: string}]}, VolumeUsage: {Items: [{id: string}]}}",
    )
    assert best(candidates, Sort.MOVE) == [
        [{"at": "Thing", "move": {"Images": "ImageUsage.Items"}}],
        [{"at": "Thing", "move": {"Volumes": "VolumeUsage.Items"}}],
    ]


def test_two_fields_may_move_into_one_object_but_neither_is_renamed_to_it() -> None:
    candidates = things(
        "{id: string, host: string, port: integer}",
        "{id: string, portal: {host: string, port: integer}}",
    )
    assert len(best(candidates, Sort.MOVE)) == 2
    assert best(candidates, Sort.RENAME) == []


def test_a_name_with_a_dot_is_written_as_a_list() -> None:
    candidates = things("{id: string, a.b: integer}", "{id: string, spec: {a.b: integer}}")
    assert best(candidates, Sort.MOVE) == [[{"at": "Thing", "move": [[["a.b"], ["spec", "a.b"]]]}]]


def test_moves_are_not_sought_without_end_in_an_object_that_holds_itself() -> None:
    candidates = found(
        *specs(
            "Thing: {size: integer, next: Thing}", "Thing: {next: Thing, space: {size: integer}}"
        )
    )
    assert best(candidates, Sort.MOVE) == [[{"at": "Thing", "move": {"size": "space.size"}}]]


def test_among_too_many_fields_only_those_of_one_name_are_held_to_have_moved() -> None:
    many = ", ".join(f"f{number}x: integer" for number in range(PAIRS_MAX // 50))
    others = many.replace("x:", "y:")
    candidates = things(
        f"{{id: string, size: integer, spec: {{a: string}}, {many}}}",
        f"{{id: string, spec: {{a: string, size: integer, {others}}}}}",
    )
    assert best(candidates, Sort.MOVE) == [[{"at": "Thing", "move": {"size": "spec.size"}}]]


# --- copies ---------------------------------------------------------------------------------------

VIRTUAL = "{type: integer, description: Deprecated. It is equal to Size.}"


def test_a_field_of_answers_that_repeats_another_is_copied() -> None:
    operations = {"GET /things": "{200: Thing}"}
    old, new = f"Thing: {{Size: integer, VirtualSize: {VIRTUAL}}}", "Thing: {Size: integer}"
    one = the(found(*specs(old, new, operations)), Sort.COPY)
    assert words(one) == [{"at": "Thing", "copy": {"VirtualSize": "Size"}}]
    assert one.is_likely
    assert "equal to Size" in reasons(one)


def test_a_parameter_that_was_renamed_long_ago_is_taken_over() -> None:
    told = "{type: integer, description: It has been renamed to reserved-space.}"
    old = {
        "POST /prune": f"{{query: {{keep-storage: {told}, reserved-space: integer}}, 200: null}}"
    }
    new = {"POST /prune": "{query: {reserved-space: integer}, 200: null}"}
    one = the(found(*specs("{}", "{}", old, new)), Sort.COPY)
    assert words(one) == [{"at": "POST /prune query", "copy": {"reserved-space": "keep-storage"}}]


def test_an_added_field_may_repeat_one_as_well() -> None:
    told = "{type: string, description: An alias for name.}"
    one = the(things("{name: string}", f"{{name: string, title: {told}}}"), Sort.COPY)
    assert words(one) == [{"at": "Thing", "copy": {"title": "name"}}]


def test_a_field_that_only_looks_like_another_repeats_nothing() -> None:
    candidates = things("{size: integer, space: integer}", "{size: integer}")
    assert best(candidates, Sort.COPY) == []


# --- cuts -----------------------------------------------------------------------------------------


def test_one_text_may_have_become_several() -> None:
    candidates = things(
        "{host_port: {type: string, example: 'a.example:3260'}}", "{host: string, port: string}"
    )
    cut = {"field": "host_port", "parts": ["host", "port"], "separator": ":"}
    one = the(candidates, Sort.SPLIT, split=cut)
    assert one.best
    assert "their names together are host_port" in reasons(one)
    assert "has ':' in it" in reasons(one)


def test_several_texts_may_have_become_one() -> None:
    told = "{type: string, description: 'The given_name and the family_name with a space'}"
    candidates = things("{given_name: string, family_name: string}", f"{{label: {told}}}")
    cut = {"field": "label", "parts": ["given_name", "family_name"], "separator": " "}
    one = the(candidates, Sort.MERGE, merge=cut)
    assert "names given_name, family_name" in reasons(one)


def test_a_number_is_not_cut() -> None:
    candidates = things("{name: integer}", "{first_name: string, last_name: string}")
    assert [one for one in candidates if one.sort in (Sort.SPLIT, Sort.MERGE)] == []


# --- values to supply -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value", "reason", "is_best"),
    [
        ("{type: boolean, example: true}", True, "an example", True),
        ("{type: integer, nullable: true}", None, "may be null", True),
        ("{type: string, enum: [only]}", "only", "its only value", True),
        ("{type: string, enum: [first, second]}", "first", "the first of its values", False),
        ("{type: array, items: {type: string}}", [], "an empty list", True),
        ("{type: object, properties: {}}", {}, "an empty object", True),
        ("{type: boolean}", False, "the usual default", False),
    ],
)
def test_a_field_that_became_required_gets_a_value_that_the_spec_shows(
    schema: str, value: object, reason: str, is_best: bool
) -> None:
    candidates = things("{a: string}", f"{{a: string, new!: {schema}}}")
    one = the(candidates, Sort.DEFAULT, default={"new": value})
    assert (reason in reasons(one), one.best) == (True, is_best)


def test_an_example_of_the_whole_object_shows_the_value_too() -> None:
    keywords = "type: object, required: [thin], properties: {thin: {type: boolean}}"
    old, new = "Thing: {a: string}", f"Thing: {{{keywords}, example: {{thin: true}}}}"
    one = the(found(*specs(old, new)), Sort.DEFAULT, default={"thin": True})
    assert one.best


def test_a_value_of_the_other_version_may_be_wanted_as_well() -> None:
    candidates = things("{a!: {type: boolean, example: false}}", "{a: boolean}")
    assert best(candidates, Sort.DEFAULT) == [[{"at": "Thing", "default": {"a": False}}]]


@pytest.mark.parametrize(
    "new",
    ["new: [string]", "new!: {type: array, items: {type: string}, default: []}"],
    ids=["optional", "with a default"],
)
def test_no_value_is_wanted_where_none_is_needed(new: str) -> None:
    candidates = things("{a: string}", f"{{a: string, {new}}}")
    assert [one for one in candidates if one.sort is Sort.DEFAULT] == []


def test_a_field_that_may_be_missing_is_not_supplied_once_it_is_gone() -> None:
    candidates = things("{a: string, gone: [string]}", "{a: string}")
    assert [one for one in candidates if one.sort is Sort.DEFAULT] == []


def test_a_required_field_that_is_a_renamed_one_needs_no_value() -> None:
    candidates = things("{thinly!: [string]}", "{thin_ly!: [string]}")
    assert best(candidates, Sort.DEFAULT) == []
    assert len(best(candidates, Sort.RENAME)) == 1


def test_nothing_is_guessed_for_a_text_or_a_number() -> None:
    candidates = things("{a: string}", "{a: string, name!: string, size!: integer}")
    assert [one for one in candidates if one.score >= BEST_MIN] == []


def test_both_sides_of_the_exchange_give_one_candidate() -> None:
    assert len(BOTH_SIDES) == 1
    candidates = things("{bootSource: string}", "{boot_source: string}")
    assert len([one for one in candidates if one.sort is Sort.RENAME]) == 1
