"""What was seen of a running system, as a state has it: what was written over time, and the lag.

Theory of operation
-------------------
A history tells what was written, but not how far a copy was behind. Whoever looks again and again
sees two curves: all bytes that were written by then, W, and those of them that had left, D. What
was written by t has left when D reaches W(t); how long that takes is the lag as it is predicted.
So the lag is measured from a time at which nothing waited to another one: between these all that
was written has left, and nothing else.

How fast a link is, or a copy applies, is seen only while something waits for that: what leaves a
queue that is empty now and then is what came.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from core.plan.goals.goal import DAY_NS
from core.units import NANOSECONDS_PER_SECOND

Floats: TypeAlias = npt.NDArray[np.float64]
Curves: TypeAlias = tuple[Floats, tuple[Floats, Floats], Floats]

_SAMPLES_MAX: Final = 240
_SERIES_NS_MAX: Final = 60 * DAY_NS
_WAITED_MIN: Final = 3
"""So many looks at what waits have to tell of a rate, before it is taken for one."""
_EDGES_MIN: Final = 3
"""Of two samples, or more."""
_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14_400, 21_600, 43_200, 86_400),
)


class Span(NamedTuple):
    """Part of a history; of one that was thinned out not all is known that was written."""

    begin_ns: int
    end_ns: int
    writes: int
    bytes: int
    is_thinned: bool


class Look(NamedTuple):
    """What a node told of a group with a copy: the last write, and all bytes that were written by
    then; how many of these have not left, and how many that have are not applied."""

    at_ns: int
    end: int
    written: int
    queued: int
    unapplied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Bytes in a second for each sample, and writes in a second in the mean."""

    every_ns: int
    begin_ns: int
    rates: tuple[int, ...]
    iops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """Bytes in a second for each sample, and how long, in seconds, what was written at its end was
    on its way; `bandwidth` is how fast things left."""

    every_ns: int
    rates: tuple[int, ...]
    lag_s: tuple[float, ...]
    bandwidth: int


