"""Parameters that moved to another part of the request."""

import itertools

import pytest

from compat.intent.model import MapEnum, MoveFields, Supply
from compat.intent.problem import IntentError
from compat.lens.refusal import Refused
from compat.model.schema import ABSENT, Json
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import interface

PARTS = ("path", "query", "header", "cookie", "body")


def operation(part: str, kind: str = "integer") -> dict[str, str]:
    """PUT with `n` in that part."""
    if part == "path":
        return {"PUT /v/{n}": f"{{id: put, path: {{n: {kind}}}}}"}
    if part == "body":
        return {"PUT /v": f"{{id: put, body!: {{n!: {kind}}}}}"}
    return {"PUT /v": f"{{id: put, {part}: {{n!: {kind}}}}}"}


def key(part: str) -> str:
    return next(iter(operation(part)))


def message(part: str, value: Json = 5) -> Message:
    match part:
        case "path":
            return Message(path={"n": str(value)})
        case "query":
            return Message(query=(("n", str(value)),))
        case "header":
            return Message(headers=(("n", str(value)),))
        case "cookie":
            return Message(headers=(("cookie", f"n={value}"),))
        case _:
            return Message(body={"n": value})


@pytest.mark.parametrize(("old", "new"), tuple(itertools.permutations(PARTS, 2)))
def test_a_parameter_goes_from_each_part_to_each_other(old: str, new: str) -> None:
    made = bridge(interface(operation(old)), interface(operation(new)))
    name = key(old) if key(old) == key(new) else f"{key(old)} to {key(new)}"
    moved = {f"parameter-relocated {name} {old}.n": ("lossless", "lossless")}
    if "path" in (old, new):
        moved[f"operation-moved {key(old)}"] = ("lossless", "lossless")
    assert made.found == moved
    assert made.sends(OLD, key(old), message(old)) == message(new)
    assert made.sends(NEW, key(new), message(new)) == message(old)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [("integer", 5, "5"), ("number", 1.5, "1.5"), ("boolean", True, "true"), ("string", "5", "5")],
)
def test_a_text_is_a_value_of_its_kind_in_the_body(kind: str, value: Json, text: str) -> None:
    made = bridge(interface(operation("query", kind)), interface(operation("body", kind)))
    query = Message(query=(("n", text),))
    assert made.sends(OLD, "PUT /v", query) == Message(body={"n": value})
    assert made.sends(NEW, "PUT /v", Message(body={"n": value})) == query


def test_another_kind_is_another_parameter() -> None:
    made = bridge(interface(operation("query", "string")), interface(operation("body", "integer")))
    assert "parameter-removed PUT /v query.n" in made.found
    assert "field-added PUT /v body.n" in made.found


def test_a_name_in_two_parts_is_no_certain_move() -> None:
    old = interface({"PUT /v": "{query: {n: integer}, header: {n: integer}}"})
    made = bridge(old, interface(operation("body")))
    assert not any(name.startswith("parameter-relocated") for name in made.found)


def stated(
    old: str, new: str, source: str, target: str, *more: tuple[str, MapEnum | Supply]
) -> Bridge:
    paths = ((tuple(source.split(".")), tuple(target.split("."))),)
    return bridge(
        interface({"PUT /v": old}),
        interface({"PUT /v": new}),
        intent(("PUT /v request", MoveFields(paths=paths)), *more),
    )


def test_a_person_may_say_where_it_went_under_another_name() -> None:
    made = stated(
        "{query: {node: string}}",
        "{body!: {target: {name: string}}}",
        "query.node",
        "body.target.name",
    )
    assert made.sends(OLD, "PUT /v", Message(query=(("node", "a"),))).body == {
        "target": {"name": "a"}
    }
    assert made.sends(NEW, "PUT /v", Message(body={"target": {"name": "a"}})) == Message(
        query=(("node", "a"),)
    )


