"""While a difference is an open gap, what goes beyond it is refused by its name, and nothing else.

Each case is a field of an old client's request that the new server narrowed (UP), and of an old
client's answer that the new server widened (DOWN, the same two shapes the other way round).
"""

from typing import NamedTuple

import pytest

from compat.lens.refusal import Refused
from compat.model.interface import Interface
from compat.model.role import Role
from compat.model.schema import ABSENT, Json
from compat.plan.ledger import fingerprint
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent, volumes
from tests.compat.plan.specs import interface


class Case(NamedTuple):
    """`wide` admits more than `tight`; `down` is the kind of the difference the other way round."""

    up: str
    down: str
    wide: str
    tight: str
    beyond: tuple[Json, ...]
    within: tuple[Json, ...]
    name: str = "a"  # what the difference is called behind `Volume.`


def bound(keyword: str, limit: str, kind: str, beyond: Json, within: Json) -> Case:
    name = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in keyword)
    changed = f"{name}-changed"
    tight = f"{{type: {kind}, {keyword}: {limit}}}"
    return Case(changed, changed, f"{{type: {kind}}}", tight, (beyond,), (within,))


ANY = "{title: any value}"
TIGHT_TEXT = "{type: string, maxLength: 2}"
CASES = (
    bound("minimum", "0", "integer", -1, 0),
    bound("maximum", "9", "integer", 10, 9),
    bound("multipleOf", "0.01", "number", 0.295, 0.29),
    bound("minLength", "2", "string", "a", "ab"),
    bound("maxLength", "2", "string", "abc", "\N{GRINNING FACE}" * 2),
    bound("pattern", "b+", "string", "ac", "abc"),
    bound("pattern", "'(?<n>a)'", "string", "a", None),  # a group that nobody here can read
    bound("minItems", "1", "array", [], [1]),
    bound("maxItems", "1", "array", [1, 2], [1]),
    bound("uniqueItems", "true", "array", [1, 1.0], [1, True]),
    bound("minProperties", "1", "object", {}, {"b": 1}),
    bound("maxProperties", "1", "object", {"b": 1, "c": 2}, {"b": 1}),
    Case("kinds-changed", "kinds-changed", "number", "integer", (1.5,), (1, 1.0)),
    Case(
        "format-changed",
        "format-changed",
        "{type: integer, format: int64}",
        "{type: integer, format: int32}",
        (2**31, -(2**31) - 1),
        (2**31 - 1, -(2**31)),
    ),
    Case("enum-closed", "enum-opened", "string", "x|y", ("z",), ("x",)),
    Case("value-removed", "value-added", "x|y|z", "x|y", ("z",), ("x",), "a=z"),
    Case("value-specified", "value-freed", ANY, TIGHT_TEXT, (1, "abc"), ("a",)),
    Case("value-specified", "value-freed", ANY, "[string]", (["a"], 1), ()),
    Case(
        "undeclared-fields-changed",
        "undeclared-fields-changed",
        "{type: object, properties: {b: string}}",
        "{type: object, properties: {b: string}, additionalProperties: {type: integer}}",
        ({"b": "x", "c": 1},),
        ({"b": "x"}, {}),
    ),
    Case(
        "undeclared-fields-changed",
        "undeclared-fields-changed",
        "{type: object}",
        "{type: object, additionalProperties: {type: integer}}",
        ({"b": "x"},),
        ({"b": 1}, {}),
    ),
    Case(
        "fields-specified",
        "fields-specified",
        "{type: object}",
        "{b!: string, c: string}",
        ({"c": "x"},),
        ({"b": "x"}, {"b": "x", "d": 1}),
    ),
    Case(
        "variant-removed",
        "variant-added",
        "{anyOf: [string, [string], {b!: string}]}",
        "{anyOf: [string, [string]]}",
        ({"b": "x"},),
        ("x", ["x"]),
        "a|object(b)",
    ),
    Case(
        "variant-removed",
        "variant-added",
        "{anyOf: [integer, string]}",
        "{anyOf: [number, string]}",
        (),
        (1, "x"),
        "a|integer",
    ),
)
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.up}-{case.tight}"[:60])


def ways(case: Case) -> tuple[tuple[Bridge, str, str], tuple[Bridge, str, str]]:
    """(bridge, kind of difference, what crosses): an old client's requests, and its answers."""
    wide, tight = (volumes(f"{{a: {one}}}") for one in (case.wide, case.tight))
    return (bridge(wide, tight), case.up, "asked"), (bridge(tight, wide), case.down, "answered")


@EVERY
def test_what_is_beyond_is_refused_by_name(case: Case) -> None:
    for made, kind, crosses in ways(case):
        for value in case.beyond:
            with pytest.raises(Refused) as caught:
                getattr(made, crosses)(OLD, {"a": value})
            assert caught.value.difference == fingerprint(kind, f"Volume.{case.name}"), value


