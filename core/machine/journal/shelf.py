"""The segments of a journal on their disk: which there are, which go, and which are used again.

A journal has a budget of bytes. Where a new segment would exceed it the oldest epoch goes, and so
does an epoch that is older than the window that is to be kept. The files of what went are kept
under another name and become the next segments: their space is allocated, and their pages are
warm. A head is written, and is durable, before a file takes the name of a segment; what a crash
leaves in between is taken away when the shelf is made.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.errors import CoreError
from core.stream.names import data_name, free_names, leftovers, meta_name, numbers
from core.stream.segment import Segment, file_bytes
from core.structure.medium import Folder
from core.wire.segment import Head, Stream

SEGMENTS_MIN: Final = 10


class JournalFullError(CoreError):
    """There is no room for another segment, and no epoch that may go."""


class Retention(NamedTuple):
    """How much a journal keeps: at most `size` bytes, and no more than `window_ns` asks for."""

    size: int
    window_ns: int


KEEP_ALL: Final = Retention(size=1 << 62, window_ns=1 << 62)


@dataclass(slots=True)
class _Row:
    heads: deque[Head]
    number: int  # of the last segment that there ever was


class Shelf:
    """The segments of one stream or of both, oldest first, and files that wait to be used again.

    Where the UNDO stream has a shelf of its own, what is fed by it keeps its own budget.
    """

    def __init__(
        self,
        folder: Folder,
        *,
        group: bytes,
        segment_bytes: int,
        retention: Retention,
        heads: Sequence[Head] = (),
        streams: Sequence[Stream] = tuple(Stream),
    ) -> None:
        self._folder, self._group, self._segment_bytes = folder, group, segment_bytes
        self.retention = retention
        names = folder.names()
        self._rows = {stream: _row(stream, heads, names) for stream in streams}
        self._free: deque[tuple[str, str]] = deque()
        for stream in streams:
            for name in leftovers(names, stream):
                folder.remove(name)
            self._free.extend(free_names(folder.names(), stream))
        folder.sync()
        self._kept: dict[str, int] = {}
        self.blank: Head | None = None
        """The newest UNDO segment, where it is sealed and nothing is in it."""

    @property
    def size(self) -> int:
        """Bytes that all files take."""
        segments = len(self._free) + sum(len(row.heads) for row in self._rows.values())
        return segments * file_bytes(self._segment_bytes)

    def begin(
        self, stream: Stream, *, first: int, time_ns: int, is_opening: bool = False
    ) -> Segment:
        """The next segment of a stream, in files that are free, or in new ones.

        What is opening goes beyond the budget where it has to: a replica that has made the journal
        full cannot be fed before that, and so nothing else would ever make room.

        An UNDO segment of the same epoch in which nothing is yet goes on. Without that a journal
        that is opened again and again would fill with them: none of them may go before its epoch.
        """
        row = self._rows[stream]
        blank, self.blank = self.blank, None
        if stream is Stream.UNDO and blank is not None and blank.first == first:
            return Segment(self._folder, blank, None, resumed=True)
        try:
            self.make_room()
        except JournalFullError:
            if not is_opening:
                raise
        row.number += 1
        head = Head(
            stream=stream,
            group=self._group,
            number=row.number,
            first=first,
            time_ns=time_ns,
            size=self._segment_bytes,
        )
        segment = Segment(self._folder, head, self._free.popleft() if self._free else None)
        row.heads.append(head)
        return segment

    def keep(self, who: str, first: int | None) -> None:
        """No epoch from that of sequence `first` on goes, for the sake of `who`; None ends that."""
        if first is None:
            self._kept.pop(who, None)
        else:
            self._kept[who] = first

    def make_room(self) -> None:
        """Let old epochs go until there is room for one segment more."""
        cost = file_bytes(self._segment_bytes)
        while not self._free and self.size + cost > self.retention.size:
            if not self._drop_oldest():
                raise JournalFullError(
                    f"the journal needs {cost} bytes more, and may take {self.retention.size}",
                    hint="give it more room: isthmus protect --journal-size",
                )

    def expire(self, now_ns: int) -> None:
        """Let the epochs go that end before the window begins."""
        heads = self._rows[Stream.DO].heads
        while len(heads) > 1 and heads[1].time_ns <= now_ns - self.retention.window_ns:
            if not self._drop_oldest():
                return

    def trim(self, first: int) -> None:
        """Let the pre-images go of which no epoch from that of sequence `first` on has need.

        Their names need not be durable: what is found under one of them afterwards, be it with the
        head of another segment, is missed by no point that is left.
        """
        undone = self._rows[Stream.UNDO].heads
        # A segment may hold pre-images of the epoch in which the next one was begun.
        while len(undone) > 1 and undone[1].first < first:
            self._set_free(undone.popleft())

    def _drop_oldest(self) -> bool:
        """The oldest epoch goes, unless it is kept or the one that is open.

        Without its writes, an epoch goes by its pre-images.
        """
        has_writes = Stream.DO in self._rows
        heads = self._rows[Stream.DO if has_writes else Stream.UNDO].heads
        if len(heads) < 2:
            return False
        # A segment of UNDO may hold pre-images of the epoch in which the next one was begun.
        needed = heads[1].first if has_writes else heads[1].first + 1
        if any(needed > first for first in self._kept.values()):
            return False
        self._set_free(heads.popleft())
        if len(self._rows) > 1:
            self.trim(heads[0].first)
        # Before a file gets another head nothing may find it under its old name any more.
        self._folder.sync()
        return True

    def _set_free(self, head: Head) -> None:
        """The meta file goes first: what is left without it can be read, and is no damage.

        What is beyond the budget is not used again.
        """
        data, meta = data_name(head.stream, head.number), meta_name(head.stream, head.number)
        is_beyond = self.size + file_bytes(self._segment_bytes) > self.retention.size
        if meta not in self._folder.names() or is_beyond:
            for name in (meta, data):
                if name in self._folder.names():
                    self._folder.remove(name)
            return
        self._folder.rename(meta, f"free-{meta}")
        self._folder.rename(data, f"free-{data}")
        self._free.append((f"free-{data}", f"free-{meta}"))


def _row(stream: Stream, heads: Sequence[Head], names: tuple[str, ...]) -> _Row:
    """The segments of a stream; one whose data file has no name yet was never begun."""
    own = deque(sorted((h for h in heads if h.stream is stream), key=lambda head: head.number))
    taken = [each.number for each in own]
    taken += [each for each in numbers(names, stream) if data_name(stream, each) in names]
    return _Row(own, max(taken, default=0))
