"""The journal of a group while it is being written.

Theory of operation
-------------------
Every run of requests is appended to the DO stream, as it was received, before it touches a volume.
The first time in an epoch that a block is overwritten, what it holds is made durable in the UNDO
stream before that. So whatever a crash leaves of the writes that were on their way, the volumes can
be brought to the journal's end, and to every point before it (`recovery.py`).

An epoch is one segment of the DO stream. When it is full the volumes are synced, so that a new
epoch begins with volumes that need nothing of an older one to be whole.

A flush syncs the DO stream alone: the volumes can be rebuilt from it.

After an error of the medium nothing is acknowledged any more: what a failed sync leaves behind
nobody knows.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import EIO, ENOSPC
from typing import Final, Protocol

from core.errors import CoreError
from core.machine.journal.failing import Failing
from core.machine.journal.shelf import JournalFullError, Shelf
from core.stream.identity import Identity
from core.stream.segment import records_max
from core.structure import medium
from core.structure.blocks import Runs
from core.structure.medium import Buffer, File
from core.wire import chunk
from core.wire.chunk import KINDS, Chunk, Form, checksum, padded, write_of
from core.wire.nbd.parts import Part, parts
from core.wire.nbd.requests import Request, Run
from core.wire.note import pack_note
from core.wire.record import LAYOUT, RECORD_BYTES, Kind, position
from core.wire.segment import HEAD_BYTES, Stream

NOTE_BYTES_MAX: Final = 1 << 16

_PIECE_BYTES: Final = 1 << 15

# A record as words, of which the last holds client, volume and kind.
_WORDS: Final = struct.Struct("<6Q")
_WRITE: Final = int(Kind.WRITE) << 48
assert _WORDS.size == RECORD_BYTES


class Volume(medium.Volume, Protocol):
    """A volume that carries out whole runs by itself."""

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do every write, trim and zeroes of a run, in order.

        What is trimmed reads as zeroes afterwards. Returns the errors (errno) by index in
        `run.requests`.
        """


class Keeper(Protocol):
    """What sees to it that a volume can be told apart from its past after a crash.

    Pre-images where the volume is the journal's image (`undo.py`), marks where a replica is
    (`touched.py`).
    """

    used: int
    """Bytes that were kept in this epoch."""

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """Takes a range of a volume, and gives the runs of it that something is to be done for."""

    def claim_each(self, volume: int, offsets: Sequence[int], length: int) -> Runs:
        """The same for ranges of one length, in that order."""

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """Make durable what has to be before the runs are overwritten."""

    def takes(self, size: int, ranges: int) -> bool:
        """Does it take so many bytes of so many ranges without another segment, in any case?"""

    def segments_for(self, number: int, volume: Volume, ranges: Runs) -> int:
        """How many segments may be begun at most to keep what ranges of a volume hold."""

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """The volumes are durable: nothing is held any more."""

    def seal(self) -> None:
        """Nothing more comes."""


class Pieces(Protocol):
    """What takes no run that is too large."""

    def pieces(self, run: Run) -> Sequence[Part]:
        """The run as several; empty where it is not too large."""


def in_pieces(
    journal: Pieces, run: Run, write: Callable[[Run], Mapping[int, int]]
) -> Mapping[int, int]:
    """Write a run, or its pieces one after the other; the errors by index in the run."""
    pieces = journal.pieces(run)
    if not pieces:
        return write(run)
    errors = {}
    for piece, indices in pieces:
        errors.update({indices[index]: error for index, error in write(piece).items()})
    return errors


