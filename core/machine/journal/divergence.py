"""What one side of a group wrote behind the last write that both sides have.

Where it may differ is told by region. What was written is told in writes and bytes as far as the
journal has numbers for it: what hosts wrote while it took nothing is known by region alone.

After a crash a volume may lack any write of the epoch that was open, those among them that the
other side has. So all that this epoch touched may differ, too.

Of several copies it is not known here which has become the other side: so what any of them had not
been given yet is what that may lack.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.machine.journal.touched import touched_runs
from core.stream import regions
from core.stream.copies import files_of, known_numbers
from core.stream.history import History
from core.stream.phases import COPYING, State
from core.stream.standing import Standing, read_standing
from core.stream.timeline import distinct_bytes
from core.stream.touched import touched
from core.structure.medium import Folder
from core.wire.record import Records

RANGES_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Bytes of a volume that were written."""

    volume: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """What a side has that the other has not, whose last write of this side's is `point`.

    Both are alike at `since`, which is before that where this side has lost writes; `end` is its
    own last write. `writes` of so many `bytes` are its own, and `unnumbered` bytes of regions may
    hold more of them. `ranges` are the first places of these. `marks` are all that may differ.
    """

    point: int
    since: int
    end: int
    writes: int
    bytes: int
    unnumbered: int
    ranges: tuple[Range, ...]
    marks: tuple[bytearray, ...]

    @property
    def is_some(self) -> bool:
        """Would anything be lost if the other side's took its place?"""
        return bool(self.writes or self.unnumbered)


def divergence(folder: Folder, *, point: int, where: str, is_live: bool) -> Divergence:
    """What production of before, whose journal that is, wrote since somebody took over at a point.

    Raises CoreError where it cannot be known how the journal ends.
    """
    history = History(folder, where=where, live=is_live)
    try:
        if not is_live:
            history.refuse_lost_end()
        since = min(point, history.end)
        own = history.written(since=since + 1, until=history.end)
        marks, unnumbered = _marked(folder, history, since, own)
        names = history.identity.names
        ranges = (
            Range(volume=names[int(each["volume"])], offset=int(at), length=int(stop - at))
            for each, at, stop in zip(own, *touched(own), strict=True)
        )
        return Divergence(
            point=point,
            since=since,
            end=history.end,
            writes=history.end - since,
            bytes=distinct_bytes(own),
            unnumbered=unnumbered,
            ranges=tuple(each for each, _ in zip(ranges, range(RANGES_MAX), strict=False)),
            marks=marks,
        )
    finally:
        history.close()


def _marked(
    folder: Folder, history: History, since: int, own: Records
) -> tuple[tuple[bytearray, ...], int]:
    """The regions that may differ, and how many bytes of them no number tells of."""
    found = [files_of(folder, number) for number in known_numbers(folder)]
    standings = [(each, read_standing(each, where=history.where)) for each in found]
    known = [(each, standing) for each, standing in standings if standing is not None]
    sizes = _sizes(history, [standing for _, standing in known])
    if history.end > since and not reaches(history, since):
        marks = tuple(map(regions.all_of, sizes))
        return marks, sum(map(sum, marks)) << regions.REGION_SHIFT
    marks = tuple(bytearray(regions.count_of(size)) for size in sizes)
    for files, standing in known:
        if standing.state in (*COPYING, State.MARKING):
            for number, each in enumerate(marks):
                left = regions.left(files, standing.course.generation, number)
                mark(each, regions.runs(left))
    unnumbered = sum(map(sum, marks)) << regions.REGION_SHIFT
    mark_written(marks, own)
    if history.unsealed is not None:
        first = history.unsealed.head.first
        mark_written(marks, history.written(since=first, until=history.end))
        mark_overwritten(marks, history, first)
        for number, each in enumerate(marks):
            mark(each, touched_runs(folder, number))
    return marks, unnumbered


def reaches(history: History, point: int) -> bool:
    """Has the journal every write behind a point?"""
    return bool(history.do) and history.do[0].head.first <= point + 1


def mark(marks: bytearray, runs: Iterable[tuple[int, int]]) -> None:
    """Mark the regions of ranges."""
    for offset, length in runs:
        regions.mark(marks, offset, length)


def mark_written(marks: Sequence[bytearray], records: Records) -> None:
    """Mark where records of the DO stream changed volumes."""
    for number, each in enumerate(marks):
        begin, stop = touched(records[records["volume"] == number])
        mark(each, zip(begin.tolist(), (stop - begin).tolist(), strict=True))


def mark_overwritten(marks: Sequence[bytearray], history: History, first: int) -> None:
    """Mark what was to be overwritten from the epoch of a write on: it may have been."""
    captured = history.overwritten(since=first)
    for number, each in enumerate(marks):
        mine = captured[captured["volume"] == number]
        mark(each, zip(mine["offset"].tolist(), mine["length"].tolist(), strict=True))


def _sizes(history: History, standings: Sequence[Standing]) -> Sequence[int]:
    """The latest that are put down."""
    last = max((each.course for each in standings), key=lambda each: each.since, default=None)
    return last.sizes if last else [each.size for each in history.identity.volumes]
