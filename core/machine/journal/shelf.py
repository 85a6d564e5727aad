"""The segments of a journal on their disk: which there are, which go, and which are used again.

A journal has a budget of bytes. Where a new segment would exceed it the oldest epoch goes, and so
does an epoch that is older than the window that is to be kept. The files of what went are kept
under another name and become the next segments: their space is allocated, and their pages are
warm. A head is written, and is durable, before a file takes the name of a segment; what a crash
leaves in between is taken away when the shelf is made.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.errors import CoreError
from core.stream.names import data_name, free_names, leftovers, meta_name
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


Guard = AbstractContextManager[object]
"""A lock that its holder may take once more; needed where both streams have a thread each."""

KEEP_ALL: Final = Retention(size=1 << 62, window_ns=1 << 62)


@dataclass(slots=True)
class _Row:
    heads: deque[Head]
    number: int  # of the last segment that there ever was


class Shelf:
    """Both streams' segments, oldest first, and the files that wait to be used again."""

    def __init__(
        self,
        folder: Folder,
        *,
        group: bytes,
        segment_bytes: int,
        retention: Retention,
        heads: Sequence[Head],
        guard: Guard,
    ) -> None:
        """`guard` is entered, also from within, by whoever changes something."""
        self._guard = guard
        self._folder, self._group, self._segment_bytes = folder, group, segment_bytes
        self.retention = retention
        self._rows = {stream: _row(stream, heads) for stream in Stream}
        for name in leftovers(folder.names()):
            folder.remove(name)
        self._free = deque(free_names(folder.names()))
        folder.sync()
        self._kept: dict[str, int] = {}
        self.dropped_for_size = 0
        self.blank: Head | None = None
        """The newest UNDO segment, where it is sealed and nothing is in it."""

    @property
    def size(self) -> int:
        """Bytes that all files take."""
        segments = len(self._free) + sum(len(row.heads) for row in self._rows.values())
        return segments * file_bytes(self._segment_bytes)

    @property
    def first(self) -> int:
        """The sequence of the first write that is kept."""
        return self._rows[Stream.DO].heads[0].first

    def begin(self, stream: Stream, *, first: int, time_ns: int) -> Segment:
        """The next segment of a stream, in files that are free, or in new ones.

        An UNDO segment of the same epoch in which nothing is yet goes on. Without that a journal
        that is opened again and again would fill with them: none of them may go before its epoch.
        """
        with self._guard:
            row = self._rows[stream]
            blank, self.blank = self.blank, None
            if stream is Stream.UNDO and blank is not None and blank.first == first:
                return Segment(self._folder, blank, None, resumed=True)
            self.make_room()
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
        with self._guard:
            if first is None:
                self._kept.pop(who, None)
            else:
                self._kept[who] = first

    def make_room(self) -> None:
        """Let old epochs go until there is room for one segment more."""
        cost = file_bytes(self._segment_bytes)
        with self._guard:
            while not self._free and self.size + cost > self.retention.size:
                if not self._drop_oldest():
                    raise JournalFullError(
                        f"the journal needs {cost} bytes more, and may take {self.retention.size}",
                        hint="give it more room: isthmus protect --journal-size",
                    )
                self.dropped_for_size += 1

    def expire(self, now_ns: int) -> None:
        """Let the epochs go that end before the window begins."""
        with self._guard:
            heads = self._rows[Stream.DO].heads
            while len(heads) > 1 and heads[1].time_ns <= now_ns - self.retention.window_ns:
                if not self._drop_oldest():
                    return

    def _drop_oldest(self) -> bool:
        """The oldest epoch goes, unless it is the one that is open."""
        done = self._rows[Stream.DO].heads
        if len(done) < 2 or any(done[1].first > first for first in self._kept.values()):
            return False
        self._set_free(done.popleft())
        kept = done[0].first
        undone = self._rows[Stream.UNDO].heads
        # A segment may hold pre-images of the epoch in which the next one was begun.
        while len(undone) > 1 and undone[1].first < kept:
            self._set_free(undone.popleft())
        # Before a file gets another head nothing may find it under its old name any more.
        self._folder.sync()
        return True

    def _set_free(self, head: Head) -> None:
        """The meta file goes first: what is left without it can be read, and is no damage."""
        data, meta = data_name(head.stream, head.number), meta_name(head.stream, head.number)
        if meta not in self._folder.names():
            self._folder.remove(data)
            return
        self._folder.rename(meta, f"free-{meta}")
        self._folder.rename(data, f"free-{data}")
        self._free.append((f"free-{data}", f"free-{meta}"))


def _row(stream: Stream, heads: Sequence[Head]) -> _Row:
    own = deque(sorted((h for h in heads if h.stream is stream), key=lambda head: head.number))
    return _Row(own, own[-1].number if own else 0)
