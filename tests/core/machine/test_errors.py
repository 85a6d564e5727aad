"""An error at every operation of the disks: nothing wrong is acknowledged, and it is recovered."""

import errno
from random import Random

import pytest
from hypothesis import settings

from core.machine.journal.failing import JournalFailedError
from core.sim.faults import CREATE, EVERY, Fault, Nth, error
from core.sim.power import NOTHING, after_power_loss
from core.wire.segment import Stream
from tests.core.machine import scenarios
from tests.core.recorder import ZEROES, Request
from tests.core.world import (
    SIZES,
    Scenario,
    World,
    check_points,
    check_wreck,
    volumes_of,
    written_world,
)

LONG = settings.default is settings.get_profile("long")

FAULTS = {
    "eio": error(errno.EIO, "Input/output error"),
    "enospc": error(errno.ENOSPC, "No space left on device"),
    "short": error(errno.ENOSPC, "No space left on device", bytes_done=512),
}
SCENARIOS: tuple[Scenario, ...] = (
    *(scenarios.append, scenarios.first_touch, scenarios.epoch_begun, scenarios.undo_roll),
    *(scenarios.forced, scenarios.note, scenarios.shrink_and_grow, scenarios.close),
)


def stopped(scenario: Scenario, watch: Nth) -> tuple[World, bool]:
    """The world after the scenario, and whether an error ended that."""
    world = written_world()
    world.watch = watch
    try:
        scenario(world)
    except JournalFailedError:
        return world, True
    return world, False


def nothing_more_is_acknowledged(world: World) -> None:
    journal = world.journal
    for ask in (
        journal.flush,
        journal.to_flush,
        journal.begin_epoch,
        lambda: world.write(0, world.data(0, 512)),
        lambda: journal.resize(1, 4096),
        lambda: journal.note(b"{}"),
    ):
        states = len(world.recorder.states)
        with pytest.raises(JournalFailedError):
            ask()
        del world.recorder.states[states:]


@pytest.mark.parametrize("sticky", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_after_an_error_nothing_is_acknowledged_and_all_is_recovered(
    scenario: Scenario, fault: Fault, sticky: bool
) -> None:
    for nth in range(1000):
        watch = Nth(nth, fault, kinds=EVERY, sticky=sticky)
        world, is_stopped = stopped(scenario, watch)
        if not is_stopped and nth >= len(watch.seen):
            assert nth > 0
            return
        if is_stopped:
            nothing_more_is_acknowledged(world)
        else:  # the disk was full, and the oldest epoch made room
            assert watch.seen[nth].kind == CREATE
            assert world.journal.shelf.heads(Stream.DO)[0].number > 1
        for machine in after_power_loss(world.machine, NOTHING, Random(nth)):
            if LONG or (nth + sticky) % 7 == 0:
                check_wreck(world, machine)


def test_an_error_while_it_is_opened_leaves_all_to_be_recovered() -> None:
    for nth in range(1000):
        world = written_world()
        world.watch = Nth(nth, FAULTS["eio"], kinds=EVERY)
        try:
            world.open()
        except OSError:
            for machine in after_power_loss(world.machine, NOTHING, Random(nth)):
                check_wreck(world, machine)
            continue
        assert nth > 10
        return


def test_a_flush_is_not_acknowledged_after_another_one_failed() -> None:
    world = written_world()
    file = world.journal.to_flush()
    sync = file.sync

    def another_fails() -> None:
        sync()
        world.watch = Nth(0, FAULTS["eio"], kinds=EVERY)
        with pytest.raises(JournalFailedError):
            world.write(0, world.data(0, 512))

    file.sync = another_fails  # type: ignore[method-assign]
    with pytest.raises(JournalFailedError):
        world.journal.flush()


def test_whatever_interrupts_a_write_ends_the_journal() -> None:
    world = written_world()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    world.watch = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.write(0, world.data(0, 512))
    world.watch = lambda operation: operation.carry_out()
    with pytest.raises(JournalFailedError):
        world.write(0, world.data(0, 512))


def test_a_run_that_is_too_long_is_cut_and_each_part_is_a_write() -> None:
    world = written_world()
    world.write(0, *[world.data(512 * nth, 512) for nth in range(200)])
    world.write(0, world.data(512, 100 << 10), Request(ZEROES, 0, SIZES[0]))
    world.flush()
    assert world.journal.end == len(world.recorder.states) - 1
    check_points(world)
    assert volumes_of(world.machine) == world.recorder.states[-1]
