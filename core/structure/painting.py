"""Which of many overlapping intervals is on top, everywhere at once.

Theory of operation
-------------------
Intervals are painted in order, each over those before it, and the picture is wanted as disjoint
runs. Painting them one by one costs a search each; expanding each to the elementary cells it covers
blows up where large ones overlap. Here an interval of cells [l, r) is laid down as the two,
possibly overlapping, blocks of 2^k cells that cover it (the cover of a sparse table for range
maxima, run backwards): level k of a table remembers at each cell the last block that begins there,
and the levels are then pushed down, each block handing its rank to its two halves. All of it is
vector operations, O((n + m) log m) for n intervals over m cells.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


class Painting(NamedTuple):
    """Disjoint runs in order of `start`; `top` is the index of the interval seen there."""

    start: Integers
    length: Integers
    top: Integers


def paint(start: Integers, length: Integers) -> Painting:
    """What is seen after painting the intervals in the order given; empty ones leave no mark.

    `start` and `length` have one shape, (n,), in bytes. Cells that nothing covers are left out, and
    neighbouring cells of one interval are joined.
    """
    edges, nth = _edges(np.concatenate((start, start + length)))
    if len(edges) < 2:
        nothing = np.empty(0, np.int64)
        return Painting(nothing, nothing, nothing)
    top = _topmost(nth[: len(start)], nth[len(start) :], len(edges) - 1)
    first = np.flatnonzero(np.concatenate(([True], top[1:] != top[:-1])))
    stop = np.concatenate((first[1:], [len(top)]))
    seen = top[first] >= 0
    first, stop = first[seen], stop[seen]
    return Painting(edges[first], edges[stop] - edges[first], top[first])


def _edges(values: Integers) -> tuple[Integers, Integers]:
    """The different values in order, and which of them each one is.

    Sorting once is several times as fast as looking a million values up, or as `np.unique`.
    """
    order = np.argsort(values)
    ascending = values[order]
    is_new = np.ones(len(values), bool)
    np.not_equal(ascending[1:], ascending[:-1], out=is_new[1:])
    nth = np.empty(len(values), np.int64)
    nth[order] = np.cumsum(is_new) - 1
    return ascending[is_new], nth


def _topmost(left: Integers, right: Integers, cells: int) -> Integers:
    """The last interval that covers each cell, -1 where none does."""
    rank = np.arange(len(left), dtype=np.int64)
    width = right - left
    painted = np.flatnonzero(width > 0)
    level = np.zeros(len(left), np.int64)
    level[painted] = np.frexp(width[painted].astype(np.float64))[1] - 1
    carried = np.full(cells, -1, np.int64)
    deepest = int(level[painted].max(initial=0))
    for depth in range(deepest, -1, -1):
        span = 1 << depth
        here = painted[level[painted] == depth]
        own = np.full(cells, -1, np.int64)
        # Ranks ascend, and of several values for one cell an assignment keeps the last.
        own[left[here]] = rank[here]
        ending = np.full(cells, -1, np.int64)
        ending[right[here] - span] = rank[here]
        np.maximum(carried, own, out=carried)
        np.maximum(carried, ending, out=carried)
        if depth:
            half = span >> 1
            np.maximum(carried[half:], carried[:-half].copy(), out=carried[half:])
    return carried
