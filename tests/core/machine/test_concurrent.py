"""History is kept at both sites, whatever befalls either; and what was production is a copy."""

from contextlib import closing, suppress
from random import Random
from typing import Any

import pytest
from hypothesis import settings

from core.errors import CoreError
from core.machine.journal.concurrent import open_concurrent
from core.machine.journal.divergence import Divergence, divergence
from core.machine.journal.taking_over import become_production
from core.sim.medium import MemoryFolder
from core.sim.power import Machine
from core.stream import regions
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.rejoining import RUNS_MAX, Rejoining, told_runs
from core.stream.taken import Taken, write_taken
from tests.core.machine.test_taking_over import left_behind
from tests.core.machine.two_sites import BUDGET, SIZES, KilledError, Two
from tests.core.recorder import Recorder
from tests.core.world import GROUP, held, state_at

LONG = settings.default is settings.get_profile("long")
SEEDS = 1500 if LONG else 6


class Both(Two):
    """Production has every point, too."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        folder = self.here.machine.folder
        for name in folder.names():
            folder.remove(name)
        members = [Member(name=f"v{n}", path=f"/i/{n}", size=s) for n, s in enumerate(SIZES)]
        identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(folder, identity)

    def open(self) -> None:
        (found,), _, recovered = open_concurrent(
            self.here.folder,
            self.here.volumes,
            where="here",
            clock=lambda: 1,
            retention=BUDGET,
            lost_memory=self.is_lost,
        )
        production: Any = found
        self.production = production
        del self.recorder.states[recovered.end + 1 :]
        assert held(self.here.machine.volumes) == self.recorder.states[-1]
        self._generation()
        self.is_lost = False

    def _generation(self) -> None:
        """A generation that begins may have other writes behind those that there were."""
        assert self.production is not None
        generation = self.production.standing.course.generation
        self.recorder = Recorder([*self.recorder.states])
        self.states[generation] = self.recorder

    def check(self) -> None:
        super().check()
        with closing(History(self.here.machine.folder, where="here", live=True)) as history:
            if self.production is None or not history.do:
                return
            points = [history.first, *history.points()["sequence"].tolist()]
            for point in points[:: max(1, len(points) // 4)]:
                found = state_at(history, self.here.machine.volumes, point)
                assert found == self.recorder.states[point], (point, history.end)


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // 6))
def test_both_have_every_point_whatever_befalls_them(first: int) -> None:
    checked = 0
    for seed in range(first, first + SEEDS // 6):
        two = Both(seed)
        for nth in range(two.rng.choice((100, 400, 800))):
            two.step()
            if nth % 40 == 0:
                two.check()
        two.heal()
        checked += two.checked
    assert checked


def lose(two: Two, rng: Random) -> None:
    """Production of before goes on for a while, and ends in good order, or not."""
    production = two.production
    assert production is not None
    for _ in range(rng.randrange(4)):
        two.write()
    how = rng.choice(("ends", "killed", "power"))
    if how == "ends":
        production.journal.close()
        return
    two.here.fate(30)
    with suppress(KilledError):
        for _ in range(1000):
            two.write()
    two.fall(two.here, power=how == "power")


def back_again(seed: int) -> tuple[Both, Divergence]:
    """The copy has taken over, and was written; production of before is to be its copy."""
    rng = Random(seed)
    two, recorder = left_behind(seed)
    point = len(recorder.states) - 1
    lose(two, rng)
    become_production(two.there.folder, two.there.volumes, where="there")
    found = divergence(two.here.machine.folder, point=point, where="here", is_live=False)
    back = Both(seed)
    back.here, back.there = two.there, two.here
    back.there.machine = Machine(MemoryFolder(), two.here.machine.volumes)
    members = [
        Member(name=f"v{n}", path="", size=s, replica=f"/c/{n}") for n, s in enumerate(SIZES)
    ]
    identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
    write_identity(back.there.machine.folder, identity)
    back.recorder, back.is_lost = recorder, False
    back.open()
    return back, found


@pytest.mark.parametrize("seed", range(200 if LONG else 10))
def test_what_was_production_is_made_a_copy_by_what_differs(seed: int) -> None:
    back, found = back_again(seed)
    for _ in range(back.rng.randrange(6)):
        back.write()
    production: Any = back.production
    runs = told_runs(found.marks)
    production.join(Rejoining("t", 2, GROUP.hex(), found.since, runs))
    back._generation()
    course = production.standing.course
    assert course.joined == "t"
    own = sum(sum(each) for each in found.marks)
    to_copy = sum(sum(regions.differing(back.here.folder, course.generation, n)) for n in (0, 1))
    assert own <= to_copy <= own + 2 * 6 * 6 + 2  # a write touches two regions, mostly
    for _ in range(back.rng.choice((0, 200))):
        back.step()
    back.heal()
    assert back.checked


def test_images_that_cannot_be_what_they_are_said_to_be_are_refused() -> None:
    """They are said to be what they were behind the write at which this site took over."""
    back, found = back_again(3)
    production: Any = back.production
    write_taken(back.here.folder, Taken(point=found.since))
    generation = production.standing.course.generation
    with pytest.raises(CoreError, match=f"and that was write {found.since}"):
        production.join(Rejoining("t", 2, GROUP.hex(), found.since + 1, ()))
    assert production.standing.course.generation == generation
    production.join(Rejoining("t", 2, GROUP.hex(), found.since, ()))
    assert production.standing.course.generation > generation


def test_more_than_can_be_told_is_told_as_less_that_is_longer() -> None:
    marks = bytearray(b"\1\0" * (RUNS_MAX + 1))
    few = bytearray(b"\0\1\0")
    size = 1 << regions.REGION_SHIFT
    assert told_runs([few, marks]) == ((0, size, size), (1, 0, (2 * RUNS_MAX + 1) * size))
    assert told_runs([few]) == ((0, size, size),)
