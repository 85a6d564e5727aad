"""Every way in which the journal of a copy may be kept, and how far back it reaches then."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.plan.config.behaviour import Behaviour
from core.plan.config.setting import (
    FAST_FORWARD,
    JOURNAL_BYTES_MIN,
    LOG_PERCENT_MAX,
    LOG_PERCENT_MIN,
    MIB,
    WITH_HISTORY,
    Setting,
)
from core.plan.config.state import Load, Pool, State
from core.plan.goals.goal import DAY_NS, HOUR_NS, MINUTE_NS, Goal
from core.units import NANOSECONDS_PER_SECOND

_SPARE: Final = 0.95
_SPACINGS_NS: Final = (MINUTE_NS, 10 * MINUTE_NS, HOUR_NS, DAY_NS)
_PARTS: Final = (1.0, 0.75, 0.5, 0.25, 0.1, 0.02)
_MB: Final = 1_000_000
_PERCENTS: Final = np.arange(LOG_PERCENT_MIN, LOG_PERCENT_MAX + 1)
_BISECTIONS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One way. `missed` is by how many thousandths the window and the time for tests are missed."""

    kind: str
    journal_bytes: int
    log_percent: int
    journal_compression: bool
    spacing_ns: int
    phases: int
    window_ns: int
    iops: int
    cpu: int
    missed: int
    cents: int


