"""Appending pre-images: what a volume holds goes to the UNDO stream before it is overwritten."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import xxhash

from core.machine.journal.shelf import Shelf
from core.stream.segment import records_max
from core.structure.blocks import BLOCK_BYTES, Blocks, Runs
from core.structure.medium import Volume
from core.wire import preimage
from core.wire.chunk import padded
from core.wire.preimage import Batch
from core.wire.record import LAYOUT, RECORD_BYTES, Kind, position
from core.wire.segment import HEAD_BYTES, Stream

Range = tuple[int, int, Kind]
"""Offset and length in bytes, and whether its data is kept (WRITE) or it is all zero (ZERO)."""

_SPARSE_BYTES_MIN: Final = 4 << 20
"""From this size on it is asked which parts of a range hold data at all."""

_BATCH_BYTES_MAX: Final = 8 << 20
_BATCH_RANGES_MAX: Final = 4096


class UndoStream:
    """The UNDO stream of a group, open for appending."""

    def __init__(self, shelf: Shelf, *, segment_bytes: int, first: int, time_ns: int) -> None:
        self._shelf, self._time_ns = shelf, time_ns
        room = segment_bytes - HEAD_BYTES - preimage.HEADER_BYTES
        self._batch_max = min(_BATCH_BYTES_MAX, room - RECORD_BYTES)
        self._ranges_max = min(_BATCH_RANGES_MAX, records_max(segment_bytes))
        self._body = memoryview(bytearray(padded(self._batch_max + RECORD_BYTES)))
        self._segment = shelf.begin(Stream.UNDO, first=first, time_ns=time_ns, is_opening=True)
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

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """Make durable what the blocks of the runs hold, which were claimed for that."""
        total = sum(length for _, length in claimed)
        end = max((offset + length for offset, length in claimed), default=0)
        cost = total + len(claimed) * RECORD_BYTES
        fits = cost <= min(self._batch_max, _SPARSE_BYTES_MIN) and len(claimed) <= self._ranges_max
        if fits and end <= volume.size():
            batches: Iterable[Sequence[Range]] = (
                [(offset, length, Kind.WRITE) for offset, length in claimed],
            )
        else:
            batches = _batches(_kept(volume, claimed), self._batch_max, self._ranges_max)
        appended = False
        for batch in batches:
            self._append(number, volume, batch)
            appended = True
        if appended:
            self._segment.data.sync()

    def seal(self) -> None:
        """Make all of it durable; nothing is appended afterwards."""
        self._segment.seal()
        self._segment.close()
        if not self._segment.count:
            self._shelf.blank = self._segment.head

    def _append(self, number: int, volume: Volume, ranges: Sequence[Range]) -> None:
        count, body = len(ranges), self._body
        held = at = count * RECORD_BYTES
        for offset, length, kind in ranges:
            if kind is Kind.WRITE:
                volume.read_into(body[at : at + length], offset)
                at += length
        if not self._segment.has_room(preimage.HEADER_BYTES + padded(at), count):
            self._shelf.make_room()
            self.seal()
            self._segment = self._shelf.begin(Stream.UNDO, first=self.epoch, time_ns=self._time_ns)
        segment = self._segment
        place = position(segment.head.number, segment.used + preimage.HEADER_BYTES + held)
        pack_into, slot, epoch = LAYOUT.pack_into, 0, self.epoch
        for offset, length, kind in ranges:
            pack_into(body, slot, offset, length, place, epoch, 0, 0, number, kind)
            slot += RECORD_BYTES
            if kind is Kind.WRITE:
                place += length
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
