"""Looking for a message that shows a change ends, whatever the specs are."""

from dataclasses import replace
from typing import Any, Final

import pytest

from compat.differ.effect import Level
from compat.differ.interface import changes
from compat.differ.witness import Witnesses
from compat.lens.value import own
from compat.model.role import Role
from compat.model.schema import Json
from compat.plan.spot import Side
from compat.verify import breaking
from compat.verify.breaking import witnesses
from compat.verify.documents import NoDocumentError, SpecSide
from compat.verify.patience import ImpatientError, Patience, UntoldError
from compat.verify.samples import Pools, sample
from compat.verify.validity import Validity
from compat.verify.wishes import Wish
from tests.compat.differ.judged import POLICY, document, read
from tests.compat.verify.schemas import Raw, specified

BLOWS_UP: Final = "^(a+)+$"


def reference(number: int) -> Raw:
    return {"$ref": f"#/components/schemas/C{number}"}


def leaf(least: int) -> Raw:
    return {"type": "object", "required": ["size"], "properties": {"size": {"minimum": least}}}


def searched(old: dict[str, Raw], new: dict[str, Raw]) -> Witnesses[str]:
    """For an old client, whose requests are of the first schema."""
    ours, theirs = (read(document(reference(0), "3.1", each)) for each in (old, new))
    return witnesses(ours, theirs, tuple(changes(ours, theirs, POLICY)), Role.OLD_CLIENT)


def values(old: dict[str, Raw], new: dict[str, Raw]) -> list[Json]:
    return [each.value for each in searched(old, new).found.values()]


def doubled(levels: int, least: int) -> dict[str, Raw]:
    """Each schema is made of the next one, twice; the last one has the limit."""
    twice = {f"C{n}": {"allOf": [reference(n + 1), reference(n + 1)]} for n in range(levels)}
    return twice | {f"C{levels}": leaf(least)}


def test_a_message_that_takes_too_many_steps_to_check_is_no_witness() -> None:
    assert values(doubled(5, 1), doubled(5, 2)) == [{"size": 1}]
    ended = searched(doubled(16, 1), doubled(16, 2))
    assert (dict(ended.found), len(ended.exhausted)) == ({}, 1)


def fields(count: int, least: int) -> dict[str, Raw]:
    names = [f"f{number}" for number in range(count)]
    return {"C0": {"type": "object", "properties": {each: {"minimum": least} for each in names}}}


def test_all_changes_share_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = searched(fields(20, 1), fields(20, 2))
    assert (len(whole.found), len(whole.exhausted)) == (20, 0)
    monkeypatch.setattr(breaking, "_STEPS_MAX", 100)
    part = searched(fields(20, 1), fields(20, 2))
    assert 0 < len(part.found) < 20
    assert part.exhausted == whole.found.keys() - part.found.keys()
    monkeypatch.setattr(breaking, "_STEPS_MAX", 0)
    assert values(fields(20, 1), fields(20, 2)) == []


def test_what_no_message_can_show_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaking, "_STEPS_MAX", 0)
    old, new = (read(document({}, "3.1", {})) for _ in range(2))
    gone = replace(new, operations=())
    told = tuple(changes(old, gone, POLICY))
    assert [each.level for each in told] == [Level.ERR]
    ended = witnesses(old, gone, told, Role.OLD_CLIENT)
    assert not ended.found
    assert not ended.exhausted


def test_a_schema_that_is_a_part_of_itself_has_no_witness() -> None:
    old, new = ({"C0": {"allOf": [reference(0), leaf(least)]}} for least in (1, 2))
    assert values(old, new) == []


def test_a_field_that_lies_thousands_of_schemas_deep_has_no_witness() -> None:
    ring = {f"C{n}": {"properties": {"next": reference((n + 1) % 2_000)}} for n in range(2_000)}
    old, new = (ring | {"C1999": leaf(least)} for least in (1, 2))
    assert values(old, new) == []


def made(raw: Raw, *, pools: Pools | None = None, patience: Patience | None = None) -> Json:
    found = specified(raw)
    spec = SpecSide(found.interface, Side.REQUEST, patience or Patience())
    return sample(spec, found.root, Wish(side=Side.REQUEST), 0, pools or Pools())


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "array", "minItems": 6_000},
        {"type": "array", "minItems": 6_000, "items": {"type": "integer"}},
        {"type": "array", "minItems": 80, "items": {"type": "array", "minItems": 80}},
        {"type": "object", "minProperties": 6_000},
        {"type": "object", "minProperties": 6_000, "additionalProperties": {"type": "integer"}},
    ],
)
def test_values_are_not_made_that_are_large_beyond_reason(raw: Raw) -> None:
    with pytest.raises(NoDocumentError):
        made(raw)


