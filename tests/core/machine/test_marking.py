"""What is relied on while the journal takes nothing is durable, whatever failed before."""

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from errno import EIO, ENOSPC
from random import Random

import pytest
from hypothesis import settings

from core.errors import CoreError
from core.machine.journal.failing import JournalFailedError
from core.sim.faults import CREATE, OPEN, SYNC, WRITE, Nth, Operation, PowerLostError, Watch, error
from core.sim.medium import Blob, MemoryFolder, MemoryVolume
from core.sim.power import NOTHING, Machine, Thoroughness, after_power_loss
from core.stream.history import History
from core.stream.noted import noted
from core.stream.phases import State
from core.wire.note import Gap
from tests.core import phased
from tests.core.phased import PhasedWorld, check_goes_on, check_phases
from tests.core.recorder import Recorder
from tests.core.world import held, pass_on

LONG = settings.default is settings.get_profile("long")
MANY, FEW = Thoroughness(4, 24), Thoroughness(-1, 2)
FAILED = error(EIO, "Input/output error")
AWAY = 112 << 10
"""Where nothing is marked."""


def failing(kind: str, target: str, fault: Callable[[Operation], None]) -> PhasedWorld:
    """A world that marks, in which a write was not acknowledged, or the flush after it."""
    return failed(phased.marking(), kind, target, fault)


def failed(
    world: PhasedWorld, kind: str, target: str, fault: Callable[[Operation], None]
) -> PhasedWorld:
    """The world after a write that was not acknowledged, or the flush after it."""

    def watch(operation: Operation) -> None:
        if operation.kind == kind and operation.target.startswith(target):
            fault(operation)
        else:
            operation.carry_out()

    world.watch = watch
    with pytest.raises((JournalFailedError, PowerLostError)):
        written_and_flushed(world)
    world.watch = pass_on
    return world


def written_and_flushed(world: PhasedWorld) -> None:
    world.write(0, world.data(AWAY, 512))
    world.flush()


def begun_again(world: PhasedWorld, watch: Watch = pass_on) -> PhasedWorld:
    """The same machine, on which another process begins."""
    again = world.again(world.machine)
    again.watch = watch
    again.begin()
    again.trail, again.durable = [held(again.volumes)], 0
    return again


def killed(_: Operation) -> None:
    raise PowerLostError


LEFT = {
    "killed before a mark is synced": (SYNC, "stale-", killed),
    "killed before a mark is put down": (WRITE, "touched-", killed),
    "a mark is not synced": (SYNC, "stale-", FAILED),
    "a volume is not synced": (SYNC, "0", FAILED),
}


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_what_another_process_left_is_durable_before_it_is_relied_on(
    left: tuple[str, str, Callable[[Operation], None]],
) -> None:
    again = begun_again(failing(*left))
    again.write(0, again.data(AWAY + 512, 512))
    again.flush()
    for machine in after_power_loss(again.machine, MANY, Random(2)):
        check_phases(again, machine)


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)
def test_a_replica_is_not_given_what_production_may_lose(
    left: tuple[str, str, Callable[[Operation], None]],
) -> None:
    again = begun_again(failing(*left))
    again.resume()
    steps = 0
    while again.step() or again.state is not State.DISTRIBUTING:
        steps += 1
        for machine in after_power_loss(again.machine, FEW, Random(steps)):
            check_phases(again, machine)
    assert steps > 2


def crashed_while_distributing() -> PhasedWorld:
    """The power went, and a write that nobody was told of is on its volume alone."""
    world = phased.distributing()
    folder = world.machine.folder
    world.write(0, world.data(0, 4096))
    files = {name: Blob(folder.blobs[name].durable) for name in folder.names()}
    volumes = [Blob(each.blob.content) for each in world.machine.volumes]
    return world.again(Machine(MemoryFolder(files), tuple(map(MemoryVolume, volumes))))


def went_with_error(again: PhasedWorld) -> None:
    """Volumes are brought to the journal's end, and the first sync of that meets an error."""
    again.watch = watch = Failing(1)
    again.begin()
    assert watch.times == 0


def went_before_next(again: PhasedWorld) -> None:
    """The same of every sync, and the next process has no replicas."""
    again.watch = Failing(1 << 30)
    with pytest.raises(OSError, match="Input/output error"):
        again.begin()
    again.watch = pass_on
    again.lose_replicas()


@dataclass
class Failing:
    """A watch: so many syncs of a volume of production meet an error."""

    times: int

    def __call__(self, operation: Operation) -> None:
        if operation.kind == SYNC and operation.target == "0" and self.times:
            self.times -= 1
            FAILED(operation)
        else:
            operation.carry_out()


