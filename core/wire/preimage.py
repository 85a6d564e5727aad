"""Pre-images: what blocks held before they were overwritten, the unit of the UNDO stream.

A batch is a header, a table of ranges, and what was in those that were not all zero. One write and
one sync make it durable; its meta records can be made from it again.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import xxhash

from core.structure.medium import Buffer
from core.wire.chunk import checksum, padded
from core.wire.record import LAYOUT, Kind

# magic, volume, sequence, ranges, bytes behind the table, checksum of table and data
_HEADER: Final = struct.Struct("<IHxxQIxxxxQQ")
_CHECKSUM: Final = struct.Struct("<Q")
_RANGE: Final = struct.Struct("<QQB7x")
HEADER_BYTES: Final = _HEADER.size + _CHECKSUM.size
RANGE_BYTES: Final = _RANGE.size
MAGIC: Final = 0x4F444E55

Range = tuple[int, int, Kind]
"""Offset and length in bytes, and whether its data follows (WRITE) or it was all zero (ZERO)."""


class Batch(NamedTuple):
    """`sequence` is the first of the epoch; `size` counts the bytes behind the header."""

    volume: int
    sequence: int
    ranges: int
    size: int
    checksum: int


def pack_table(ranges: Sequence[Range]) -> bytes:
    """The ranges of a batch, before their data."""
    return b"".join(_RANGE.pack(*each) for each in ranges)


def pack_header(batch: Batch, *, seed: int, offset: int) -> bytes:
    """The header of a batch that lies at `offset` of the segment of that seed."""
    body = _HEADER.pack(
        MAGIC, batch.volume, batch.sequence, batch.ranges, batch.size, batch.checksum
    )
    return body + _CHECKSUM.pack(xxhash.xxh3_64_intdigest(body, seed + offset & _MASK))


def parse_header(data: Buffer, *, seed: int, offset: int) -> Batch | None:
    """The header at `offset` of `data`, which is its segment's file; None if there is none."""
    if len(data) - offset < HEADER_BYTES:
        return None
    body = bytes(data[offset : offset + _HEADER.size])
    magic, volume, sequence, ranges, size, digest = _HEADER.unpack(body)
    (expected,) = _CHECKSUM.unpack_from(data, offset + _HEADER.size)
    if magic != MAGIC or expected != xxhash.xxh3_64_intdigest(body, seed + offset & _MASK):
        return None
    return Batch(volume=volume, sequence=sequence, ranges=ranges, size=size, checksum=digest)


def batches(data: memoryview, *, seed: int, begin: int) -> Iterator[tuple[int, Batch]]:
    """The whole batches of a segment in order, each with the offset of its table."""
    offset = begin
    while (batch := parse_header(data, seed=seed, offset=offset)) is not None:
        table = offset + HEADER_BYTES
        end = table + batch.size
        if end > len(data) or checksum(data[table:end], seed) != batch.checksum:
            return
        yield table, batch
        offset = table + padded(batch.size)


def records_of(batch: Batch, table: memoryview, place: int) -> bytes:
    """The meta records of a batch whose table, which begins at that position, is `table`."""
    out, held = [], place + batch.ranges * RANGE_BYTES
    for nth in range(batch.ranges):
        offset, length, kind = _RANGE.unpack_from(table, nth * RANGE_BYTES)
        out.append(LAYOUT.pack(offset, length, held, batch.sequence, 0, 0, batch.volume, kind))
        held += length if kind == Kind.WRITE else 0
    return b"".join(out)


_MASK: Final = (1 << 64) - 1
