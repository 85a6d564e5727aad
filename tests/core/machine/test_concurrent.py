"""History is kept at both sites, whatever befalls either; and what was production is a copy."""

from contextlib import closing
from typing import Any

import pytest
from hypothesis import settings

from core.machine.journal.concurrent import Concurrent, open_concurrent
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from tests.core.machine.two_sites import BUDGET, SIZES, Two
from tests.core.recorder import Recorder
from tests.core.world import GROUP, held, state_at

LONG = settings.default is settings.get_profile("long")
SEEDS = 1500 if LONG else 24


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
        found, recovered = open_concurrent(
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
        assert isinstance(two.production, Concurrent)
        checked += two.checked
    assert checked
