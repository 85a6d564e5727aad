"""Every way in which a group may be sent to its copy, and what is predicted of each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from core.plan.config.behaviour import (
    SHARES,
    Behaviour,
    Rates,
    lags,
    one_stream_max,
    served,
    unapplied,
)
from core.plan.config.setting import (
    BANDWIDTH_MIN,
    INTERVALS_NS,
    LAG_BYTES_MIN,
    LAG_NS_MIN,
    Access,
    Sending,
    Setting,
)
from core.plan.config.state import Level, Link, Load, Pool, State
from core.plan.goals.goal import DAY_NS, HOUR_NS, Goal
from core.units import NANOSECONDS_PER_SECOND

MARKED: Final = 1_000_000
"""How far what is not copied at all misses a goal, in thousandths of it: more than all else."""
MISSED_MAX: Final = 10_000
SHARE_MAX: Final = 4 * SHARES
"""Shares above one are for telling how much a link would have to carry."""
NEVER_NS: Final = 1 << 61

_MB: Final = 1_000_000
_LOGGED_NS: Final = 5 * NANOSECONDS_PER_SECOND
_VIRTUAL_NS: Final = 2 * NANOSECONDS_PER_SECOND
_MAP_BYTES: Final = 64
_WRITE_BYTES: Final = 8192
_FINE: Final = 8
_ROUNDING: Final = 1e-9
_ROUNDS: Final = 2
_YEAR_DAYS: Final = 365
_LEAST_GOAL_NS: Final = NANOSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Fineness:
    """How many choices there are: shares of a link for each level, and intervals of snapshots."""

    shares: int = 6
    intervals_ns: tuple[int, ...] = INTERVALS_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One way. `missed` is by how many thousandths the RPO is missed, `also` the RTO; `kind` is
    what its journal has to hold: of "none", of every "write", or of snapshots."""

    sending: Sending
    interval_ns: int
    level: str
    share: int
    regulated: bool
    within_ns: int
    access: Access
    rpo_ns: int
    loss_ns: int
    rto_ns: int
    held_ns: int
    unapplied: int
    memory: int
    cpu: int
    missed: int
    also: int
    cents: int
    kind: str


