"""Appending pre-images: what a volume holds goes to the UNDO stream before it is overwritten."""

from collections.abc import Iterator, Sequence
from typing import Final

from core.machine.journal.capture import BLOCK_BYTES, Captured
from core.stream.segment import Segment, records_max
from core.structure.medium import Folder, Volume
from core.wire import preimage
from core.wire.chunk import checksum, padded
from core.wire.preimage import Batch, Range
from core.wire.record import Kind, position
from core.wire.segment import HEAD_BYTES, Head, Stream

_SPARSE_BYTES_MIN: Final = 1 << 16
"""From this size on it is asked which parts of a range hold data at all."""

_BATCH_BYTES_MAX: Final = 8 << 20
_BATCH_RANGES_MAX: Final = 4096


class UndoStream:
    """The UNDO stream of a group, open for appending."""

    def __init__(
        self, folder: Folder, *, group: bytes, segment_bytes: int, number: int, first: int
    ) -> None:
        self._folder, self._group, self._segment_bytes = folder, group, segment_bytes
        self._room = segment_bytes - HEAD_BYTES - preimage.HEADER_BYTES
        self._ranges_max = min(_BATCH_RANGES_MAX, records_max(segment_bytes))
        self._segment = self._begin(number, first)
        self._captured: dict[int, Captured] = {}
        self.epoch = first

    @property
    def number(self) -> int:
        """Of the segment that is appended to: in the end, the last that was taken."""
        return self._segment.head.number

    def begin_epoch(self, first: int) -> None:
        """From here on every block is to be captured anew."""
        self.epoch = first
        self._captured = {}

    def holds(self, volume: int, offset: int, length: int) -> bool:
        """Is all of a range captured in this epoch?"""
        captured = self._captured.get(volume)
        return captured is not None and captured.holds(offset, length)

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
            number_next = self._segment.head.number + 1
            self.seal()
            self._segment = self._begin(number_next, self.epoch)
        segment = self._segment
        batch = Batch(
            volume=number,
            sequence=self.epoch,
            count=len(ranges),
            size=at,
            checksum=checksum(view[:at], segment.seed),
        )
        header = preimage.pack_header(batch, seed=segment.seed, offset=segment.used)
        place = position(segment.head.number, segment.used + preimage.HEADER_BYTES)
        segment.append((header, body), len(header) + len(body))
        segment.add(preimage.records_of(batch, view, place))

    def _begin(self, number: int, first: int) -> Segment:
        head = Head(
            stream=Stream.UNDO,
            group=self._group,
            number=number,
            first=first,
            size=self._segment_bytes,
        )
        return Segment(self._folder, head)


def _sparse(volume: Volume, ranges: Iterator[tuple[int, int]]) -> Iterator[Range]:
    """The ranges with what they hold: large ones are cut at the holes of the volume.

    A cut is between two blocks: recovery takes a block of which it finds a part for captured.
    """
    for offset, length in ranges:
        if length < _SPARSE_BYTES_MIN:
            yield offset, length, Kind.WRITE
            continue
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


def _batches(ranges: Iterator[Range], room: int, count_max: int) -> Iterator[list[Range]]:
    """Ranges together as far as they fit one batch; one that is larger is cut between blocks."""
    limit = min(_BATCH_BYTES_MAX, room)
    longest = (limit - preimage.RANGE_BYTES) // BLOCK_BYTES * BLOCK_BYTES
    batch: list[Range] = []
    used = 0
    for offset, length, kind in ranges:
        while length:
            taken = length if kind is Kind.ZERO else min(length, longest)
            cost = preimage.RANGE_BYTES + (taken if kind is Kind.WRITE else 0)
            if batch and (used + cost > limit or len(batch) == count_max):
                yield batch
                batch, used = [], 0
            batch.append((offset, taken, kind))
            used += cost
            offset, length = offset + taken, length - taken
    if batch:
        yield batch
