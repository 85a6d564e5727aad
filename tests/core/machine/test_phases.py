"""Replicas that are filled, fall behind and are lost sight of: whatever happens, what is offered
is right, hosts' writes are there, and history begins again.

Crash points are enumerated as in `test_crashes.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from errno import EIO
from itertools import product
from random import Random

import pytest
from hypothesis import settings

from core.machine.journal.shelf import JournalFullError
from core.machine.journal.undo import UndoStream
from core.sim.faults import (
    RESIZE,
    SYNC,
    WRITE,
    ZERO,
    Nth,
    Operation,
    PowerLostError,
    error,
    power_off,
)
from core.sim.power import NOTHING, Thoroughness, after_power_loss
from core.stream.history import History
from core.stream.phases import COPYING, TRANSITIONS, Event, State, after
from core.stream.regions import REGION_SHIFT
from core.stream.view import HistoryGoneError, PointView
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
    resized_and_fed_again,
    resumed,
    written_meanwhile,
)
from tests.core.machine.scenarios import shrink
from tests.core.phased import PhasedWorld, check_goes_on, check_held, check_offered, check_phases
from tests.core.world import Play, Scenario, crashed, held, operations, pass_on, wrecks

LONG = settings.default is settings.get_profile("long")
HOW = Thoroughness(3, 8) if LONG else Thoroughness(-1, 1)
POINTS = 1 << 30 if LONG else 6
KILLS = 1 << 30 if LONG else 3


PLAYS = (
    *(
        Play(phased.initialising, each)
        for each in (passed, written_meanwhile, resized, marked, fed_again, killed, ended)
    ),
    Play(phased.initialising, resized_and_fed_again),
    *(
        Play(phased.distributing, each)
        for each in (passed, marked, marked_and_resized, behind, fed_again, killed)
    ),
    *(Play(phased.marking, each) for each in (resumed, killed)),
    *(Play(phased.full, each) for each in (resumed, killed)),
    *(
        Play(phased.behind, each)
        for each in (passed, written_meanwhile, marked, fed_again, killed, ended)
    ),
)


FED_ON = tuple(play for play in PLAYS if play.scenario not in (killed, ended))


def test_every_state_and_event_has_its_place_in_the_table() -> None:
    impossible = {
        *((state, each) for state in set(State) - COPYING for each in (Event.ALIKE, Event.SHIPPED)),
        *((state, Event.PRESSED) for state in set(State) - {State.DISTRIBUTING}),
        *((state, Event.CAUGHT_UP) for state in set(State) - {State.FAST_FORWARD}),
        *((state, Event.READY) for state in set(State) - {State.MARKING}),
        (State.MARKING, Event.FULL),
        *((state, Event.BEHIND) for state in set(State) - {State.SHIPPING, *COPYING}),
        *((state, Event.TAKEN) for state in set(State) - {State.DISTRIBUTING, State.MARKING}),
    }
    for state, event in product(State, Event):
        if (state, event) in impossible:
            with pytest.raises(KeyError):
                after(state, event)
        else:
            assert after(state, event) is TRANSITIONS[state, event]
    assert len(TRANSITIONS) + len(impossible) == len(State) * len(Event)


def test_history_is_reached_from_every_state() -> None:
    reached = {State.DISTRIBUTING, State.SHIPPING}
    for _ in State:
        reached |= {state for (state, _), to in TRANSITIONS.items() if to in reached}
    assert reached == set(State)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_it_goes_on_from_what_is_left(play: Play) -> None:
    world = of(play.begin())
    play.scenario(world)
    check_goes_on(world)


@pytest.mark.parametrize("play", PLAYS[:: 1 if LONG else 3], ids=str)
def test_whatever_a_crash_leaves_is_right_or_not_offered(play: Play) -> None:
    for world, machine in wrecks(play, HOW, Random(3), every_border=False, points=POINTS):
        check_phases(of(world), machine)


@pytest.mark.parametrize("play", PLAYS[:: 1 if LONG else 8], ids=str)
def test_power_goes_while_a_killed_process_is_recovered(play: Play) -> None:
    rng = Random(5)
    count = len(operations(play))
    for nth in range(0, count, max(1, count // KILLS)):
        for at in range(0, 10_000, 1 if LONG else 6):
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


def test_a_recovery_that_is_killed_leaves_no_size_that_a_volume_never_had() -> None:
    """What was written beyond a later end is not carried out again where that is cut off."""
    for nth in range(1000):
        world = phased.initialising()
        world.idle = True
        shrink(world)
        again = world.again(world.machine)
        again.watch = Nth(nth, power_off(), kinds=(WRITE, ZERO, RESIZE))
        try:
            again.begin()
        except PowerLostError:
            PhasedWorld.begin(world.again(world.machine))
            check_held(world)
            continue
        assert nth > 0
        check_held(world)
        return


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("play", FED_ON[:: 1 if LONG else 3], ids=str)
def test_an_error_of_whoever_feeds_is_not_one_of_hosts(play: Play, times: int) -> None:
    """It is met at each operation on the replicas, and on what is written down of them."""
    failures = 0
    for nth in range(0, 10_000, 1 if LONG else 7):
        world, failing = of(play.begin()), Failing(nth, times)
        world.watch = failing
        play.scenario(world)
        world.watch = pass_on
        check_goes_on(world)
        failures += world.failures
        if failing.seen <= nth:
            break
    assert failures


def test_a_replica_that_fails_while_production_is_recovered_is_filled_anew() -> None:
    for nth in range(1000):
        world, failing = phased.distributing(), Failing(nth, 1, ("replica ",))
        before = world.trail[-1]
        again = world.again(world.machine)
        again.watch = failing
        again.begin()
        if failing.seen <= nth:
            assert nth > 0
            return
        again.watch = pass_on
        assert again.state is State.MARKING
        assert held(again.volumes) == before
        assert check_offered(again) == 0
        check_goes_on(again)


@pytest.mark.parametrize("begin", [phased.copied, phased.behind], ids=lambda each: each.__name__)
def test_what_production_kept_and_the_journal_lost_is_copied_again(
    begin: Callable[[], PhasedWorld],
) -> None:
    world = begin()
    world.idle = True
    world.flush()
    world.write(0, world.data(120 << 10, 512))
    for machine in after_power_loss(world.machine, Thoroughness(9, 24), Random(1)):
        check_phases(world, machine)


@pytest.mark.parametrize("begin", [phased.marking, phased.full], ids=lambda each: each.__name__)
def test_a_resync_that_cannot_begin_is_begun_later(begin: Callable[[], PhasedWorld]) -> None:
    for nth in range(1000):
        world, failing = begin(), Failing(nth, 1, ("do-", "free-", "touched-", "course"))
        world.watch = failing
        try:
            world.resume()
        except OSError:
            assert world.is_marking
            world.watch = pass_on
            check_offered(world)
            world.write(0, world.data(110 << 10, 512))
            world.flush()
            world.resume()
        world.watch = pass_on
        check_goes_on(world)
        if failing.seen <= nth:
            assert nth > 0
            return


def test_each_region_that_is_copied_is_told_of_though_few_are_written_down() -> None:
    world = phased.unsettled()
    world.open()
    count = len([*world.feeding.left()])
    seen: list[int] = []
    while len(seen) < count and world.step():
        copied, _ = world.feeding.progress
        seen.append((copied >> REGION_SHIFT) + world.distributor.just_copied)
    assert seen == [*range(1, count + 1)]


def test_replicas_that_are_not_there_are_filled_anew() -> None:
    for begin in (phased.initialising, phased.distributing, phased.marking, phased.behind):
        world = begin()
        world.close()
        for each in world.images:
            each.write(bytes(len(each.blob.content)), 0)
        world.lose_replicas()
        assert world.state is State.MARKING
        assert check_offered(world) == 0
        check_goes_on(world)


def test_points_are_given_up_where_there_is_no_room_for_pre_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = phased.distributing()
    monkeypatch.setattr(
        UndoStream, "capture", lambda *_: (_ for _ in ()).throw(JournalFullError(""))
    )
    world.write(0, world.data(70 << 10, 2048))
    while world.step():
        pass
    assert world.state is State.FAST_FORWARD
    assert check_offered(world) == 0
    monkeypatch.undo()
    check_goes_on(world)


def test_epochs_without_a_write_give_no_points_up() -> None:
    world = phased.distributing()
    world.passed()
    for _ in range(2 * phased.PRESSURE.high):
        world.begin_epoch()
    world.write(0, world.data(512, 512))
    assert world.state is State.DISTRIBUTING
    check_goes_on(world)


@pytest.mark.parametrize("scenario", [behind, marked], ids=lambda each: each.__name__)
def test_a_point_that_is_open_is_right_or_gone(scenario: Scenario) -> None:
    world = phased.distributing()
    history = History(world.machine.folder, where="journal", live=True)
    point = history.end
    views = [
        PointView(history, image, volume=number, point=point)
        for number, image in enumerate(world.images)
    ]
    expected = world.recorder.states[point]

    def look() -> bool:
        for view, whole in zip(views, expected, strict=True):
            found = bytearray(view.size)
            try:
                view.read_into(found, 0)
            except HistoryGoneError:
                return False
            assert found == whole
        return True

    looks = []

    def watch(operation: Operation) -> None:
        operation.carry_out()
        looks.append(look())

    world.watch = watch
    scenario(world)
    assert looks[0]
    assert not looks[-1]
    assert looks == sorted(looks, reverse=True)


@pytest.mark.parametrize(
    "begin", [phased.initialising, phased.marking], ids=lambda each: each.__name__
)
def test_what_a_replica_shows_after_a_sync_that_failed_is_written_again(
    begin: Callable[[], PhasedWorld],
) -> None:
    """No later sync makes durable what the system takes for that."""
    for nth in range(20):
        world = begin()
        if world.is_marking:
            world.resume()
        world.watch = watch = Nth(nth, error(EIO, "Input/output error"), kinds=(SYNC,))

        def replicas(operation: Operation, watch: Nth = watch) -> None:
            if operation.target.startswith("replica "):
                watch(operation)
            else:
                operation.carry_out()

        world.watch = replicas
        world.passed()
        for machine in after_power_loss(world.machine, NOTHING, Random(nth)):
            check_phases(world, machine)
        if not world.failures:
            assert nth > 2
            return


def test_a_replica_that_is_filled_is_not_given_what_it_holds() -> None:
    """Unless somebody fed it before."""
    for again in (False, True):
        world = phased.unsettled()
        for volume, replica in zip(world.volumes, world.images, strict=True):
            replica.write(bytes(volume.blob.content), 0)
        world.open()
        if again:
            world.feed_again()
        written: list[Operation] = []

        def watch(operation: Operation, written: list[Operation] = written) -> None:
            if operation.target.startswith("replica ") and operation.data:
                written.append(operation)
            operation.carry_out()

        world.watch = watch
        for _ in [*world.feeding.left()]:
            assert world.step()
        assert bool(written) is again


def test_a_point_before_the_same_write_of_another_history_is_another_point() -> None:
    """Nothing is journaled between two beginnings, and production is written meanwhile."""
    world = phased.initialising()
    world.passed()
    history = History(world.machine.folder, where="journal", live=True)
    begin, point = history.begin, history.end
    assert begin == point + 1
    view = PointView(history, world.images[0], volume=0, point=point)
    before = world.recorder.states[point][0]
    world.mark()
    world.write(0, world.data(40 << 10, 512))
    found = bytearray(view.size)
    view.read_into(found, 0)
    assert found == before
    world.passed()
    assert History(world.machine.folder, where="journal", live=True).begin == begin
    with pytest.raises(HistoryGoneError):
        view.read_into(found, 0)
    view = PointView(history, world.images[0], volume=0, point=point)
    view.read_into(found, 0)
    assert found == world.trail[-1][0] != before


@dataclass
class Failing:
    """A watch: operation `nth` of those on what is fed meets an error, and some after that."""

    nth: int
    times: int
    targets: tuple[str, ...] = ("replica ", "undo-", "copied-", "distributed.new")
    seen: int = 0

    def __call__(self, operation: Operation) -> None:
        if operation.target.startswith(self.targets):
            self.seen += 1
            if self.nth < self.seen <= self.nth + self.times:
                raise OSError(EIO, "Input/output error")
        operation.carry_out()
