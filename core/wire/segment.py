"""The head of a segment file: which group, which stream, which part of it.

Data and meta segments begin with the same 4 KiB head. In a meta segment the number of its records
stands in the head, too, where the writer counts it up and readers of a live journal look at it.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import xxhash

from core.errors import CoreError

FORMAT_VERSION: Final = 1
HEAD_BYTES: Final = 4096
MAGIC: Final = b"ISTHSEG\n"

# magic, version, stream, group, number, first sequence, time_ns, bytes of the file; then of a
# segment that was folded: last number, rounds; one more than the records before; and step_ns
_HEAD: Final = struct.Struct("<8sII16sQQQQQIIQ")
_CHECKSUM: Final = struct.Struct("<Q")
COUNT: Final = struct.Struct("Q")  # native: written and read in one piece
COUNT_AT: Final = 256


class Stream(IntEnum):
    """What a copy journals."""

    DO = 1  # what hosts wrote
    UNDO = 2  # what blocks held before that
    ACCESS = 3  # what blocks of a replica held before somebody was given it to write on


class NotASegmentError(CoreError):
    """A file is no segment of this journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`group` is 16 bytes, `number` counts the segments of a stream, `size` is the file's length.

    `first` is the sequence that the next write of the group would have had when it was begun, and
    `time_ns` the time of the last write before. `before` is how many records the segment before
    had, where that is told: what is found of it is then known to be all, or not.

    Segments that were *folded* into one are stood for by that: it has their numbers, from `number`
    to `last`. Its `rounds` are one more than any of theirs had; 0 is of one as it was written.
    Where it is of the DO stream, points that it keeps are about `step_ns` nanoseconds apart.
    """

    stream: Stream
    group: bytes
    number: int
    first: int
    time_ns: int
    size: int
    last: int = 0
    rounds: int = 0
    step_ns: int = 0
    before: int | None = None

    def __post_init__(self) -> None:
        if not self.rounds:
            object.__setattr__(self, "last", self.number)

    @property
    def seed(self) -> int:
        """Seeds the checksums of what is in the segment: nothing of another one passes them."""
        identity = self.group + bytes((self.stream,)) + self.number.to_bytes(8, "little")
        if self.rounds:
            identity += self.last.to_bytes(8, "little") + self.rounds.to_bytes(4, "little")
        return xxhash.xxh3_64_intdigest(identity)


def pack_head(head: Head) -> bytes:
    """The head as it stands on the disk, `HEAD_BYTES` long."""
    body = _HEAD.pack(
        *(MAGIC, FORMAT_VERSION, head.stream, head.group),
        *(head.number, head.first, head.time_ns, head.size),
        *(head.last, head.rounds),
        *(0 if head.before is None else head.before + 1, head.step_ns),
    )
    return (body + _CHECKSUM.pack(xxhash.xxh3_64_intdigest(body))).ljust(HEAD_BYTES, b"\0")


def parse_head(data: bytes, *, where: str) -> Head:
    """The head at the beginning of `data`; `where` names the file in errors."""
    if len(data) < HEAD_BYTES or not data.startswith(MAGIC):
        raise NotASegmentError("no segment of a journal", where=where)
    _, version, stream, group, *fields = _HEAD.unpack_from(data)
    if version > FORMAT_VERSION:
        raise NotASegmentError(
            f"written in format {version}, and this release reads up to {FORMAT_VERSION}",
            where=where,
            hint="use the release that wrote it, or a newer one",
        )
    (checksum,) = _CHECKSUM.unpack_from(data, _HEAD.size)
    if checksum != xxhash.xxh3_64_intdigest(data[: _HEAD.size]) or stream not in tuple(Stream):
        raise NotASegmentError("the head of the segment is damaged", where=where)
    number, first, time_ns, size, last, rounds, before, step_ns = fields
    return Head(
        stream=Stream(stream),
        group=group,
        number=number,
        first=first,
        time_ns=time_ns,
        size=size,
        last=last,
        rounds=rounds,
        step_ns=step_ns,
        before=before - 1 if before else None,
    )
