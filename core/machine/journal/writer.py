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

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from core.errors import CoreError
from core.machine.journal.undo import UndoStream
from core.stream.identity import Identity
from core.stream.segment import Segment, records_max
from core.structure.medium import Buffer, File, Folder, Volume
from core.wire import chunk
from core.wire.chunk import Chunk, Form, checksum, padded
from core.wire.record import LAYOUT, RECORD_BYTES, Kind, position
from core.wire.segment import HEAD_BYTES, Head, Stream

NOTE_BYTES_MAX: Final = 1 << 16


class JournalFailedError(CoreError):
    """The journal met an error of its medium, and takes no more writes."""


class Run(NamedTuple):
    """Whole requests as received, and what is in them, position by position.

    `kinds`, `offsets`, `lengths` and `bodies` have one entry for each that writes; a body is where
    in `data` its payload begins. `request_bytes` is the size of the request headers.
    """

    data: memoryview
    request_bytes: int
    kinds: Sequence[int]
    offsets: Sequence[int]
    lengths: Sequence[int]
    bodies: Sequence[int]


class Journal:
    """The writer. Callers hold one lock around every method but `flush`."""

    def __init__(
        self,
        folder: Folder,
        identity: Identity,
        volumes: Sequence[Volume],
        *,
        clock: Callable[[], int],
        epoch: int,
        undo: int,
        first: int,
        time_ns: int = 0,
    ) -> None:
        """Begin a new epoch with those numbers of segments; `first` is the next write's sequence.

        `clock` gives nanoseconds of wall time; `time_ns` is the time of the last point there is.
        """
        self._folder, self._identity, self._volumes = folder, identity, tuple(volumes)
        self._clock, self._time_ns, self._next = clock, time_ns, first
        self._failure: BaseException | None = None
        self._undo = UndoStream(
            folder,
            group=identity.group,
            segment_bytes=identity.segment_bytes,
            number=undo,
            first=first,
        )
        self._do = self._begin(epoch)

    @property
    def end(self) -> int:
        """The latest point."""
        return self._next - 1

    @property
    def run_bytes_max(self) -> int:
        """The longest run that one chunk holds."""
        return self._identity.segment_bytes - HEAD_BYTES - chunk.HEADER_BYTES

    @property
    def run_writes_max(self) -> int:
        """How many writes a run has at most."""
        return records_max(self._identity.segment_bytes)

    def write(self, number: int, run: Run, *, client: int) -> None:
        """Journal a run of requests to a volume, then carry it out."""
        self._refuse_after_failure()
        if len(run.data) > self.run_bytes_max or len(run.kinds) > self.run_writes_max:
            raise CoreError(f"a run of {len(run.data)} bytes and {len(run.kinds)} writes, too long")
        volume = self._volumes[number]
        try:
            place = self._append(Form.REQUESTS, number, run.data, len(run.kinds), run, client)
            self._record(number, place, run, client)
            self._capture(number, volume, run)
            _carry_out(volume, run)
        except BaseException as error:
            self._fail(error)
            raise

    def resize(self, number: int, size: int) -> None:
        """Journal a new size of a volume, then give it to it."""
        self._refuse_after_failure()
        volume = self._volumes[number]
        before = volume.size()
        try:
            self._append_whole(Form.RESIZE, number, chunk.pack_resize(before, size), 1)
            if size < before:
                self._undo.capture(number, volume, ((size, before - size),))
            # A size is in no block that could be captured: it is known before it is given.
            self._do.data.sync()
            volume.resize(size)
        except BaseException as error:
            self._fail(error)
            raise

    def note(self, text: bytes) -> int:
        """Journal a note, which is JSON, at the point that is the latest; returns that point."""
        self._refuse_after_failure()
        if len(text) > NOTE_BYTES_MAX:
            raise CoreError(f"a note of {len(text)} bytes, at most {NOTE_BYTES_MAX}")
        try:
            self._append_whole(Form.NOTE, 0, text, 0)
            self._do.data.sync()
        except BaseException as error:
            self._fail(error)
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
            self._fail(error)
            raise
        # An error is told to one of those who sync a file at the same time.
        self._refuse_after_failure()

    def begin_epoch(self) -> None:
        """End the epoch, whose end becomes durable in volumes and streams, and begin the next."""
        self._refuse_after_failure()
        try:
            self._roll()
        except BaseException as error:
            self._fail(error)
            raise

    def close(self) -> None:
        """End the last epoch, so that nothing is left to recover; after a failure, let go of it."""
        try:
            if self._failure is None:
                for volume in self._volumes:
                    volume.sync()
                self._undo.seal()
                self._do.seal()
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._do.close()

    def _roll(self) -> None:
        for volume in self._volumes:
            volume.sync()
        ended = self._do
        ended.seal()
        self._undo.begin_epoch(self._next)
        self._do = self._begin(ended.head.number + 1)
        ended.close()

    def _begin(self, number: int) -> Segment:
        head = Head(
            stream=Stream.DO,
            group=self._identity.group,
            number=number,
            first=self._next,
            size=self._identity.segment_bytes,
        )
        return Segment(self._folder, head)

    def _append(
        self, form: Form, number: int, data: Buffer, count: int, run: Run | None, client: int
    ) -> int:
        """Put a chunk at the end of the DO stream; returns the position of its payload."""
        size = len(data)
        need = chunk.HEADER_BYTES + padded(size)
        if not self._do.has_room(need, count or 1):
            self._roll()
        segment = self._do
        self._time_ns = max(self._time_ns, self._clock())
        header = chunk.pack_header(
            Chunk(
                form=form,
                volume=number,
                sequence=self._next,
                time_ns=self._time_ns,
                size=size,
                count=count,
                client=client,
                request_bytes=run.request_bytes if run else 0,
                checksum=checksum(data, segment.seed),
            ),
            seed=segment.seed,
            offset=segment.used,
        )
        place = position(segment.head.number, segment.used + chunk.HEADER_BYTES)
        segment.append((header, data, _PADDING[: padded(size) - size]), need)
        return place

    def _append_whole(self, form: Form, number: int, data: bytes, count: int) -> None:
        place = self._append(form, number, data, count, None, 0)
        described = Chunk(
            form=form,
            volume=number,
            sequence=self._next,
            time_ns=self._time_ns,
            size=len(data),
            count=count,
            checksum=0,
        )
        self._do.add(chunk.records_of(described, memoryview(data), place))
        self._next += count

    def _record(self, number: int, place: int, run: Run, client: int) -> None:
        """The records of a run, packed where readers will find them."""
        pack_into, meta, at = LAYOUT.pack_into, self._do.meta, self._do.record_at
        sequence, time_ns = self._next, self._time_ns
        for kind, offset, length, body in zip(
            run.kinds, run.offsets, run.lengths, run.bodies, strict=True
        ):
            pack_into(
                meta, at, offset, length, place + body, sequence, time_ns, client, number, kind
            )
            sequence += 1
            at += RECORD_BYTES
        self._do.publish(len(run.kinds))
        self._next = sequence

    def _capture(self, number: int, volume: Volume, run: Run) -> None:
        holds = self._undo.holds
        missing = [
            (offset, length)
            for offset, length in zip(run.offsets, run.lengths, strict=True)
            if not holds(number, offset, length)
        ]
        if missing:
            self._undo.capture(number, volume, missing)

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise JournalFailedError(
                f"the journal failed before: {self._failure}; nothing more is written",
                hint="mend the medium and start again: what was acknowledged is recovered",
            ) from self._failure

    def _fail(self, error: BaseException) -> None:
        """Remember the first error, whatever it is: what it interrupted is half done."""
        self._failure = self._failure or error
        if isinstance(error, OSError):
            raise JournalFailedError(
                f"the medium failed: {error.strerror or error}; nothing more is written",
                hint="mend the medium and start again: what was acknowledged is recovered",
            ) from error


_PADDING: Final = bytes(chunk.ALIGNMENT)


def _carry_out(volume: Volume, run: Run) -> None:
    """Do what a run asks for, straight from its bytes."""
    data, write = run.data, volume.write
    for kind, offset, length, body in zip(
        run.kinds, run.offsets, run.lengths, run.bodies, strict=True
    ):
        if kind == Kind.WRITE:
            write(data[body : body + length], offset)
        elif length:
            volume.zero(offset, length)
