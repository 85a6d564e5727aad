"""Parameters of every part of a request, and headers of answers."""

import pytest

from compat.intent.model import Encode, Encoding, MapEnum, RenameFields, Supply, Then
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import interface

GET = "GET /volumes"


def queries(
    old: str, new: str, *bridges: tuple[str, RenameFields | Supply | MapEnum | Encode]
) -> Bridge:
    """The bridge between two queries of GET /volumes."""
    return bridge(
        interface({GET: f"{{query: {old}}}"}),
        interface({GET: f"{{query: {new}}}"}),
        intent(*bridges),
    )


def query(*pairs: str) -> Message:
    """`a=1`, `b=2`."""
    return Message(query=tuple((name, text) for name, _, text in (p.partition("=") for p in pairs)))


# --- a table of names like any other --------------------------------------------------------------


def test_a_renamed_parameter_has_its_own_name_on_each_side() -> None:
    made = queries(
        "{q: string}", "{search: string}", (f"{GET} query", RenameFields(names={"q": "search"}))
    )
    assert made.found == {f"parameter-renamed {GET} query.q": ("lossless", "lossless")}
    assert made.sends(OLD, GET, query("q=a", "x=1")) == query("x=1", "search=a")
    assert made.sends(NEW, GET, query("search=a")) == query("q=a")


def test_a_new_parameter_is_refused_by_name_when_it_is_used() -> None:
    made = queries("{a: string}", "{a: string, deep: boolean}")
    assert made.found == {f"parameter-added {GET} query.deep": ("none", "lossy")}
    assert made.sends(NEW, GET, query("a=1")) == query("a=1")
    with pytest.raises(Refused):
        made.sends(NEW, GET, query("deep=true"))


def test_a_removed_parameter_needs_a_person_s_word() -> None:
    made = queries("{a: string, deep: boolean}", "{a: string}")
    assert made.found == {f"parameter-removed {GET} query.deep": ("needs-intent", "none")}


def test_a_required_parameter_is_supplied_as_text() -> None:
    supply = Supply(values={"deep": True, "tags": ["a", "b"]})
    new = "{deep!: boolean, tags!: {style: csv, of: [string]}}"
    made = queries("{a: string}", "{a: string, " + new[1:], (f"{GET} query", supply))
    assert made.sends(OLD, GET, query()) == query("deep=true", "tags=a,b")
    assert made.sends(NEW, GET, query("deep=true", "tags=a,b")) == query()


def test_a_changed_default_of_a_parameter_is_sent_as_text() -> None:
    made = queries("{n: {type: integer, default: 100}}", "{n: {type: integer, default: 50}}")
    assert made.found == {f"parameter-default-changed {GET} query.n": ("defaulted", "defaulted")}
    assert made.sends(OLD, GET, query()) == query("n=100")
    assert made.sends(NEW, GET, query()) == query("n=50")
    assert made.sends(OLD, GET, query("n=7")) == query("n=7")


def test_header_names_are_compared_in_lower_case() -> None:
    made = bridge(
        interface({GET: "{header: {X-Trace: string}}"}),
        interface({GET: "{header: {x-trace: string}}"}),
    )
    assert made.is_silent


def test_headers_of_the_transport_are_no_parameters() -> None:
    made = bridge(
        interface({GET: "{header: {Authorization: string, Accept: string}}"}, dialect="2.0"),
        interface({GET: "{}"}, dialect="2.0"),
    )
    assert made.is_silent


def test_cookies_are_a_table_too() -> None:
    made = bridge(
        interface({GET: "{cookie: {sid: string}}"}),
        interface({GET: "{cookie: {session: string}}"}),
        intent((f"{GET} cookie", RenameFields(names={"sid": "session"}))),
    )
    sent = made.sends(OLD, GET, Message(headers=(("Cookie", "sid=1; x=2"),)))
    assert sent.headers == (("cookie", "x=2; session=1"),)


# --- values ---------------------------------------------------------------------------------------


def test_values_of_an_enum_are_mapped_in_the_texts() -> None:
    made = queries("{s: UP|DOWN}", "{s: up|down}")
    assert made.sends(OLD, GET, query("s=UP")) == query("s=up")
    assert made.sends(NEW, GET, query("s=down")) == query("s=DOWN")


