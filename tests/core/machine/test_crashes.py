"""Crash points, enumerated: whatever a loss of power leaves, what was promised is there.

Each operation of the journal is interrupted at each operation of its disks. In the long mode every
border of a torn write is tried, with all subsets of up to 6 changes that were not synced and 64 of
those of more.
"""

import sys
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import settings

from core.sim.faults import Nth, PowerLostError, power_off
from core.sim.power import NOTHING, Machine, Thoroughness, after_power_loss
from tests.core.machine import scenarios
from tests.core.world import (
    Scenario,
    World,
    bare,
    check_wreck,
    crashed,
    opened,
    operations,
    wrecks,
)

LONG = settings.default is settings.get_profile("long")
HOW = Thoroughness(6, 64) if LONG else NOTHING
COMPOUND = Thoroughness(3, 8) if LONG else NOTHING

COUNTED = {"states": 0}


@pytest.fixture(scope="module", autouse=True)
def _told() -> Iterator[None]:
    """How many states were made is told at the end of the run."""
    yield
    sys.stderr.write(f"\n{COUNTED['states']} states after a loss of power\n")


def checked(world: World, machine: Machine) -> None:
    COUNTED["states"] += 1
    check_wreck(world, machine)


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda each: each.__name__)
def test_whatever_a_crash_leaves_what_was_promised_is_there(scenario: Scenario) -> None:
    for world, machine in wrecks(scenario, HOW, Random(3), every_border=LONG):
        checked(world, machine)


def recoveries_cut_short(machine: Machine) -> Iterator[Machine]:
    """The machine after a recovery that loses power at each of its operations."""
    counted = Nth(-1, power_off())
    opened(bare(machine), counted)
    for nth in range(len(counted.seen)):
        copy = bare(machine)
        with pytest.raises(PowerLostError):
            opened(copy, Nth(nth, power_off(512)))
        yield copy


@pytest.mark.parametrize(
    "scenario",
    (scenarios.first_touch, scenarios.shrink_and_grow, scenarios.wide_capture)[: 3 if LONG else 1],
    ids=lambda each: each.__name__,
)
def test_a_recovery_that_crashes_twice_costs_nothing(scenario: Scenario) -> None:
    rng = Random(4)
    found = list(wrecks(scenario, NOTHING, rng, every_border=False))
    for world, machine in found[1 :: 4 if LONG else 24]:
        for once in recoveries_cut_short(machine):
            for left in after_power_loss(once, COMPOUND, rng):
                checked(world, bare(left))
                if rng.randrange(8 if LONG else 150) == 0:
                    for twice in recoveries_cut_short(left):
                        for last in after_power_loss(twice, NOTHING, rng):
                            checked(world, last)


@pytest.mark.parametrize(
    "scenario",
    (scenarios.first_touch, scenarios.undo_roll)[: 2 if LONG else 1],
    ids=lambda each: each.__name__,
)
def test_power_goes_while_a_killed_process_is_recovered(scenario: Scenario) -> None:
    """A kill leaves all that was written to be seen, and none of it is durable."""
    rng = Random(5)
    for nth in range(0, len(operations(scenario)), 1 if LONG else 5):
        for at in range(10_000):
            world = crashed(scenario, nth)
            try:
                opened(world.machine, Nth(at, power_off()))
            except PowerLostError:
                if not LONG and at % 3:
                    continue
                for machine in after_power_loss(world.machine, COMPOUND, rng):
                    checked(world, machine)
                continue
            break
