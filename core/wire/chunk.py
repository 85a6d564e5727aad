"""The chunk: a run of whole requests as it was received, behind one fixed header.

Where writes were folded a chunk holds their records and what is left of their data: of those that
overlap, what ends on top.

It is the unit of the DO stream and, later, of links. Its header is bound to the group, the segment
and the offset where it lies, so that a chunk that strayed, or one of an earlier life of a recycled
file, does not pass for one.
"""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import xxhash

from core.structure.medium import Buffer
from core.wire.nbd.constants import Command
from core.wire.nbd.requests import COMPACT, EXTENDED, Ending, Run
from core.wire.record import (
    LAYOUT,
    NO_VOLUME,
    OFFSET_MASK,
    RECORD,
    RECORD_BYTES,
    Kind,
    Records,
)

# magic, form, size of request headers, volume, sequence, time_ns, bytes, count, client, checksum
_HEADER: Final = struct.Struct("<IBBHQQIIIxxxxQ")
_CHECKSUM: Final = struct.Struct("<Q")
HEADER_BYTES: Final = _HEADER.size + _CHECKSUM.size
MAGIC: Final = 0x4B4E4843
ALIGNMENT: Final = 8
assert HEADER_BYTES % ALIGNMENT == 0


KINDS: Final = {
    int(Command.WRITE): Kind.WRITE,
    int(Command.TRIM): Kind.TRIM,
    int(Command.WRITE_ZEROES): Kind.ZERO,
}
"""What the commands of hosts are in records; all others write nothing."""


class Form(IntEnum):
    """What the bytes of a chunk are."""

    REQUESTS = 1  # NBD requests as received
    RESIZE = 2  # the size before and the new one, two little-endian u64
    NOTE = 3  # JSON
    FOLDED = 4  # the number of records, a little-endian u64, these, and the data that they are of


class Chunk(NamedTuple):
    """`sequence` is of its first write, `writes` how many writes it holds, `size` its bytes.

    `request_bytes` is the size of the request headers in it (28, or 32 with extended headers).
    """

    form: Form
    volume: int
    sequence: int
    time_ns: int
    size: int
    writes: int
    checksum: int
    client: int = 0
    request_bytes: int = 0

    def is_whole(self, body: Buffer, seed: int) -> bool:
        """Are these the bytes that the header is of?"""
        return len(body) == self.size and checksum(body, seed) == self.checksum


