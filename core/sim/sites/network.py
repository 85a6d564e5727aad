"""What is between two sites: frames arrive in their order and late, or the connection is lost.

A link that is cut loses nothing and tells nobody: both sides find out by hearing nothing.
"""

from collections import Counter, deque
from collections.abc import Mapping
from random import Random
from typing import Final, NamedTuple

from core.sim.clock import Clock
from core.sim.sites.plan import Mishap
from core.sim.trace import Teller

NEAR, FAR = "production", "copy"

WAITING_MAX: Final = 32
"""So many frames are on their way at most; whoever has more waits."""
_DELAY_NS: Final = 200_000
_SLOW_NS: Final = 300_000_000
_LATE_NS_MAX: Final = 2_000_000_000


class Parcel(NamedTuple):
    """A frame on its way, and when it comes to its end."""

    due_ns: int
    data: bytes
    is_damaged: bool
    told: int
    """The last write that was acknowledged when it was sent."""


class Network:
    """One connection at a time, on which both sides send; `is_up` until it is lost or closed."""

    def __init__(
        self,
        mishaps: Mapping[Mishap, float],
        rng: Random,
        clock: Clock,
        trace: Teller,
        fired: Counter[Mishap],
    ) -> None:
        self._mishaps, self._rng, self._clock, self._trace = mishaps, rng, clock, trace
        self._fired = fired
        self._ways: dict[str, deque[Parcel]] = {NEAR: deque(), FAR: deque()}
        self.is_up = self.is_cut = self.is_slow = False
        self.rate: float | None = None
        """Bytes in a second that it carries to the copy; None for any number."""
        self.carried = 0
        """Bytes that it has been given for the copy."""
        self._free_ns = 0
        self.is_calm = True
        """Does nothing befall frames by chance?"""
        self.appointed: dict[Mishap, int] = {}
        """What befalls a frame to the copy, whatever the plan has: after so many."""

    def begin(self) -> None:
        """A connection stands."""
        self.lose()
        self.is_up = True

    def lose(self) -> None:
        """It is no more, and nothing that was on its way arrives."""
        self.is_up = False
        for way in self._ways.values():
            way.clear()

    def has_room(self, to: str) -> bool:
        """Can something be sent?"""
        return self.is_up and len(self._ways[to]) < WAITING_MAX

    def send(self, to: str, data: bytes, told: int = 0) -> None:
        """Have a frame on its way, unless the connection is lost with it."""
        if not self.is_up:
            return
        if self._befalls(Mishap.LOST, to):
            self.count(Mishap.LOST)
            if self._rng.random() < 0.5:
                self.lose()
            else:
                self.is_up = False  # what is on its way may still arrive
            return
        way = self._ways[to]
        due_ns = self._sent_ns(to, len(data)) + (_SLOW_NS if self.is_slow else _DELAY_NS)
        if self._befalls(Mishap.LATE, to):
            self.count(Mishap.LATE)
            due_ns += self._rng.randrange(_LATE_NS_MAX)
        if way:
            due_ns = max(due_ns, way[-1].due_ns)
        is_damaged = self._befalls(Mishap.DAMAGED, to)
        if is_damaged:
            self.count(Mishap.DAMAGED)
            spoilt = bytearray(data)
            spoilt[self._rng.randrange(len(spoilt))] ^= 1 << self._rng.randrange(8)
            data = bytes(spoilt)
        way.append(Parcel(due_ns, data, is_damaged, told))

    def _sent_ns(self, to: str, size: int) -> int:
        """When the last byte of a frame is on its way, behind those of frames before it."""
        if to != FAR:
            return self._clock.now_ns
        self.carried += size
        if self.rate is None:
            return self._clock.now_ns
        begin_ns = max(self._clock.now_ns, self._free_ns)
        self._free_ns = begin_ns + int(size * 1e9 / self.rate)
        return self._free_ns

    def arrived(self, to: str) -> Parcel | None:
        """The next frame that has come to its end, taken from the way."""
        way = self._ways[to]
        if self.is_cut or not way or way[0].due_ns > self._clock.now_ns:
            return None
        return way.popleft()

    def is_idle(self) -> bool:
        """Is nothing on its way that will arrive?"""
        return self.is_cut or not any(self._ways.values())

    def next_ns(self) -> int | None:
        """When the next frame arrives, if one will."""
        if self.is_cut:
            return None
        return min((way[0].due_ns for way in self._ways.values() if way), default=None)

    def count(self, mishap: Mishap) -> None:
        """It happened."""
        self._fired[mishap] += 1
        self._trace.add(f"! {mishap}")

    def _befalls(self, mishap: Mishap, to: str) -> bool:
        if to == FAR and mishap in self.appointed:
            self.appointed[mishap] -= 1
            if self.appointed[mishap] < 0:
                del self.appointed[mishap]
                return True
        if self.is_calm or mishap not in self._mishaps:
            return False
        return self._rng.random() < self._mishaps[mishap]
