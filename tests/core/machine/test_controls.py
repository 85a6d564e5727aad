"""Each sync of the product is needed: without any one of them something promised is lost."""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

import core
from core.errors import CoreError
from core.machine.journal.taking_over import become_production
from core.sim.faults import (
    SYNC,
    SYNC_NAMES,
    Nth,
    Operation,
    PowerLostError,
    Watch,
    WatchedFolder,
    power_off,
)
from core.sim.power import NOTHING, Thoroughness, after_power_loss
from core.stream.identity import read_identity
from core.stream.left import forget_left, read_left, sample, write_left
from core.stream.names import IDENTITY
from core.stream.sizes import Sizes, forget_sizes, read_sizes, write_sizes
from core.wire.link import Kind
from tests.core import accessed, direct, fed, phased, worlds
from tests.core.machine import phases, scenarios, test_marking
from tests.core.machine.test_intake import Copy
from tests.core.machine.test_shelf import lost_in_trimmed_files
from tests.core.machine.two_sites import Two
from tests.core.phased import PhasedWorld, check_phases
from tests.core.world import (
    Play,
    Scenario,
    World,
    bare_machine,
    check_wreck,
    crashed,
    held,
    identify,
    opened,
    operations,
    pass_on,
    wrecks,
)

HOW = Thoroughness(2, 1)
FEW = Thoroughness(6, 12)
MANY = Thoroughness(9, 64)
PASSING = Play(worlds.passing, scenarios.rolls)
Site = tuple[str, int]
Attack = Callable[[Site | None], None]


def syncs() -> Iterator[tuple[str, Site]]:
    """Every call of `sync` in the product: its function, and its module and line."""
    home = Path(core.__file__).parent
    for path in sorted((*home.glob("stream/*.py"), *home.glob("machine/**/*.py"))):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    match node:
                        case ast.Call(func=ast.Attribute(attr="sync")):
                            yield f"{path.stem}.{function.name}", (path.name, node.lineno)


class Deaf:
    """A watch that does not hear one call of `sync`: it returns, and nothing was done."""

    def __init__(self, site: tuple[str, int] | None, watch: Watch) -> None:
        self._site, self._watch = site, watch
        self.is_other = site is None
        """Was there something that it did not hear, or is there nothing that it would not?"""

    def __call__(self, operation: Operation) -> None:
        if operation.kind in (SYNC, SYNC_NAMES) and _asked_by() == self._site:
            self.is_other = True
            return
        self._watch(operation)


def _asked_by() -> tuple[str, int]:
    """The module and line of the product that called a disk."""
    frame, home = sys._getframe(2), str(Path(core.__file__).parent)
    while frame.f_back is not None and not frame.f_code.co_filename.startswith(
        (f"{home}/stream/", f"{home}/machine/")
    ):
        frame = frame.f_back
    return Path(frame.f_code.co_filename).name, frame.f_lineno


def _check(world: World, how: Thoroughness) -> None:
    for machine in after_power_loss(world.machine, how, Random(6)):
        if isinstance(world, PhasedWorld):
            check_phases(world, machine)
        else:
            check_wreck(world, machine)


def crashed_in(play: Play, how: Thoroughness = HOW, *, near: int = 0) -> Attack:
    """Power goes at every operation of the play, at those first that are near one."""

    def attack(site: Site | None) -> None:
        count = len(operations(play))
        for nth in sorted(range(count + 1), key=lambda nth: abs(nth - near)):
            world = play.begin()
            world.watch = deaf = Deaf(site, Nth(nth, power_off()))
            with suppress(PowerLostError):
                play.scenario(world)
                deaf.is_other = True
            if deaf.is_other:
                _check(world, how)

    return attack


def lost_at_end(play: Play) -> Attack:
    """Power goes when the play is over; all subsets of what was not synced are tried."""

    def attack(site: Site | None) -> None:
        world = play.begin()
        world.watch = Deaf(site, pass_on)
        play.scenario(world)
        _check(world, MANY)

    return attack


