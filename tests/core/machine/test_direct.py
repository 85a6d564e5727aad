"""Replicas that are written straight on, with history given up: what differs is marked, always.

Crash points are enumerated as in `test_crashes.py`: power goes, or processes are killed, at each
operation of going direct, of writing on either side, and of what comes after that.
"""

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import settings

from core.errors import CoreError
from core.machine.journal.stale import Stale
from core.sim.faults import Nth, PowerLostError, power_off
from core.sim.power import NOTHING, Thoroughness, after_power_loss
from core.stream.history import History
from core.stream.noted import noted
from core.stream.phases import State
from core.wire.note import Gap
from tests.core import direct
from tests.core.direct import check_direct, check_marked, of
from tests.core.phased import check_goes_on, check_offered
from tests.core.world import Play, crashed, operations, wrecks

LONG = settings.default is settings.get_profile("long")
HOW = Thoroughness(3, 8) if LONG else Thoroughness(-1, 1)
POINTS = 1 << 30 if LONG else 6

PLAYS = (
    *(Play(direct.ready, each) for each in (direct.latest, direct.earlier, direct.killed)),
    *(Play(direct.behind, each) for each in (direct.latest, direct.earlier, direct.resized)),
    *(Play(direct.behind, each) for each in (direct.marked_before, direct.at_rest)),
    *(Play(direct.narrow, each) for each in (direct.without_room, direct.rolled_without_room)),
)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_replicas_become_what_production_is(play: Play) -> None:
    world = of(play.begin())
    play.scenario(world)
    if world.state is State.MARKING:
        assert check_marked(world.machine)
    check_goes_on(world)


@pytest.mark.parametrize("play", PLAYS[:: 1 if LONG else 3], ids=str)
def test_whatever_a_loss_of_power_leaves_what_differs_is_marked(play: Play) -> None:
    marked = 0
    for world, machine in wrecks(play, HOW, Random(3), every_border=False, points=POINTS):
        marked += check_direct(of(world), machine)
    assert marked


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_whoever_is_killed_what_differs_is_marked(play: Play) -> None:
    """All that was written is seen by who comes next, whether it is durable or not."""
    count = len(operations(play))
    for nth in range(0, count, max(1, count // POINTS)):
        world = of(crashed(play, nth))
        check_direct(world, world.machine)


@pytest.mark.parametrize("play", PLAYS[:: 1 if LONG else 6], ids=str)
def test_power_goes_while_a_killed_process_is_recovered(play: Play) -> None:
    rng, count = Random(5), len(operations(play))
    for nth in range(0, count, max(1, count // (24 if LONG else 2))):
        for at in range(0, 10_000, 1 if LONG else 5):
            world = of(crashed(play, nth))
            again = world.again(world.machine)
            again.watch = Nth(at, power_off())
            try:
                again.begin()
            except PowerLostError:
                for machine in after_power_loss(world.machine, NOTHING, rng):
                    check_direct(world, machine)
                continue
            break


def test_points_are_over_once_it_is_direct_and_that_is_told() -> None:
    world = direct.ready()
    end = world.journal.end
    history = History(world.machine.folder, where="journal", live=True)
    first = history.first
    world.give(end)
    assert check_offered(world) > 1
    world.go_direct()
    assert check_offered(world) == 0
    history.refresh()
    with pytest.raises(CoreError, match="there is no point yet"):
        history.epoch_of(end)
    assert not any(len(part.records) for part in history.access)
    world.take_back()
    check_goes_on(world)
    history.refresh()
    gap = [each.note for each in noted(history) if isinstance(each.note, Gap)][-1]
    assert gap.reason.startswith("direct access: ")
    assert gap.first == first
    assert gap.last == end - 1


def test_a_region_is_marked_once_and_nothing_is_kept() -> None:
    """What a write costs on top of itself, where its region was written before: nothing."""
    world = direct.ready()
    world.give(world.journal.end)
    world.go_direct()
    world.write_given(0, world.data(100 << 10, 512))
    counted = Nth(-1, power_off())
    world.watch = counted
    world.write_given(0, world.data(101 << 10, 512), world.data(99 << 10, 512))
    assert {each.target for each in counted.seen} == {"replica 0"}


def test_only_what_was_written_is_copied() -> None:
    world = direct.ready()
    world.begin_epoch()
    world.passed()
    world.give(world.journal.end)
    world.go_direct()
    world.write_given(0, world.data(100 << 10, 512))
    world.write(0, world.data(20 << 10, 512))
    world.take_back()
    assert world.is_marking
    world.resume()
    assert [*world.feeding.left()] == [
        (0, 16 << 10, 16 << 10),
        (0, 96 << 10, 16 << 10),
    ]
    check_goes_on(world)


def test_a_group_that_is_to_be_recovered_gives_nothing_up() -> None:
    world = direct.behind()
    world.given, world.is_lent = None, True
    world.give(world.journal.end)
    with pytest.raises(CoreError, match="has to be recovered") as caught:
        world.go_direct_at_rest()
    assert "isthmus protect" in caught.value.hint
    assert world.state is State.DISTRIBUTING


@pytest.mark.parametrize(
    ("home", "name", "fault"),
    [
        pytest.param(Stale, "keep", lambda *_: None, marks=pytest.mark.long),
        (Stale, "capture", lambda *_: None),
        pytest.param(
            History,
            "accessed",
            lambda self: self.written(since=1, until=0),
            marks=pytest.mark.long,
        ),
    ],
    ids=["what is written", "durably", "what was taken before"],
)
def test_what_is_not_marked_is_found(
    monkeypatch: pytest.MonkeyPatch, home: type, name: str, fault: Callable[..., object]
) -> None:
    monkeypatch.setattr(home, name, fault)
    with pytest.raises(AssertionError):
        _interrupted(PLAYS[:2])


def _interrupted(plays: Sequence[Play]) -> None:
    for play in plays:
        for world, machine in wrecks(play, NOTHING, Random(3), every_border=False, points=40):
            check_direct(of(world), machine)