def padded(size: int) -> int:
    """Bytes that a chunk's payload takes."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def checksum(payload: Buffer, seed: int) -> int:
    """Of the payload of a chunk, or of pre-images, in the segment of that seed."""
    return xxhash.xxh3_64_intdigest(payload, seed)


def pack_header(chunk: Chunk, *, seed: int, offset: int) -> bytes:
    """The header of a chunk that lies at `offset` of the segment of that seed."""
    body = _HEADER.pack(
        *(MAGIC, chunk.form, chunk.request_bytes, chunk.volume, chunk.sequence, chunk.time_ns),
        *(chunk.size, chunk.writes, chunk.client, chunk.checksum),
    )
    return body + _CHECKSUM.pack(xxhash.xxh3_64_intdigest(body, seed + offset & _MASK))


def parse_header(data: Buffer, *, seed: int, offset: int, begin: int = 0) -> Chunk | None:
    """The header at `offset` of a segment's file, of which `data` is what comes from `begin` on.

    None if there is none.
    """
    at = offset - begin
    if len(data) - at < HEADER_BYTES:
        return None
    body = bytes(data[at : at + _HEADER.size])
    fields = _HEADER.unpack(body)
    (expected,) = _CHECKSUM.unpack_from(data, at + _HEADER.size)
    if fields[0] != MAGIC or expected != xxhash.xxh3_64_intdigest(body, seed + offset & _MASK):
        return None
    if fields[1] not in _FORMS:
        return None
    return Chunk(
        form=Form(fields[1]),
        request_bytes=fields[2],
        volume=fields[3],
        sequence=fields[4],
        time_ns=fields[5],
        size=fields[6],
        writes=fields[7],
        client=fields[8],
        checksum=fields[9],
    )


def chunks(data: memoryview, *, seed: int, begin: int) -> Iterator[tuple[int, Chunk]]:
    """The whole chunks of a segment in order, each with the offset of its payload.

    It ends at the first that is torn, foreign or not there, or whose bytes are not what its header
    says that they are. `data` is the segment's file.
    """
    offset = begin
    while (chunk := parse_header(data, seed=seed, offset=offset)) is not None:
        payload = offset + HEADER_BYTES
        end = payload + chunk.size
        body = data[payload:end]
        if not chunk.is_whole(body, seed) or not is_sound(chunk, body):
            return
        yield payload, chunk
        offset = payload + padded(chunk.size)


def is_sound(chunk: Chunk, payload: memoryview) -> bool:
    """Can the records of a chunk be made? A checksum says nothing of what was summed up."""
    if max(chunk.sequence + chunk.writes, chunk.time_ns) > OFFSET_MAX:
        return False
    if chunk.form is Form.NOTE:
        return chunk.writes == 0
    if chunk.form is Form.RESIZE:
        sizes = _RESIZE.unpack(payload) if chunk.size == _RESIZE.size else ()
        return chunk.writes == 1 and bool(sizes) and max(sizes) <= OFFSET_MAX
    if chunk.form is Form.FOLDED:
        return _is_sound_fold(chunk, payload)
    return _writes_in(chunk, payload) == chunk.writes


def _is_sound_fold(chunk: Chunk, payload: memoryview) -> bool:
    """Do the records follow one another up to the last write, with data that is in the chunk?"""
    records = folded_records(payload)
    if not len(records):
        return False
    sequence, length = records["sequence"], records["length"]
    written = records[records["kind"] == Kind.WRITE]
    places = (written["position"] & np.uint64(OFFSET_MASK)).astype(np.int64)
    return bool(
        np.isin(records["kind"], _FOLDED_KINDS).all()
        and (np.diff(sequence, prepend=chunk.sequence) >= 0).all()
        and sequence[-1] == chunk.sequence + chunk.writes - 1
        and min(records["offset"].min(), length.min()) >= 0
        and (length <= OFFSET_MAX - records["offset"]).all()
        and places.min(initial=chunk.size) >= FOLD_AT + len(records) * RECORD_BYTES
        and (np.diff(places) == written["length"][:-1]).all()
        and written["length"].sum() == chunk.size - FOLD_AT - len(records) * RECORD_BYTES
    )


def folded_records(payload: Buffer) -> Records:
    """The records in the payload of a chunk of that form; none where it has no room for them."""
    count = _FOLD.unpack_from(payload)[0] if len(payload) >= FOLD_AT else 0
    if count > (len(payload) - FOLD_AT) // RECORD_BYTES:
        count = 0
    return np.frombuffer(bytes(payload[FOLD_AT : FOLD_AT + count * RECORD_BYTES]), RECORD)


def pack_fold(records: Records) -> bytes:
    """The payload of a chunk of that form up to its data."""
    return _FOLD.pack(len(records)) + records.tobytes()


def _writes_in(chunk: Chunk, payload: memoryview) -> int:
    """How many writes the requests of a chunk are; -1 where they are none."""
    layout = _LAYOUTS.get(chunk.request_bytes)
    if layout is None:
        return -1
    at = writes = 0
    while at + layout.size <= chunk.size:
        head, _, offset, length = layout.unpack_from(payload, at)
        kind = KINDS.get(head & 0xFFFF)
        if offset + length > OFFSET_MAX:
            return -1
        at += layout.size + (length if kind is Kind.WRITE else 0)
        writes += kind is not None
    return writes if at == chunk.size else -1


def records_of(chunk: Chunk, payload: memoryview, place: int) -> bytes:
    """The meta records of a chunk whose bytes are `payload`, which begins at that position."""
    if chunk.form is Form.NOTE:
        return _record(Kind.NOTE, chunk, 0, chunk.size, place, 0, NO_VOLUME)
    if chunk.form is Form.RESIZE:
        before, after = _RESIZE.unpack_from(payload)
        return _record(Kind.RESIZE, chunk, before, after, place, 0, chunk.volume)
    if chunk.form is Form.FOLDED:
        return folded_records(payload).tobytes()
    layout = COMPACT if chunk.request_bytes == COMPACT.struct.size else EXTENDED
    out: list[bytes] = []
    at = 0
    while at < chunk.size:
        head, _, offset, length = layout.struct.unpack_from(payload, at)
        at += layout.struct.size
        kind = KINDS.get(head & 0xFFFF)
        if kind is not None:
            out.append(_record(kind, chunk, offset, length, place + at, len(out), chunk.volume))
        at += length if kind is Kind.WRITE else 0
    return b"".join(out)


def write_of(data: Buffer, offset: int, cookie: bytes) -> Run:
    """A run of one write, as if a host had sent it."""
    request = (COMPACT.head(Command.WRITE), cookie, offset, len(data))
    return Run(
        received=memoryview(COMPACT.struct.pack(*request) + data),
        requests=[request],
        header_bytes=COMPACT.struct.size,
        mutations=1,
        reads=0,
        durable=False,
        hollow_bytes=0,
        ending=Ending.SHORT,
    )


OFFSET_MAX: Final = (1 << 63) - 1
"""Records count the bytes of volumes with signs."""

_FORMS: Final = frozenset(Form)
_LAYOUTS: Final = {layout.struct.size: layout.struct for layout in (COMPACT, EXTENDED)}
_MASK: Final = (1 << 64) - 1
_RESIZE: Final = struct.Struct("<QQ")
_FOLD: Final = struct.Struct("<Q")
FOLD_AT: Final = _FOLD.size
_FOLDED_KINDS: Final = (Kind.WRITE, Kind.ZERO, Kind.TRIM)


def pack_resize(before: int, after: int) -> bytes:
    """The payload of a chunk of that form; sizes in bytes."""
    return _RESIZE.pack(before, after)


def _record(
    kind: Kind, chunk: Chunk, offset: int, length: int, place: int, nth: int, volume: int
) -> bytes:
    return LAYOUT.pack(
        *(offset, length, place, chunk.sequence + nth, chunk.time_ns, chunk.client),
        *(volume, kind),
    )
