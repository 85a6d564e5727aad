"""Values on both sides of each limit that a lens refuses something for."""

from collections.abc import Iterator
from typing import Final

from compat.lens.admits import Admits
from compat.model.schema import Json

_SIZE_MAX: Final = 10_000
"""Longer texts and lists are not made: a limit beyond is tried from within alone."""


def around(admits: Admits) -> Iterator[Json]:
    """Values just within and just beyond the constraints, and some of every type."""
    bounds = admits.bounds
    yield from _several(None, True, 1, 1.0, 1.5, "text", "", [], {})
    yield from admits.values or ()
    for limit in (
        bounds.minimum,
        bounds.maximum,
        bounds.exclusive_minimum,
        bounds.exclusive_maximum,
        bounds.multiple_of,
    ):
        if limit is not None:
            yield from (limit - 1, limit, limit + 1, limit * 2, limit + 0.5, float(limit))
    for size in _sizes(bounds.min_length, bounds.max_length):
        yield "\N{GRINNING FACE}" * size
    for size in _sizes(bounds.min_items, bounds.max_items):
        yield [1] * size
        yield [*range(size)]
    if bounds.unique_items:
        yield from _several([1, 1.0], [1, True], [{"a": 1}, {"a": 1.0}])
    for size in _sizes(bounds.min_properties, bounds.max_properties):
        yield {f"x-{number}": number for number in range(size)}
    yield from _objects(admits)


def _several(*values: Json) -> tuple[Json, ...]:
    """The values, known to be JSON each."""
    return values


def _sizes(*limits: int | None) -> Iterator[int]:
    for limit in limits:
        if limit is not None:
            yield from (size for size in (limit - 1, limit, limit + 1) if 0 <= size <= _SIZE_MAX)


def _objects(admits: Admits) -> Iterator[Json]:
    whole: dict[str, Json] = dict.fromkeys((*admits.required, *(admits.names or ())), 1)
    yield whole
    yield {**whole, "x-of-no-version": 1}
    for name in admits.required:
        yield {other: held for other, held in whole.items() if other != name}