def test_numbers_of_an_enum_are_mapped_in_the_texts() -> None:
    made = queries(
        "{n: {type: integer, enum: [1, 2]}}",
        "{n: {type: integer, enum: [10, 20]}}",
        (f"{GET} query.n", MapEnum(values=((1, 10), (2, 20)), back=())),
    )
    assert made.sends(OLD, GET, query("n=2")) == query("n=20")
    assert made.sends(NEW, GET, query("n=10")) == query("n=1")


def test_what_a_text_is_read_as_changes_nothing() -> None:
    made = queries("{n: integer}", "{n: string}")
    assert made.found == {f"kinds-changed {GET} query.n": ("none", "lossy")}
    assert made.sends(OLD, GET, query("n=1")) == query("n=1")


def test_a_text_that_is_no_number_may_come_where_one_is_expected() -> None:
    made = queries("{n: string}", "{n: integer}")
    assert made.found == {f"kinds-changed {GET} query.n": ("needs-intent", "none")}


def test_a_parameter_without_a_type_is_text() -> None:
    assert queries("{n: {description: anything}}", "{n: string}").is_silent


def test_a_boolean_that_became_a_digit() -> None:
    encode = (f"{GET} query.f", Encode(encoding=Encoding.BIT))
    made = queries("{f: boolean}", "{f: integer}", encode)
    assert made.found == {f"encoding-changed {GET} query.f": ("lossless", "lossless")}
    assert made.sends(OLD, GET, query("f=true")) == query("f=1")
    assert made.sends(NEW, GET, query("f=0")) == query("f=false")


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("csv", "multi", ("t=a,b",), ("t=a", "t=b")),
        ("multi", "pipes", ("t=a", "t=b"), ("t=a|b",)),
        ("ssv", "csv", ("t=a b",), ("t=a,b",)),
    ],
)
def test_a_list_is_written_in_the_other_style(
    old: str, new: str, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    made = queries(
        f"{{t: {{style: {old}, of: [string]}}}}", f"{{t: {{style: {new}, of: [string]}}}}"
    )
    assert made.found == {f"parameter-style-changed {GET} query.t": ("lossless", "lossless")}
    assert made.sends(OLD, GET, query(*before)) == query(*after)
    assert made.sends(NEW, GET, query(*after)) == query(*before)


def test_no_operation_leads_a_deep_object_to_other_texts() -> None:
    made = queries("{t: {style: deep, of: [string]}}", "{t: [string]}")
    assert made.found == {
        f"parameter-style-changed {GET} query.t": ("unbridgeable", "unbridgeable")
    }


def test_one_value_becomes_several() -> None:
    made = queries("{order: string}", "{order: [string]}")
    assert made.found == {f"wrapped-in-list {GET} query.order": ("none", "lossy")}
    assert made.sends(OLD, GET, query("order=a")) == query("order=a")


def test_limits_of_a_list_count_in_a_parameter() -> None:
    made = queries("{t: [string]}", "{t: {type: array, items: string, maxItems: 2}}")
    assert made.found == {f"max-items-changed {GET} query.t": ("needs-intent", "none")}


def test_a_parameter_that_takes_several_texts_is_compared_as_a_whole() -> None:
    assert queries("{f: {a: string}}", "{f: {a: string}}").is_silent
    made = queries("{f: {a: string}}", "{f: {b: string}}")
    assert made.found == {f"parameter-content-changed {GET} query.f": ("needs-intent", "lossy")}


# --- the path -------------------------------------------------------------------------------------


def paths(old: str, new: str, *bridges: tuple[str, Supply]) -> Bridge:
    return bridge(interface({old: "{id: op}"}), interface({new: "{id: op}"}), intent(*bridges))


def test_a_parameter_of_the_path_may_be_called_otherwise() -> None:
    made = paths("GET /v/{id}", "GET /v/{volume_id}")
    assert made.found == {}
    assert made.sends(OLD, "GET /v/{id}", Message(path={"id": "1"})).path == {"volume_id": "1"}
    assert made.sends(NEW, "GET /v/{volume_id}", Message(path={"volume_id": "1"})).path == {
        "id": "1"
    }


def test_names_in_the_path_may_change_places() -> None:
    """Position counts: the second is the second."""
    made = paths("GET /a/{x}/b/{y}", "GET /a/{y}/b/{x}")
    sent = made.sends(OLD, "GET /a/{x}/b/{y}", Message(path={"x": "1", "y": "2"}))
    assert sent.path == {"y": "1", "x": "2"}
    sent = made.sends(NEW, "GET /a/{y}/b/{x}", Message(path={"y": "1", "x": "2"}))
    assert sent.path == {"x": "1", "y": "2"}


def test_two_parameters_in_one_segment() -> None:
    made = paths("GET /nodes/{id}/label/{key}={value}", "GET /nodes/{node}/label/{k}={v}")
    sent = made.sends(
        OLD,
        "GET /nodes/{id}/label/{key}={value}",
        Message(path={"id": "n", "key": "a", "value": "b"}),
    )
    assert sent.path == {"node": "n", "k": "a", "v": "b"}


def test_a_path_of_another_shape_keeps_parameters_behind_the_same_segment() -> None:
    made = paths("GET /nodes/{node}/volumes/{id}", "GET /volumes/{volume}")
    assert made.found == {
        "operation-moved GET /nodes/{node}/volumes/{id}": ("lossless", "lossless"),
        "parameter-removed GET /nodes/{node}/volumes/{id} to GET /volumes/{volume} path.node": (
            "needs-intent",
            "needs-intent",
        ),
    }


def test_a_parameter_that_nothing_fills_is_supplied() -> None:
    at = "GET /pools/{pool}/volumes/{id} path"
    made = paths(
        "GET /volumes/{id}",
        "GET /pools/{pool}/volumes/{id}",
        (at, Supply(values={"pool": "default"})),
    )
    sent = made.sends(OLD, "GET /volumes/{id}", Message(path={"id": "1"}))
    assert sent.path == {"id": "1", "pool": "default"}
    sent = made.sends(
        NEW, "GET /pools/{pool}/volumes/{id}", Message(path={"id": "1", "pool": "default"})
    )
    assert sent.path == {"id": "1"}
    with pytest.raises(Refused):
        made.sends(NEW, "GET /pools/{pool}/volumes/{id}", Message(path={"id": "1", "pool": "x"}))


def test_values_of_a_path_parameter_are_mapped() -> None:
    made = bridge(
        interface({"GET /s/{state}": "{path: {state: UP|DOWN}}"}),
        interface({"GET /s/{s}": "{path: {s: up|down|gone}}"}),
    )
    assert made.found == {
        "values-renamed GET /s/{state} path.state": ("lossless", "lossless"),
        "value-added GET /s/{state} path.state=gone": ("none", "lossy"),
    }
    assert made.sends(OLD, "GET /s/{state}", Message(path={"state": "UP"})).path == {"s": "up"}


def test_a_query_string_in_a_template_is_no_part_of_the_path() -> None:
    made = paths("GET /v/{id}?kind={kind}", "GET /v/{id}")
    assert made.found == {}


# --- headers of answers ---------------------------------------------------------------------------


def answers(old: str, new: str, then: dict[str, Then | None] | None = None) -> Bridge:
    return bridge(
        interface({GET: f"{{200: {{headers: {old}, body: string}}}}"}),
        interface({GET: f"{{200: {{headers: {new}, body: string}}}}"}),
        intent(accept=then),
    )


def test_a_header_that_an_answer_no_longer_has() -> None:
    made = answers("{X-Total: integer}", "{}")
    assert made.found == {f"header-removed {GET} response 200 header.x-total": ("lossy", "none")}
    made = answers("{X-Total!: integer}", "{}")
    assert made.found == {
        f"header-removed {GET} response 200 header.x-total": ("needs-intent", "none")
    }


def test_a_header_that_an_answer_has_now() -> None:
    made = answers("{}", "{X-Total: integer}")
    assert made.found == {f"header-added {GET} response 200 header.x-total": ("none", "none")}


def test_values_of_a_header_are_mapped() -> None:
    made = answers("{X-State: UP|DOWN}", "{X-State: up|down}")
    got = made.gets(OLD, GET, Message(headers=(("X-State", "up"),), body="a"))
    assert got.headers == (("x-state", "UP"),)


def test_a_header_that_is_required_now_is_supplied() -> None:
    at = f"{GET} response 200 header"
    made = bridge(
        interface({GET: "{200: {headers: {X-Total: integer}, body: string}}"}),
        interface({GET: "{200: {headers: {X-Total!: integer}, body: string}}"}),
        intent((at, Supply(values={"x-total": 0}))),
    )
    assert made.gets(NEW, GET, Message(body="a")).headers == (("x-total", "0"),)


def test_what_is_said_of_no_parameter_is_an_error() -> None:
    with pytest.raises(IntentError, match="no parameter size"):
        queries("{q: string}", "{s: string}", (f"{GET} query", RenameFields(names={"size": "s"})))