def killed_after(play: Play) -> Attack:
    """A process is killed; power goes at every operation of the recovery, or when it is over."""

    def attack(site: Site | None) -> None:
        for nth in range(1000):
            killed = play.begin()
            play.scenario(killed)
            killed.write(1, killed.data(8192, 512))
            if _cut(killed, site, nth):
                return

    return attack


def killed_in_drop(play: Play) -> Attack:
    """A process is killed when names have changed and are not durable yet."""

    def attack(site: Site | None) -> None:
        asked = operations(play)
        for nth, (one, other) in enumerate(pairwise(asked)):
            if one.target.startswith("free-") and other.kind == SYNC_NAMES:
                for at in range(1000):
                    if _cut(crashed(play, nth + 1), site, at):
                        break

    return attack


def _cut(killed: World, site: Site | None, nth: int) -> bool:
    """Lose power at that operation of the recovery; says that there is none."""
    world = killed.again(killed.machine)
    world.floor = killed.floor
    world.watch = deaf = Deaf(site, Nth(nth, power_off()))
    try:
        world.open()
    except PowerLostError:
        if deaf.is_other:
            _check(world, HOW)
        return False
    world.watch = Deaf(site, pass_on)
    _check(world, HOW)
    world.write(0, world.data(512, 512))
    world.flush()
    _check(world, HOW)
    return True


def lost_after(play: Play) -> Attack:
    """Power goes in the play, and once more when all is recovered."""

    def attack(site: Site | None) -> None:
        for world, machine in wrecks(play, Thoroughness(2, 6), Random(8), every_border=False):
            after = world.again(machine)
            after.floor = world.floor
            after.watch = Deaf(site, pass_on)
            after.open()
            _check(after, NOTHING)

    return attack


def created(site: Site | None) -> None:
    """A folder becomes a journal at once or not at all."""
    for nth in range(20):
        machine = bare_machine()
        made = False
        try:
            identify(machine, Deaf(site, Nth(nth, power_off())))
            made = True
        except PowerLostError:
            pass
        for left in after_power_loss(machine, HOW, Random(nth)):
            if made or IDENTITY in left.folder.names():
                read_identity(left.folder, where="journal")
            else:
                identify(left)
            check_wreck(World(left, Random(0)), left)
        if made:
            return


def left_in_memory(site: Site | None) -> None:
    """A process was killed before a mark was synced, and the next one writes there."""
    again = test_marking.begun_again(
        test_marking.failing(SYNC, "stale-", test_marking.killed), Deaf(site, pass_on)
    )
    again.write(0, again.data(test_marking.AWAY, 512))
    again.flush()
    _check(again, FEW)


def failed_twice(site: Site | None) -> None:
    """A flush fails, and that of the next process, too; that of the third is acknowledged."""
    failed = "0", test_marking.FAILED
    again = test_marking.begun_again(test_marking.failing(SYNC, *failed), Deaf(site, pass_on))
    last = test_marking.begun_again(test_marking.failed(again, SYNC, *failed))
    last.flush()
    _check(last, FEW)


def forgotten(site: Site | None) -> None:
    """An image is written once it is forgotten what it held."""
    machine = bare_machine()
    identify(machine)
    image = machine.volumes[0]
    write_left(machine.folder, (sample(image, ()), None), ())
    forget_left(WatchedFolder(machine.folder, Deaf(site, pass_on)))
    image.write(b"x" * 4096, 0)
    image.sync()
    for after in after_power_loss(machine, HOW, Random(1)):
        left = read_left(after.folder)
        held = left.images[0] if left else None
        assert held is None or held.is_of(after.volumes[0])


