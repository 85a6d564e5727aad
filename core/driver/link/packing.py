"""Frames are packed where the link is slower than that; what is sent is counted, both ways."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from core.structure.medium import Buffer
from core.units import NANOSECONDS_PER_SECOND
from core.wire.packed import SIZE_MIN, Packer

SLOW: Final = 128 << 20
"""Bytes a second: what takes more is as fast as it is packed."""
_CALL_NS: Final = 200_000
"""What a frame may take before the link is at fault: the system is called, and perhaps busy."""
_LEFT_ALONE: Final = 4 << 20
"""After a frame that does not get smaller so much is sent without an attempt."""
_REMEMBERED: Final = 4 << 20
"""Bytes of which it is known how long they took."""


class Compression(StrEnum):
    """Whether what is shipped is packed."""

    ADAPTIVE = "adaptive"  # where the link is the slower part, and it gets much smaller
    OFF = "off"


class Packing:
    """Of one copy; whoever packs has the turn to send."""

    def __init__(self, compression: Compression) -> None:
        self._compression = compression
        self._packer = Packer()
        self._left_alone = 0
        self._took_bytes = self._took_ns = 0
        self._frames_bytes = self._sent_bytes = 0

    def switch(self, compression: Compression) -> None:
        """From now on it is packed so."""
        self._compression = compression

    def packed(self, frame: Sequence[Buffer], *, is_limited: bool) -> Sequence[Buffer]:
        """What is to be sent instead of a header and its payload to somebody who unpacks it."""
        size = sum(map(len, frame))
        self._frames_bytes += size
        is_wanted = self._compression is Compression.ADAPTIVE and (is_limited or self._is_slow)
        if size < SIZE_MIN or not is_wanted:
            return frame
        if self._left_alone > 0:
            self._left_alone -= size
            return frame
        found = self._packer.packed(frame)
        if found is None:
            self._left_alone = _LEFT_ALONE
        return found or frame

    def sent(self, size: int, took_ns: int) -> None:
        """So many bytes went away within a time."""
        self._sent_bytes += size
        self._took_bytes += size
        self._took_ns += max(0, took_ns - _CALL_NS)
        if self._took_bytes > _REMEMBERED:
            self._took_bytes, self._took_ns = self._took_bytes // 2, self._took_ns // 2

    def status(self) -> dict[str, Any]:
        """Bytes of frames, and bytes that were sent for them, since this process was begun."""
        return {
            "mode": self._compression.value,
            "frames": self._frames_bytes,
            "sent": self._sent_bytes,
        }

    @property
    def _is_slow(self) -> bool:
        return self._took_bytes * NANOSECONDS_PER_SECOND < SLOW * self._took_ns
