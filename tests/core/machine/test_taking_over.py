"""A copy that is taken over is production, and has the points that it had."""

from random import Random

import pytest
from hypothesis import settings

from core.machine.journal.concurrent import Concurrent, open_concurrent
from core.machine.journal.recovery import open_journal
from core.machine.journal.taking_over import become_production
from core.machine.journal.writer import Journal
from core.sim.faults import REMOVE, Operation
from core.stream import regions
from core.stream.history import History
from core.stream.identity import read_identity
from core.stream.phases import State
from core.stream.standing import COURSE, DISTRIBUTED
from core.stream.taken import Taken, write_taken
from core.wire.segment import Stream
from tests.core.machine.two_sites import BUDGET, SIZES, KilledError, Site, Two
from tests.core.recorder import Recorder, random_request, run_of
from tests.core.world import held, state_at

LONG = settings.default is settings.get_profile("long")
SEEDS = 400 if LONG else 12


def left_behind(seed: int) -> tuple[Two, Recorder]:
    """A copy whose production is gone, and which has all that came; what production was."""
    two = Two(seed)
    for _ in range(two.rng.choice((150, 400))):
        two.step()
    for site in (two.here, two.there):
        site.fate(0)
    two.heal()
    for _ in range(two.rng.randrange(12)):
        two.write()
        two.ship()
    assert two.journal is not None
    assert two.feeding is not None
    two.unlink()
    while two.distribute():
        pass
    standing = two.journal.standing
    assert standing is not None
    assert standing.state is State.DISTRIBUTING
    recorder = two.states[standing.course.generation]
    del recorder.states[two.journal.end + 1 :]
    two.feeding[1].close()
    two.feeding[0].close()
    two.journal.make_durable()
    two.journal.close()
    return two, recorder


def opened(site: Site) -> Journal:
    return open_journal(
        site.folder, site.volumes, where="there", clock=lambda: 1, retention=BUDGET
    )[0]


def points_of(site: Site, recorder: Recorder) -> list[int]:
    """The points that are offered, all of which are exact."""
    history = History(site.machine.folder, where="there")
    try:
        points = [history.first, *history.points()["sequence"].tolist()]
        for point in points[:: max(1, len(points) // 12)]:
            assert state_at(history, site.machine.volumes, point) == recorder.states[point], point
        assert not history.findings
        return points
    finally:
        history.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_history_goes_on_where_a_copy_is_taken_over(seed: int) -> None:
    two, recorder = left_behind(seed)
    site, rng = two.there, Random(seed)
    before = points_of(site, recorder)
    end = before[-1]
    if seed % 3:
        become_at_risk(site, power=seed % 3 == 1)
    identity = become_production(site.folder, site.volumes, where="there")
    assert not identity.is_copy
    assert not History(site.machine.folder, where="there").is_fed
    journal = opened(site)
    assert journal.end == end
    assert held(site.machine.volumes) == recorder.states[-1]
    assert set(points_of(site, recorder)) >= set(before)
    for _ in range(8):
        number = rng.randrange(2)
        requests = [random_request(rng, len(recorder.states[-1][number])) for _ in range(3)]
        for each in requests:
            recorder.write(number, each)
        assert not journal.write(number, run_of(requests), client=1)
    journal.flush()
    assert set(points_of(site, recorder)) >= set(before)
    journal.close()
    assert len(points_of(site, recorder)) == len(before) + 24


def become_at_risk(site: Site, *, power: bool) -> None:
    """It is asked for, and killed somewhere; a copy is left, or production."""
    site.fate(30)
    try:
        become_production(site.folder, site.volumes, where="there")
    except KilledError:
        if power:
            site.lose_power()
    site.fate(0)


def shipped(site: Site) -> Concurrent:
    """The copy of production there, as it is fed."""
    (found,), journal, _ = open_concurrent(
        site.folder,
        site.volumes,
        where="there",
        clock=lambda: 1,
        retention=BUDGET,
        lost_memory=True,
    )
    journal.close()
    return found


@pytest.mark.parametrize("name", [COURSE, DISTRIBUTED])
def test_a_copy_of_what_was_taken_over_inherits_nothing_of_how_that_stood(name: str) -> None:
    """It is killed when the journal is that of production, and is not asked again."""
    two, recorder = left_behind(1)
    site, end = two.there, len(recorder.states) - 1
    write_taken(site.folder, Taken(end, 2))
    before = max(two.states)

    def killed(operation: Operation) -> None:
        if (operation.kind, operation.target) == (REMOVE, name):
            raise KilledError
        operation.carry_out()

    site.watch = killed
    with pytest.raises(KilledError):
        become_production(site.folder, site.volumes, where="there")
    site.watch = Operation.carry_out
    assert not read_identity(site.folder, where="there").is_copy
    standing = shipped(site).standing
    assert (standing.state, standing.course.epoch) == (State.INITIALISING, 2)
    assert standing.course.generation > before
    for number, size in enumerate(SIZES):
        marks = regions.differing(site.folder, standing.course.generation, number)
        assert marks == regions.all_of(size)
    assert shipped(site).standing == standing  # whose epoch is that of production


def test_epochs_that_were_not_offered_are_not_offered_afterwards() -> None:
    """Replicas were copied anew, and did not go through what the stream has of that time."""
    two, recorder = left_behind(3)
    site = two.there
    history = History(site.machine.folder, where="there")
    first = history.first
    history.close()
    become_production(site.folder, site.volumes, where="there")
    after = History(site.machine.folder, where="there")
    assert after.first == first
    assert after.do[0] is next(each for each in after.every if each.head.stream is Stream.DO)
    points_of(site, recorder)


def test_a_copy_that_has_no_history_begins_one() -> None:
    """It is what production was, and none of what led there is a point of it."""
    two = Two(1)
    two.open()
    two.open_copy()
    two.connect()
    for _ in range(3):
        two.write()
    while two.ship():
        pass
    assert two.feeding is not None
    assert two.journal is not None
    two.feeding[1].close()
    two.journal.close()
    site = two.there
    for number, volume in enumerate(two.here.machine.volumes):
        site.machine.volumes[number].blob.content[:] = volume.blob.content
    assert History(site.machine.folder, where="there").begin is None
    become_production(site.folder, site.volumes, where="there")
    journal = opened(site)
    assert journal.end == 0
    journal.close()
    points_of(site, Recorder([held(site.machine.volumes)]))
