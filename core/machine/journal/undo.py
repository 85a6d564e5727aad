"""Appending pre-images: what a volume holds goes to the UNDO stream before it is overwritten."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from core.machine.journal.capture import Captured
from core.machine.journal.shelf import Shelf
from core.stream.segment import records_max
from core.structure.medium import Volume
from core.wire import preimage
from core.wire.chunk import checksum, padded
from core.wire.preimage import Batch, Range
from core.wire.record import Kind, position
from core.wire.segment import HEAD_BYTES, Stream

_SPARSE_BYTES_MIN: Final = 1 << 16
"""From this size on it is asked which parts of a range hold data at all."""

_BATCH_BYTES_MAX: Final = 8 << 20
_BATCH_RANGES_MAX: Final = 4096


class UndoStream:
    """The UNDO stream of a group, open for appending."""

    def __init__(self, shelf: Shelf, *, segment_bytes: int, first: int, time_ns: int) -> None:
        self._shelf, self._time_ns = shelf, time_ns
        self._room = segment_bytes - HEAD_BYTES - preimage.HEADER_BYTES
        self._ranges_max = min(_BATCH_RANGES_MAX, records_max(segment_bytes))
        self._segment = shelf.begin(Stream.UNDO, first=first, time_ns=time_ns)
        self._captured: dict[int, Captured] = {}
        self.epoch = first

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """From here on every block is to be captured anew."""
        self.epoch, self._time_ns = first, time_ns
        self._captured = {}

    def held(self, volume: int) -> Callable[[int, int], bool]:
        """Says of a range of a volume, in bytes, whether all of it is captured in this epoch."""
        return self._captured.setdefault(volume, Captured()).holds

    def capture(self, number: int, volume: Volume, ranges: Sequence[tuple[int, int]]) -> None:
        """Make durable what the blocks of the ranges hold, where this epoch has not got it yet."""
        captured = self._captured.setdefault(number, Captured())
        size = volume.size()
        missing = (
            (begin, min(begin + run, size) - begin)
            for offset, length in ranges
            for begin, run in captured.take(offset, length)
            if begin < size
        )
        appended = False
        for batch in _batches(_sparse(volume, missing), self._room, self._ranges_max):
            self._append(number, volume, batch)
            appended = True
        if appended:
            self._segment.data.sync()

    def take(self, number: int, offset: int, length: int) -> None:
        """Count a range as captured: what recovery found in the stream."""
        for _ in self._captured.setdefault(number, Captured()).take(offset, length):
            pass

    def seal(self) -> None:
        """Make all of it durable; nothing is appended afterwards."""
        self._segment.seal()
        self._segment.close()

    def _append(self, number: int, volume: Volume, ranges: Sequence[Range]) -> None:
        table = preimage.pack_table(ranges)
        held = sum(length for _, length, kind in ranges if kind is Kind.WRITE)
        body = bytearray(padded(len(table) + held))
        body[: len(table)] = table
        view, at = memoryview(body), len(table)
        for offset, length, kind in ranges:
            if kind is Kind.WRITE:
                volume.read_into(view[at : at + length], offset)
                at += length
        if not self._segment.has_room(preimage.HEADER_BYTES + len(body), len(ranges)):
            self.seal()
            self._segment = self._shelf.begin(Stream.UNDO, first=self.epoch, time_ns=self._time_ns)
        segment = self._segment
        batch = Batch(
            volume=number,
            sequence=self.epoch,
            ranges=len(ranges),
            size=at,
            checksum=checksum(view[:at], segment.seed),
        )
        header = preimage.pack_header(batch, seed=segment.seed, offset=segment.used)
        place = position(segment.head.number, segment.used + preimage.HEADER_BYTES)
        segment.append((header, body), len(header) + len(body))
        segment.add(preimage.records_of(batch, view, place))


def _sparse(volume: Volume, ranges: Iterator[tuple[int, int]]) -> Iterator[Range]:
    """The ranges with what they hold: large ones are cut at the holes of the volume."""
    for offset, length in ranges:
        if length < _SPARSE_BYTES_MIN:
            yield offset, length, Kind.WRITE
            continue
        at, end = offset, offset + length
        for begin, run in volume.data(offset, length):
            if begin > at:
                yield at, begin - at, Kind.ZERO
            yield begin, run, Kind.WRITE
            at = begin + run
        if at < end:
            yield at, end - at, Kind.ZERO


def _batches(ranges: Iterator[Range], room: int, count_max: int) -> Iterator[list[Range]]:
    """Ranges together as far as they fit one batch; one that is larger is cut."""
    limit = min(_BATCH_BYTES_MAX, room - preimage.RANGE_BYTES)
    batch: list[Range] = []
    used = 0
    for offset, length, kind in ranges:
        while length:
            taken = length if kind is Kind.ZERO else min(length, limit)
            cost = preimage.RANGE_BYTES + (taken if kind is Kind.WRITE else 0)
            if batch and (used + cost > limit or len(batch) == count_max):
                yield batch
                batch, used = [], 0
            batch.append((offset, taken, kind))
            used += cost
            offset, length = offset + taken, length - taken
    if batch:
        yield batch
