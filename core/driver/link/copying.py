"""What a copy at another site is to be: where it is, and how it is fed."""

from dataclasses import dataclass
from typing import Final

from core.driver.link.packing import Compression
from core.driver.link.peers import LinkPlace
from core.driver.link.regulating import UNLIMITED, Limits
from core.driver.link.tls import LinkTls
from core.errors import CoreError
from core.machine.link.bandwidth import ANY, Schedule
from core.machine.link.mode import Mode
from core.units import size_text

WINDOW: Final = 4 << 20
WINDOW_MIN: Final = 1 << 16


def checked_window(size: int) -> int:
    """Of mode semi-sync; raises CoreError where a single write would not fit."""
    if size < WINDOW_MIN:
        raise CoreError(
            f"a window of {size_text(size)} is hardly a write",
            hint=f"give {size_text(WINDOW_MIN)} at least, or choose the mode {Mode.SYNC.value}",
        )
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """Mode semi-sync acknowledges `within` bytes that the copy lacks."""

    place: LinkPlace
    tls: LinkTls | None = None
    mode: Mode = Mode.ASYNC
    within: int = WINDOW
    limits: Limits = UNLIMITED
    bandwidth: Schedule = ANY
    compression: Compression = Compression.ADAPTIVE
