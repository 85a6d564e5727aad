"""The segments of a journal on their disk: which there are, which go, and which are used again.

A journal has a budget of bytes. Where a new segment would exceed it the oldest epoch goes, and so
does an epoch that is older than the window that is to be kept. The files of what went are kept
under another name and become the next segments: their space is allocated, and their pages are
warm. A head is written, and is durable, before a file takes the name of a segment; what a crash
leaves in between is taken away when the shelf is made.

Where epochs were folded into one (`folding.py`), that stands for them from then on. Its files are
as large as they have to be, and are not used again; nor are those that it stands for, of which a
reader may have some open.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from errno import ENOSPC
from typing import Final, NamedTuple

from core.errors import CoreError
from core.machine.journal.ladder import Ladder
from core.stream.names import (
    draft_names,
    free_names,
    leftovers,
    place_of,
    places,
    spare_names,
    superseded,
)
from core.stream.segment import Sealed, Segment, are_whole, create_files, file_bytes, usable
from core.structure.medium import Folder
from core.units import size_text
from core.wire.note import Gap
from core.wire.segment import Head, Stream

SEGMENTS_MIN: Final = 10

_RESERVE: Final = 8
"""The part of a journal that is for drafts of what is folded."""
_DRAFT_SEGMENTS: Final = 2
"""What a draft of two epochs takes at most."""
_SPARE_SEGMENTS: Final = 2
"""What else drafts leave to the writer."""

_MIB: Final = 1 << 20

_FOLDED: Final = Stream.DO, Stream.UNDO

_NO_ROOM: Final = "the journal had reached its size"
_DISK_FULL: Final = "the disk of the journal was full"


class JournalFullError(CoreError):
    """There is no room for another segment, and no epoch that may go."""


class Retention(NamedTuple):
    """How much a journal keeps: at most `size` bytes, and no more than `window_ns` asks for.

    Within the window points are as dense as the ladder says.
    """

    size: int
    window_ns: int
    ladder: Ladder = ()


KEEP_ALL: Final = Retention(size=1 << 62, window_ns=1 << 62)

EVERY_POINT: Final = 1 << 62
"""What is `gone` of a shelf by which no point is had."""


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
        streams: Sequence[Stream] = (Stream.DO, Stream.UNDO),
    ) -> None:
        self._folder, self._group, self._segment_bytes = folder, group, segment_bytes
        self._cost = file_bytes(segment_bytes)
        self.retention = retention
        names = folder.names()
        self._rows = {stream: _row(stream, heads, names) for stream in streams}
        self._free: deque[tuple[str, str]] = deque()
        self._loose: set[tuple[str, str]] = set()  # those of them whose new names may be lost
        for stream in streams:
            for name in leftovers(names, stream):
                folder.remove(name)
            self._free.extend(usable(folder, free_names(folder.names(), stream), segment_bytes))
        folder.sync()
        self._making = False
        self._half_named: str | None = None  # records of a draft whose other file got no name
        self._kept: dict[str, int] = {}
        self._beyond: set[str] = set()
        self.sealed: Sealed | None = None
        """The newest UNDO segment, where it is sealed."""
        self.given_up: deque[Gap] = deque()
        """Points that went before the window asked for it, until that is noted."""
        self.told: Gap | None = None
        """What was given up last, with what went before it for the same reason."""
        self.gone = 0
        """Points before that are no more, whatever epochs there are: that is told elsewhere."""
        self.reserved = 0
        """Bytes that drafts may take."""
        self.coming = 0
        """Bytes that a segment takes which comes from elsewhere, and is none before it is there."""

    @property
    def reserve(self) -> int:
        """Bytes that are for drafts, and the writer's only where no epoch may go.

        A journal of few segments needs them itself.
        """
        if Stream.DO not in self._rows:
            return 0
        cost, size = self._cost, self.retention.size
        least = SEGMENTS_MIN * len(self._rows) // len(_FOLDED) * cost
        return min(max(size // _RESERVE, _DRAFT_SEGMENTS * cost), max(0, size - least))

    @property
    def draft_room(self) -> int:
        """Bytes that drafts may take now."""
        left = self.retention.size - self.size
        return max(0, min(left, max(self.reserve, left - _SPARE_SEGMENTS * self._cost)))

    @property
    def size(self) -> int:
        """Bytes that all files take."""
        heads = (head.size for row in self._rows.values() for head in row.heads)
        free = (len(self._free) + self._making) * self._cost
        return free + sum(map(file_bytes, heads)) + self.reserved + self.coming

    def begin(
        self,
        stream: Stream,
        *,
        first: int,
        time_ns: int,
        is_opening: bool = False,
        number: int = 0,
    ) -> Segment:
        """The next segment of a stream, in files that are free, or in new ones.

        It has a `number` of its own where the stream is one that comes from elsewhere.

        What is opening goes beyond the budget where it has to: a replica that has made the journal
        full cannot be fed before that, and so nothing else would ever make room.

        An UNDO segment of the same epoch in which nothing is yet goes on. Without that a journal
        that is opened again and again would fill with them: none of them may go before its epoch.
        """
        row = self._rows[stream]
        before = None
        if stream is Stream.UNDO:
            before, self.sealed = self.sealed, None
            if before is not None and not before.records and before.head.first == first:
                return Segment(self._folder, before.head, None)
        self.make_room(is_opening=is_opening)
        row.number = number or row.number + 1
        head = Head(
            stream=stream,
            group=self._group,
            number=row.number,
            first=first,
            time_ns=time_ns,
            size=self._segment_bytes,
            before=before.records if before else None,
        )
        files = self._free.popleft()
        if files in self._loose:
            # Else its old name may be found again, and what is under it is the head of this one.
            self._folder.sync()
        segment = Segment(self._folder, head, files)
        self._loose.clear()
        row.heads.append(head)
        return segment

    def let_one_go(self) -> bool:
        """What waits to be used again goes, or else the oldest epoch; False where none may."""
        if not self._free:
            return self._drop_oldest(_NO_ROOM)
        for name in reversed(self._free.popleft()):
            self._folder.remove(name)
        return True

    def received(self, head: Head | None) -> None:
        """What came from elsewhere is the newest segment of the DO stream now; or None is."""
        self.coming = 0
        if head is not None:
            row = self._rows[Stream.DO]
            row.heads.append(head)
            row.number = head.last

    def wants_spare(self) -> bool:
        """Should files be made ready for the next segment? If so, that is what is done next.

        None are where files wait already, or the budget has no room for more.
        """
        if self._free or self._making:
            return False
        self._making = self._has_room
        return self._making

    def make_spare(self) -> None:
        """Make them ready, which takes long: it may be done while others use the shelf."""
        names = spare_names(next(iter(self._rows)))
        sizes = self._segment_bytes, file_bytes(self._segment_bytes) - self._segment_bytes
        for name, size in zip(names, sizes, strict=True):
            self._folder.reserve(f"{name}.new", size)
            self._folder.rename(f"{name}.new", name)

    def take_spare(self, *, made: bool) -> None:
        """They are there, or could not be made: then the next segment is made when it is begun."""
        self._making = False
        names = spare_names(next(iter(self._rows)))
        if made:
            self._free.append(names)
            return
        for name in (*names, *(f"{each}.new" for each in names)):
            if name in self._folder.names():
                self._folder.remove(name)

    def _create(self, stream: Stream) -> None:
        """Have new files wait to be used; where the disk is full, the oldest epoch makes room.

        Raises JournalFullError where none may go.
        """
        names = draft_names(stream)
        while not self._free:
            try:
                create_files(self._folder, names, self._segment_bytes)
                self._free.append(names)
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
                if not self._drop_oldest(_DISK_FULL):
                    raise JournalFullError(
                        f"the disk has no room for {self._cost} bytes more",
                        hint="make room on the disk that the journal is on",
                    ) from error

    def keep(self, who: str, first: int | None, *, beyond: bool = False) -> None:
        """No epoch from that of sequence `first` on goes, for the sake of `who`; None ends that.

        `beyond`: more than the budget is taken for it, where no epoch may go.
        """
        self._beyond.discard(who)
        if first is None:
            self._kept.pop(who, None)
            return
        self._kept[who] = first
        if beyond:
            self._beyond.add(who)

    def make_room(self, *, is_opening: bool = False) -> None:
        """Let old epochs go until files wait for one segment more.

        What is opening goes beyond the budget, and where the disk is full that is an OSError.
        """
        while not self._free and not self._has_room:
            if not self._drop_oldest(_NO_ROOM):
                if is_opening or self._beyond or self.size + self._cost <= self.retention.size:
                    break
                raise JournalFullError(
                    f"the journal needs {self._cost} bytes more, "
                    f"and may take {self.retention.size}",
                    hint="give it more room: isthmus protect --journal-size",
                )
        try:
            self._create(next(iter(self._rows)))
        except JournalFullError as full:
            if is_opening:
                raise OSError(ENOSPC, str(full)) from full
            raise

    @property
    def is_beyond(self) -> bool:
        """Does all together take more than the budget?"""
        return self.size > self.retention.size

    def fit(self) -> None:
        """Let old epochs go, as far as they may, until it takes no more than the budget."""
        while self.is_beyond and self._drop_oldest(_NO_ROOM):
            pass

    def check_room(self, segments: int) -> None:
        """Raises JournalFullError where so many more cannot be begun, whatever goes before."""
        cost = self._cost
        needed = self._staying + max(segments, len(self._free)) * cost
        if not segments or self._beyond or needed + self.reserved <= self.retention.size:
            return
        wanted = needed + max(needed // 4, SEGMENTS_MIN * cost)
        raise JournalFullError(
            f"{size_text(segments * cost)} more of the journal would be needed, "
            f"and it may take {size_text(self.retention.size)} in all",
            hint=f"give it more: isthmus protect --journal-size {-(-wanted // _MIB)}MiB",
        )

    @property
    def _staying(self) -> int:
        """Bytes of the segments that may not go."""
        done = self._rows[Stream.DO].heads
        oldest = 0
        while oldest + 1 < len(done) and (self.kept is None or done[oldest + 1].first <= self.kept):
            oldest += 1
        staying = [*done][oldest:]
        undone = [*self.heads(Stream.UNDO)]
        while len(undone) > 1 and undone[1].first < staying[0].first:
            undone.pop(0)
        return sum(file_bytes(head.size) for head in (*staying, *undone))

    def expire(self, now_ns: int) -> None:
        """Let the epochs go that end before the window begins."""
        heads = self._rows[Stream.DO].heads
        while len(heads) > 1 and heads[1].time_ns <= now_ns - self.retention.window_ns:
            if not self._drop_oldest():
                return

    def let_go(self) -> None:
        """Let all epochs go that nobody has need of, but for the one that is open.

        Their files are the next ones that are written: few of them are used, again and again.
        """
        while self._drop_oldest():
            pass

    def trim(self, first: int) -> None:
        """Let the pre-images go of which no epoch from that of sequence `first` on has need.

        Their names need not be durable before a file is used again: what is found under one of them
        until then is what it was.
        """
        undone = self._rows[Stream.UNDO].heads
        # A segment may hold pre-images of the epoch in which the next one was begun.
        while len(undone) > 1 and undone[1].first < first:
            self._let_go(undone, durably=False)

    def heads(self, stream: Stream) -> tuple[Head, ...]:
        """The segments of a stream, oldest first; the last is the one that is written.

        None of a stream whose shelf is another.
        """
        return tuple(self._rows[stream].heads) if stream in self._rows else ()

    @property
    def kept(self) -> int | None:
        """The first sequence of which somebody has need; None where nobody has."""
        return min(self._kept.values(), default=None)

    @property
    def _has_room(self) -> bool:
        """May files for one segment more be made, with no draft having less than is its own?"""
        needed = self.size + self._cost + max(0, self.reserve - self.reserved)
        return needed <= self.retention.size

    def adopt(self, head: Head, *, after: Head | None = None) -> Sequence[str]:
        """Let a segment, of which there is a durable draft, stand for those of its numbers.

        Pre-images may be folded `after` their epochs are one, and not before. Returns the files
        that nobody needs any more, for the caller to remove: the draft, too, where what it was made
        of is needed or is no more.
        """
        if after is not None and after not in self.heads(after.stream):
            return _drafts(head)
        row, place = self._rows[head.stream], place_of(head)
        heads = [*row.heads]
        mine = [nth for nth, each in enumerate(heads) if place.supersedes(place_of(each))]
        data, meta = _drafts(head)
        if not mine or not _is_covered(head, heads, mine):
            return data, meta
        if self.kept is not None and heads[mine[-1] + 1].first > self.kept:
            return data, meta
        if head.stream is Stream.UNDO and mine[0] and not heads[mine[0] - 1].rounds:
            return data, meta  # who comes from there by numbers would not find it
        self._forget_half_named()
        self._half_named = place.meta
        self._folder.rename(meta, place.meta)
        self._folder.rename(data, place.data)
        self._half_named = None
        heads[mine[0] : mine[-1] + 1] = [head]
        row.heads = deque(heads)
        return superseded(self._folder.names(), head.stream, (place,))

    def _forget_half_named(self) -> None:
        """Take away what an error left of a draft that was to be adopted.

        It is taken for one only as long as what it is to stand for is there (`names.py`).
        """
        if self._half_named is not None:
            if self._half_named in self._folder.names():
                self._folder.remove(self._half_named)
            self._half_named = None

    def _drop_oldest(self, reason: str = "") -> bool:
        """The oldest epoch goes, unless it is kept or the one that is open.

        Without its writes, an epoch goes by its pre-images. A reason, where the window does not ask
        for it, is remembered with the points.
        """
        has_writes = Stream.DO in self._rows
        heads = self._rows[Stream.DO if has_writes else Stream.UNDO].heads
        if len(heads) < 2:
            return False
        # A segment of UNDO may hold pre-images of the epoch in which the next one was begun.
        needed = heads[1].first if has_writes else heads[1].first + 1
        if any(needed > first for first in self._kept.values()):
            return False
        is_old = heads[1].time_ns <= heads[-1].time_ns - self.retention.window_ns
        first, last = max(self.gone, heads[0].first - 1), heads[1].first - 2
        # Before a file gets another head nothing may find it under its old name any more.
        self._let_go(heads, durably=True)
        if reason and has_writes and first <= last and not is_old:
            self._give_up(Gap(reason=reason, first=first, last=last))
        if len(self._rows) > 1:
            self.trim(heads[0].first)
        return True

    def _give_up(self, gap: Gap) -> None:
        before, self.told = self.told, gap.after(self.told)
        if self.given_up and self.given_up[-1] is before and self.told.first == before.first:
            self.given_up.pop()
        self.given_up.append(self.told)

    def _let_go(self, heads: deque[Head], *, durably: bool) -> None:
        """The oldest segment of a stream goes; it stays the oldest where that fails."""
        head = heads.popleft()
        try:
            free = self._freed(head)
            if durably:
                self._folder.sync()
        except OSError:
            heads.appendleft(head)
            raise
        self._free.extend(free)
        if not durably:
            self._loose.update(free)

    def _freed(self, head: Head) -> Sequence[tuple[str, str]]:
        """Take the names from the files of a segment; returns what may be used again.

        The meta file goes first: what is left without it can be read, and is no damage. What is
        beyond the budget is not used again, nor what an error or a loss of power left half done.
        """
        self._forget_half_named()
        place, names = place_of(head), self._folder.names()
        data, meta = place.data, place.meta
        free_data, free_meta = f"free-{data}", f"free-{meta}"
        is_usable = not head.rounds and meta in names and self._has_room
        if not is_usable or not are_whole(self._folder, (data, meta), self._segment_bytes):
            stale = superseded(names, head.stream, (place,))
            mine = (each for each in (meta, data, free_meta, free_data) if each in names)
            for name in (*stale, *mine):
                self._folder.remove(name)
            return ()
        self._folder.rename(meta, free_meta)
        self._folder.rename(data, free_data)
        return ((free_data, free_meta),)


def _row(stream: Stream, heads: Sequence[Head], names: tuple[str, ...]) -> _Row:
    """The segments of a stream; one whose data file has no name yet was never begun."""
    own = deque(sorted((h for h in heads if h.stream is stream), key=lambda head: head.number))
    taken = [each.last for each in own]
    taken += [each.last for each in places(names, stream) if each.data in names]
    return _Row(own, max(taken, default=0))


def _drafts(head: Head) -> tuple[str, str]:
    return f"{place_of(head).data}.new", f"{place_of(head).meta}.new"


def _is_covered(head: Head, heads: Sequence[Head], mine: Sequence[int]) -> bool:
    """Are these all the segments that it is to stand for, and none that is written?"""
    first, last = heads[mine[0]], heads[mine[-1]]
    return (first.number, last.last) == (head.number, head.last) and mine[-1] + 1 < len(heads)
