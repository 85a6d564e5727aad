"""Replicas of a group, given to somebody at a point to be written on, and given back afterwards.

Theory of operation
-------------------
Nobody feeds the replicas meanwhile. Before a block of one is overwritten, what it holds goes
durably to the ACCESS stream, once: so any other point is still the replica, under that, under the
UNDO stream, under the DO stream. A block that was taken in this way holds what it held at the
point, and what was written on it since. All others are untouched, and the index says what they held
at the point. `roll` takes those that differ, and then the replica is the volume at the point.

When it is over each block is given what the ACCESS stream has of it, once; the replicas are made
durable, and the stream is dropped. After a crash the same is done before anything else, and may be
done any number of times.

Whoever has the replicas may give history up, and *go direct*: production is marked from then on,
and so is all that the replicas had not got, and what the ACCESS stream has blocks of. That stream
is dropped, and nothing of what is overwritten is kept: regions of replicas are marked, durably,
before they are written for the first time. In the end there is nothing to be given back. What is
marked on either side is copied from production, and history begins anew (`giving_up.py`). A crash
before the stream is dropped has blocks given back that are copied afterwards.

The segments of the stream are used for nothing else afterwards, and their numbers go on: whoever
reads a point meanwhile notices by the number that something was given back. So an empty segment
stays behind.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from errno import ENOSPC
from typing import Final

import numpy as np

from core.machine.journal.shelf import JournalFullError
from core.machine.journal.stale import Stale, begin_direct
from core.machine.journal.undo import UndoStream
from core.machine.journal.writer import Volume
from core.stream.history import History
from core.stream.names import data_name, draft_names, leftovers, meta_name, numbers
from core.stream.payloads import read_at
from core.stream.point import PointIndex
from core.stream.segment import Sealed, Segment, create_files, file_bytes
from core.structure import medium
from core.structure.blocks import BLOCK_BYTES, Blocks, Runs
from core.structure.medium import Folder
from core.structure.painting import paint
from core.wire.chunk import KINDS
from core.wire.nbd.parts import parts
from core.wire.nbd.requests import Run
from core.wire.record import Kind
from core.wire.segment import HEAD_BYTES, Head, Stream

SHARE: Final = 5
"""The ACCESS stream may take one part in so many of a journal's budget."""

_SEGMENTS_MIN: Final = 2
_PIECE_BYTES: Final = 1 << 20
_PIECES_MAX: Final = 256


class AccessSegments:
    """The segments of the ACCESS stream in a folder; it may take `size` bytes."""

    def __init__(self, folder: Folder, *, group: bytes, segment_bytes: int, size: int) -> None:
        self._folder, self._group, self._segment_bytes = folder, group, segment_bytes
        self._size = max(size, _SEGMENTS_MIN * file_bytes(segment_bytes))
        self._begun = 0
        self.sealed: Sealed | None = None
        for name in leftovers(folder.names(), Stream.ACCESS):
            folder.remove(name)

    def begin(
        self, stream: Stream, *, first: int, time_ns: int, is_opening: bool = False
    ) -> Segment:
        """The next segment; what was there before the first of them goes, which is empty."""
        assert stream is Stream.ACCESS
        if not is_opening:
            self.make_room()
        before = self._numbers() if not self._begun else ()
        segment = self._segment(self._segment_bytes, first=first, time_ns=time_ns)
        self._remove(before)
        self._begun += 1
        return segment

    def make_room(self) -> None:
        """Raises JournalFullError where there may be no other segment."""
        if (self._begun + 1) * file_bytes(self._segment_bytes) > self._size:
            raise JournalFullError(
                f"the volumes that were opened may change {self._size} bytes of blocks",
                hint="close them, or give the journal more room: "
                f"they have one part in {SHARE} of --journal-size",
            )

    def drop(self) -> None:
        """All segments go; one in which is nothing takes the number that comes next.

        That need not be durable: whoever changes the replicas next begins a shelf or a segment
        before, which makes all names durable.
        """
        held = self._numbers()
        self._remove(held[:-1])
        self._segment(HEAD_BYTES, first=0, time_ns=0).close()
        self._remove(held[-1:])

    def _segment(self, size: int, *, first: int, time_ns: int) -> Segment:
        # A file of records whose data file has no name is of a segment that was never begun.
        names = self._folder.names()
        held = [each for each in self._numbers() if data_name(Stream.ACCESS, each) in names]
        head = Head(
            stream=Stream.ACCESS,
            group=self._group,
            number=max(held, default=0) + 1,
            first=first,
            time_ns=time_ns,
            size=size,
            before=self.sealed.records if self.sealed else None,
        )
        names = draft_names(Stream.ACCESS)
        create_files(self._folder, names, size)
        return Segment(self._folder, head, names)

    def _numbers(self) -> tuple[int, ...]:
        return numbers(self._folder.names(), Stream.ACCESS)

    def _remove(self, which: Iterable[int]) -> None:
        """The file of records goes first: what is left without it can be read."""
        for number in which:
            for name in (meta_name(Stream.ACCESS, number), data_name(Stream.ACCESS, number)):
                if name in self._folder.names():
                    self._folder.remove(name)


