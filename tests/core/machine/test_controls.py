"""Each sync of the product is needed: without any one of them something promised is lost."""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest

import core
from core.errors import CoreError
from core.sim.faults import SYNC, SYNC_NAMES, Nth, Operation, PowerLostError, Watch, power_off
from core.sim.power import NOTHING, Thoroughness, after_power_loss
from core.stream.identity import read_identity
from core.stream.names import IDENTITY
from tests.core import fed, worlds
from tests.core.machine import scenarios
from tests.core.world import (
    Play,
    World,
    bare_machine,
    check_wreck,
    identify,
    opened,
    pass_on,
)

# What calls the syncs of a module, the likeliest first: a control is over once a state is wrong.
LOCAL = (
    *(Play(worlds.everything, each) for each in (scenarios.forced, scenarios.first_touch)),
    *(Play(worlds.everything, each) for each in (scenarios.note, scenarios.shrink)),
    *(Play(worlds.everything, each) for each in (scenarios.epoch_begun, scenarios.close)),
    *(Play(worlds.everything, each) for each in (scenarios.recover, scenarios.undo_roll)),
)
LITTLE = (
    *(Play(worlds.passing, each) for each in (scenarios.rolls, scenarios.recover)),
    Play(worlds.everything, scenarios.restarts),
)
FED = (
    *(Play(fed.fed, each) for each in (scenarios.first_touch, scenarios.caught_up)),
    *(Play(fed.fed, each) for each in (scenarios.recover, scenarios.unflushed)),
    Play(fed.fed_passing, scenarios.caught_up),
)
PLAYS = {
    "distributor.py": FED,
    "identity.py": (),
    "recovery.py": LOCAL[-2:],
    "replicated.py": FED,
    "segment.py": LITTLE + LOCAL,
    "shelf.py": LITTLE,
    "touched.py": FED,
    "undo.py": LOCAL,
    "writer.py": LOCAL,
}
HOW = Thoroughness(2, 1)


def syncs() -> Iterator[tuple[str, int]]:
    """Every call of `sync` in the product, by module and line."""
    home = Path(core.__file__).parent
    for path in sorted((*home.glob("stream/*.py"), *home.glob("machine/**/*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="sync")):
                    yield path.name, node.lineno


class Deaf:
    """A watch that does not hear one call of `sync`: it returns, and nothing was done."""

    def __init__(self, site: tuple[str, int] | None, watch: Watch) -> None:
        self._site, self._watch = site, watch

    def __call__(self, operation: Operation) -> None:
        if operation.kind in (SYNC, SYNC_NAMES) and _asked_by() == self._site:
            return
        self._watch(operation)


def _asked_by() -> tuple[str, int]:
    """The module and line of the product that called a disk."""
    frame = sys._getframe(2)
    while frame.f_back is not None and not (
        "/core/stream/" in frame.f_code.co_filename or "/core/machine/" in frame.f_code.co_filename
    ):
        frame = frame.f_back
    return Path(frame.f_code.co_filename).name, frame.f_lineno


def crash_everywhere(
    site: tuple[str, int] | None, plays: Iterable[Play], how: Thoroughness
) -> None:
    """Every crash of the plays, on disks that do not hear that sync; raises if one is wrong."""
    rng = Random(6)
    for play in plays:
        for nth in range(1000):
            world = play.begin()
            world.watch = Deaf(site, Nth(nth, power_off()))
            try:
                play.scenario(world)
            except PowerLostError:
                _check(world, how, rng)
                continue
            _check(world, how, rng)
            break


def _check(world: World, how: Thoroughness, rng: Random) -> None:
    for machine in after_power_loss(world.machine, how, rng):
        check_wreck(world, machine)


def crash_killed(site: tuple[str, int] | None, plays: Iterable[Play], how: Thoroughness) -> None:
    """A process is killed, recovery loses power, or goes on to its end and then loses it."""
    rng = Random(7)
    for play in plays:
        for nth in range(1000):
            killed = play.begin()
            killed.write(1, killed.data(8192, 512))
            world = killed.again(killed.machine)
            world.floor = killed.floor
            world.watch = Deaf(site, Nth(nth, power_off()))
            try:
                world.open()
            except PowerLostError:
                _check(world, how, rng)
                continue
            world.watch = Deaf(site, pass_on)
            _check(world, how, rng)
            world.write(0, world.data(512, 512))
            world.flush()
            _check(world, how, rng)
            break


def crash_created(site: tuple[str, int] | None, how: Thoroughness) -> None:
    """A folder becomes a journal at once or not at all."""
    for nth in range(20):
        machine = bare_machine()
        made = False
        try:
            identify(machine, Deaf(site, Nth(nth, power_off())))
            made = True
        except PowerLostError:
            pass
        for left in after_power_loss(machine, how, Random(nth)):
            if made or IDENTITY in left.folder.names():
                read_identity(left.folder, where="journal")
            else:
                identify(left)
            check_wreck(World(left, Random(0)), left)
        if made:
            return


def everything(site: tuple[str, int]) -> None:
    """All that may show that a sync is missing."""
    plays = PLAYS[site[0]]
    crash_created(site, HOW)
    crash_everywhere(site, plays, HOW)
    crash_killed(site, plays, HOW)


@pytest.mark.parametrize("site", [*syncs()], ids=lambda each: f"{each[0]}:{each[1]}")
def test_without_this_sync_something_promised_is_lost(site: tuple[str, int]) -> None:
    with pytest.raises((AssertionError, CoreError, OSError)):
        everything(site)


def test_with_all_of_them_nothing_is() -> None:
    crash_created(None, NOTHING)


def test_a_journal_opens_where_a_folder_was_made_one() -> None:
    machine = bare_machine()
    identify(machine)
    journal, found = opened(machine)
    assert found.end == 0
    journal.close()
