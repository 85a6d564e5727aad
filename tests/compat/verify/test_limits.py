"""What is tried of a limit lies on both sides of it."""

from typing import Any

import pytest

from compat.lens.admits import Admits, fault_of
from compat.lens.interpret import Context
from compat.lens.ops import Limit, invert
from compat.model.schema import Bounds, Kind
from compat.verify.limits import around
from compat.verify.probes import probes

BOUNDS: dict[str, Any] = {
    "minimum": 3,
    "maximum": 7.5,
    "exclusive_minimum": -1,
    "exclusive_maximum": 10**30,
    "multiple_of": 5,
    "min_length": 2,
    "max_length": 300,
    "min_items": 1,
    "max_items": 0,
    "unique_items": True,
    "min_properties": 4,
    "max_properties": 2,
}
EVERY = [
    *(Admits(bounds=Bounds(**{name: limit})) for name, limit in BOUNDS.items()),
    *(Admits(kinds=(kind,)) for kind in Kind),
    Admits(values=("a", 7)),
    Admits(required=("a", "b")),
    Admits(names=("a", "b")),
    Admits(names=()),
]


@pytest.mark.parametrize("admits", EVERY, ids=str)
def test_some_values_are_within_and_some_beyond(admits: Admits) -> None:
    assert {fault_of(value, admits) is None for value in around(admits)} == {True, False}


def test_a_limit_of_the_way_back_is_tried_too() -> None:
    lens = (Limit(admits=None, back=Admits(bounds=Bounds(max_length=5)), difference="d"),)
    for way in (lens, invert(lens)):
        texts = {value for value in probes(way, Context()) if isinstance(value, str)}
        assert {"\N{GRINNING FACE}" * 5, "\N{GRINNING FACE}" * 6} <= texts


def test_no_text_is_made_that_fills_the_memory() -> None:
    long = Admits(bounds=Bounds(min_length=10**12, max_items=10**12, min_properties=10**12))
    sizes = [len(value) for value in around(long) if isinstance(value, str | list | dict)]
    assert max(sizes) < 100
