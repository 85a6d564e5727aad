"""Painting many intervals at once is painting them one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.structure.cover import uncovered
from core.structure.painting import paint

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=40)


def arrays(intervals: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    both = np.array(intervals, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


@given(INTERVALS)
def test_painting_is_what_a_naive_painter_sees(intervals: list[tuple[int, int]]) -> None:
    canvas = [-1] * 128
    for nth, (start, length) in enumerate(intervals):
        canvas[start : start + length] = [nth] * length
    seen = paint(*arrays(intervals))
    painted = [-1] * 128
    stop = 0
    for start, length, top in zip(*map(np.ndarray.tolist, seen), strict=True):
        assert length > 0
        assert start >= stop
        stop = start + length
        painted[start:stop] = [top] * length
    assert painted == canvas


@given(INTERVALS, INTERVALS)
def test_what_is_uncovered_is_what_a_set_of_bytes_says(
    intervals: list[tuple[int, int]], cover: list[tuple[int, int]]
) -> None:
    held = {at for start, length in cover for at in range(start, start + length)}
    missing = [
        nth
        for nth, (start, length) in enumerate(intervals)
        if not held.issuperset(range(start, start + length))
    ]
    assert uncovered(*arrays(intervals), *arrays(cover)).tolist() == missing
