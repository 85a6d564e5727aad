"""Specs that lead back to themselves, or very far: no depth of a spec is a depth of calls."""

from collections.abc import Callable
from typing import Any

import pytest

from compat.model.schema import Json
from tests.compat.load.written import frames_left
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge
from tests.compat.plan.specs import Spec, interface, loaded, spec

LENGTH = 1000


def ref(name: str) -> Spec:
    return {"$ref": f"#/components/schemas/{name}"}


def documented(components: dict[str, Any], dialect: str = "3.1") -> Spec:
    document = spec({"PUT /v": "{body!: C0, 200: C0}"}, dialect=dialect)
    document["components"]["schemas"] = components
    return document


LINKS: dict[str, Callable[[str], Spec]] = {
    "objects": lambda below: {"type": "object", "properties": {"next": ref(below)}},
    "two fields": lambda below: {
        "type": "object",
        "properties": {"a": ref(below), "b": ref(below)},
    },
    "lists": lambda below: {"type": "array", "items": ref(below)},
    "maps": lambda below: {"type": "object", "additionalProperties": ref(below)},
    "allOf of one": lambda below: {"allOf": [ref(below)]},
    "allOf of two": lambda below: {"allOf": [ref(below), {"properties": {"x": {}}}]},
    "nullable": lambda below: {"anyOf": [ref(below), {"type": "null"}]},
    "unions": lambda below: {"oneOf": [ref(below), {"type": "string"}]},
    "prefixes": lambda below: {"type": "array", "prefixItems": [ref(below)]},
}
BEFORE: Spec = {"type": "object", "properties": {"s": {"type": "string", "enum": ["UP"]}}}
AFTER: Spec = {"type": "object", "properties": {"s": {"type": "string", "enum": ["up"]}}}


def chain(link: str, last: Spec, length: int = LENGTH) -> Spec:
    found = {f"C{n}": LINKS[link](f"C{n + 1}") for n in range(length)}
    return documented(found | {f"C{length}": last})


SOME = [
    pytest.param(each, marks=pytest.mark.long if nth % 3 else ()) for nth, each in enumerate(LINKS)
]


@pytest.mark.parametrize("link", SOME)
def test_a_chain_of_a_thousand_that_does_not_change(link: str) -> None:
    old, new = loaded(chain(link, BEFORE)), loaded(chain(link, BEFORE))
    with frames_left(200):
        made = bridge(old, new)
    assert made.is_silent


@pytest.mark.parametrize("link", SOME)
def test_a_chain_of_a_thousand_that_changes_at_its_end(link: str) -> None:
    old, new = loaded(chain(link, BEFORE)), loaded(chain(link, AFTER))
    with frames_left(200):
        made = bridge(old, new)
    assert made.found


@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        ("objects", lambda below: {"next": below}),
        ("lists", lambda below: [below]),
        ("maps", lambda below: {"k": below}),
    ],
)
def test_documents_as_deep_as_the_chain_cross(link: str, wrap: Callable[[Json], Json]) -> None:
    made = bridge(loaded(chain(link, BEFORE, 50)), loaded(chain(link, AFTER, 50)))
    old: Json = {"s": "UP"}
    new: Json = {"s": "up"}
    for _ in range(50):
        old, new = wrap(old), wrap(new)
    assert made.sends(OLD, "PUT /v", Message(body=old)).body == new
    assert made.gets(OLD, "PUT /v", Message(body=new)).body == old


# --- cycles ---------------------------------------------------------------------------------------

NODE = (
    "{Node: {state: %s, next: Node, all: [Node], by: {type: object, additionalProperties: Node}}}"
)


def nodes(state: str) -> Bridge:
    old = interface({"PUT /v": "{body!: Node, 200: Node}"}, NODE % "UP|DOWN")
    return bridge(old, interface({"PUT /v": "{body!: Node, 200: Node}"}, NODE % state))


def test_a_cycle_through_fields_lists_and_maps_is_a_lens_that_applies_itself() -> None:
    made = nodes("up|down")
    assert made.found == {"values-renamed Node.state": ("lossless", "lossless")}
    assert len(made.plan.lenses) == 1
    old: Json = {
        "state": "UP",
        "next": {"state": "DOWN", "next": {"state": "UP"}},
        "all": [{"state": "UP"}, {"all": [{"state": "DOWN"}]}],
        "by": {"k": {"by": {"l": {"state": "UP"}}}},
    }
    new = made.sends(OLD, "PUT /v", Message(body=old)).body
    assert new == {
        "state": "up",
        "next": {"state": "down", "next": {"state": "up"}},
        "all": [{"state": "up"}, {"all": [{"state": "down"}]}],
        "by": {"k": {"by": {"l": {"state": "up"}}}},
    }
    assert made.sends(NEW, "PUT /v", Message(body=new)).body == old


def test_a_cycle_that_does_not_change_is_nothing() -> None:
    assert nodes("UP|DOWN").is_silent


@pytest.mark.parametrize(
    "components",
    [
        {"C0": {"allOf": [ref("C0")]}},
        {"C0": {"anyOf": [ref("C0"), {"type": "string"}]}},
        {"C0": {"oneOf": [ref("C0"), ref("C0")]}},
        {"C0": {"type": "array", "items": ref("C0")}},
        {"C0": {"type": "object", "additionalProperties": ref("C0")}},
        {"C0": {"anyOf": [{"type": "array", "items": ref("C0")}, {"type": "string"}]}},
        {
            "C0": {"allOf": [ref("C1")], "properties": {"a": {"type": "string"}}},
            "C1": {"allOf": [ref("C0")], "properties": {"b": ref("C0")}},
        },
        {
            "C0": {"properties": {"p": {"type": "string"}}, "oneOf": [ref("C1"), ref("C2")]},
            "C1": {"properties": {"q": {"type": "string"}}, "oneOf": [ref("C0"), ref("C2")]},
            "C2": {"type": "object", "properties": {"z": ref("C1")}},
        },
    ],
)
def test_whatever_holds_itself_is_planned(components: dict[str, Any]) -> None:
    text = str(components).replace("'string'", "'integer'")
    changed: dict[str, Any] = eval(text)
    one, other = documented(components), documented(changed)
    assert bridge(loaded(one), loaded(one)).is_silent
    made = bridge(loaded(one), loaded(other))
    assert bool(made.found) == (text != str(components))


def test_a_cycle_that_came_or_went() -> None:
    old = interface({"PUT /v": "{body!: N}"}, "{N: {next: N, s: UP|}}")
    new = interface({"PUT /v": "{body!: N}"}, "{N: {next: {next: N, s: up|}, s: up|}}")
    made = bridge(old, new)
    body: Json = {"s": "UP", "next": {"s": "UP", "next": {"s": "UP", "next": {"s": "UP"}}}}
    assert str(made.sends(OLD, "PUT /v", Message(body=body)).body) == str(body).replace("UP", "up")
