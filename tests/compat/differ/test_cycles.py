"""Schemas that refer to each other: comparing ends, and what changed is told."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from compat.differ.interface import changes
from tests.compat.differ.judged import POLICY, document, read

MANY: Final = 2000


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


def test_a_cycle_that_is_taken_apart() -> None:
    straight = around({"type": "object", "minProperties": 1})
    for first in ({"allOf": [reference(0), reference(1)]}, {"allOf": [reference(0)]}):
        assert told(around(first), straight)
        assert told(straight, around(first))