@pytest.mark.parametrize(
    "begin", [went_with_error, went_before_next], ids=lambda each: each.__name__
)
def test_what_volumes_were_given_before_replicas_were_gone_is_durable(
    begin: Callable[[PhasedWorld], None],
) -> None:
    again = crashed_while_distributing()
    begin(again)
    assert again.is_marking
    again.recorder = Recorder(again.recorder.states[: again.journal.end + 1])
    again.trail, again.durable = [held(again.volumes)], 0
    again.flush()
    for machine in after_power_loss(again.machine, FEW, Random(3)):
        assert held(machine.volumes)[: len(again.volumes)] == again.trail[0]
        check_phases(again, machine)


def test_production_that_was_ended_in_good_order_is_not_written_again() -> None:
    world = phased.marking()
    world.close()
    written = []

    def watch(operation: Operation) -> None:
        if operation.kind == WRITE and operation.target.isdigit():
            written.append(operation)
        operation.carry_out()

    again = world.again(world.machine)
    again.watch = watch
    again.begin()
    assert not written
    check_goes_on(again)


FULL = error(ENOSPC, "No space left on device")


def reopened() -> PhasedWorld:
    """One that another process goes on with."""
    world = phased.full()
    return begun_again(world)


@pytest.mark.parametrize(
    "begin", [phased.marking, phased.full, reopened], ids=lambda each: each.__name__
)
def test_a_journal_whose_disk_is_full_marks_on_until_it_is_not(
    begin: Callable[[], PhasedWorld],
) -> None:
    """From each file on that it has to make to take over."""
    for nth in range(100):
        world = begin()
        world.watch = watch = Nth(nth, FULL, kinds=(CREATE,), sticky=True)
        try:
            for _ in range(3):
                with pytest.raises((OSError, CoreError), match=r"disk|space"):
                    world.production.resume()
                world.write(0, world.data(AWAY, 512))
                world.flush()
        except pytest.fail.Exception:
            assert nth == len(watch.seen) > 0
            return
        assert world.is_marking
        assert world.state is State.MARKING
        for machine in after_power_loss(world.machine, NOTHING, Random(nth)):
            check_phases(world, machine)
        world.watch = pass_on
        world.resume()
        check_goes_on(world)
    raise AssertionError("it never took over")


@pytest.mark.parametrize("begin", [phased.marking, phased.full], ids=lambda each: each.__name__)
def test_a_journal_that_may_have_been_taken_up_takes_nothing_unless_it_is_taken_back(
    begin: Callable[[], PhasedWorld],
) -> None:
    """From each file on that cannot be opened any more while it takes over."""
    for nth in range(100):
        world = begin()
        world.watch = watch = Nth(nth, FAILED, kinds=(OPEN,), sticky=True)
        try:
            world.production.resume()
        except (OSError, CoreError):
            world.watch = pass_on
        else:
            assert nth == len(watch.seen) > 0
            return
        with suppress(JournalFailedError):
            world.resize(0, AWAY)
        for machine in after_power_loss(world.machine, NOTHING, Random(nth)):
            check_phases(world, machine)
    raise AssertionError("it never took over")


def waiting() -> PhasedWorld:
    """One that is filled, and whose history begins with the epoch that there is."""
    world = phased.copied()
    world.begin_epoch()
    world.write(0, world.data(8192, 512))
    world.flush()
    return world


@pytest.mark.parametrize("begin", [waiting, phased.behind], ids=lambda each: each.__name__)
def test_history_that_begins_while_the_journal_is_given_up_is_told_to_be_over(
    begin: Callable[[], PhasedWorld],
) -> None:
    """Whoever feeds goes on until it is told to end: at each operation it may come that far."""
    offered = 0
    for nth in range(0, 200, 1 if LONG else 4):
        world = begin()
        world.watch = watch = Meanwhile(nth, world)
        world.mark()
        world.watch = pass_on
        if watch.at <= nth:
            assert offered > 0
            return
        first, count = first_offered(world), phased.check_offered(world)
        offered += count
        world.write(0, world.data(AWAY, 512))
        check_goes_on(world)
        if count:
            gap = gaps(world)[-1]
            assert gap.first == first
            assert gap.last == first_offered(world) - 1
    raise AssertionError("it never marked")


@dataclass
class Meanwhile:
    """A watch: before operation `nth` whoever feeds has history begin."""

    nth: int
    world: PhasedWorld
    at: int = 0
    is_feeding: bool = False

    def __call__(self, operation: Operation) -> None:
        if not self.is_feeding:
            self.at += 1
            if self.at == self.nth + 1:
                self.is_feeding = True
                while self.world.feeding.state is not State.DISTRIBUTING:
                    self.world.distributor.look()
                    assert self.world.distributor.step()
                self.is_feeding = False
        operation.carry_out()


def first_offered(world: PhasedWorld) -> int:
    with closing(History(world.machine.folder, where="journal", live=True)) as history:
        return history.first


def gaps(world: PhasedWorld) -> list[Gap]:
    with closing(History(world.machine.folder, where="journal", live=True)) as history:
        return [each.note for each in noted(history) if isinstance(each.note, Gap)]
