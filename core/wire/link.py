"""The frames of a link: what production ships to a copy at another site, and what that answers.

A frame is a header of 56 bytes, little-endian, and a payload:

    magic, kind, volume, payload bytes, number, slot, first, second, checksum of the payload,
    checksum of the header

What the fields of a header are is told with each `Kind`. Chunks travel as they stand in the DO
stream, and with their records: a copy writes both where they stood, and makes nothing anew. A chunk
has a checksum of its own, which is bound to its place (`chunk.py`); so the checksum of a payload is
of what comes with chunks, and of all of it where there are none.
"""

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import xxhash

from core.errors import CoreError
from core.structure.medium import Buffer

FORMAT: Final = 1
PAYLOAD_BYTES_MAX: Final = 1 << 30
WORDS_BYTES_MAX: Final = 1 << 18
"""What a payload that is JSON has at most."""

MAGIC: Final = 0x4B4E4C49
_HEADER: Final = struct.Struct("<IBxHIIQQQQ")
_CHECKSUM: Final = struct.Struct("<Q")
COVER: Final = struct.Struct("<QQQ")
"""What COVER holds of a segment that stands for several: its time, its bytes, its step of time."""
HEADER_BYTES: Final = _HEADER.size + _CHECKSUM.size
NO_PAYLOAD: Final = xxhash.xxh3_64_intdigest(b"")


class Kind(IntEnum):
    """What a frame is; production sends those up to ASK, and a copy the others."""

    HELLO = 1  # who production is, and in which generation: JSON
    BEGIN = (
        2  # a segment of the DO stream: `first` its number, `second` its sequence, a u64 of time
    )
    DATA = (
        3  # chunks: `first` the segment, `second` where in it, `slot` of the first of the records
    )
    SEALED = 4  # a segment came to its end: `first` its number, `number` how many records it has
    COPY = 5  # what a region of `volume` holds: `first` is where
    ZEROES = 6  # the same where it is zero: `first` is where, `second` how much; `number` is 1 of
    # the last frame of a region, by which the copy counts them
    ALIKE = 7  # every region was sent; what they hold may be of any moment up to write `first`
    FLUSH = 8  # make durable what came
    PING = 9  # is anybody there? `first` the last write of production, `number` 1 if it is in sync
    PACKED = 10  # another frame, by zstd: `first` is how long that is, with its header
    COVER = 11  # a segment that stands for those from `first` to `number`, folded `slot` times:
    # `second` is its sequence, and three u64 its time, its bytes and its step; its chunks come
    # without records, and it is nothing before it is sealed
    ASK = 12  # the digests of a range of `volume`: `first` is where, `second` how much
    # of it, `number` how many bytes a chunk has, `slot` is odd where that is closer than before:
    # its other bits are the chunks of 64 KiB that are meant, all if none is set
    WELCOME = 16  # what the copy has: JSON
    ACK = 17  # how far it is: `first` the last write that came, `second` that is durable, `slot`
    # bytes that came and are not in the replicas yet, `number` durable regions, `volume` are all?
    WISH = 18  # the copy waits for an epoch
    GAP = 19  # points of the copy were given up: a note, to be put into the stream
    REFUSED = 20  # JSON: why, and what to do
    CAME = 21  # of the segment `first`, which stands for several, there is all up to `second`
    QUEUED = 22  # of what is not in the replicas so many bytes, `first`, wait in its journal; the
    # others are being put there
    SIGNED = 24  # they are the payload, none where all is zero; `second` is how much of it is
    # there, `slot` a write up to which all were applied before


class BrokenLinkError(CoreError):
    """What came over a link is no frame, or none that belongs there."""


class Frame(NamedTuple):
    """A header; see `Kind` for what its fields are."""

    kind: Kind
    size: int = 0
    volume: int = 0
    number: int = 0
    slot: int = 0
    first: int = 0
    second: int = 0
    checksum: int = NO_PAYLOAD


def checksum(payload: Buffer) -> int:
    """Of a payload, or of the records in it."""
    return xxhash.xxh3_64_intdigest(payload)


def pack_frame(frame: Frame) -> bytes:
    """The header as it is sent."""
    body = _HEADER.pack(
        *(MAGIC, frame.kind, frame.volume, frame.size, frame.number, frame.slot),
        *(frame.first, frame.second, frame.checksum),
    )
    return body + _CHECKSUM.pack(xxhash.xxh3_64_intdigest(body))


def parse_frame(data: Buffer) -> Frame:
    """The header at the beginning of `data`; raises BrokenLinkError where there is none."""
    if len(data) < HEADER_BYTES:
        raise BrokenLinkError(f"a header of {len(data)} bytes")
    magic, told, volume, size, number, slot, first, second, of_payload = _HEADER.unpack_from(data)
    (expected,) = _CHECKSUM.unpack_from(data, _HEADER.size)
    if magic != MAGIC or expected != xxhash.xxh3_64_intdigest(data[: _HEADER.size]):
        raise BrokenLinkError("what came is no frame of a link")
    if (kind := _KINDS.get(told)) is None:
        raise BrokenLinkError(
            f"a frame of kind {told}, which this release does not know",
            hint="bring both sites to the same release",
        )
    if size > (WORDS_BYTES_MAX if kind in _WORDS else PAYLOAD_BYTES_MAX):
        raise BrokenLinkError(f"a payload of {size} bytes")
    return Frame(kind, size, volume, number, slot, first, second, of_payload)


_KINDS: Final[Mapping[int, Kind]] = {int(each): each for each in Kind}
_WORDS: Final = frozenset({Kind.HELLO, Kind.WELCOME, Kind.GAP, Kind.REFUSED})
