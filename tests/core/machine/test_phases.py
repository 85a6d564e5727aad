"""Replicas that are filled, fall behind and are lost sight of: whatever happens, what is offered
is right, hosts' writes are there, and history begins again.

Crash points are enumerated as in `test_crashes.py`.
"""

from itertools import product
from random import Random

import pytest
from hypothesis import settings

from core.sim.faults import Nth, PowerLostError, power_off
from core.sim.power import NOTHING, Thoroughness, after_power_loss
from core.stream.phases import COPYING, TRANSITIONS, Event, State, after
from tests.core import phased
from tests.core.machine.phases import (
    behind,
    ended,
    fed_again,
    killed,
    marked,
    marked_and_resized,
    of,
    passed,
    resized,
    resumed,
    written_meanwhile,
)
from tests.core.phased import check_goes_on, check_phases
from tests.core.world import Play, crashed, operations, wrecks

LONG = settings.default is settings.get_profile("long")
HOW = Thoroughness(3, 8) if LONG else Thoroughness(-1, 1)
POINTS = 1 << 30 if LONG else 12
KILLS = 1 << 30 if LONG else 3


PLAYS = (
    *(
        Play(phased.initialising, each)
        for each in (passed, written_meanwhile, resized, marked, fed_again, killed, ended)
    ),
    *(
        Play(phased.distributing, each)
        for each in (passed, marked, marked_and_resized, behind, fed_again, killed)
    ),
    *(Play(phased.marking, each) for each in (resumed, killed)),
    *(
        Play(phased.behind, each)
        for each in (passed, written_meanwhile, marked, fed_again, killed, ended)
    ),
)


def test_every_state_and_event_has_its_place_in_the_table() -> None:
    impossible = {
        *((state, Event.ALIKE) for state in set(State) - COPYING),
        *((state, Event.PRESSED) for state in set(State) - {State.DISTRIBUTING}),
        *((state, Event.CAUGHT_UP) for state in set(State) - {State.FAST_FORWARD}),
        *((state, Event.READY) for state in set(State) - {State.MARKING}),
        (State.MARKING, Event.FULL),
    }
    for state, event in product(State, Event):
        if (state, event) in impossible:
            with pytest.raises(KeyError):
                after(state, event)
        else:
            assert after(state, event) is TRANSITIONS[state, event]
    assert len(TRANSITIONS) + len(impossible) == len(State) * len(Event)


def test_history_is_reached_from_every_state() -> None:
    reached = {State.DISTRIBUTING}
    for _ in State:
        reached |= {state for (state, _), to in TRANSITIONS.items() if to in reached}
    assert reached == set(State)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_it_goes_on_from_what_is_left(play: Play) -> None:
    world = of(play.begin())
    play.scenario(world)
    check_goes_on(world)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_whatever_a_crash_leaves_is_right_or_not_offered(play: Play) -> None:
    for world, machine in wrecks(play, HOW, Random(3), every_border=False, points=POINTS):
        check_phases(of(world), machine)


@pytest.mark.parametrize("play", PLAYS[:: 1 if LONG else 3], ids=str)
def test_power_goes_while_a_killed_process_is_recovered(play: Play) -> None:
    rng = Random(5)
    count = len(operations(play))
    for nth in range(0, count, max(1, count // KILLS)):
        for at in range(0, 10_000, 1 if LONG else 4):
            world = of(crashed(play, nth))
            again = world.again(world.machine)
            again.watch = Nth(at, power_off())
            try:
                again.begin()
            except PowerLostError:
                for machine in after_power_loss(world.machine, NOTHING, rng):
                    check_phases(world, machine)
                continue
            break