@EVERY
def test_what_both_admit_passes(case: Case) -> None:
    for made, _, crosses in ways(case):
        for value in case.within:
            assert getattr(made, crosses)(OLD, {"a": value}) == {"a": value}


@EVERY
def test_what_the_old_server_may_reject_is_left_to_it(case: Case) -> None:
    """A new client's requests: the same two shapes, and no gap."""
    wide, tight = volumes(f"{{a: {case.wide}}}"), volumes(f"{{a: {case.tight}}}")
    made = bridge(tight, wide)
    for value in case.beyond:
        if value not in ([], {}) and "required" not in case.up:
            assert made.asked(NEW, {"a": value}) == {"a": value}


@EVERY
def test_what_is_accepted_passes(case: Case) -> None:
    wide, tight = volumes(f"{{a: {case.wide}}}"), volumes(f"{{a: {case.tight}}}")
    up = bridge(wide, tight, intent(accept={"*": None}))
    down = bridge(tight, wide, intent(accept={"*": None}))
    for value in case.beyond:
        if case.up != "fields-specified":  # the field that is missing is a difference of its own
            assert up.asked(OLD, {"a": value}) == {"a": value}
            assert down.answered(OLD, {"a": value}) == {"a": value}


def assert_refused(made: Bridge, kind: str, subject: str, role: Role, answer: Message) -> None:
    with pytest.raises(Refused) as caught:
        made.gets(role, "GET /v", answer)
    assert caught.value.difference == fingerprint(kind, subject)


def test_a_limit_is_held_against_the_value_that_arrives() -> None:
    """A value that is mapped to one that the receiver lists is not beyond its list."""
    made = bridge(volumes("{a: X|y|z}"), volumes("{a: x|Y}"))
    assert made.asked(OLD, {"a": "X"}) == {"a": "x"}
    with pytest.raises(Refused):
        made.asked(OLD, {"a": "z"})


def test_a_variant_that_nothing_tells_takes_all_that_is_not_told_with_it() -> None:
    made = bridge(
        volumes("{u: {anyOf: [{a: UP|}, {b: string}, [string], string]}}"),
        volumes("{u: {anyOf: [{a: up|}, {b: string}, [string], string]}}"),
    )
    for role in (OLD, NEW):
        assert made.asked(role, {"u": ["x"]}) == {"u": ["x"]}
        assert made.asked(role, {"u": "x"}) == {"u": "x"}
        for crosses in (made.asked, made.answered):
            with pytest.raises(Refused) as caught:
                crosses(role, {"u": {"a": "UP"}})
            assert caught.value.difference == fingerprint("variants-indistinct", "Volume.u")


def test_variants_that_nothing_tells_pass_where_that_is_accepted() -> None:
    made = bridge(
        volumes("{u: {anyOf: [{a: UP|}, {b: string}]}}"),
        volumes("{u: {anyOf: [{a: up|}, {b: string}]}}"),
        intent(accept={"variants-indistinct *": None}),
    )
    assert made.asked(OLD, {"u": {"a": "UP"}}) == {"u": {"a": "UP"}}
    assert made.found["variants-indistinct Volume.u"] == ("lossy", "lossy")


# --- answers --------------------------------------------------------------------------------------


def gets(old: str, new: str, components: str = "{V: {x: string}}") -> tuple[Interface, Interface]:
    old_one, new_one = (interface({"GET /v": f"{{{one}}}"}, components) for one in (old, new))
    return old_one, new_one


@pytest.mark.parametrize("body", [ABSENT, {"x": "a"}])
def test_a_success_that_the_caller_does_not_know_is_refused_with_and_without_a_body(
    body: Json,
) -> None:
    old, new = gets("200: V, 404: V", "200: V, 202: V, 204: null, 404: V")
    made, accepted = bridge(old, new), bridge(old, new, intent(accept={"status-*": None}))
    for status in (202, 204):
        name = f"GET /v response {status}"
        message = Message(status=status, body=body)
        assert_refused(made, "status-added", name, OLD, message)
        assert made.gets(NEW, "GET /v", message) == message
        assert accepted.gets(OLD, "GET /v", message) == message
    known = Message(status=200, body={"x": "a"})
    assert made.gets(OLD, "GET /v", known) == known


def test_an_envelope_that_holds_more_is_refused_while_nobody_says_what_becomes_of_it() -> None:
    """A list that became an object with the list in it."""
    old, new = gets("200: [V]", "200: {items: [V], next: string}")
    made = bridge(old, new)
    name = "GET /v response 200"
    items: Json = [{"x": "a"}]
    only = Message(body={"items": items})
    assert made.gets(OLD, "GET /v", only).body == items
    more = Message(body={"items": items, "next": "t"})
    assert_refused(made, "enclosed", name, OLD, more)
    accepted = bridge(old, new, intent(accept={"enclosed *": None}))
    assert accepted.gets(OLD, "GET /v", more).body == items