@dataclass(frozen=True, slots=True)
class Keeper:
    """One group: everything that its ways to keep a journal are found from."""

    goal: Goal
    behaviour: Behaviour
    pool: Pool
    state: State

    @property
    def load(self) -> Load:
        """What was measured of it."""
        return self.behaviour.load

    def storages(self, kind: str, current: Setting | None) -> tuple[Storage, ...]:
        """All ways for what is sent as `kind`, the current one among them."""
        if kind == "none":
            return (self._none(),)
        found = dict.fromkeys(self._wanted(kind))
        if current is not None and self._may_be(current):
            found[self._kept(kind, current)] = None
        return (*found,)

    def _may_be(self, current: Setting) -> bool:
        """Is it within all limits? One that was written by hand may not be."""
        is_divided = LOG_PERCENT_MIN <= current.log_percent <= LOG_PERCENT_MAX
        return is_divided and JOURNAL_BYTES_MIN <= current.journal_bytes <= self.pool.bytes

    def _wanted(self, kind: str) -> Iterator[Storage]:
        compressions = (False, True) if self.load.journal_ratio < 1 else (False,)
        for compression in compressions:
            for spacing_ns in self._spacings():
                is_least = compression is compressions[-1] and spacing_ns == self._spacings()[-1]
                for part in _PARTS if is_least else _PARTS[:1]:
                    window_ns = int(self.goal.window_ns * part)
                    need = self.needed(kind, window_ns, spacing_ns, compression=compression)
                    size, percent = self._sized(need)
                    ways = (size, percent, compression, spacing_ns, WITH_HISTORY)
                    yield self._made(kind, *ways, window_ns)
        size, percent = self._sized(0.0)
        yield self._made(kind, size, percent, False, 0, FAST_FORWARD, 0)

    def _kept(self, kind: str, current: Setting) -> Storage:
        size, percent = current.journal_bytes, current.log_percent
        compression, spacing_ns = current.journal_compression, current.spacing_ns
        window_ns = 0
        if current.phases == WITH_HISTORY:
            window_ns = self.reached(kind, size, percent, compression, spacing_ns)
        return self._made(kind, size, percent, compression, spacing_ns, current.phases, window_ns)

    def _none(self) -> Storage:
        return Storage(
            kind="none",
            journal_bytes=0,
            log_percent=0,
            journal_compression=False,
            spacing_ns=0,
            phases=WITH_HISTORY,
            window_ns=0,
            iops=0,
            cpu=0,
            missed=2000,
            cents=0,
        )

    def _spacings(self) -> tuple[int, ...]:
        """How far apart points may lie behind the part in which each write is one; 0 is for all."""
        goal = self.goal
        if goal.every_write_ns >= goal.window_ns:
            return (0,)
        finer = [each for each in _SPACINGS_NS if each < goal.spacing_ns]
        return (0, *finer[:1], goal.spacing_ns)

    def needed(self, kind: str, window_ns: int, spacing_ns: int, *, compression: bool) -> float:
        """Bytes of journal without the access log, for a window and what waits during a test."""
        every_ns = min(self.goal.every_write_ns, window_ns)
        interval_ns = int(kind.partition(" ")[2] or 0)
        if not spacing_ns:
            every_ns = window_ns
        kept = self._of(interval_ns, every_ns)
        if spacing_ns and window_ns > every_ns:
            kept += self._of(max(spacing_ns, interval_ns), window_ns - every_ns)
        ratio = self.load.journal_ratio if compression else 1.0
        return (kept * self.load.journal_growth + self._tested()) * ratio

    def _of(self, interval_ns: int, length_ns: int) -> float:
        """Bytes of all points of a time: of each write, or of one in each interval."""
        if not interval_ns:
            return self.behaviour.bytes_within(length_ns)
        share = self.behaviour.unique_share(interval_ns)
        return self.behaviour.bytes_within(length_ns) * share

    def _tested(self) -> float:
        """Bytes that come while a test has the image, and as many that it is taken to write."""
        seconds = self.goal.test_ns / NANOSECONDS_PER_SECOND
        return float(self.behaviour.mean * seconds)

    def _sized(self, need: float) -> tuple[int, int]:
        """Bytes of the least journal that has room, and what percentage of it is the access log."""
        log = self._tested()
        sizes = np.maximum(need / _SPARE / (1 - _PERCENTS / 100), log / (_PERCENTS / 100))
        best = int(sizes.argmin())
        size = math.ceil(float(sizes[best]) / MIB) * MIB
        return max(JOURNAL_BYTES_MIN, size), int(_PERCENTS[best])

    def _made(
        self,
        kind: str,
        size: int,
        percent: int,
        compression: bool,
        spacing_ns: int,
        phases: int,
        window_ns: int,
    ) -> Storage:
        short = 1000 - window_ns * 1000 // self.goal.window_ns
        if spacing_ns > self.goal.spacing_ns or (
            spacing_ns and self.goal.every_write_ns >= self.goal.window_ns
        ):
            short = 1000
        log = self._tested()
        untested = math.ceil(1000 * max(0.0, 1 - size * percent / 100 / log)) if log else 0
        interval_ns = int(kind.partition(" ")[2] or 0)
        folded = self.behaviour.unique_share(interval_ns) if interval_ns else 1.0
        packing = self.behaviour.busy / _MB * self.state.journal_cpu if compression else 0.0
        return Storage(
            kind=kind,
            journal_bytes=size,
            log_percent=percent,
            journal_compression=compression,
            spacing_ns=spacing_ns,
            phases=phases,
            window_ns=window_ns,
            iops=math.ceil(phases * self.load.iops * folded),
            cpu=math.ceil(packing),
            missed=max(0, short) + untested,
            cents=math.ceil(self.pool.cents * size / (1 << 30)),
        )

    def reached(
        self, kind: str, size: int, percent: int, compression: bool, spacing_ns: int
    ) -> int:
        """How far back a journal of that size reaches, at most as far as is wanted."""
        room = size * (1 - percent / 100) * _SPARE
        low, high = 0, self.goal.window_ns
        if self.needed(kind, high, spacing_ns, compression=compression) <= room * (1 + 1e-9):
            return high
        for _ in range(_BISECTIONS):
            middle = (low + high) // 2
            if self.needed(kind, middle, spacing_ns, compression=compression) <= room:
                low = middle
            else:
                high = middle
        return low
