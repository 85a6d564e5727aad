"""Hosts that write faster than a copy can take, on a virtual clock: bounds hold, none stalls."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from core.machine.link.flights import Flown
from core.machine.link.pace import HOLD_NS_MAX, Pace
from core.machine.link.regulation import CONTROL_NS, GRACE_NS, Bound, Policy, Regulation, Seen
from tests.core.machine.flows import MIB, SECOND, STEP_NS, Copy, World, noisy, regulated, steady

LAG = {Bound.LAG: 64 * MIB}
BOTH = {Bound.LAG: 64 * MIB, Bound.UNAPPLIED: 96 * MIB}


def at_drain(copy: Copy, drain: float, times: float = 3.0, hosts: int = 4) -> World:
    """Hosts that would write so many times as fast as it drains."""
    world = World([copy], hosts=hosts)
    world.offer(times * drain)
    return world


def quantile(delays: Sequence[int], part: float) -> int:
    return sorted(delays)[int(len(delays) * part)]


@pytest.mark.parametrize(
    ("link", "applying", "noise"),
    [(4, 400, 0.0), (20, 400, 0.5), (20, 4, 0.5), (20, 18, 0.5)],
    ids=str,
)
def test_at_three_times_the_drain_for_ten_minutes_both_bounds_hold(
    link: int, applying: int, noise: float
) -> None:
    copy = Copy(
        regulated(BOTH),
        noisy(link * MIB, 1, part=noise),
        noisy(applying * MIB, 2, part=noise),
        batch=8 * MIB,
    )
    drain = min(link, applying) * MIB
    world = at_drain(copy, drain)
    world.run(600)
    worst = copy.regulation.worst
    assert worst[Bound.LAG].value <= BOTH[Bound.LAG] + copy.frame
    assert worst[Bound.UNAPPLIED].value <= BOTH[Bound.UNAPPLIED] + copy.batch
    assert max(worst[each].value / BOTH[each] for each in BOTH) > 0.4, "it was not put to the test"
    assert world.written > 0.9 * drain * 600, "hosts are held up for nothing"
    assert quantile(world.delays, 0.999) < HOLD_NS_MAX
    assert max(world.delays) < 2 * HOLD_NS_MAX


@pytest.mark.parametrize(("link", "applying"), [(100, 10), (50, 5), (20, 4)], ids=str)
def test_what_a_burst_left_on_its_way_has_room_when_it_comes(link: int, applying: int) -> None:
    """A link that is faster than the copy applies brings all that waits for it at once."""
    bounds = {Bound.UNAPPLIED: 96 * MIB}
    copy = Copy(regulated(bounds), noisy(link * MIB, 1), noisy(applying * MIB, 2))
    world = at_drain(copy, link * MIB, hosts=8)
    world.run(60)
    worst = copy.regulation.worst[Bound.UNAPPLIED].value
    assert 0.4 * 96 * MIB < worst < 0.7 * 96 * MIB


@pytest.mark.parametrize("seed", range(2))
def test_a_bound_of_seconds_holds_while_the_drain_varies_by_half(seed: int) -> None:
    bounds = {Bound.LAG_TIME: 5 * SECOND}
    copy = Copy(regulated(bounds), noisy(20 * MIB, seed))
    world = at_drain(copy, 20 * MIB)
    world.run(200)
    assert 2 * SECOND < copy.regulation.worst[Bound.LAG_TIME].value <= 5 * SECOND
    assert quantile(world.delays, 0.999) < HOLD_NS_MAX


@pytest.mark.parametrize("every_ns", [CONTROL_NS, SECOND // 4, SECOND])
@pytest.mark.parametrize("seed", range(3))
def test_noise_of_the_drain_moves_what_waits_by_less_than_a_fifth_of_the_bound(
    seed: int, every_ns: int
) -> None:
    copy = Copy(regulated(LAG), noisy(20 * MIB, seed, every_ns=every_ns))
    world = at_drain(copy, 20 * MIB)
    world.run(60)
    settled = len(world.lags)
    world.run(120)
    lags = [each[0] for each in world.lags[settled:]]
    middle = sum(lags) / len(lags)
    assert 0.4 * LAG[Bound.LAG] < middle < 0.65 * LAG[Bound.LAG]
    assert max(abs(each - middle) for each in lags) < 0.2 * LAG[Bound.LAG]


@pytest.mark.parametrize("times", [0.0, 0.1, 0.5, 0.9])
def test_delays_vanish_within_two_looks_when_hosts_write_less_than_is_drained(times: float) -> None:
    copy = Copy(regulated(LAG), steady(20 * MIB))
    world = at_drain(copy, 20 * MIB)
    world.run(60)
    assert max(world.delays[-50:]) > STEP_NS
    if times:
        world.offer(times * 20 * MIB)
    else:
        world.idle = True
    world.run(2 * CONTROL_NS / SECOND)
    before = len(world.delays)
    world.run(20)
    assert all(each <= STEP_NS for each in world.delays[before:])


def test_a_drain_that_falls_to_a_fifth_holds_the_bound_of_bytes() -> None:
    copy = Copy(
        regulated(LAG), lambda now_ns: (20 if now_ns // (30 * SECOND) % 2 == 0 else 4) * MIB
    )
    world = at_drain(copy, 20 * MIB)
    world.run(300)
    assert copy.regulation.worst[Bound.LAG].value <= LAG[Bound.LAG] + copy.frame
    assert max(world.delays) < 2 * HOLD_NS_MAX


def test_a_drain_that_falls_to_a_fiftieth_holds_a_bound_that_hosts_fill_in_a_moment() -> None:
    bounds = {Bound.LAG: 12 * MIB}
    copy = Copy(regulated(bounds), lambda now_ns: (300 if now_ns < 10 * SECOND else 6) * MIB)
    world = World([copy], hosts=8, chunk=64 << 10)
    world.offer(200 * MIB)
    world.run(60)
    assert copy.regulation.worst[Bound.LAG].value <= bounds[Bound.LAG] + copy.frame
    assert max(world.delays) < 2 * HOLD_NS_MAX


def test_hosts_that_are_no_faster_than_the_copy_never_wait() -> None:
    copy = Copy(regulated(BOTH), noisy(20 * MIB, 1), noisy(30 * MIB, 2))
    world = at_drain(copy, 20 * MIB, times=0.4)
    world.run(120)
    assert max(world.delays) <= STEP_NS


@pytest.mark.parametrize(("slow", "expected"), [(Policy.REGULATE, 5), (Policy.NONE, 20)])
def test_of_two_copies_the_slower_one_counts_if_it_is_regulated(
    slow: Policy, expected: int
) -> None:
    first = Copy(regulated(LAG), steady(20 * MIB))
    second = Copy(regulated(LAG, slow), steady(5 * MIB))
    world = World([first, second], hosts=4)
    world.offer(60 * MIB)
    world.run(120)
    before = world.written
    world.run(60)
    assert (world.written - before) / 60 == pytest.approx(expected * MIB, rel=0.05)


def test_a_copy_that_is_not_connected_holds_nobody_up_and_hosts_go_on_while_it_catches_up() -> None:
    copy = Copy(regulated(LAG), steady(20 * MIB))
    world = at_drain(copy, 20 * MIB)
    world.run(30)
    copy.is_connected = False
    world.run(0.1)
    before, written = len(world.delays), world.written
    world.run(30)
    assert max(world.delays[before:]) <= STEP_NS
    assert world.written - written == pytest.approx(30 * 60 * MIB, rel=0.05)
    worst = copy.regulation.worst[Bound.LAG]
    assert (worst.was_connected, worst.value > 10 * LAG[Bound.LAG]) == (False, True)
    copy.is_connected, written = True, world.written
    world.run(60)
    assert 60 * 2 * MIB < world.written - written < 60 * 4 * MIB
    assert max(world.delays) < 2 * HOLD_NS_MAX


def test_where_a_copy_is_to_be_marked_hosts_never_wait_and_it_is_told_after_a_grace() -> None:
    copy = Copy(regulated(LAG, Policy.MARK), steady(20 * MIB))
    world = at_drain(copy, 20 * MIB)
    while not copy.regulation.is_exceeded:
        world.run(0.1)
    assert copy.regulation.marks
    assert world.written - copy.received > LAG[Bound.LAG] + 35 * MIB * GRACE_NS // SECOND
    assert max(world.delays) <= STEP_NS
    assert not copy.regulation.is_calm(world.written, world.now_ns)
    written = world.written
    world.idle = True
    assert copy.regulation.is_calm(written, world.now_ns + 2 * SECOND)


def test_where_hosts_are_to_be_blocked_they_wait_until_there_is_room() -> None:
    stops = (30 * SECOND, 60 * SECOND)
    copy = Copy(
        regulated(LAG, Policy.BLOCK),
        lambda now_ns: 0.0 if stops[0] <= now_ns < stops[1] else 20.0 * MIB,
    )
    world = World([copy], hosts=16, chunk=4 * MIB)  # an eighth of nothing is still too much
    world.offer(60 * MIB)
    world.run(59)
    assert copy.regulation.blocks
    written = world.written
    world.run(0.9)
    assert world.written == written
    world.run(30)
    assert world.written > written + 200 * MIB
    assert copy.regulation.worst[Bound.LAG].value < 4 * LAG[Bound.LAG]


def test_a_switch_counts_from_the_next_look_on() -> None:
    copy = Copy(regulated(LAG), steady(20 * MIB))
    world = at_drain(copy, 20 * MIB)
    world.run(30)
    copy.regulation.switch(Policy.NONE, LAG)
    world.run(0.1)
    assert world.pace.is_free
    world.run(10)
    copy.regulation.switch(Policy.REGULATE, {Bound.LAG: 512 * MIB})
    world.run(60)
    assert 200 * MIB < world.lags[-1][0] < 300 * MIB


@pytest.mark.parametrize("policy", [Policy.REGULATE, Policy.BLOCK])
def test_hosts_are_not_stopped_before_it_is_known_how_fast_a_full_backlog_drains(
    policy: Policy,
) -> None:
    """As it is when production begins again, with more in the journal than a bound allows."""
    regulation, pace = Regulation(policy, LAG), Pace()
    for now_ns in (SECOND, 2 * SECOND):
        regulation.look(Seen(True, 128 * MIB, 128 * MIB, SECOND, 0), now_ns)
        pace.set(regulation.rate, stands=False, now_ns=now_ns)
        place = pace.place(MIB, now_ns)
        assert pace.left_ns(place, now_ns, now_ns) == 0
        assert pace.delay_ns(now_ns) == 0


def test_the_worst_is_kept_with_what_was_then() -> None:
    regulation = Regulation(Policy.NONE, LAG)
    for now, lag in enumerate((0, 10 * MIB, 70 * MIB, 20 * MIB)):
        seen = Seen(True, 80 * MIB * now, lag, lag, unapplied=0)
        regulation.look(seen, now * SECOND)
    worst = regulation.worst[Bound.LAG]
    assert (worst.value, worst.at_ns, worst.was_connected) == (70 * MIB, 2 * SECOND, True)
    assert worst.load == pytest.approx(80 * MIB, rel=0.4)
    assert regulation.rate == math.inf


@dataclass
class Folded:
    """A copy that is shipped as one what hosts wrote in a time: so small a part of it is left."""

    regulation: Regulation
    link: float
    part: float
    received: int = 0
    moved: float = 0.0
    arrived: float = 0.0
    flying: tuple[int, float] | None = None
    saved: int = 0
    turns: list[tuple[float, bool]] = field(default_factory=list)

    def run(self, load: float, seconds: float, now_ns: int, written: int) -> tuple[int, int]:
        """Hosts write that fast."""
        end_ns = now_ns + int(seconds * SECOND)
        while now_ns < end_ns:
            now_ns += CONTROL_NS
            written += int(load * CONTROL_NS / SECOND)
            self._ship(written, self.link * CONTROL_NS / SECOND)
            lag = written - self.received
            flown = Flown(int(self.moved), int(self._left), self.saved)
            age_ns = int(lag * SECOND / max(load, 1.0))
            was_folding = self.regulation.is_folding
            self.regulation.look(Seen(True, written, lag, age_ns, 0, flown), now_ns)
            if self.regulation.is_folding != was_folding:
                self.turns.append((now_ns / SECOND, not was_folding))
        return now_ns, written

    @property
    def _left(self) -> float:
        return 0.0 if self.flying is None else self.flying[1] - self.arrived

    def _ship(self, written: int, room: float) -> None:
        if self.flying is None and not self.regulation.is_folding:
            self.received = min(written, self.received + int(room))
            return
        if self.flying is None and written > self.received:
            self.flying, self.arrived = (written, (written - self.received) * self.part), 0.0
        if self.flying is None:
            return
        step = min(room, self._left)
        self.arrived, self.moved = self.arrived + step, self.moved + step
        if self._left <= 0:
            self.saved += int((self.flying[0] - self.received) * (1 - self.part))
            self.received, self.flying = self.flying[0], None


def test_a_copy_is_shipped_snapshots_as_long_as_hosts_write_more_than_the_link_takes() -> None:
    """What comes as one stands for more than that: it is not what the link could take."""
    copy = Folded(Regulation(Policy.SNAPSHOT, LAG), link=20.0 * MIB, part=0.1)
    now_ns, written = copy.run(60 * MIB, 120, 0, 0)
    assert [each for _, each in copy.turns] == [True]
    assert copy.regulation.rate == math.inf
    assert copy.regulation.link.rate == pytest.approx(20 * MIB, rel=0.2)
    assert written - copy.received < LAG[Bound.LAG]
    now_ns, written = copy.run(10 * MIB, 20, now_ns, written)
    assert [each for _, each in copy.turns] == [True, False]
    copy.run(10 * MIB, 60, now_ns, written)
    assert len(copy.turns) == 2


def test_a_copy_is_shipped_no_snapshots_for_a_moment_or_by_another_policy() -> None:
    copy = Folded(Regulation(Policy.SNAPSHOT, LAG), link=20.0 * MIB, part=0.1)
    now_ns, written = copy.run(60 * MIB, 2, 0, 0)
    now_ns, written = copy.run(10 * MIB, 30, now_ns, written)
    assert copy.turns == []
    now_ns, written = copy.run(60 * MIB, 20, now_ns, written)
    assert [each for _, each in copy.turns] == [True]
    copy.regulation.switch(Policy.NONE, LAG)
    copy.run(60 * MIB, 20, now_ns, written)
    assert not copy.regulation.is_folding
