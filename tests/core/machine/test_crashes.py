"""Crash points, enumerated: whatever a loss of power leaves, what was promised is there.

Each operation of the journal is interrupted at each operation of its disks: before it, with half of
a write done, and with one sector of it. In the long mode all subsets of up to 4 changes that were
not synced are made, and 14 of those of more: 70,000 states, and with replicas, which take longest
to look at, up to 3 and 5: 35,000. That is about an hour of one core. In the short mode there is a
choice of all that.
"""

import sys
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import settings

from core.sim.faults import Nth, PowerLostError, power_off
from core.sim.power import NOTHING, Machine, Thoroughness, after_power_loss
from tests.core import accessed, fed, worlds
from tests.core.machine import scenarios
from tests.core.world import (
    Play,
    World,
    bare,
    check_wreck,
    crashed,
    operations,
    wrecks,
)

LONG = settings.default is settings.get_profile("long")
HOW = Thoroughness(4, 12) if LONG else Thoroughness(-1, 1)
HOW_FED = Thoroughness(3, 3) if LONG else HOW
COMPOUND = Thoroughness(2, 3) if LONG else NOTHING
POINTS = 1 << 30 if LONG else 3

EVERY_NTH = 1 if LONG else 5

PLAYS = (
    *(Play(worlds.everything, each) for each in scenarios.BASIC[:: 1 if LONG else 2]),
    *(Play(worlds.full, each) for each in scenarios.KEEPING_LITTLE[::EVERY_NTH]),
    *(Play(worlds.passing, each) for each in scenarios.KEEPING_LITTLE[EVERY_NTH // 2 :: EVERY_NTH]),
    *(Play(fed.fed, each) for each in scenarios.FEEDING[::EVERY_NTH]),
    *(Play(fed.fed_early, each) for each in scenarios.FEEDING_LITTLE[::EVERY_NTH]),
    *(Play(fed.fed_full, each) for each in scenarios.FEEDING_LITTLE[EVERY_NTH // 2 :: EVERY_NTH]),
    *(Play(fed.fed_passing, each) for each in scenarios.FEEDING_LITTLE[EVERY_NTH - 1 :: EVERY_NTH]),
    *(Play(accessed.lent, each) for each in accessed.ACCESSING),
)
RECOVERED = (
    Play(worlds.everything, scenarios.first_touch),
    Play(fed.fed, scenarios.unflushed),
    Play(worlds.full, scenarios.rolls),
    Play(fed.fed_full, scenarios.rolls),
    Play(worlds.everything, scenarios.shrink_and_grow),
    Play(worlds.everything, scenarios.wide_capture),
    Play(accessed.lent, accessed.logged),
)
KILLED = (
    Play(worlds.everything, scenarios.first_touch),
    Play(worlds.passing, scenarios.rolls),
    Play(fed.fed, scenarios.caught_up),
    Play(fed.fed_early, scenarios.shrink_and_grow),
    Play(worlds.everything, scenarios.undo_roll),
    Play(accessed.lent, accessed.rolled),
)

COUNTED = {"states": 0}


@pytest.fixture(autouse=True)
def _told() -> Iterator[None]:
    """How many states were made by now is told after each of the tests."""
    yield
    sys.stderr.write(f"\n{COUNTED['states']} states after a loss of power\n")


def checked(world: World, machine: Machine) -> None:
    COUNTED["states"] += 1
    check_wreck(world, machine)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_whatever_a_crash_leaves_what_was_promised_is_there(play: Play) -> None:
    how = HOW_FED if play.begin.__name__.startswith("fed") else HOW
    for world, machine in wrecks(play, how, Random(3), every_border=False, points=POINTS):
        checked(world, machine)


def recoveries_cut_short(world: World, machine: Machine, step: int) -> Iterator[Machine]:
    """The machine after a recovery that loses power at each of its operations, or some of them."""
    counted = Nth(-1, power_off())
    whole = world.again(bare(machine))
    whole.watch = counted
    whole.begin()
    for nth in range(0, len(counted.seen), step):
        cut = world.again(bare(machine))
        cut.watch = Nth(nth, power_off(512))
        with pytest.raises(PowerLostError):
            cut.begin()
        yield cut.machine


@pytest.mark.parametrize("play", RECOVERED[: 7 if LONG else 1], ids=str)
def test_a_recovery_that_crashes_twice_costs_nothing(play: Play) -> None:
    rng = Random(4)
    found = list(wrecks(play, NOTHING, rng, every_border=False, points=POINTS * 4))
    for world, machine in found[1 :: 9 if LONG else 23]:
        for once in recoveries_cut_short(world, machine, 1 if LONG else 5):
            for left in after_power_loss(once, COMPOUND, rng):
                checked(world, bare(left))
                if rng.randrange(16 if LONG else 40) == 0:
                    for twice in recoveries_cut_short(world, left, 1 if LONG else 5):
                        for last in after_power_loss(twice, NOTHING, rng):
                            checked(world, last)


@pytest.mark.parametrize("play", KILLED[: 6 if LONG else 2], ids=str)
def test_power_goes_while_a_killed_process_is_recovered(play: Play) -> None:
    """A kill leaves all that was written to be seen, and none of it is durable."""
    rng = Random(5)
    count = len(operations(play))
    for nth in range(0, count, max(1, count // (12 if LONG else 2))):
        for at in range(0, 10_000, 1 if LONG else 5):
            world = crashed(play, nth)
            killed = world.again(world.machine)
            killed.watch = Nth(at, power_off())
            try:
                killed.begin()
            except PowerLostError:
                for machine in after_power_loss(world.machine, COMPOUND, rng):
                    checked(world, machine)
                continue
            break