def step_of(length_ns: int, least_ns: int = 0) -> int:
    """How long a sample of so long a time is; a round number that is no less than the least."""
    wanted_ns = max(least_ns, -(-length_ns // _SAMPLES_MAX))
    known = (each * NANOSECONDS_PER_SECOND for each in _STEPS_S)
    return next((each for each in known if each >= wanted_ns), DAY_NS)


def series_of(spans: Sequence[Span], until_ns: int) -> Series | None:
    """What was written from the first span on of which all is known; None where nothing was."""
    known = [*_whole(spans, until_ns)]
    if not known:
        return None
    begin_ns, end_ns = known[0].begin_ns, max(until_ns, known[-1].end_ns)
    step_ns = step_of(end_ns - begin_ns, known[0].end_ns - begin_ns)
    sizes = [0.0] * -(-(end_ns - begin_ns) // step_ns)
    for each in known:
        length_ns = each.end_ns - each.begin_ns
        for nth in range(
            (each.begin_ns - begin_ns) // step_ns, -(-(each.end_ns - begin_ns) // step_ns)
        ):
            at_ns = begin_ns + nth * step_ns
            inside_ns = min(each.end_ns, at_ns + step_ns) - max(each.begin_ns, at_ns)
            sizes[nth] += each.bytes * inside_ns / length_ns
    seconds = step_ns / NANOSECONDS_PER_SECOND
    return Series(
        every_ns=step_ns,
        begin_ns=begin_ns,
        rates=tuple(round(each / seconds) for each in sizes),
        iops=-(-sum(each.writes for each in known) // max(1, round(seconds * len(sizes)))),
    )


def _whole(spans: Sequence[Span], until_ns: int) -> Iterator[Span]:
    thinned = max((nth for nth, each in enumerate(spans) if each.is_thinned), default=-1)
    for each in spans[thinned + 1 :]:
        if each.end_ns > each.begin_ns >= until_ns - _SERIES_NS_MAX:
            yield each


def written(looks: Sequence[Look], every_ns: int) -> Series | None:
    """What was written while it was looked at, in samples of that length; None where looks are too
    few for that, or what counts the bytes began anew meanwhile."""
    curves = _curves(looks, every_ns)
    if curves is None:
        return None
    edges, sizes, _ = curves
    seconds = every_ns / NANOSECONDS_PER_SECOND
    passed_s = (looks[-1].at_ns - looks[0].at_ns) / NANOSECONDS_PER_SECOND
    return Series(
        every_ns=every_ns,
        begin_ns=looks[0].at_ns,
        rates=_rates(np.diff(np.interp(edges, *sizes)) / seconds),
        iops=math.ceil((looks[-1].end - looks[0].end) / passed_s),
    )


def lags(looks: Sequence[Look], every_ns: int) -> Lags | None:
    """How far the copy was behind; None where nothing waited, or something did all the time."""
    empty = [nth for nth, each in enumerate(looks) if not each.queued]
    bandwidth = left_rate([looks])
    if not empty or bandwidth is None:
        return None
    curves = _curves(looks[empty[0] : empty[-1] + 1], every_ns)
    if curves is None:
        return None
    edges, (times, sizes), left = curves
    is_empty = np.interp(edges, times, sizes) <= np.interp(edges, times, left)
    edges = edges[: int(np.flatnonzero(is_empty)[-1]) + 1]
    if len(edges) < _EDGES_MIN:
        return None
    wanted = np.interp(edges, times, sizes)
    lag_ns = np.maximum(0.0, _reached(wanted[1:], times, left) - edges[1:])
    return Lags(
        every_ns=every_ns,
        rates=_rates(np.diff(wanted) * NANOSECONDS_PER_SECOND / every_ns),
        lag_s=tuple(round(each / NANOSECONDS_PER_SECOND, 3) for each in lag_ns.tolist()),
        bandwidth=bandwidth,
    )


def left_rate(rounds: Sequence[Sequence[Look]]) -> int | None:
    """Bytes in a second that left while something waited, of all groups together; of each there
    are all looks, at the same times."""
    return _usual([[(each.at_ns, each.written, each.queued) for each in of] for of in rounds])


def applied_rate(looks: Sequence[Look]) -> int | None:
    """Bytes in a second that were applied while something waited for that."""
    return _usual([[(each.at_ns, each.written - each.queued, each.unapplied) for each in looks]])


def _usual(rounds: Sequence[Sequence[tuple[int, int, int]]]) -> int | None:
    """What usually comes out of queues in a second: of each there are times, what had come in by
    then, and what waited."""
    rates = []
    for together in zip(*map(pairwise, rounds), strict=True):
        busy = [
            ((came[1] - came[2]) - (before[1] - before[2])) / (came[0] - before[0])
            for before, came in together
            if before[2] and came[2]
        ]
        if busy:
            rates.append(sum(busy) * NANOSECONDS_PER_SECOND)
    return max(0, round(median(rates))) or None if len(rates) >= _WAITED_MIN else None


def _curves(looks: Sequence[Look], every_ns: int) -> Curves | None:
    """The edges of samples; when it was looked, and what was written by then; what had left."""
    times = np.array([each.at_ns - looks[0].at_ns for each in looks], dtype=np.float64)
    sizes = np.array([each.written - looks[0].written for each in looks], dtype=np.float64)
    left = sizes - np.array([each.queued for each in looks], dtype=np.float64)
    edges = np.arange(0.0, times[-1] + 1, every_ns)
    closest = np.searchsorted(times, edges, side="right")
    is_counted = (np.diff(sizes) >= 0).all()
    if len(edges) < _EDGES_MIN or (np.diff(closest) < 1).any() or not is_counted:
        return None
    return edges, (times, sizes), np.maximum.accumulate(left)


def _reached(wanted: Floats, times: Floats, left: Floats) -> Floats:
    """When so much had left first."""
    after = np.searchsorted(left, wanted)
    before = np.maximum(after - 1, 0)
    step = left[after] - left[before]
    part = (wanted - left[before]) / np.where(step > 0, step, 1.0)
    found: Floats = times[before] + np.clip(part, 0.0, 1.0) * (times[after] - times[before])
    return found


def _rates(found: Floats) -> tuple[int, ...]:
    return tuple(round(each) for each in found.tolist())
