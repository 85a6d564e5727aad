"""The history of a group over time: how much was written when, which points there are of it, and
what was noted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from core.stream.history import History
from core.stream.noted import Noted, noted
from core.stream.part import Part
from core.structure.painting import Integers, paint
from core.wire.note import Bookmark, Gap
from core.wire.record import Kind, Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What was written from `begin_ns` on and before `end_ns`, or at the end of the last one.

    Of so many `writes` there are `points`. `written_bytes` are what is left of them. It is thinned
    where it has some of an epoch in which not every write is a point any more.
    """

    begin_ns: int
    end_ns: int
    writes: int
    points: int
    written_bytes: int
    is_thinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Points `first` to `end` of a history, and the times of the first and the last write.

    Without a write there are no spans, and both times are 0.
    """

    first: int
    end: int
    begin_ns: int
    end_ns: int
    spans: tuple[Span, ...]
    notes: tuple[Noted, ...]

    @property
    def thinned(self) -> Iterator[Span]:
        """Where not every write is a point, with spans that follow one another as one."""
        written = (each for each in self.spans if each.writes)
        for is_thinned, spans in groupby(written, lambda each: each.is_thinned):
            if is_thinned:
                first, *_ = here = [*spans]
                yield Span(
                    begin_ns=first.begin_ns,
                    end_ns=here[-1].end_ns,
                    writes=sum(each.writes for each in here),
                    points=sum(each.points for each in here),
                    written_bytes=sum(each.written_bytes for each in here),
                    is_thinned=True,
                )

    @property
    def bookmarks(self) -> Iterator[tuple[Noted, Bookmark]]:
        """What was named, in order."""
        for each in self.notes:
            if isinstance(each.note, Bookmark):
                yield each, each.note

    @property
    def gaps(self) -> Iterator[tuple[Noted, Gap]]:
        """What was given up, in order; what was so for one reason, one after the other, as one."""
        return gaps_of(self.notes)


def gaps_of(notes: Iterable[Noted]) -> Iterator[tuple[Noted, Gap]]:
    """What was given up, in order; what was so for one reason, one after the other, as one."""
    held: tuple[Noted, Gap] | None = None
    for each in notes:
        if not isinstance(gap := each.note, Gap):
            continue
        joined = gap.after(held[1] if held else None)
        if held and joined.first != held[1].first:
            yield held
        held = each, joined
    if held:
        yield held


def timeline(history: History, *, spans: int) -> Timeline:
    """The window of a history in so many spans of one length, at least one."""
    everything = history.written(since=history.first + 1, until=history.end)
    is_write = everything["kind"] != Kind.RESIZE
    made = np.diff(everything["sequence"], prepend=history.first)[is_write]
    thinned = np.concatenate([[False][:0], *map(_thinned, history.do)])[is_write]
    records = everything[is_write]
    begin, end = (int(records["time_ns"][nth]) for nth in (0, -1)) if len(records) else (0, 0)
    step = max(1, -(-(end + 1 - begin) // spans))
    return Timeline(
        first=history.first,
        end=history.end,
        begin_ns=begin,
        end_ns=end,
        spans=tuple(_spans(records, (made, thinned), begin, step)),
        notes=tuple(noted(history)),
    )


def writes(history: History) -> Records:
    """All records that put data or zeroes somewhere, in order."""
    records = history.written(since=history.first + 1, until=history.end)
    wanted: Records = records[records["kind"] != Kind.RESIZE]
    return wanted


def _thinned(part: Part) -> npt.NDArray[np.bool_]:
    """For each write or resize of an epoch: has that fewer points than writes?"""
    count = int((part.records["kind"] != Kind.NOTE).sum())
    return np.full(count, len(part.points) < part.end + 1 - part.head.first)


def _spans(
    records: Records,
    told: tuple[Integers, npt.NDArray[np.bool_]],
    begin_ns: int,
    step_ns: int,
) -> Iterator[Span]:
    """What was written in each step from `begin_ns` to the last record.

    Of each record it is told how many writes it stands for, as of some of those that were folded
    nothing is left, and whether it is of an epoch that was thinned out.
    """
    made, thinned = told
    at = 0
    for begin, here in parts_of(records, begin_ns, step_ns):
        mine = slice(at, at + len(here))
        yield Span(
            begin_ns=begin,
            end_ns=begin + step_ns,
            writes=int(made[mine].sum()),
            points=int((here["inner"] == 0).sum()),
            written_bytes=int(here["length"].sum()),
            is_thinned=bool(thinned[mine].any()),
        )
        at += len(here)


def parts_of(records: Records, begin_ns: int, step_ns: int) -> Iterator[tuple[int, Records]]:
    """The beginning of each step, and the records in it."""
    if not len(records):
        return
    last = int(records["time_ns"][-1])
    edges = np.arange(begin_ns, last + step_ns + 1, step_ns)
    places = np.searchsorted(records["time_ns"], edges)
    for at, one, other in zip(edges.tolist(), places, places[1:], strict=False):
        yield at, records[one:other]


def distinct_bytes(records: Records) -> int:
    """How many bytes of all volumes the records cover, each counted once."""
    return sum(
        int(paint(mine["offset"], mine["length"]).length.sum())
        for number in np.unique(records["volume"]).tolist()
        for mine in (records[records["volume"] == number],)
    )