class Journal(Failing):
    """The writer. Callers hold one lock around every method but `flush`."""

    def __init__(
        self,
        shelf: Shelf,
        keeper: Keeper,
        identity: Identity,
        volumes: Sequence[Volume],
        *,
        clock: Callable[[], int],
        first: int,
        time_ns: int = 0,
    ) -> None:
        """Begin a new epoch, as `keeper` has; `first` is the next write's sequence.

        `clock` gives nanoseconds of wall time; `time_ns` is the time of the last point there is.
        """
        self.shelf, self._identity, self._volumes = shelf, identity, tuple(volumes)
        self._clock, self._time_ns, self._next = clock, time_ns, first
        self._run_bytes_max = identity.segment_bytes - HEAD_BYTES - chunk.HEADER_BYTES
        self._writes_max = records_max(identity.segment_bytes)
        self._hollow_max = identity.segment_bytes // 2
        self._kept_bytes_max = 2 * identity.segment_bytes
        self._keeper = keeper
        self._do = shelf.begin(Stream.DO, first=first, time_ns=time_ns, is_opening=True)

    @property
    def end(self) -> int:
        """The latest point."""
        return self._next - 1

    def pieces(self, run: Run) -> Sequence[Part]:
        """A run that is too large to be journaled at once, as several; empty where it is not."""
        if (
            len(run.received) <= self._run_bytes_max
            and run.mutations <= self._writes_max
            and run.hollow_bytes <= self._hollow_max
        ):
            return ()
        return [
            *parts(
                run,
                bytes_max=self._run_bytes_max,
                writes_max=self._writes_max,
                hollow_max=self._hollow_max,
            )
        ]

    def write(self, number: int, run: Run, *, client: int) -> Mapping[int, int]:
        """Journal a run of requests to a volume, then carry it out; or all of its `pieces`.

        Returns the errors of the volume by index in `run.requests`. Where there are any, what the
        volume holds now is journaled, too, so that the journal's end is what it holds.
        """
        return in_pieces(self, run, lambda piece: self.write_piece(number, piece, client=client))

    def write_piece(self, number: int, run: Run, *, client: int) -> Mapping[int, int]:
        """The same for a run that has no `pieces`."""
        self._refuse_after_failure()
        volume = self._volumes[number]
        try:
            if not self._keeper.takes(len(run.received) + run.hollow_bytes, run.mutations):
                self._make_way_for(number, run)
            missing = self._record(number, run, client)
            if missing:
                self._keep(number, missing)
            errors = volume.write_run(run)
            if errors:
                self._correct(number, [run.requests[index] for index in errors])
            if self.shelf.given_up:
                self._note_given_up()
        except BaseException as error:
            self.fail(error)
            raise
        return errors

    def resize(self, number: int, size: int) -> None:
        """Journal a new size of a volume, then give it to it.

        What that cuts off is kept before it is journaled, in one epoch: however much it is, what an
        error or a crash leaves needs no room to be recovered. Raises JournalFullError where there
        is no room for it; then nothing was done.
        """
        self._refuse_after_failure()
        volume = self._volumes[number]
        before = volume.size()
        packed = chunk.pack_resize(before, size)
        try:
            self._make_way(packed, 1)
            if size < before:
                cut_off = size, before - size
                segments = self._keeper.segments_for(number, volume, (cut_off,))
                self.shelf.check_room(segments + 1)  # what is kept may end the epoch
                self._keep(number, self._keeper.claim(number)(*cut_off))
            self._append_durably(Form.RESIZE, number, packed, 1)
            volume.resize(size)
        except BaseException as error:
            self.fail(error)
            raise

    def note(self, text: bytes) -> int:
        """Journal a note, which is JSON, at the point that is the latest; returns that point."""
        self._refuse_after_failure()
        if len(text) > NOTE_BYTES_MAX:
            raise CoreError(f"a note of {len(text)} bytes, at most {NOTE_BYTES_MAX}")
        try:
            self._make_way(text, 0)
            self._append_durably(Form.NOTE, 0, text, 0)
        except BaseException as error:
            self.fail(error)
            raise
        return self.end

    def to_flush(self) -> File:
        """The file that, once it is synced, makes every write durable that was acknowledged."""
        self._refuse_after_failure()
        return self._do.data

    def flush(self) -> None:
        """Make every write so far durable."""
        file = self.to_flush()
        try:
            file.sync()
        except BaseException as error:
            self.fail(error)
            raise
        # An error is told to one of those who sync a file at the same time.
        self._refuse_after_failure()

    def begin_epoch(self) -> None:
        """End the epoch, whose end becomes durable in volumes and streams, and begin the next."""
        self._refuse_after_failure()
        try:
            self._roll()
            self._note_given_up()
        except BaseException as error:
            self.fail(error)
            raise

    @contextmanager
    def keeping(self, who: str, first: int, *, beyond: bool = False) -> Iterator[None]:
        """No epoch from that of sequence `first` on goes while this lasts, for `who`.

        `beyond`: the journal takes more than its budget where it has to, until an epoch may go.
        """
        self.shelf.keep(who, first, beyond=beyond)
        try:
            yield
        finally:
            self.shelf.keep(who, None)

    def fit(self) -> None:
        """Go back into the budget, where more was taken for somebody who needs it no more.

        What that was taken for is durable before an epoch goes that it might be done again from.
        """
        if not self.shelf.is_beyond:
            return
        self.flush()
        try:
            self.shelf.fit()
            self._note_given_up()
        except BaseException as error:
            self.fail(error)
            raise

    def close(self) -> None:
        """End the last epoch, so that nothing is left to recover; after a failure, let go of it."""
        try:
            if self._failure is None:
                self._note_given_up()
                for volume in self._volumes:
                    volume.sync()
                self._keeper.seal()
                self._do.seal()
        except BaseException as error:
            self.fail(error)
            raise
        finally:
            self._do.close()

    def _roll(self) -> None:
        self.shelf.make_room()
        for volume in self._volumes:
            volume.sync()
        ended = self._do
        ended.seal()
        self._keeper.begin_epoch(self._next, self._time_ns)
        self.shelf.expire(self._time_ns)
        self._do = self.shelf.begin(Stream.DO, first=self._next, time_ns=self._time_ns)
        ended.close()

    def _note_given_up(self) -> None:
        """Note the points that went for want of room, as far as there is room for that."""
        given_up = self.shelf.given_up
        while given_up:
            text = pack_note(given_up[0])
            if not self._do.has_room(chunk.HEADER_BYTES + padded(len(text)), 1):
                return
            self._append_durably(Form.NOTE, 0, text, 0)
            given_up.popleft()

    def _append(
        self,
        form: Form,
        number: int,
        data: Buffer,
        count: int,
        client: int = 0,
        request_bytes: int = 0,
    ) -> int:
        """Put a chunk, for which there is room, at the end of the DO stream.

        Returns the position of its payload.
        """
        size = len(data)
        need = chunk.HEADER_BYTES + padded(size)
        segment = self._do
        self._time_ns = max(self._time_ns, self._clock())
        header = chunk.pack_header(
            Chunk(
                form=form,
                volume=number,
                sequence=self._next,
                time_ns=self._time_ns,
                size=size,
                writes=count,
                client=client,
                request_bytes=request_bytes,
                checksum=checksum(data, segment.seed),
            ),
            seed=segment.seed,
            offset=segment.used,
        )
        place = position(segment.head.number, segment.used + chunk.HEADER_BYTES)
        segment.append((header, data, _PADDING[: padded(size) - size]), need)
        return place

    def _make_way(self, data: Buffer, count: int) -> None:
        """See to it that a chunk of that payload, of so many writes, has room in the epoch."""
        if self._would_roll(chunk.HEADER_BYTES + padded(len(data)), count):
            self._roll()

    def _make_way_for(self, number: int, run: Run) -> None:
        """See to it that a run, and what it overwrites, has room: in its midst it is too late."""
        self._make_way(run.received, run.mutations)
        ranges = [(at, size) for head, _, at, size in run.requests if head & 0xFFFF in KINDS]
        if segments := self._keeper.segments_for(number, self._volumes[number], ranges):
            self.shelf.check_room(segments)
            self.shelf.make_room()

    def _would_roll(self, need: int, count: int) -> bool:
        """Does a chunk of `need` bytes and so many writes begin an epoch?"""
        is_full = not self._do.has_room(need, count or 1)
        return is_full or self._keeper.used > self._kept_bytes_max

    def _append_durably(self, form: Form, number: int, data: bytes, count: int) -> None:
        """Append a chunk on which nobody acts before it is durable.

        A size is in no block that could be captured.
        """
        place = self._append(form, number, data, count)
        self._do.data.sync()
        described = Chunk(
            form=form,
            volume=number,
            sequence=self._next,
            time_ns=self._time_ns,
            size=len(data),
            writes=count,
            checksum=0,
        )
        self._do.add(chunk.records_of(described, memoryview(data), place))
        self._next += count

    def _record(self, number: int, run: Run, client: int) -> Runs:
        """Append a run, with its records where readers will find them.

        Returns the runs, in bytes, that something is to be done for before they are overwritten.
        """
        count, header = run.mutations, run.header_bytes
        self._make_way(run.received, count)
        place = self._append(Form.REQUESTS, number, run.received, count, client, header)
        if run.row:
            return self._record_row(number, run, client, place + header)
        pack_into, meta, slot = LAYOUT.pack_into, self._do.meta, self._do.record_at
        claim, kinds = self._keeper.claim(number), KINDS
        sequence, time_ns = self._next, self._time_ns
        missing: list[tuple[int, int]] = []
        for head, _, offset, length in run.requests:
            place += header
            kind = kinds.get(head & 0xFFFF)
            if kind is None:
                continue
            pack_into(meta, slot, offset, length, place, sequence, time_ns, client, number, kind)
            missing += claim(offset, length)
            if kind == 1:
                place += length
            sequence += 1
            slot += RECORD_BYTES
        self._do.publish(count)
        self._next = sequence
        return missing

    def _record_row(self, number: int, run: Run, client: int, place: int) -> Runs:
        """The same, for writes of one length."""
        length, client_and_kind = run.requests[0][3], client | number << 32 | _WRITE
        stride = run.header_bytes + length
        pack_into, meta, slot = _WORDS.pack_into, self._do.meta, self._do.record_at
        sequence, time_ns = self._next, self._time_ns
        for offset in run.row:
            pack_into(meta, slot, offset, length, place, sequence, time_ns, client_and_kind)
            place += stride
            sequence += 1
            slot += RECORD_BYTES
        self._do.publish(run.mutations)
        self._next = sequence
        return self._keeper.claim_each(number, run.row, length)

    def _keep(self, number: int, missing: Runs) -> None:
        """See to it that what the runs hold is not lost by overwriting them."""
        try:
            self._keeper.capture(number, self._volumes[number], missing)
        except JournalFullError as full:
            raise OSError(ENOSPC, str(full)) from full

    def _correct(self, number: int, failed: Sequence[Request]) -> None:
        """Journal what a volume holds where it could not be written.

        That has to be in the same epoch: one that ended before would be taken for what volumes
        hold. Where it has no room nothing goes on, and recovery does what failed.
        """
        volume = self._volumes[number]
        for _, cookie, offset, length in failed:
            for at in range(offset, offset + length, _PIECE_BYTES):
                piece = bytearray(min(_PIECE_BYTES, offset + length - at))
                volume.read_into(piece, at)
                run = write_of(piece, at, cookie)
                # In the next epoch it would not be part of what a crash leaves to be recovered.
                if self._would_roll(chunk.HEADER_BYTES + padded(len(run.received)), 1):
                    raise OSError(EIO, "the epoch has no room for what a failed write left")
                self._record(number, run, client=0)


_PADDING: Final = bytes(chunk.ALIGNMENT)
