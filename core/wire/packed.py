"""Frames of a link in fewer bytes: zstd (RFC 8878) of a header and its payload together.

Only what is much smaller so is packed. What comes is believed for as long as it is: a zstd frame
says how long its content is, and that is looked at before there is room made for it.
"""

from collections.abc import Sequence
from typing import Final

import zstandard

from core.structure.medium import Buffer
from core.wire.link import (
    HEADER_BYTES,
    BrokenLinkError,
    Frame,
    Kind,
    checksum,
    pack_frame,
    parse_frame,
)

LEVEL: Final = 1
SIZE_MIN: Final = 4096
"""With less it is not worth an attempt."""
WINDOW_BYTES_MAX: Final = 1 << 23
_WORTH: Final = 0.9


class Packer:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdCompressor(level=LEVEL)

    def packed(self, frame: Sequence[Buffer]) -> Sequence[Buffer] | None:
        """A header and its payload as one that has the same; None where that does not pay."""
        size = sum(map(len, frame))
        content = self._zstd.compress(b"".join(frame))
        if len(content) > _WORTH * size:
            return None
        head = Frame(Kind.PACKED, size=len(content), first=size, checksum=checksum(content))
        return pack_frame(head), content


class Unpacker:
    """For one thread at a time."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES_MAX)

    def unpacked(
        self, packed: Frame, content: memoryview, payload_max: int
    ) -> tuple[Frame, memoryview]:
        """The frame in one that is packed; raises BrokenLinkError where that is none."""
        if checksum(content) != packed.checksum:
            raise BrokenLinkError("what is packed is damaged")
        if not HEADER_BYTES <= packed.first <= HEADER_BYTES + payload_max:
            raise BrokenLinkError(f"a frame of {packed.first} bytes is packed")
        try:
            told = zstandard.get_frame_parameters(content)
            if told.content_size != packed.first:
                raise BrokenLinkError("what is packed is not as long as it is told to be")
            whole = memoryview(self._zstd.decompress(content))
        except zstandard.ZstdError as error:
            raise BrokenLinkError(f"what is packed cannot be read: {error}") from error
        frame = parse_frame(whole[:HEADER_BYTES])
        if frame.kind is Kind.PACKED or frame.size != len(whole) - HEADER_BYTES:
            raise BrokenLinkError(f"a frame of kind {frame.kind.name} does not fit what it is in")
        return frame, whole[HEADER_BYTES:]