def outgrown(site: Site | None) -> None:
    """A volume gets another size once it is forgotten which it had."""
    machine = bare_machine()
    identify(machine)
    volume = machine.volumes[0]
    write_sizes(machine.folder, Sizes(0, (volume.size(),)))
    forget_sizes(WatchedFolder(machine.folder, Deaf(site, pass_on)))
    volume.resize(volume.size() + 512)
    volume.sync()
    for after in after_power_loss(machine, HOW, Random(1)):
        told = read_sizes(after.folder)
        assert told is None or told.sizes == (after.volumes[0].size(),)


def used_again(site: Site | None) -> None:
    """Power goes while files are used again whose old names were not durably gone."""
    lost_in_trimmed_files(lambda watch: Deaf(site, watch))


def nothing_more(world: World) -> None:
    """It stays as it was begun."""


def local(scenario: Scenario) -> Attack:
    return crashed_in(Play(worlds.everything, scenario))


# What shows that a sync of a function is missing; the control is over once a state is wrong.
def copied(what: Callable[[Two], None]) -> Attack:
    """The power of the copy goes after that; all subsets of what was not synced are tried."""

    def attack(site: Site | None) -> None:
        two = Two(5)
        two.there.watch = Deaf(site, pass_on)
        two.open()
        two.open_copy()
        two.connect()
        two.write()
        two.settle()
        what(two)
        for machine in after_power_loss(two.there.machine, MANY, Random(6)):
            left = Two(6)
            left.states, left.there.machine = two.states, machine
            left.check()
            left.told, left.has_copy_lost = two.told, True
            left.open_copy()

    return attack


def resized_there(two: Two) -> None:
    """A volume that was cut off is so at the copy, too."""
    for _ in range(3):
        two.write()
    two.resize()
    while two.ship() | (two.distribute() > 0):
        pass


def flushed_there(two: Two) -> None:
    """Writes are said to be durable."""
    two.write()
    while two.ship():
        pass
    two.flush()
    two.ship()


def folded_there(two: Two) -> None:
    """What the copy lacked has come as one."""
    two.fold()
    for _ in range(2):
        two.write()
        two.begin_epoch()
    assert two.link is not None
    while not two.link[0].flights.count:
        two.ship()


def taken_over(site: Site | None) -> None:
    """Production is gone between two segments; so is the power, once its copy is production."""
    two = Two(5)
    two.there.watch = Deaf(site, pass_on)
    two.open()
    two.open_copy()
    two.connect()
    for _ in range(2):
        two.write()
        two.settle()
    assert two.production is not None
    assert two.journal is not None
    assert two.feeding is not None
    two.production.journal.begin_epoch()
    while two.journal._segment is not None:
        two.ship()
    two.unlink()
    two.feeding[1].close()
    two.journal.close()
    become_production(two.there.folder, two.there.volumes, where="there")
    for left in after_power_loss(two.there.machine, HOW, Random(6)):
        opened(left)[0].close()
        is_there = held(left.volumes) == two.recorder.states[-1]
        assert is_there


def placed(site: Site | None) -> None:
    """A region is said to be durable, and the power of the copy goes."""
    copy = Copy(Deaf(site, pass_on))
    copy.take(Kind.COPY, b"x" * 4096, volume=1, first=512)
    copy.take(Kind.ZEROES, volume=1, first=4608, number=1)
    copy.take(Kind.FLUSH)
    assert copy.intake.ack.number == 1
    left = next(after_power_loss(copy.machine, NOTHING, Random(0)))
    is_there = bytes(left.volumes[1].blob.content[512:4608]) == b"x" * 4096
    assert is_there


