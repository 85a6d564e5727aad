"""An interrupt ends a process without a word while no command runs: as it loads, and at its end.

What a command does about one is its own: it is a KeyboardInterrupt there.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

from compat.errors import Exit


def end_at_interrupts() -> None:
    """From now on one ends the process, unless somebody has said what it does."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def raise_interrupts() -> None:
    """From now on one is a KeyboardInterrupt, if it would have ended the process."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    os._exit(Exit.INTERRUPTED)