@pytest.mark.parametrize(
    ("old", "new", "source", "target", "sent", "got"),
    [
        (
            *("{query: {s: UP|}}", "{header: {s: up|}}", "query.s", "header.s"),
            Message(query=(("s", "UP"),)),
            Message(headers=(("s", "up"),)),
        ),
        (
            *("{query: {s: UP|}}", "{body: {s: up|}}", "query.s", "body.s"),
            Message(query=(("s", "UP"),)),
            Message(body={"s": "up"}),
        ),
        (
            *("{body: {s: UP|}}", "{query: {s: up|}}", "body.s", "query.s"),
            Message(body={"s": "UP"}),
            Message(query=(("s", "up"),)),
        ),
        (
            *(
                "{body: {s: UP|, t: string}}",
                "{body: {d: {s: up|}, t: string}}",
                "body.s",
                "body.d.s",
            ),
            Message(body={"s": "UP"}),
            Message(body={"d": {"s": "up"}}),
        ),
    ],
)
def test_values_are_mapped_on_the_way(
    old: str, new: str, source: str, target: str, sent: Message, got: Message
) -> None:
    made = stated(old, new, source, target)
    assert made.sends(OLD, "PUT /v", sent) == got
    assert made.sends(NEW, "PUT /v", got) == sent


def test_lists_are_written_in_each_part_s_style() -> None:
    made = stated(
        "{query: {t: {style: csv, of: [integer]}}}", "{body: {t: [integer]}}", "query.t", "body.t"
    )
    assert made.sends(OLD, "PUT /v", Message(query=(("t", "1,2"),))).body == {"t": [1, 2]}
    assert made.sends(NEW, "PUT /v", Message(body={"t": [1, 2]})).query == (("t", "1,2"),)


def test_what_moved_may_have_become_required_on_the_way() -> None:
    made = stated("{query: {n: integer}}", "{body!: {n!: integer}}", "query.n", "body.n")
    assert made.found == {
        "parameter-relocated PUT /v query.n": ("lossless", "lossless"),
        "parameter-became-required PUT /v query.n": ("needs-intent", "none"),
    }
    with pytest.raises(Refused):
        made.sends(OLD, "PUT /v", Message())
    supplied = ("PUT /v body", Supply(values={"n": 7}))
    made = stated("{query: {n: integer}}", "{body!: {n!: integer}}", "query.n", "body.n", supplied)
    assert made.sends(OLD, "PUT /v", Message()) == Message(body={"n": 7})
    assert made.gaps == []


def test_what_moved_may_have_become_optional_on_the_way() -> None:
    supplied = ("PUT /v query", Supply(values={"n": 7}))
    made = stated("{query: {n!: integer}}", "{body: {n: integer}}", "query.n", "body.n", supplied)
    assert made.sends(NEW, "PUT /v", Message()) == Message(query=(("n", "7"),))
    assert made.sends(NEW, "PUT /v", Message(body={"n": 1})) == Message(query=(("n", "1"),))


def test_a_default_that_changed_on_the_way_keeps_its_meaning() -> None:
    made = stated(
        "{query: {n: {type: integer, default: 1}}}",
        "{header: {n: {type: integer, default: 2}}}",
        "query.n",
        "header.n",
    )
    assert made.sends(OLD, "PUT /v", Message()).headers == (("n", "1"),)
    assert made.sends(NEW, "PUT /v", Message()).query == (("n", "2"),)


def test_a_body_goes_when_its_only_field_has_moved() -> None:
    made = bridge(interface(operation("body")), interface(operation("query")))
    assert made.sends(OLD, "PUT /v", Message(body={"n": 5})).body is ABSENT


def test_the_rest_of_a_body_stays() -> None:
    old = interface({"PUT /v": "{body!: {n: integer, rest: string}}"})
    new = interface({"PUT /v": "{query: {n: integer}, body!: {rest: string}}"})
    made = bridge(old, new)
    sent = made.sends(OLD, "PUT /v", Message(body={"n": 5, "rest": "x"}))
    assert sent == Message(query=(("n", "5"),), body={"rest": "x"})
    assert made.sends(NEW, "PUT /v", sent) == Message(body={"n": 5, "rest": "x"})


@pytest.mark.parametrize(("source", "target"), [("query.m", "body.n"), ("query.n", "body.m.x")])
def test_a_place_that_is_not_there_is_an_error(source: str, target: str) -> None:
    with pytest.raises(IntentError, match=r"has no (query|body)\.m"):
        stated("{query: {n: integer}}", "{body: {n: integer}}", source, target)
