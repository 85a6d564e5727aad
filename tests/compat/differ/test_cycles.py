"""Specs that could keep one busy for ever: comparing ends, and what changed is told."""

import tracemalloc
from collections.abc import Mapping
from typing import Any, Final

import pytest

from compat.differ.interface import changes
from compat.differ.schemas import Comparison
from tests.compat.differ.judged import POLICY, document, read

MANY: Final = 2000
FIRST: Final = "/components/schemas/C0"


def reference(number: int) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/C{number}"}


def records(fields: Mapping[str, tuple[int, int]], least: int) -> dict[str, Any]:
    """Each refers to others by its number, times and plus; the one in the middle has the limit."""
    return {
        f"C{number}": {
            "type": "object",
            "properties": {
                **{
                    name: reference((number * by + plus) % MANY)
                    for name, (by, plus) in fields.items()
                },
                "size": {"type": "integer", "minimum": least if number == MANY // 2 else 0},
            },
        }
        for number in range(MANY)
    }


def told(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    ours, theirs = (read(document(reference(0), "3.1", each)) for each in (old, new))
    return {change.id for change in changes(ours, theirs, POLICY)}


@pytest.mark.parametrize(
    "fields",
    [
        {"next": (1, 1)},
        {"next": (1, 1), "back": (1, MANY - 1)},
        {"next": (1, 1), "again": (1, 1)},
        {"next": (1, 1), "far": (7, 3)},
    ],
)
def test_thousands_of_schemas_in_cycles(fields: Mapping[str, tuple[int, int]]) -> None:
    assert told(records(fields, 1), records(fields, 2)) == {"request-property-min-increased"}
    assert told(records(fields, 1), records(fields, 1)) == set()


def named(number: int) -> Any:
    """One schema leads to the next, by a field that is named for it, and at last to the first."""
    step = {f"to-{(number + 1) % MANY}": reference((number + 1) % MANY)}
    return {"type": "object", "properties": step}


def test_the_way_to_a_place_that_lies_very_deep_is_told_but_for_its_middle() -> None:
    ring = {f"C{number}": named(number) for number in range(MANY)}
    deep = ring | {f"C{MANY - 1}": {**named(MANY - 1), "minProperties": 1}}
    ours, theirs = (read(document(reference(0), "3.1", each)) for each in (ring, deep))
    [change] = changes(ours, theirs, POLICY)
    first = [f"to-{number}" for number in range(1, 41)]
    last = [f"to-{number}" for number in range(MANY - 40, MANY)]
    assert [*change.path] == [*first, f"... {MANY - 1 - 80} more ...", *last]
    assert change.new is not None
    assert change.new.pointer == f"/components/schemas/C{MANY - 1}"


def test_ways_that_begin_alike_share_their_beginning() -> None:
    fields = {"next": (1, 1), "far": (7, 3)}
    ours, theirs = (read(document(reference(0), "3.1", records(fields, n))) for n in (1, 2))
    comparison = Comparison(old=ours, new=theirs, policy=POLICY)
    compared = comparison.compare(*(each.schemas[f"spec.json#{FIRST}"] for each in (ours, theirs)))
    tracemalloc.start()
    try:
        assert [*comparison.told(compared)]
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2000 * MANY  # a way of its own for each would be 8 * MANY bytes of each


def around(first: Any, least: int = 1) -> dict[str, Any]:
    """Two schemas of which the first leads back to itself."""
    return {"C0": first, "C1": {"type": "object", "minProperties": least}}


@pytest.mark.parametrize(
    "first",
    [
        {"allOf": [reference(0)]},
        {"allOf": [reference(0), reference(1)]},
        {"allOf": [reference(0), reference(0), reference(1)]},
        {"allOf": [{"type": "object", "properties": {"a": reference(0)}}, reference(1)]},
        {"allOf": [{"allOf": [reference(0)], "properties": {"a": reference(0)}}, reference(1)]},
        {"anyOf": [reference(0), {"type": "null"}]},
        {"anyOf": [{"anyOf": [reference(0), {"type": "null"}]}, {"type": "null"}, reference(1)]},
        {"oneOf": [reference(0), reference(1)]},
        {"not": {"not": reference(0)}, "allOf": [reference(1)]},
        {"type": "array", "items": reference(0), "contains": reference(1)},
    ],
)
def test_a_schema_that_is_a_part_of_itself(first: Any) -> None:
    assert told(around(first), around(first)) == set()
    expected = {
        "request-body-min-properties-increased",
        "request-property-min-properties-increased",
    }
    assert told(around(first, 1), around(first, 2)) <= expected


def test_a_part_that_changes_beside_itself() -> None:
    first = {"allOf": [reference(0), reference(1)]}
    assert told(around(first, 1), around(first, 2)) == {"request-property-min-properties-increased"}


def test_a_pattern_that_may_take_for_ever_to_search_for_may_fit_any_name() -> None:
    closed = {"type": "object", "properties": {"b": {}}, "additionalProperties": False}
    effects = {}
    for pattern in ("^a+$", "^b+$", "^(a+)+$"):
        new = {**closed, "patternProperties": {pattern: {"type": "string"}}}
        ours, theirs = (read(document(each, "3.1", {})) for each in (closed, new))
        [effects[pattern]] = [change.effect for change in changes(ours, theirs, POLICY)]
    assert effects["^(a+)+$"] == effects["^b+$"] != effects["^a+$"]


def test_a_cycle_that_is_taken_apart() -> None:
    straight = around({"type": "object", "minProperties": 1})
    for first in ({"allOf": [reference(0), reference(1)]}, {"allOf": [reference(0)]}):
        assert told(around(first), straight)
        assert told(straight, around(first))
