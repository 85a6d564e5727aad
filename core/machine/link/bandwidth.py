"""How much of a link a copy may take, by the time of day."""

import math
import re
from typing import Final, NamedTuple

from core.errors import CoreError
from core.units import NANOSECONDS_PER_SECOND, parse_size, size_text

RATE_MIN: Final = 64 << 10
"""Less than that, and what keeps a link alive would have to wait, too."""
BURST_NS: Final = 100_000_000
"""What was not taken for so long may be taken at once."""
UNLIMITED: Final = "none"

_WINDOW: Final = re.compile(r"(\S+?)(?:@(\d\d?):(\d\d)-(\d\d?):(\d\d))?")
_DAY: Final = 1440
_HINT: Final = "write it as 20MiB, or as '20MiB@08:00-18:00 none', the first that holds being used"


class Window(NamedTuple):
    """Bytes a second, from one minute of the day to another; over midnight where that is less."""

    rate: float
    begin: int
    end: int

    def has(self, minute: int) -> bool:
        """Is it that time?"""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def __str__(self) -> str:
        rate = UNLIMITED if math.isinf(self.rate) else size_text(int(self.rate))
        if (self.begin, self.end) == (0, _DAY):
            return rate
        return f"{rate}@{_clock(self.begin)}-{_clock(self.end)}"


class Schedule(NamedTuple):
    """Windows, of which the first counts that has the time; without any there is no limit."""

    windows: tuple[Window, ...] = ()

    def rate(self, minute: int) -> float:
        """Bytes a second at a minute of the day."""
        return next((each.rate for each in self.windows if each.has(minute)), math.inf)

    def __str__(self) -> str:
        return " ".join(map(str, self.windows)) or UNLIMITED


ANY: Final = Schedule()


def parse_schedule(text: str) -> Schedule:
    """What a person wrote; raises CoreError where that is no schedule."""
    windows = tuple(map(_window, text.split()))
    if not windows:
        raise CoreError("a bandwidth is missing", hint=_HINT)
    if windows == (Window(math.inf, 0, _DAY),):
        return ANY
    return Schedule(windows)


def _window(word: str) -> Window:
    match = _WINDOW.fullmatch(word)
    if match is None:
        raise CoreError(f"{word!r} is no bandwidth", hint=_HINT)
    size, *clock = match.groups()
    rate = math.inf if size == UNLIMITED else parse_size(size)
    if rate < RATE_MIN:
        raise CoreError(
            f"{word}: with {size_text(int(rate))} a second a link cannot be kept",
            hint=f"give {size_text(RATE_MIN)} at least, or {UNLIMITED}",
        )
    if clock[0] is None:
        return Window(rate, 0, _DAY)
    begin, end = (60 * int(hour) + int(minute) for hour, minute in (clock[:2], clock[2:]))
    is_of_day = max(begin, end) <= _DAY and max(map(int, clock[1::2])) < 60
    if not is_of_day or begin in (end, _DAY):
        raise CoreError(f"{word}: these are no two times of a day", hint=_HINT)
    return Window(rate, begin, end)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class Allowance:
    """What may be sent: it grows with the time, and may be overdrawn by one frame."""

    def __init__(self, now_ns: int) -> None:
        self._left, self._rate, self._at_ns = 0.0, math.inf, now_ns

    def wait_ns(self, rate: float, now_ns: int) -> int:
        """How long nothing is to be sent yet, at so many bytes a second; 0 where it may be."""
        passed_ns, self._at_ns = max(0, now_ns - self._at_ns), now_ns
        if math.isinf(rate):
            self._left, self._rate = 0.0, rate
            return 0
        if math.isinf(self._rate):
            self._left = rate * BURST_NS / NANOSECONDS_PER_SECOND
        else:
            most = rate * BURST_NS / NANOSECONDS_PER_SECOND
            self._left = min(most, self._left + self._rate * passed_ns / NANOSECONDS_PER_SECOND)
        self._rate = rate
        return max(0, math.ceil(-self._left * NANOSECONDS_PER_SECOND / rate))

    def spend(self, size: int) -> None:
        """So many bytes were sent."""
        self._left -= size
