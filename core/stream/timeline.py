"""The history of a group over time: how much was written when, and what was noted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.stream.history import History
from core.stream.noted import Noted, noted
from core.structure.painting import paint
from core.wire.note import Bookmark, Gap
from core.wire.record import Kind, Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What was written from `begin_ns` on and before `end_ns`, or at the end of the last one."""

    begin_ns: int
    end_ns: int
    writes: int
    written_bytes: int


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
    def bookmarks(self) -> Iterator[tuple[Noted, Bookmark]]:
        """What was named, in order."""
        for each in self.notes:
            if isinstance(each.note, Bookmark):
                yield each, each.note

    @property
    def gaps(self) -> Iterator[tuple[Noted, Gap]]:
        """What was given up, in order."""
        for each in self.notes:
            if isinstance(each.note, Gap):
                yield each, each.note


def timeline(history: History, *, spans: int) -> Timeline:
    """The window of a history in so many spans of one length, at least one."""
    records = writes(history)
    begin, end = (int(records["time_ns"][nth]) for nth in (0, -1)) if len(records) else (0, 0)
    step = max(1, -(-(end + 1 - begin) // spans))
    return Timeline(
        first=history.first,
        end=history.end,
        begin_ns=begin,
        end_ns=end,
        spans=tuple(spans_of(records, begin, step)),
        notes=tuple(noted(history)),
    )


def writes(history: History) -> Records:
    """All records that put data or zeroes somewhere, in order."""
    records = history.written(since=history.first + 1, until=history.end)
    wanted: Records = records[records["kind"] != Kind.RESIZE]
    return wanted


def spans_of(records: Records, begin_ns: int, step_ns: int) -> Iterator[Span]:
    """What was written in each step from `begin_ns` to the last record."""
    for at, here in parts_of(records, begin_ns, step_ns):
        yield Span(
            begin_ns=at,
            end_ns=at + step_ns,
            writes=len(here),
            written_bytes=int(here["length"].sum()),
        )


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
