"""Pre-images: what blocks held before they were overwritten, the unit of the UNDO stream.

A batch is a header, the records of its ranges as they also stand in the meta segment, and what was
in those ranges that were not all zero. One write and one sync make it durable.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import xxhash

from core.structure.medium import Buffer
from core.wire.chunk import padded
from core.wire.record import RECORD_BYTES

# magic, ranges, bytes behind the header, checksum of the records, checksum of the data
_HEADER: Final = struct.Struct("<IIQQQ")
_CHECKSUM: Final = struct.Struct("<Q")
HEADER_BYTES: Final = _HEADER.size + _CHECKSUM.size
MAGIC: Final = 0x4F444E55


class Batch(NamedTuple):
    """`size` counts the bytes behind the header: the records of so many `ranges`, then the data."""

    ranges: int
    size: int
    records_checksum: int
    data_checksum: int

    def is_whole(self, body: Buffer, seed: int) -> bool:
        """Are these the bytes that the header is of?"""
        digest = xxhash.xxh3_64_intdigest
        return (
            len(body) == self.size
            and digest(body[: self.data_at], seed) == self.records_checksum
            and digest(body[self.data_at :], seed) == self.data_checksum
        )

    @property
    def data_at(self) -> int:
        """Where the data begins, counted from the end of the header."""
        return self.ranges * RECORD_BYTES


def pack_header(batch: Batch, *, seed: int, offset: int) -> bytes:
    """The header of a batch that lies at `offset` of the segment of that seed."""
    body = _HEADER.pack(MAGIC, *batch)
    return body + _CHECKSUM.pack(xxhash.xxh3_64_intdigest(body, seed + offset & _MASK))


def parse_header(data: Buffer, *, seed: int, offset: int) -> Batch | None:
    """The header at `offset` of `data`, which is its segment's file; None if there is none."""
    if len(data) - offset < HEADER_BYTES:
        return None
    body = bytes(data[offset : offset + _HEADER.size])
    magic, *fields = _HEADER.unpack(body)
    (expected,) = _CHECKSUM.unpack_from(data, offset + _HEADER.size)
    if magic != MAGIC or expected != xxhash.xxh3_64_intdigest(body, seed + offset & _MASK):
        return None
    batch = Batch(*fields)
    return batch if batch.data_at <= batch.size else None


def batches(data: memoryview, *, seed: int, begin: int) -> Iterator[tuple[int, Batch]]:
    """The whole batches of a segment in order, each with the offset of its records.

    It ends at the first that is torn, foreign or not there. `data` is the segment's file.
    """
    offset = begin
    while (batch := parse_header(data, seed=seed, offset=offset)) is not None:
        records = offset + HEADER_BYTES
        if not batch.is_whole(data[records : records + batch.size], seed):
            return
        yield records, batch
        offset = records + padded(batch.size)


_MASK: Final = (1 << 64) - 1
