"""Schemas of which too many alternatives would have to be made."""

from typing import Any

import pytest

from compat.intent.model import Then, UseHook
from compat.lens.refusal import Refused
from compat.model import sprawl
from compat.model.schema import Json, Schema
from compat.model.shape import Shape, Shapes
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import Spec, loaded
from tests.compat.plan.test_recursion import AFTER, BEFORE, documented, ref

PUT = "PUT /v"
DEPTH = 30
REFUSED = {"alternatives-too-many C0": ("needs-intent", "needs-intent")}


def having(name: str, schema: Spec | None = None) -> Spec:
    named = {name: schema or {"type": "string"}}
    return {"type": "object", "required": [name], "properties": named}


def forked(last: Spec, depth: int = DEPTH, **more: Spec) -> Spec:
    """Each of two is one of the next two, and something besides."""
    found: dict[str, Any] = {f"C{depth}": last, f"D{depth}": having("other")}
    for n in range(depth):
        either = {"anyOf": [ref(f"C{n + 1}"), ref(f"D{n + 1}")]}
        found |= {f"{one}{n}": {"allOf": [either, having(f"{one}_{n}")]} for one in "CD"}
    return documented(found | more)


def product(length: int, last: Spec) -> Spec:
    """One of each of several unions."""
    unions = [{"anyOf": [having(f"a{n}"), having(f"b{n}")]} for n in range(length)]
    return documented({"C0": {"allOf": [*unions, last]}})


def subsets(last: Spec, depth: int = DEPTH) -> Spec:
    """Which of them hold together below depends on the whole way there."""
    both = {"allOf": [ref("C0"), ref("D1")]}
    found: dict[str, Any] = {"C0": {"type": "object", "properties": {"a": both, "b": ref("C0")}}}
    for n in range(1, depth):
        below = {"a": ref(f"D{n + 1}"), "b": ref(f"D{n + 1}")}
        found[f"D{n}"] = {"type": "object", "properties": below}
    return documented(found | {f"D{depth}": last})


def crossed(old: Spec, new: Spec, **words: Any) -> Bridge:
    return bridge(loaded(old), loaded(new), intent(**words))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each shape that is made."""
    found: list[int] = []
    making = Shapes._shape

    def counting(self: Shapes, schema: Schema) -> Shape:
        found.append(id(schema))
        return making(self, schema)

    monkeypatch.setattr(Shapes, "_shape", counting)
    return found


@pytest.mark.parametrize("depth", [DEPTH, 4 * DEPTH])
def test_the_shapes_made_do_not_grow_with_the_alternatives(made: list[int], depth: int) -> None:
    crossed(forked(BEFORE, depth), forked(AFTER, depth))
    assert len(made) < 2_000 + 10 * depth


def test_a_field_that_changed_at_the_end_is_led_wherever_it_occurs() -> None:
    found = crossed(forked(BEFORE), forked(AFTER))
    assert found.found == {f"values-renamed C{DEPTH}.s": ("lossless", "lossless")}
    body: dict[str, Json] = {"C_0": "a", "D_1": "b", "s": "UP"}
    assert found.sends(OLD, PUT, Message(body=body)).body == body | {"s": "up"}
    assert found.sends(NEW, PUT, Message(body=body | {"s": "up"})).body == body


def test_what_does_not_change_is_silent() -> None:
    for unchanged in (forked(BEFORE), product(DEPTH, BEFORE), subsets(BEFORE)):
        assert crossed(unchanged, unchanged).is_silent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(forked(BEFORE), forked(BEFORE, D9=having("D_9")), id="a part"),
        pytest.param(forked(BEFORE), forked(having("s")), id="what is required"),
        pytest.param(product(DEPTH, BEFORE), product(DEPTH + 1, BEFORE), id="a union more"),
        pytest.param(
            forked(BEFORE, D9=having("s", BEFORE)),
            forked(AFTER, D9=having("s", BEFORE)),
            id="a field of which there are two",
        ),
        pytest.param(
            forked(BEFORE, D9={"type": "object", "additionalProperties": {"type": "string"}}),
            forked(AFTER, D9={"type": "object", "additionalProperties": {"type": "string"}}),
            id="a field that another part has by another name",
        ),
    ],
)
def test_where_more_differs_a_person_is_asked(old: Spec, new: Spec) -> None:
    found = crossed(old, new)
    assert found.found == REFUSED
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            found.sends(role, PUT, Message(body={"C_0": "a", "s": "UP"}))


def test_members_that_hold_together_in_too_many_ways() -> None:
    found = crossed(subsets(BEFORE), subsets(AFTER))
    assert found.found == {"alternatives-too-many C0.a": ("needs-intent", "needs-intent")}


def test_a_person_lets_it_pass_or_refuses_it() -> None:
    old, new = product(DEPTH, BEFORE), product(DEPTH + 1, BEFORE)
    body: Json = {"s": "UP"}
    found = crossed(old, new, accept={"alternatives-too-many C0": Then.PASS})
    assert found.sends(OLD, PUT, Message(body=body)).body == body
    found = crossed(old, new, accept={"alternatives-too-many C0": Then.REFUSE})
    with pytest.raises(Refused):
        found.sends(OLD, PUT, Message(body=body))


def test_a_hook_converts_it() -> None:
    old, new = loaded(product(DEPTH, BEFORE)), loaded(product(DEPTH + 1, BEFORE))
    mended = intent(("C0", UseHook(name="mend")))
    found = bridge(old, new, mended, mend_up=lambda _: {"up": 1}, mend_down=lambda _: {"down": 1})
    assert found.found == {"hooked C0": ("lossless", "lossless")}
    assert found.sends(OLD, PUT, Message(body={})).body == {"up": 1}


def test_few_alternatives_are_compared_one_by_one() -> None:
    found = crossed(forked(BEFORE, 3), forked(BEFORE, 3, D2=having("D_2"))).found
    assert "alternatives-too-many C0" not in found
    assert found


def every_one_of_all(many: int, last: Spec) -> Spec:
    """Many schemas each of which is one of as many others, which lead to the next one."""
    found: dict[str, Any] = {"U": {"oneOf": [ref(f"B{n}") for n in range(many)]}}
    for n in range(many):
        found[f"B{n}"] = having(f"b{n}", ref(f"C{(n + 1) % many}"))
        found[f"C{n}"] = {"allOf": [ref("U"), last if n == 50 else having(f"c{n}")]}
    return documented(found)


def test_all_schemas_together_have_only_so_many_alternatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sprawl, "MANY_MADE_MAX", 500)
    many = 60
    found = crossed(every_one_of_all(many, BEFORE), every_one_of_all(many, AFTER))
    assert found.found == {"values-renamed C50.s": ("lossless", "lossless")}
    added = every_one_of_all(many, BEFORE)
    added["components"]["schemas"]["C40"]["allOf"].append(having("more"))
    found = crossed(every_one_of_all(many, BEFORE), added)
    assert found.found == {"alternatives-too-many C40": ("needs-intent", "needs-intent")}