class AccessedVolume:
    """A replica at a point, to be read and written. Callers hold one lock for all of a group.

    `size` is that of the volume at the point. `makes_room` is asked where the ACCESS stream has no
    room, and says whether none is needed any more.
    """

    def __init__(
        self,
        number: int,
        replica: Volume,
        index: PointIndex,
        stream: UndoStream,
        makes_room: Callable[[], bool],
    ) -> None:
        self._number, self._replica, self._index, self._stream = number, replica, index, stream
        self._makes_room = makes_room
        self._marks: Stale | None = None
        self._taken = Blocks()
        self.size = index.size
        self.is_rolled = False

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`."""
        view = memoryview(buffer)
        for at, length, taken in self._taken.runs(offset, len(view)):
            piece = view[at - offset : at - offset + length]
            if taken or self.is_rolled:
                self._replica.read_into(piece, at)
            else:
                self._index.read_into(piece, at, self._replica)

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do every write, trim and zeroes of a run, in order; the errors by index.

        What the ACCESS stream has no room for ends in ENOSPC.
        """
        written = [
            (offset, length)
            for head, _, offset, length in run.requests
            if length and head & 0xFFFF in KINDS
        ]
        try:
            self._take(written)
            if self._marks is not None:
                self._marks.keep(self._number, written)
        except JournalFullError:
            if len(run.requests) == 1:
                return {0: ENOSPC}
            return self._write_singly(run)
        return self._replica.write_run(run)

    def roll(self) -> Iterator[int]:
        """Take the blocks that differ from the point; yields how many bytes were looked at."""
        pieces: list[tuple[int, int]] = []
        looked = 0
        for piece in self._differing(0, self.size):
            pieces.append(piece)
            looked += piece[1]
            if looked >= _PIECE_BYTES or len(pieces) == _PIECES_MAX:
                self._bring(pieces)
                yield looked
                pieces, looked = [], 0
        self._bring(pieces)
        self.is_rolled = True
        yield looked

    def go_direct(self, marks: Stale) -> None:
        """Nothing of what is overwritten is kept from now on: regions are marked before."""
        self._marks = marks

    @property
    def bytes_to_roll(self) -> int:
        """How much `roll` looks at, about."""
        return int(self._index.length.sum())

    def _write_singly(self, run: Run) -> Mapping[int, int]:
        errors = {}
        for part, indices in parts(run, bytes_max=1 << 40, writes_max=1, hollow_max=1 << 62):
            for error in self.write_run(part).values():
                errors[indices[0]] = error
        return errors

    def _differing(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Whole blocks from `begin` to `end` that may differ from the point, in pieces."""
        if self.is_rolled:
            return
        start, length = self._index.start, self._index.length
        first = int(np.searchsorted(start + length, begin, side="right"))
        last = int(np.searchsorted(start, end))
        done = begin
        for nth in range(first, last):
            run_begin = int(start[nth])
            run_end = run_begin + int(length[nth])
            at = max(done, run_begin // BLOCK_BYTES * BLOCK_BYTES)
            done = max(done, -(-run_end // BLOCK_BYTES) * BLOCK_BYTES)
            stop = min(done, end)
            for piece in range(at, stop, _PIECE_BYTES):
                yield piece, min(_PIECE_BYTES, stop - piece)

    def _bring(self, pieces: Runs) -> None:
        """Take those blocks that hold something else than they did at the point."""
        wanted = []
        for at, length in self._untaken(pieces):
            now = bytearray(length)
            self._replica.read_into(now, at)
            if now != self._then(at, length):
                wanted.append((at, length))
        self._take(wanted)

    def _take(self, ranges: Runs) -> None:
        """See to it that the blocks of ranges hold what they held at the point, or later."""
        if self._marks is not None and self.is_rolled:
            return
        missing = [*self._untaken(ranges)]
        if not missing:
            return
        self._keep(missing)
        for start, run in missing:
            for at, length in self._differing(start, start + run):
                self._replica.write(self._then(at, length), at)
            self._taken.take(start, run)

    def _keep(self, missing: Runs) -> None:
        """Before blocks are overwritten what they hold is durable, or that it is lost."""
        if self._marks is None:
            try:
                self._stream.capture(self._number, self._replica, missing)
            except JournalFullError:
                if not self._makes_room():
                    raise
        if self._marks is not None:
            self._marks.keep(self._number, missing)

    def _untaken(self, ranges: Runs) -> Iterator[tuple[int, int]]:
        """The runs of whole blocks of ranges that are not taken, each once."""
        asked = Blocks()
        for offset, length in ranges:
            for start, run in asked.take(offset, length):
                for at, piece, taken in self._taken.runs(start, min(run, self.size - start)):
                    if not taken:
                        yield at, piece

    def _then(self, offset: int, length: int) -> bytearray:
        held = bytearray(length)
        self._index.read_into(held, offset, self._replica)
        return held


class Access:
    """The replicas of a group, from when they are given to when they are given back."""

    def __init__(
        self,
        history: History,
        replicas: Sequence[Volume],
        *,
        point: int,
        size: int,
        makes_room: Callable[[], bool] = lambda: False,
    ) -> None:
        """Nobody feeds the replicas, and nothing is to be given back.

        `size` is the budget of the journal in bytes, of which the stream has its share; where that
        is full `makes_room` may `go_direct`, and says so. `history` is the caller's, and what the
        point needs of it must not go meanwhile.
        """
        identity = history.identity
        self._history, self._replicas = history, tuple(replicas)
        self._makes_room = makes_room
        self._marks: Stale | None = None
        self._stream = UndoStream(
            _segments(history, size // SHARE),
            segment_bytes=identity.segment_bytes,
            first=history.end + 1,
            time_ns=0,
            stream=Stream.ACCESS,
        )
        self._stream.note_sizes(self._replicas)
        self.volumes = tuple(self._given(number, point) for number in range(len(self._replicas)))

    def go_direct(self, generation: int) -> None:
        """History was given up: nothing of what is overwritten is kept from now on.

        It was in the beginning of that generation of feeding, which knows of the ACCESS stream.
        """
        self._stream.close()
        _segments(self._history, 0).drop()
        sizes = [volume.size for volume in self.volumes]
        self._marks = begin_direct(self._history.folder, generation, sizes)
        for each in self.volumes:
            each.go_direct(self._marks)

    def end(self) -> int:
        """Give the replicas back; returns how many bytes of them were given what they held."""
        if self._marks is not None:
            self._marks.close()
            return 0
        self._stream.close()
        history = History(self._history.folder, where=self._history.where, live=True)
        try:
            return give_back(history, self._replicas)
        finally:
            history.close()

    def _given(self, number: int, point: int) -> AccessedVolume:
        replica = self._replicas[number]
        index = PointIndex(self._history, volume=number, point=point, image_size=replica.size())
        if index.size > replica.size():
            replica.resize(index.size)
        return AccessedVolume(number, replica, index, self._stream, self._makes_room)


def be_noticed(history: History) -> None:
    """Have an empty segment in the stream, so that readers need not look for the first."""
    if not history.access:
        _segments(history, 0).drop()


def is_accessed(history: History) -> bool:
    """Were replicas given to somebody, and not given back yet?

    A segment in which nothing is found counts, too, unless it is the one that stays behind: what a
    loss of power left of its file of records would be believed while somebody writes the journal.
    """
    return any(part.head.size > HEAD_BYTES for part in history.access)


def recover_access(history: History, replicas: Sequence[medium.Volume]) -> int:
    """Give replicas back where that was not come to, and look at the history again; in bytes."""
    if not is_accessed(history):
        return 0
    given = give_back(history, replicas)
    history.refresh()
    return given


def give_back(history: History, replicas: Sequence[medium.Volume]) -> int:
    """Give replicas what they held before an access; returns how many bytes that were.

    It is for whoever has the replicas for itself, before anything else is done with them, and the
    history is to be read anew afterwards.
    """
    payloads = history.payloads(Stream.ACCESS)
    given = 0
    for number, replica in enumerate(replicas):
        records = history.accessed()
        records = records[records["volume"] == number][::-1]
        seen = paint(records["offset"], records["length"])
        tops = records[seen.top]
        positions = tops["position"] + (seen.start - tops["offset"]).astype(np.uint64)
        kinds, places = tops["kind"].tolist(), positions.tolist()
        for at, length, kind, place in zip(
            seen.start.tolist(), seen.length.tolist(), kinds, places, strict=True
        ):
            if kind == Kind.WRITE:
                held = read_at(payloads, place, length)
                replica.write(held, at)
            else:
                replica.zero(at, length)
            given += length
        size = history.size_before_access(number)
        if size is not None and replica.size() != size:
            replica.resize(size)
        replica.sync()
    _segments(history, 0).drop()
    return given


def _segments(history: History, size: int) -> AccessSegments:
    identity = history.identity
    return AccessSegments(
        history.folder, group=identity.group, segment_bytes=identity.segment_bytes, size=size
    )
