"""Appending pre-images: what a volume holds goes to a stream before it is overwritten."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import add
from typing import Final, Protocol

import xxhash

from core.stream.segment import Sealed, Segment, records_max
from core.structure.blocks import BLOCK_BYTES, Blocks, Runs
from core.structure.medium import Volume
from core.wire import preimage
from core.wire.chunk import padded
from core.wire.preimage import Batch
from core.wire.record import LAYOUT, RECORD_BYTES, Kind, position
from core.wire.segment import HEAD_BYTES, Stream

Range = tuple[int, int, Kind]
"""Offset and length in bytes, and whether its data is kept (WRITE) or it is all zero (ZERO).

With RESIZE the length is the size of the volume.
"""

_SPARSE_BYTES_MIN: Final = 4 << 20
"""From this size on it is asked which parts of a range hold data at all."""

_BATCH_BYTES_MAX: Final = 8 << 20
_BATCH_RANGES_MAX: Final = 4096

_WRITE: Final = int(Kind.WRITE)  # a number is packed faster than a member


class Segments(Protocol):
    """Where the stream has its segments from."""

    sealed: Sealed | None
    """The newest segment of the stream, where it is sealed."""

    def begin(
        self, stream: Stream, *, first: int, time_ns: int, is_opening: bool = False
    ) -> Segment:
        """The next segment; what is opening has one, whether there is room or not."""

    def make_room(self) -> None:
        """See to it that there can be one more; raises JournalFullError where there cannot."""


class UndoStream:
    """The UNDO stream of a group, or its ACCESS stream, open for appending."""

    def __init__(
        self,
        segments: Segments,
        *,
        segment_bytes: int,
        first: int,
        time_ns: int,
        stream: Stream = Stream.UNDO,
    ) -> None:
        self.segments, self._time_ns, self._stream = segments, time_ns, stream
        room = segment_bytes - HEAD_BYTES - preimage.HEADER_BYTES
        self._batch_max = min(_BATCH_BYTES_MAX, room - RECORD_BYTES)
        self._ranges_max = min(_BATCH_RANGES_MAX, records_max(segment_bytes))
        self._body = memoryview(bytearray(padded(self._batch_max + RECORD_BYTES)))
        self._segment = segments.begin(stream, first=first, time_ns=time_ns, is_opening=True)
        self._captured: dict[int, Blocks] = {}
        self.epoch = first
        self.used = 0  # bytes in this epoch

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """From here on every block is to be captured anew."""
        self.epoch, self._time_ns = first, time_ns
        self._captured = {}
        self.used = 0

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """Takes a range of a volume, and gives the runs of it that are to be captured now."""
        return self._captured.setdefault(volume, Blocks()).take

    def claim_each(self, volume: int, offsets: Sequence[int], length: int) -> Runs:
        """The same for ranges of one length."""
        return self._captured.setdefault(volume, Blocks()).take_each(offsets, length)

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """Make durable what the blocks of the runs hold, which were claimed for that."""
        if claimed and self._appended(number, volume, claimed):
            self._segment.data.sync()

    def takes(self, size: int, ranges: int) -> bool:
        """See `core.machine.journal.writer.Keeper`."""
        data = size + ranges * 2 * BLOCK_BYTES
        need = preimage.HEADER_BYTES + padded(data + ranges * RECORD_BYTES)
        is_one_batch = need <= min(self._batch_max, _SPARSE_BYTES_MIN)
        return is_one_batch and self._segment.has_room(need, ranges)

    def segments_for(self, number: int, volume: Volume, ranges: Runs) -> int:
        """See `core.machine.journal.writer.Keeper`."""
        captured, claimed = self._captured.get(number, Blocks()), Blocks()
        missing: list[tuple[int, int]] = []
        for offset, length in ranges:
            begin, stop = offset // BLOCK_BYTES * BLOCK_BYTES, -(-(offset + length) // BLOCK_BYTES)
            held = captured.runs(begin, stop * BLOCK_BYTES - begin)
            for at, extent, is_held in held:
                if not is_held:
                    missing += claimed.take(at, extent)
        size, used, count, begun = self._segment.head.size, self._segment.used, 0, 0
        for batch in _batches(_kept(volume, missing), self._batch_max, self._ranges_max):
            data = sum(length for _, length, kind in batch if kind is Kind.WRITE)
            need = preimage.HEADER_BYTES + padded(data + len(batch) * RECORD_BYTES)
            if used + need > size or count + len(batch) > records_max(size):
                begun, used, count = begun + 1, HEAD_BYTES, 0
            used, count = used + need, count + len(batch)
        return begun

    def note_sizes(self, volumes: Sequence[Volume]) -> None:
        """Make durable how large the volumes are; there must be room for that."""
        sizes = [(0, volume.size(), Kind.RESIZE) for volume in volumes]
        for number, (volume, size) in enumerate(zip(volumes, sizes, strict=True)):
            self._append(number, volume, (), (size,))
        self._segment.data.sync()

    def seal(self) -> None:
        """Make all of it durable; nothing is appended afterwards."""
        self._segment.seal()
        self._segment.close()
        self.segments.sealed = Sealed(self._segment.head, self._segment.count)

    def close(self) -> None:
        """Let go of it; nothing is appended afterwards."""
        self._segment.close()

    def _appended(self, number: int, volume: Volume, claimed: Runs) -> bool:
        """Append what the runs hold; says whether there is any."""
        offsets, lengths = zip(*claimed, strict=True)
        cost = sum(lengths) + len(claimed) * RECORD_BYTES
        fits = cost <= min(self._batch_max, _SPARSE_BYTES_MIN) and len(claimed) <= self._ranges_max
        if fits and max(map(add, offsets, lengths)) <= volume.size():
            self._append(number, volume, claimed, ())
            return True
        appended = False
        for batch in _batches(_kept(volume, claimed), self._batch_max, self._ranges_max):
            data = [(offset, length) for offset, length, kind in batch if kind is Kind.WRITE]
            self._append(number, volume, data, [each for each in batch if each[2] is Kind.ZERO])
            appended = True
        return appended

    def _append(self, number: int, volume: Volume, data: Runs, bare: Sequence[Range]) -> None:
        """Append what the runs `data` hold, and ranges of which there is nothing but the kind."""
        count, body, read = len(data) + len(bare), self._body, volume.read_into
        held = at = count * RECORD_BYTES
        for offset, length in data:
            after = at + length
            read(body[at:after], offset)
            at = after
        if not self._segment.has_room(preimage.HEADER_BYTES + padded(at), count):
            self.segments.make_room()
            self.seal()
            self._segment = self.segments.begin(
                self._stream, first=self.epoch, time_ns=self._time_ns
            )
        segment = self._segment
        place = position(segment.head.number, segment.used + preimage.HEADER_BYTES + held)
        pack_into, slot, epoch = LAYOUT.pack_into, 0, self.epoch
        for offset, length in data:
            pack_into(body, slot, offset, length, place, epoch, 0, 0, number, _WRITE)
            slot += RECORD_BYTES
            place += length
        for offset, length, kind in bare:
            pack_into(body, slot, offset, length, place, epoch, 0, 0, number, kind)
            slot += RECORD_BYTES
        batch = Batch(
            ranges=count,
            size=at,
            records_checksum=xxhash.xxh3_64_intdigest(body[:held], segment.seed),
            data_checksum=xxhash.xxh3_64_intdigest(body[held:at], segment.seed),
        )
        header = preimage.pack_header(batch, seed=segment.seed, offset=segment.used)
        segment.append((header, body[: padded(at)]), len(header) + padded(at))
        segment.add(body[:held])
        self.used += at


def _kept(volume: Volume, ranges: Iterable[tuple[int, int]]) -> Iterator[Range]:
    """The ranges within the volume: large ones are cut at its holes."""
    size = volume.size()
    for offset, length in ranges:
        if offset + length > size:
            if offset >= size:
                continue
            length = size - offset
        if length < _SPARSE_BYTES_MIN:
            yield offset, length, Kind.WRITE
        else:
            yield from _sparse(volume, offset, length)


def _sparse(volume: Volume, offset: int, length: int) -> Iterator[Range]:
    """A range, cut at the holes of the volume.

    A cut is between two blocks: recovery takes a block of which it finds a part for captured.
    """
    at, end = offset, offset + length
    for begin, run in volume.data(offset, length):
        first = max(at, begin // BLOCK_BYTES * BLOCK_BYTES)
        stop = min(end, -(-(begin + run) // BLOCK_BYTES) * BLOCK_BYTES)
        if first > at:
            yield at, first - at, Kind.ZERO
        if stop > first:
            yield first, stop - first, Kind.WRITE
            at = stop
    if at < end:
        yield at, end - at, Kind.ZERO


def _batches(ranges: Iterable[Range], bytes_max: int, ranges_max: int) -> Iterator[list[Range]]:
    """Ranges together as far as they fit one batch; one that is larger is cut between blocks."""
    longest = (bytes_max - RECORD_BYTES) // BLOCK_BYTES * BLOCK_BYTES
    batch: list[Range] = []
    used = 0
    for each in ranges:
        for offset, length, kind in _pieces(each, longest):
            cost = RECORD_BYTES + (length if kind is Kind.WRITE else 0)
            if batch and (used + cost > bytes_max or len(batch) == ranges_max):
                yield batch
                batch, used = [], 0
            batch.append((offset, length, kind))
            used += cost
    if batch:
        yield batch


def _pieces(whole: Range, bytes_max: int) -> Sequence[Range]:
    offset, length, kind = whole
    if kind is Kind.ZERO or length <= bytes_max:
        return (whole,)
    end = offset + length
    return [(at, min(bytes_max, end - at), kind) for at in range(offset, end, bytes_max)]
