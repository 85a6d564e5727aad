"""How fast hosts may write, so that a copy at another site is never further behind than is allowed.

Theory of operation
-------------------
A bound has a ramp, from a quarter of it to all of it. Below the ramp hosts are left alone. On it
they may write at the pace of what drains, times (1 - u) / 2u, with u from 0 to 1: fast where it
begins, as fast as it drains at a third of it, hardly at its end. So the backlog comes to rest at
half of the bound, and on the ramp whatever the drain is taken for: twice as much as it is moves
the rest to five eighths of the bound. Beyond u = 0.8 an eighth of the drain is left to hosts, so
that what is too much becomes less, and they go on.

A drain that has just fallen to a small part is not known yet. So, on the ramp, hosts never write
more until the next look than a quarter of what the bound has room for.

What follows late is looked at ahead. Of seconds it is what the backlog needs at the drain of now:
the age of the oldest write tells of hosts as they were. Of what the copy has not applied it is
what will be once all that waits here has come.

A copy that is not connected holds nobody up. What is to be done where a bound is exceeded all the
same is a matter of policy.

Where hosts are to be left alone and the copy is to be consistent, it is shipped snapshots: what it
lacks, as one. What drains is measured by what goes over the link then, not by what hosts wrote that
it stands for: for that is what the copy could take if each write was shipped again.
"""

import math
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from core.machine.link.drain import Drain
from core.machine.link.flights import Flown

CONTROL_NS: Final = 50_000_000
"""A look that comes sooner changes nothing."""
GRACE_NS: Final = 5_000_000_000
"""A bound may be exceeded for so long before the policy does more than to slow down hosts."""
_LOW: Final = 0.25
_FLOOR: Final = 0.125
_STEEPEST: Final = 0.5
"""From one look to the next the pace falls to this part at most, where there is room."""
_ROOM: Final = 0.25
_CALM: Final = 0.8
_LOAD_NS: Final = 1_000_000_000


class Policy(StrEnum):
    """What is done so that a copy keeps to its bounds."""

    NONE = "none"  # it is told how far behind the copy is
    REGULATE = "regulate"  # hosts are slowed down
    MARK = "mark"  # hosts are left alone; what a copy is too slow for is marked, and copied later
    SNAPSHOT = "snapshot"  # hosts are left alone; what a copy is too slow for is shipped as one
    BLOCK = "block"  # as regulate; what a bound has no room for waits, for however long


class Bound(StrEnum):
    """What is bounded: of what the copy has not got, and of what it has not applied."""

    LAG = "lag"  # bytes
    LAG_TIME = "lag_time"  # nanoseconds since the oldest write of it
    UNAPPLIED = "unapplied"  # bytes


class Seen(NamedTuple):
    """What is known of a copy. `written` counts all bytes that hosts wrote."""

    is_connected: bool
    written: int
    lag: int
    age_ns: int
    unapplied: int
    flown: Flown = Flown()


class Worst(NamedTuple):
    """The most that was seen of something bounded, and what was then, in bytes a second."""

    value: int
    at_ns: int
    load: float
    drain: float | None
    was_connected: bool


class _Ramp(NamedTuple):
    bound: Bound
    value: int
    """What is told of it."""
    ahead: float
    """What it is going to be."""
    drain: float | None