@dataclass(frozen=True, slots=True)
class Sender:
    """One group: everything that its ways are found from."""

    goal: Goal
    behaviour: Behaviour
    link: Link
    pool: Pool
    state: State
    whole: Rates
    """What the link carries, for each sample."""
    fineness: Fineness = field(default_factory=Fineness)

    @property
    def load(self) -> Load:
        """What was measured of it."""
        return self.behaviour.load

    def transfers(self, current: Setting | None) -> tuple[Transfer, ...]:
        """All ways, the current one among them; the last is that nothing is copied."""
        factor = self.behaviour.calibration.factor
        found: dict[tuple[object, ...], Transfer] = {}
        for level in self.state.levels:
            if level.name not in self.load.ratios:
                continue
            for each in self._of_level(level, factor, current):
                key = (each.sending, each.interval_ns, level.name, each.share, each.regulated)
                found.setdefault((*key, each.access), each)
        return (*found.values(), self.marked())

    def marked(self) -> Transfer:
        """Nothing is copied; what changed is marked on the host."""
        return Transfer(
            sending=Sending.MARK,
            interval_ns=0,
            level="none",
            share=0,
            regulated=False,
            within_ns=0,
            access=Access.LOGGED,
            rpo_ns=NEVER_NS,
            loss_ns=DAY_NS,
            rto_ns=NEVER_NS,
            held_ns=0,
            unapplied=0,
            memory=0,
            cpu=0,
            missed=MARKED,
            also=MISSED_MAX,
            cents=self._cents(DAY_NS, DAY_NS, 0, 0),
            kind="none",
        )

    # Shares of a link that are worth looking at.

    @property
    def share_min(self) -> int:
        """Less would not keep the link alive, when it is narrowest."""
        return math.ceil(BANDWIDTH_MIN * SHARES / self.link.least)

    def _shares(self, ratio: float, factor: float) -> npt.NDArray[np.int64]:
        """From the mean of what hosts write to the most of it, and the least for the RPO."""
        rates, whole = self.behaviour.rates * ratio, self.whole
        least = max(self.share_min, math.ceil(1.02 * rates.sum() / whole.sum() * SHARES))
        most = max(least, self.peak_share(ratio))
        ladder = np.unique(np.geomspace(least, most, self.fineness.shares).astype(np.int64))
        ladder = np.unique(np.clip(ladder, least, most))
        exact = self._least_for_rpo(ladder, ratio, factor)
        return np.unique(np.append(ladder, exact))

    def peak_share(self, ratio: float) -> int:
        """With it nothing waits."""
        rates, whole = self.behaviour.rates * ratio, self.whole
        return max(self.share_min, math.ceil(float((rates / whole).max()) * SHARES))

    def lag_bound_s(self) -> float:
        """What the RPO leaves for waiting."""
        return (self.goal.rpo_ns - self.link.rtt_ns) / NANOSECONDS_PER_SECOND

    def _least_for_rpo(
        self, ladder: npt.NDArray[np.int64], ratio: float, factor: float
    ) -> npt.NDArray[np.int64]:
        """A share with which the RPO just holds, within a percent or so; none where none does."""
        rates, bound_s = self.behaviour.rates, self.lag_bound_s()
        shares = ladder
        for _ in range(_ROUNDS + 1):
            service = served(self.link, self.whole, ratio, shares)
            worst = lags(rates, self.behaviour.seconds, service).max(axis=1) * factor
            keeps = worst <= bound_s
            if not keeps.any():
                return shares[:0]
            first = int(keeps.argmax())
            if first == 0:
                return shares[:1]
            between = np.linspace(shares[first - 1], shares[first], _FINE).astype(np.int64)
            shares = np.unique(between)
        return shares[-1:]

    # What is predicted.

    def _of_level(self, level: Level, factor: float, current: Setting | None) -> Iterator[Transfer]:
        ratio = self.load.ratios[level.name]
        shares = self._shares(ratio, factor)
        own = current is not None and current.level == level.name and current.share > 0
        if own and current is not None:
            shares = np.unique(np.append(shares, max(current.share, self.share_min)))
        shares = shares[shares <= SHARE_MAX]
        if len(shares):
            yield from self._streamed(level, shares, factor)
        kept_share = current.share if own and current is not None else 0
        for interval_ns in self.fineness.intervals_ns:
            yield from self._snapshots(level, interval_ns, kept_share)

    def _streamed(
        self, level: Level, shares: npt.NDArray[np.int64], factor: float
    ) -> Iterator[Transfer]:
        ratio, seconds, rates = (
            self.load.ratios[level.name],
            self.behaviour.seconds,
            self.behaviour.rates,
        )
        service = served(self.link, self.whole, ratio, shares)
        waits = lags(rates, seconds, service) * factor
        waiting = unapplied(rates, seconds, service, self.pool.apply)
        peak = self.peak_share(ratio)
        for nth, share in enumerate(shares.tolist()):
            worst_s, of_share = float(waits[nth].max()), waits[nth]
            few = float(waiting[nth])
            if share >= peak and self.link.rtt_ns <= self.goal.latency_ns:
                yield from self._opened(
                    level, share, few, sending=Sending.SYNC, rpo_s=0.0, mean_s=0.0
                )
            yield from self._bounded(level, share, few, of_share)
            if not math.isinf(worst_s):
                mean_s = float(of_share.mean())
                yield from self._opened(
                    level, share, few, sending=Sending.ASYNC, rpo_s=worst_s, mean_s=mean_s
                )

    def _least_wire(self, share: int) -> float:
        """Bytes in a second that a share of the link carries, when it is narrowest."""
        return min(share * self.link.least / SHARES, one_stream_max(self.link))

    def _bounded(self, level: Level, share: int, few: float, waits: Rates) -> Iterator[Transfer]:
        """What holds hosts up where a bound would be exceeded: semi-sync, and regulation."""
        bytes_s = self._least_wire(share) / self.load.ratios[level.name]
        least_s = max(LAG_NS_MIN / NANOSECONDS_PER_SECOND, LAG_BYTES_MIN / bytes_s)
        choices = [(Sending.SEMI_SYNC, least_s)]
        if self.goal.slowdown_ns:
            choices.append((Sending.ASYNC, max(least_s, self.lag_bound_s())))
        for sending, bound_s in choices:
            held_ns = math.ceil(float((waits > bound_s).mean()) * DAY_NS)
            if held_ns > self.goal.slowdown_ns:
                continue
            lag = np.minimum(waits, bound_s)
            worst_s = bound_s if sending is Sending.SEMI_SYNC else float(lag.max())
            yield from self._opened(
                level,
                share,
                few,
                sending=sending,
                rpo_s=worst_s,
                mean_s=float(lag.mean()),
                within_s=bound_s,
                held_ns=held_ns,
            )

    def _snapshots(self, level: Level, interval_ns: int, kept: int) -> Iterator[Transfer]:
        """The link has to have sent one by the next; where the RPO asks for it, sooner."""
        if interval_ns > max(4 * self.goal.rpo_ns, self.fineness.intervals_ns[0]):
            return
        size = self.behaviour.unique_within(interval_ns) * self.load.ratios[level.name]
        interval_s = interval_ns / NANOSECONDS_PER_SECOND
        goal_s = self.lag_bound_s() - interval_s
        takes = sorted(
            {interval_s, interval_s / 4, *((goal_s,) if 0 < goal_s < interval_s else ())}
        )
        narrow = self.link.least / SHARES
        shares = [max(self.share_min, math.ceil(size / each / narrow)) for each in takes]
        if kept:
            shares.append(kept)
        for share in dict.fromkeys(shares):
            took_s = size / self._least_wire(share)
            if share <= SHARE_MAX and took_s <= interval_s * (1 + _ROUNDING):
                few = size / self.load.ratios[level.name]
                yield from self._opened(
                    level,
                    share,
                    few,
                    sending=Sending.SNAPSHOT,
                    interval_ns=interval_ns,
                    rpo_s=interval_s + took_s,
                    mean_s=interval_s / 2 + took_s,
                )

    def _opened(
        self,
        level: Level,
        share: int,
        few: float,
        *,
        sending: Sending,
        rpo_s: float,
        mean_s: float,
        interval_ns: int = 0,
        within_s: float = 0.0,
        held_ns: int = 0,
    ) -> Iterator[Transfer]:
        """Both ways to open an image of what is sent so."""
        if math.isinf(few):
            return
        goal, is_sync = self.goal, sending is Sending.SYNC
        wire_ns = 0 if is_sync else self.link.rtt_ns
        rpo_ns = _rounded(math.ceil(rpo_s * NANOSECONDS_PER_SECOND) + wire_ns, goal.rpo_ns)
        loss_ns = math.ceil(mean_s * NANOSECONDS_PER_SECOND) + wire_ns
        bandwidth = share * self.link.bandwidth // SHARES
        mean_write = self.behaviour.mean / self.load.iops if self.load.iops else _WRITE_BYTES
        for access in Access:
            is_map = access is Access.VIRTUAL
            roll_ns = math.ceil(few / self.pool.apply * NANOSECONDS_PER_SECOND)
            rto_ns = _VIRTUAL_NS if is_map else _LOGGED_NS + roll_ns
            yield Transfer(
                sending=sending,
                interval_ns=interval_ns,
                level=level.name,
                share=share,
                regulated=sending is Sending.ASYNC and within_s > 0,
                within_ns=math.ceil(within_s * NANOSECONDS_PER_SECOND),
                access=access,
                rpo_ns=rpo_ns,
                loss_ns=loss_ns,
                rto_ns=rto_ns,
                held_ns=held_ns,
                unapplied=math.ceil(few),
                memory=math.ceil(few / max(mean_write, 1.0)) * _MAP_BYTES if is_map else 0,
                cpu=math.ceil(self.behaviour.busy / _MB * level.cpu),
                missed=missed(rpo_ns, goal.rpo_ns),
                also=min(MISSED_MAX, missed(rto_ns, goal.rto_ns)),
                cents=self._cents(loss_ns, rto_ns, held_ns, bandwidth),
                kind=f"snapshot {interval_ns}" if interval_ns else "write",
            )

    def _cents(self, loss_ns: int, rto_ns: int, held_ns: int, bandwidth: int) -> int:
        goal = self.goal
        lost = goal.loss_cents_per_second * loss_ns / NANOSECONDS_PER_SECOND
        out = goal.outage_cents_per_hour * rto_ns / HOUR_NS
        held = goal.outage_cents_per_hour * held_ns / HOUR_NS * _YEAR_DAYS
        return math.ceil(
            self.state.disasters * (lost + out) + held + self.link.cents * bandwidth / _MB
        )


def missed(planned_ns: int, goal_ns: int) -> int:
    """By how many thousandths of the goal, or of a second where it is less; 0 where it is kept."""
    scale = max(goal_ns, _LEAST_GOAL_NS)
    over = max(0, planned_ns - goal_ns)
    return min(MARKED - 1, -(-over * 1000 // scale))


def _rounded(planned_ns: int, goal_ns: int) -> int:
    """Up to whole thousandths of what is wanted, so that what is less missed is less."""
    step = max(goal_ns, _LEAST_GOAL_NS) // 1000
    return -(-planned_ns // step) * step
