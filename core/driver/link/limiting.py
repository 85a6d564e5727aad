"""The bandwidth of a copy, as those who ship keep to it."""

import math
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from core.machine.link.bandwidth import Allowance, Schedule
from core.units import NANOSECONDS_PER_SECOND

_MINUTES_OF_AN_HOUR: Final = 60
_LOOK_S: Final = 1.0


class Limiting:
    """Of one copy, for all threads that ship to it."""

    def __init__(self, schedule: Schedule, is_sync: Callable[[], bool]) -> None:
        """`is_sync` says whether hosts wait for what a copy is sent that has all before."""
        self._is_sync, self._lock = is_sync, Lock()
        self._allowance = Allowance(time.monotonic_ns())
        self._schedule = schedule
        self._rate, self._rate_until_s = schedule.rate(_minute()), 0.0

    @property
    def schedule(self) -> Schedule:
        """What it is now."""
        return self._schedule

    @property
    def is_limited(self) -> bool:
        """Is there less than the link could take?"""
        return not math.isinf(self._rate)

    def switch(self, schedule: Schedule) -> None:
        """From now on it is another one."""
        with self._lock:
            self._schedule, self._rate_until_s = schedule, 0.0
            self._rate = schedule.rate(_minute())

    def wait_s(self, *, is_live: bool) -> float:
        """How long nothing is to be sent yet to a copy that has all before, or has not."""
        if self._is_free(is_live=is_live):
            return 0.0
        now_ns = time.monotonic_ns()
        with self._lock:
            return self._allowance.wait_ns(self._rate_now(), now_ns) / NANOSECONDS_PER_SECOND

    def spend(self, size: int, *, is_live: bool) -> None:
        """So many bytes were sent."""
        if not self._is_free(is_live=is_live):
            with self._lock:
                self._allowance.spend(size)

    def _is_free(self, *, is_live: bool) -> bool:
        """Is that sent whatever there may be: hosts wait for it?"""
        return not self._schedule.windows or (is_live and self._is_sync())

    def _rate_now(self) -> float:
        now_s = time.monotonic()
        if now_s >= self._rate_until_s:
            self._rate, self._rate_until_s = self._schedule.rate(_minute()), now_s + _LOOK_S
        return self._rate


def _minute() -> int:
    """Of the day, as this machine has it."""
    now = time.localtime()
    return now.tm_hour * _MINUTES_OF_AN_HOUR + now.tm_min
