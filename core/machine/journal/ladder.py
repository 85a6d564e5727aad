"""How densely points lie as they age, and which epochs are to be folded for that.

A ladder has rungs: up to an age of 2 hours every write is a point, up to a day one in each minute,
up to 7 days one in each hour. Steps are those of the wall clock, in UTC, and the last point in a
step is the one that is kept.

Theory of operation
-------------------
Epochs are folded by *stretches*, some steps each, once all of a stretch is as old as its rung asks
for. So an epoch is folded once for each rung that it comes to, whatever the history is; and of the
pre-images of a block one is left for a stretch, and not one for a step. A stretch of more steps
would save little more, and thin out later. An epoch belongs to the stretch in which it ended.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from core.errors import CoreError
from core.stream.folding import FOLDED_BYTES_MAX
from core.units import NANOSECONDS_PER_SECOND, duration_text, parse_duration
from core.wire.segment import Head

STRETCH_STEPS: Final = 4

_ALL: Final = "all"
_HINT: Final = "write it as '2h:all 24h:1m 7d:1h 30d:1d': up to which age, and one point in what"
_PRESSED: Final = 4


class Rung(NamedTuple):
    """Up to an age of `until_ns` there is a point in each `step_ns`; with 0 every write is one."""

    until_ns: int
    step_ns: int

    def __str__(self) -> str:
        step = duration_text(self.step_ns) if self.step_ns else _ALL
        return f"{duration_text(self.until_ns)}:{step}"


Ladder = tuple[Rung, ...]
"""Rungs by age. What is older than the last is as that; without any, every write is a point."""


class Job(NamedTuple):
    """Epochs that follow one another, to be made one with a point in each `step_ns`.

    The epoch behind them begins with sequence `following`.
    """

    heads: tuple[Head, ...]
    step_ns: int
    following: int


def parse_ladder(text: str) -> Ladder:
    """The rungs of `2h:all 24h:1m 7d:1h`; raises CoreError where they make no ladder."""
    ladder: Ladder = ()
    for word in text.split():
        rung = _rung(word)
        before = ladder[-1] if ladder else Rung(0, -1)
        if rung.until_ns <= before.until_ns:
            raise CoreError(f"{word!r} is no higher than {str(before)!r} before it", hint=_HINT)
        if rung.step_ns <= before.step_ns:
            raise CoreError(f"points of {word!r} are as dense as before it", hint=_HINT)
        ladder += (rung,)
    return ladder


def _rung(word: str) -> Rung:
    age, separator, step = word.partition(":")
    if not separator:
        raise CoreError(f"{word!r} is no rung of a ladder", hint=_HINT)
    rung = Rung(parse_duration(age), 0 if step == _ALL else parse_duration(step))
    if step != _ALL and not NANOSECONDS_PER_SECOND <= rung.step_ns <= rung.until_ns:
        raise CoreError(f"{word!r}: a step is from 1s to the age that it goes up to", hint=_HINT)
    return rung


DEFAULT: Final = parse_ladder("2h:all 24h:1m 7d:1h 30d:1d")


def pressed(ladder: Ladder, young_ns: int) -> Ladder:
    """What is kept of points while room is short: each rung begins at a quarter of its age.

    No longer than up to an age of `young_ns` every write is a point.
    """
    return tuple(
        Rung(
            rung.until_ns // _PRESSED if rung.step_ns else _shortened(rung, young_ns), rung.step_ns
        )
        for rung in ladder or DEFAULT
    )


def _shortened(rung: Rung, young_ns: int) -> int:
    return max(1, min(rung.until_ns // _PRESSED, young_ns))


def step_at(ladder: Ladder, age_ns: int) -> int:
    """The step of points of that age; 0 where every write is one."""
    for rung in ladder:
        if age_ns < rung.until_ns:
            return rung.step_ns
    return ladder[-1].step_ns if ladder else 0


def plan(
    heads: Sequence[Head],
    ladder: Ladder,
    *,
    now_ns: int,
    kept: int | None,
    bytes_max: int = FOLDED_BYTES_MAX,
    stretch_ns_max: int = 1 << 62,
) -> Iterator[Job]:
    """What is to be folded, the oldest first.

    Stretches that would be longer than `stretch_ns_max` are of one step.

    `heads` are all of the DO stream; none of an epoch that is not over before sequence `kept` is
    folded. What was folded with that step, or a longer one, is left. Of epochs that take more than
    `bytes_max`, or FOLDED_BYTES_MAX, fewer are folded at once.
    """
    ended = [
        (head, following.time_ns)
        for head, following in pairwise(heads)
        if kept is None or following.first <= kept
    ]
    stretch = partial(_stretch, ladder, now_ns, stretch_ns_max)
    for (step_ns, _), epochs in groupby(ended, lambda each: stretch(each[1])):
        for mine in _portions((head for head, _ in epochs), min(bytes_max, FOLDED_BYTES_MAX)):
            if step_ns and any(not head.rounds or head.step_ns < step_ns for head in mine):
                behind = bisect_right(heads, mine[-1].number, key=lambda head: head.number)
                yield Job(mine, step_ns, heads[behind].first)


def _portions(heads: Iterable[Head], bytes_max: int) -> Iterator[tuple[Head, ...]]:
    """As many together as take no more than that, or one."""
    portion: tuple[Head, ...] = ()
    for head in heads:
        if portion and sum(each.size for each in (*portion, head)) > bytes_max:
            yield portion
            portion = ()
        portion += (head,)
    if portion:
        yield portion


def _stretch(ladder: Ladder, now_ns: int, most_ns: int, end_ns: int) -> tuple[int, int]:
    """The step and the number of the stretch in which an epoch ended; 0 while that is too young."""
    step_ns = step_at(ladder, now_ns - end_ns)
    if not step_ns:
        return 0, 0
    length_ns = STRETCH_STEPS * step_ns if STRETCH_STEPS * step_ns <= most_ns else step_ns
    number = end_ns // length_ns
    is_aged = step_at(ladder, now_ns - (number + 1) * length_ns) >= step_ns
    return (step_ns, number) if is_aged else (0, 0)
