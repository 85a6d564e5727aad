"""When what hosts wrote may be acknowledged, so that they write no faster than at a pace.

Each chunk has a place in a row of bytes, which advances at the pace; it is acknowledged when the
row has come to it. Whoever writes more slowly is never behind it, and so waits for nothing, what
comes in one burst aside: the row may be ahead of what came by a twentieth of a second. The delay
is what hosts' own concurrency makes necessary, and nobody has to measure that.
"""

import math
from typing import Final

HOLD_NS_MAX: Final = 1_000_000_000
"""A chunk is held so long at most, unless the row stands."""
LOOK_NS_MAX: Final = 50_000_000
"""For so long what is answered is true; the pace may be another then. A burst is of that time."""


class Pace:
    """One row, for all hosts of a group. Callers hold one lock around every method."""

    def __init__(self) -> None:
        self.rate = math.inf
        self.stands = False
        """Is nothing to be acknowledged, whatever has waited however long?"""
        self._come = self._issued = 0.0
        self._now_ns = 0

    @property
    def is_free(self) -> bool:
        """Is everything acknowledged at once?"""
        return self.rate == math.inf and not self.stands

    def set(self, rate: float, *, stands: bool, now_ns: int) -> None:
        """From now on it is another."""
        self._advance(now_ns)
        self.rate, self.stands = rate, stands

    def place(self, size: int, now_ns: int) -> float:
        """The place of so many bytes that were written."""
        self._advance(now_ns)
        place = self._issued
        self._issued += size
        return place

    def left_ns(self, place: float, since_ns: int, now_ns: int) -> int:
        """How long at least what has a place since a time is to be held yet; 0 once it is not.

        What has waited for as long as anything may goes, and the row is there then: hosts owe
        nothing for a pace that they could not keep.
        """
        self._advance(now_ns)
        if self.stands:
            return LOOK_NS_MAX
        held_ns = now_ns - since_ns
        if self._come >= place or self.rate == math.inf:
            return 0
        if held_ns >= HOLD_NS_MAX:
            self._come = place
            return 0
        need_ns = math.ceil((place - self._come) * 1e9 / self.rate)
        return max(1, min(need_ns, HOLD_NS_MAX - held_ns))

    def delay_ns(self, now_ns: int) -> int:
        """How long a chunk that came now would be held."""
        self._advance(now_ns)
        if self.stands:
            return HOLD_NS_MAX
        if self.is_free or self._issued <= self._come:
            return 0
        return min(HOLD_NS_MAX, math.ceil((self._issued - self._come) * 1e9 / self.rate))

    def _advance(self, now_ns: int) -> None:
        elapsed_ns, self._now_ns = max(0, now_ns - self._now_ns), max(now_ns, self._now_ns)
        if self.is_free:
            self._come = self._issued
        elif not self.stands:
            ahead = self.rate * LOOK_NS_MAX / 1e9
            self._come = min(self._issued + ahead, self._come + self.rate * elapsed_ns / 1e9)