@pytest.mark.parametrize("additional", [True, {"type": "integer"}])
def test_hundreds_of_fields_are_made_where_they_must_be_there(additional: Any) -> None:
    found = made({"type": "object", "minProperties": 200, "additionalProperties": additional})
    assert isinstance(found, dict)
    assert len(found) == 200


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"enum": [*range(10_000)]}, 1),
        ({"type": "array", "uniqueItems": True}, [*range(100)]),
        ({"type": "array", "items": {"type": "integer"}}, [*range(100)]),
        ({"anyOf": [{"const": number} for number in range(100)]}, 99),
        ({"oneOf": [{"const": number} for number in range(100)]}, 99),
        ({"properties": {f"f{number}": {} for number in range(1_000)}}, {}),
        ({"pattern": "a*[ab]*[abc]*d"}, "a" * 60),
    ],
)
def test_what_takes_long_without_a_reference_costs_steps(raw: Raw, value: Json) -> None:
    found = specified(raw)
    assert Validity(found.interface, Side.REQUEST, Patience(1_000)).admits(
        found.root, own(value)
    ) is (raw.keys() != {"pattern"})
    with pytest.raises(ImpatientError):
        Validity(found.interface, Side.REQUEST, Patience(40)).admits(found.root, own(value))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"pattern": BLOWS_UP}, "aab"),
        ({"propertyNames": {"pattern": BLOWS_UP}}, {"aab": 1}),
        ({"patternProperties": {BLOWS_UP: {"type": "null"}}}, {"aab": 1}),
        ({"patternProperties": {BLOWS_UP: True}, "additionalProperties": False}, {"aab": 1}),
    ],
)
def test_nothing_is_told_of_a_pattern_that_may_take_for_ever(raw: Raw, value: Json) -> None:
    found = specified(raw)
    with pytest.raises(UntoldError):
        Validity(found.interface, Side.REQUEST, Patience(1_000)).admits(found.root, value)


def test_following_a_reference_costs_a_step() -> None:
    chain = {f"C{number}": reference(number + 1) for number in range(50)}
    found = read(document(reference(0), "3.1", chain | {"C50": {"type": "string"}}))
    start = found.components["C0"]
    assert Validity(found, Side.REQUEST, Patience(50)).admits(start, "x")
    with pytest.raises(ImpatientError):
        Validity(found, Side.REQUEST, Patience(49)).admits(start, "x")


@pytest.mark.parametrize(
    ("raw", "steps"),
    [
        ({"type": "array", "minItems": 100}, 100),
        ({"type": "object", "minProperties": 100}, 100),
        ({"type": "array", "minItems": 100, "uniqueItems": True}, 150),
        ({"type": "array", "minItems": 100, "items": {"type": "integer"}}, 200),
        ({"type": "object", "minProperties": 99, "additionalProperties": {"type": "integer"}}, 150),
    ],
)
def test_making_a_value_costs_steps(raw: Raw, steps: int) -> None:
    with pytest.raises(ImpatientError):
        made(raw, patience=Patience(steps))


def test_a_default_of_which_it_cannot_be_told_is_in_no_witness() -> None:
    text = {"type": "string", "pattern": BLOWS_UP, "default": "aab"}
    old, new = (
        {"C0": {"required": ["text"], "properties": {"text": text, "size": {"minimum": least}}}}
        for least in (1, 2)
    )
    assert values(old, new) == []


def test_no_text_is_made_of_such_a_pattern() -> None:
    raw = {"type": "string", "pattern": BLOWS_UP}
    assert isinstance(made(raw), str)
    with pytest.raises(NoDocumentError):
        made(raw, pools=Pools(is_wary=True))


def test_what_else_changes_beside_such_a_pattern_is_shown() -> None:
    text = {"type": "string", "pattern": BLOWS_UP}
    old, new = (
        {"C0": {"properties": {"text": text, "size": {"minimum": least}}}} for least in (1, 2)
    )
    assert values(old, new) == [{"size": 1}]


def test_a_text_of_which_it_cannot_be_told_is_no_witness() -> None:
    old, new = ({"C0": {"type": "string", **each}} for each in ({}, {"pattern": BLOWS_UP}))
    assert values(old, new) == []
