"""Two sites on which nothing goes wrong: hosts write as much as a series says, the link carries so
much, the copy applies so much, and what comes of that is measured, in virtual time.

It is what predictions are held against: machines are those of the product, and nothing here knows
how anything is predicted.
"""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from core.machine.journal.shelf import KEEP_ALL
from core.machine.link.mode import Mode
from core.sim.host import WRITE, Request
from core.sim.plan import SEGMENT_BYTES
from core.sim.sites.plan import SitesPlan, bare_plan
from core.sim.sites.world import Sites
from core.stream.history import History
from core.stream.segment import file_bytes
from core.units import NANOSECONDS_PER_SECOND

VOLUME_BYTES: Final = 1 << 20

_DRAINED_NS_MAX: Final = 3600 * NANOSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPlan:
    """`rates` are bytes a second that hosts write, over `every_ns` each; `link` what the link
    carries, and `apply` what the copy applies; the copy's journal has so many `segments`. Time
    passes in ticks, and the copy applies so many writes at once at most."""

    rates: tuple[float, ...]
    every_ns: int
    link: float
    apply: float
    segments: int
    write_bytes: int = 8192
    tick_ns: int = 50_000_000
    batch_writes_max: int = 1


@dataclass(slots=True)
class Seen:
    """What was seen while the series was written once.

    `waits_ns` is how long a write was on its way at the most. At the end of each sample,
    `unapplied` are bytes that the copy had and had not applied, `windows_ns` how far back its
    points reached, and `kept` the bytes of writes in that: both once its journal was full.
    """

    written: int = 0
    wire: int = 0
    waits_ns: int = 0
    unapplied: list[int] = field(default_factory=list)
    windows_ns: list[int] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)


class Traffic:
    """One world, from a copy that is what production is."""

    def __init__(self, plan: TrafficPlan, seed: int) -> None:
        self.plan, self.rng = plan, Random(seed)
        near = bare_plan((VOLUME_BYTES,), KEEP_ALL, {})
        size = plan.segments * file_bytes(SEGMENT_BYTES)
        far = replace(
            bare_plan((VOLUME_BYTES,), KEEP_ALL._replace(size=size), {}),
            batch_writes_max=plan.batch_writes_max,
        )
        sites = SitesPlan(
            mode=Mode.ASYNC,
            near=near,
            far=far,
            mishaps={},
            actions={},
            steps=0,
            tempo_ns=1,
            takes_over=None,
            begins_well=True,
        )
        self.world = Sites(sites, self.rng)
        assert self.world.near.open()
        assert self.world.far.open()
        assert self.world.settle()
        self.world.network.rate = plan.link
        self._stamps: dict[int, int] = {}
        self._first = self.world.near.serving.journal.end
        self._received = self._first
        self._owed = self._may = 0.0
        self._next_ns = self.world.clock.now_ns

    @property
    def journal_bytes(self) -> int:
        """What the copy's journal may take."""
        return self.world.far.plan.retention.size

    def period(self, *, until: int | None = None) -> Seen:
        """Hosts write the series once, or so many of its samples."""
        seen, carried = Seen(), self.world.network.carried
        for rate in self.plan.rates[:until]:
            self._sample(rate, seen)
        seen.wire = self.world.network.carried - carried
        return seen

    def recovery_ns(self) -> int:
        """Production is gone: how long the copy takes to apply all that it has."""
        self.world.network.lose()
        begin_ns = self.world.clock.now_ns
        far = self.world.far
        assert far.journal is not None
        while far.applied < far.journal.end:
            self._apply()
            self._tick()
            assert self.world.clock.now_ns - begin_ns < _DRAINED_NS_MAX
        return self.world.clock.now_ns - begin_ns

    def _sample(self, rate: float, seen: Seen) -> None:
        """Time passes in ticks."""
        world = self.world
        for _ in range(self.plan.every_ns // self.plan.tick_ns):
            self._owed += rate * self.plan.tick_ns / NANOSECONDS_PER_SECOND
            while self._owed >= self.plan.write_bytes:
                self._owed -= self.plan.write_bytes
                self._write()
                seen.written += self.plan.write_bytes
            while world.ship():
                pass
            world.pump()
            self._apply()
            self._tick()
            self._look(seen)
        self._look_at_journal(seen)

    def _tick(self) -> None:
        """It is the next tick; what disks took of the time until then was not added to it."""
        self._next_ns += self.plan.tick_ns
        self.world.clock.wait(max(0, self._next_ns - self.world.clock.now_ns))

    def _write(self) -> None:
        world, size = self.world, self.plan.write_bytes
        offset = self.rng.randrange(VOLUME_BYTES // size) * size
        assert world.write(0, [Request(WRITE, offset, size, self.rng.randbytes(size))])
        self._stamps[world.near.serving.journal.end] = world.clock.now_ns

    def _apply(self) -> None:
        """As many bytes as it may by now."""
        far = self.world.far
        assert far.journal is not None
        self._may += self.plan.apply * self.plan.tick_ns / NANOSECONDS_PER_SECOND
        while self._may >= self.plan.write_bytes and far.applied < far.journal.end:
            before = far.applied
            self.world.feed()
            self._may -= max(0, far.applied - before) * self.plan.write_bytes
        if far.applied >= far.journal.end:
            self._may = 0.0
            self.world.feed()

    def _look(self, seen: Seen) -> None:
        far, now_ns = self.world.far, self.world.clock.now_ns
        assert far.journal is not None
        while self._received < far.journal.end:
            self._received += 1
            waited_ns = now_ns - self._stamps.get(self._received, now_ns)
            seen.waits_ns = max(seen.waits_ns, waited_ns)

    def _look_at_journal(self, seen: Seen) -> None:
        far = self.world.far
        assert far.journal is not None
        seen.unapplied.append((far.journal.end - max(0, far.applied)) * self.plan.write_bytes)
        history = History(self.world.far.looked_at, where="far")
        first = history.first
        if first + 1 not in self._stamps or first <= self._first:
            return
        seen.windows_ns.append(self.world.clock.now_ns - self._stamps[first + 1])
        seen.kept.append((history.end - first) * self.plan.write_bytes)