ATTACKS: dict[str, tuple[Attack, ...]] = {
    "access.give_back": (crashed_in(Play(accessed.lent, accessed.logged), near=46),),
    "anew.write_anew": (
        created,
        crashed_in(Play(fed.fed, scenarios.entered)),
        crashed_in(Play(phased.distributing, phases.marked)),
    ),
    "arriving.append": (copied(resized_there),),
    "arriving.make_durable": (copied(flushed_there),),
    "coming.adopt": (copied(folded_there),),
    "consolidation._write": (local(scenarios.fold),),
    "distributor._copy": (crashed_in(Play(phased.initialising, phases.passed), FEW),),
    "distributor._enter": (crashed_in(Play(fed.fed, scenarios.caught_up), near=36),),
    "distributor._make_durable": (crashed_in(Play(phased.copied, phases.overtaken), MANY),),
    "document.forget_document": (forgotten, outgrown),
    "intake._sync": (placed,),
    "marking.sync": (crashed_in(Play(phased.marking, phases.flushed)),),
    "recovery._bring_to_end": (killed_after(Play(worlds.everything, nothing_more)),),
    "recovery.make_durable": (killed_after(Play(worlds.everything, nothing_more)),),
    "reopening._bring_production_to_end": (lost_after(Play(fed.fed, scenarios.unflushed)),),
    "reopening.take_back": (lost_after(Play(fed.fed, scenarios.unflushed)),),
    "reopening.write_again": (lost_after(Play(phased.initialising, phases.written_meanwhile)),),
    "replicated.begin_initialising": (crashed_in(Play(phased.unsettled, phases.begun)),),
    "reopening.write_back": (failed_twice,),
    "segment._begin": (local(scenarios.epoch_begun), crashed_in(PASSING)),
    "segment._resume": (crashed_in(Play(worlds.rested, scenarios.opened), FEW),),
    "segment.seal": (local(scenarios.epoch_begun), local(scenarios.undo_roll)),
    "segment.write_records": (killed_after(Play(worlds.everything, nothing_more)),),
    "shelf.__init__": (killed_in_drop(Play(worlds.full, scenarios.open_again)),),
    "shelf._let_go": (crashed_in(Play(worlds.full, scenarios.rolls)),),
    "shelf.begin": (used_again,),
    "stale.__init__": (left_in_memory,),
    "stale.begin_direct": (crashed_in(Play(direct.ready, direct.latest)),),
    "stale.capture": (crashed_in(Play(phased.marking, phases.marks_made), FEW),),
    "stale.make_stale": (crashed_in(Play(phased.distributing, phases.marked)),),
    "taking_over.become_production": (taken_over,),
    "touched.capture": (lost_at_end(Play(fed.fed_late, scenarios.epoch_begun)),),
    "undo.capture": (local(scenarios.first_touch),),
    "undo.note_sizes": (crashed_in(Play(accessed.lent, accessed.resized), near=104),),
    "writer._append_durably": (local(scenarios.note), local(scenarios.shrink)),
    "writer._roll": (local(scenarios.epoch_begun),),
    "writer.close": (local(scenarios.close),),
    "writer.flush": (local(scenarios.forced),),
}


SOUGHT_LONG = frozenset(
    {
        "consolidation._write",
        "recovery.make_durable",
        "reopening.take_back",
        "segment._resume",
        "segment.write_records",
        "stale.begin_direct",
        "stale.capture",
        "undo.note_sizes",
    }
)
"""What shows that they are missing is found after ten seconds or more."""


def attacked(function: str, site: Site | None) -> None:
    """All that may show that a sync is missing."""
    for attack in ATTACKS[function]:
        attack(site)


@pytest.mark.parametrize(
    ("function", "site"),
    [
        pytest.param(*each, marks=pytest.mark.long if each[0] in SOUGHT_LONG else ())
        for each in syncs()
    ],
    ids=str,
)
def test_without_this_sync_something_promised_is_lost(function: str, site: Site) -> None:
    with pytest.raises((AssertionError, CoreError, OSError)):
        attacked(function, site)


def test_with_all_of_them_nothing_is() -> None:
    created(None)
    forgotten(None)
    attacked("distributor._make_durable", None)


def test_a_journal_opens_where_a_folder_was_made_one() -> None:
    machine = bare_machine()
    identify(machine)
    journal, found = opened(machine)
    assert found.end == 0
    journal.close()