class Regulation:
    """One copy. The time comes from whoever looks; callers hold one lock around every method."""

    def __init__(self, policy: Policy, bounds: Mapping[Bound, int]) -> None:
        self.link, self.applying = Drain(), Drain()
        self.rate = math.inf
        """How fast hosts may write, in bytes a second."""
        self.worst: dict[Bound, Worst] = {}
        self.load = 0.0
        """How fast they do."""
        self.policy, self.bounds = policy, dict(bounds)
        self.is_exceeded = self.is_folding = False
        """Is a bound exceeded for too long; is what the copy lacks to be shipped as one?"""
        self._exceeded_since_ns: int | None = None
        self._calm_since_ns: int | None = None
        self._looked_ns, self._written = -1, 0

    def switch(self, policy: Policy, bounds: Mapping[Bound, int]) -> None:
        """From now on it is another policy, with other bounds."""
        self.policy, self.bounds = policy, dict(bounds)
        self.is_exceeded, self._exceeded_since_ns, self.rate = False, None, math.inf
        self._fold(is_folding=False)

    def look(self, seen: Seen, now_ns: int) -> None:
        """See how far the copy is, and find the pace that follows."""
        elapsed_ns = now_ns - self._looked_ns
        if self._looked_ns >= 0 and elapsed_ns < CONTROL_NS:
            return
        came = self._count_load(seen.written, elapsed_ns)
        self._looked_ns = now_ns
        if seen.is_connected:
            received = seen.written - seen.lag
            if self.is_folding:
                self.link.saw(seen.flown.moved, seen.flown.left, now_ns)
            else:
                self.link.saw(received, seen.lag, now_ns)
            applied = received - seen.flown.saved - seen.unapplied
            self.applying.saw(applied, seen.unapplied, now_ns)
        else:
            self.link.pause()
            self.applying.pause()
        ramps = [*self._ramps(seen)]
        self._remember(ramps, seen, now_ns)
        self._judge(ramps, seen, now_ns)
        if self.policy is Policy.SNAPSHOT and seen.is_connected:
            self._turn(ramps, now_ns)
        if self.policy not in (Policy.REGULATE, Policy.BLOCK) or not seen.is_connected:
            self.rate = math.inf
            return
        wanted = min((self._permitted(each) for each in ramps), default=math.inf)
        before = min(self.rate, came)
        steady = max(wanted, _STEEPEST * before) if wanted < before else wanted
        self.rate = min(steady, *(self._fitting(each) for each in ramps))

    @property
    def blocks(self) -> bool:
        """Is nothing to be acknowledged until there is room again?"""
        return self.policy is Policy.BLOCK and self.is_exceeded

    @property
    def marks(self) -> bool:
        """Is the copy to be given up for now, and what it lacks to be marked?"""
        return self.policy is Policy.MARK and self.is_exceeded

    def is_calm(self, written: int, now_ns: int) -> bool:
        """Do hosts write less now than the copy could take, when it was fed?"""
        quiet_ns = max(1, now_ns - self._looked_ns)
        since = (written - self._written) * 1e9 / quiet_ns
        load = since if quiet_ns > _LOAD_NS else max(self.load, since)
        return self.link.rate is None or load < _CALM * self.link.rate

    def _turn(self, ramps: list[_Ramp], now_ns: int) -> None:
        """Ship snapshots from when a bound is exceeded, until each write could be shipped again."""
        if not self.is_folding:
            if self.is_exceeded:
                self._fold(is_folding=True)
            return
        drains = [each.drain for each in ramps if each.bound in self.bounds]
        is_within = all(each.ahead <= self.bounds.get(each.bound, math.inf) for each in ramps)
        if not is_within or any(each is None or self.load >= _CALM * each for each in drains):
            self._calm_since_ns = None
        elif self._calm_since_ns is None:
            self._calm_since_ns = now_ns
        elif now_ns - self._calm_since_ns >= GRACE_NS:
            self._fold(is_folding=False)

    def _fold(self, *, is_folding: bool) -> None:
        if self.is_folding != is_folding:
            self.link.pause()
        self.is_folding, self._calm_since_ns = is_folding, None

    def _count_load(self, written: int, elapsed_ns: int) -> float:
        """What hosts wrote since the last look, in bytes a second."""
        came = 0.0
        if self._looked_ns >= 0:
            came = max(0, written - self._written) * 1e9 / elapsed_ns
            self.load += (came - self.load) * -math.expm1(-elapsed_ns / _LOAD_NS)
        self._written = written
        return came

    def _ramps(self, seen: Seen) -> Iterator[_Ramp]:
        link, applied = self.link.rate, self.applying.rate
        yield _Ramp(Bound.LAG, seen.lag, seen.lag, link)
        needed_ns = seen.lag * 1e9 / link if link else 0.0
        yield _Ramp(Bound.LAG_TIME, seen.age_ns, needed_ns, link)
        stays = max(0.0, 1.0 - applied / link) if link and applied is not None else 0.0
        yield _Ramp(Bound.UNAPPLIED, seen.unapplied, seen.unapplied + stays * seen.lag, applied)

    def _permitted(self, ramp: _Ramp) -> float:
        high = self.bounds.get(ramp.bound)
        if high is None or ramp.drain is None or ramp.ahead <= _LOW * high:
            return math.inf
        height = (ramp.ahead - _LOW * high) / (high - _LOW * high)
        return ramp.drain * max(_FLOOR, (1.0 - height) / (2.0 * height))

    def _fitting(self, ramp: _Ramp) -> float:
        """The pace of which what comes until the next look is sure to have room."""
        high = self.bounds.get(ramp.bound)
        if ramp.bound is Bound.LAG_TIME or high is None or ramp.ahead <= _LOW * high:
            return math.inf
        if ramp.drain is None:
            return math.inf
        return max(_ROOM * (high - ramp.ahead) * 1e9 / CONTROL_NS, _FLOOR * ramp.drain)

    def _remember(self, ramps: list[_Ramp], seen: Seen, now_ns: int) -> None:
        for bound, value, _, drain in ramps:
            known = self.worst.get(bound)
            if known is None or value > known.value:
                self.worst[bound] = Worst(value, now_ns, self.load, drain, seen.is_connected)

    def _judge(self, ramps: list[_Ramp], seen: Seen, now_ns: int) -> None:
        is_beyond = seen.is_connected and any(
            each.value > self.bounds[each.bound] for each in ramps if each.bound in self.bounds
        )
        if not is_beyond:
            self.is_exceeded, self._exceeded_since_ns = False, None
            return
        if self._exceeded_since_ns is None:
            self._exceeded_since_ns = now_ns
        self.is_exceeded = now_ns - self._exceeded_since_ns >= GRACE_NS
