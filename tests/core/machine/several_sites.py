"""Production and several copies on virtual disks, with a link to each that breaks at any frame."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from random import Random
from typing import Any

from core.machine.journal.concurrent import open_concurrent
from core.machine.journal.several import open_several
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.writer import Journal
from core.stream.copies import files_of
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.phases import Event, State
from core.stream.standing import read_standing
from core.structure.medium import Folder
from tests.core.machine.two_sites import BUDGET, SIZES, KilledError, Site, Two
from tests.core.recorder import Recorder, random_request, run_of
from tests.core.world import GROUP, held, state_at

_IDLE = 12
"""So often nothing moves before nothing will."""


class Leg(Two):
    """One copy, and the link to it; `production` tells how it stands, and is that of all."""

    def __init__(self, several: "Several", number: int) -> None:
        super().__init__(0)
        self.several, self.number = several, number
        self.here, self.rng = several.here, several.rng
        self.there._rng = several.rng
        self.fed = several.rng.choice((3, 20))

    @property
    def files(self) -> Folder:
        return files_of(self.here.folder, self.number)

    def _generation(self) -> None:
        standing = read_standing(self.files, where="here")
        if standing is not None:
            self.states[standing.course.generation] = self.several.recorder

    def begin_epoch(self) -> None:
        """Where a copy that is not there leaves no room for it, that is marked."""
        assert self.several.journal is not None
        try:
            self.several.journal.begin_epoch()
        except JournalFullError:
            if (behind := self.several.behind).link is None:
                self.several.mark(behind)

    def is_equal(self) -> bool:
        return self.is_done() and held(self.there.machine.volumes) == self.several.now


class Several:
    """All sites. History is kept here, too, where it `is_local`."""

    def __init__(self, seed: int, *, is_local: bool, count: int = 2) -> None:
        self.rng = Random(seed)
        self.is_local = is_local
        self.risk = self.rng.choice((0.0, 0.004, 0.01, 0.04))
        self.load = self.rng.choice((10, 10, 60))
        """How often hosts write, of so many steps."""
        self.here, self.recorder = Site(self.rng), Recorder.of(SIZES)
        self.legs = [Leg(self, 1 + nth) for nth in range(count)]
        self.journal: Journal | None = None
        self.is_lost = True
        self.given_up = 0
        where = "" if is_local else "link:there"
        members = [
            Member(name=f"v{n}", path=f"/i/{n}", size=s, replica=where) for n, s in enumerate(SIZES)
        ]
        identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(self.here.machine.folder, identity)

    @property
    def now(self) -> tuple[bytes, ...]:
        """What the volumes hold."""
        return self.recorder.states[-1]

    def open(self, numbers: Sequence[int] = ()) -> None:
        """Production, recovered, and those of the copies that are given."""
        numbers = numbers or [each.number for each in self.legs]
        given: Any = {
            "where": "here",
            "clock": lambda: 1,
            "retention": BUDGET,
            "lost_memory": self.is_lost,
            "copies": numbers,
        }
        if self.is_local:
            copies, journal, recovered = open_concurrent(
                self.here.folder, self.here.volumes, **given
            )
        else:
            copies, recovered = open_several(self.here.folder, self.here.volumes, **given)
            journal = copies[0].journal
        self.copies, self.journal = copies, journal
        end = recovered.end
        if self.is_lost and not recovered.clean:
            self.recorder = Recorder([*self.recorder.states])
        assert end < len(self.recorder.states)
        del self.recorder.states[end + 1 :]
        if self.is_local or not self.is_lost:
            assert held(self.here.machine.volumes) == self.recorder.states[end]
        self.recorder.states[end] = held(self.here.machine.volumes)
        self.is_lost = False
        for leg in self.legs:
            leg._generation()
        for number, copy in zip(numbers, copies, strict=True):
            production: Any = copy
            self.legs[number - 1].production = production

    def write(self) -> None:
        number = self.rng.randrange(len(SIZES))
        size = self.here.machine.volumes[number].size()
        requests = [random_request(self.rng, size) for _ in range(self.rng.randint(1, 6))]
        before = len(self.recorder.states)
        for each in requests:
            self.recorder.write(number, each)
        self._journaled(before, lambda j: j.write(number, run_of(requests), client=1))

    def resize(self) -> None:
        number = self.rng.randrange(len(SIZES))
        size = 512 * self.rng.randint(8, SIZES[number] // 512)
        before = len(self.recorder.states)
        self.recorder.resize(number, size)
        self._journaled(before, lambda j: j.resize(number, size))

    def _journaled(self, before: int, what: Any) -> None:
        assert self.journal is not None
        made = self.recorder.states[before:]
        for _ in range(len(self.legs) + 1):
            try:
                assert not what(self.journal)
            except JournalFullError:
                del self.recorder.states[before:]
                self.mark(self.behind)
                self.recorder.states += made
                continue
            return
        raise AssertionError("no copy holds back what there is no room for")

    @property
    def fed(self) -> list[Any]:
        """The copies that are given."""
        return [each for each in self.legs if each.production is not None]

    @property
    def behind(self) -> Leg:
        """The one that the journal waits for most."""
        found: Leg = min(self.fed, key=lambda each: each.production.standing.applied)
        return found

    def mark(self, leg: Leg, event: Event = Event.FULL) -> None:
        """It lacks what there is no room for; of others nothing is known by that."""
        assert leg.production is not None
        others = [(each, each.production.standing) for each in self.fed if each is not leg]
        leg.production.mark(event)
        leg.unlink()
        leg._generation()
        self.given_up += 1
        assert all(each.production.standing == standing for each, standing in others)

    def flush(self) -> None:
        assert self.journal is not None
        for each in self.fed:
            if each.link is not None:
                each.link[0].flush()
        self.journal.flush()

    @contextmanager
    def at_risk(self) -> Iterator[None]:
        """Whoever is killed is gone, with its links."""
        try:
            yield
        except KilledError:
            power = self.rng.random() < 0.3
            if self.here._left < 0:
                self.fall(power=power)
            for leg in self.legs:
                if leg.there._left < 0:
                    leg.fall(leg.there, power=power)

    def fall(self, *, power: bool) -> None:
        for leg in self.legs:
            leg.unlink()
            leg.production = None
        self.journal, self.is_lost = None, self.is_lost or power
        self.here.fate(0)
        if power:
            self.here.lose_power()

    def step(self) -> None:
        if self.rng.random() < self.risk:
            sites = [self.here, *(each.there for each in self.legs)]
            self.rng.choice(sites).fate(self.rng.choice((5, 40, 200)))
        with self.at_risk():
            if self.journal is None:
                numbers = [each.number for each in self.legs]
                count = self.rng.choice((1, len(numbers), len(numbers), len(numbers)))
                self.open(sorted(self.rng.sample(numbers, count)))
            leg = self.rng.choice(self.legs)
            if leg.journal is None:
                leg.open_copy()
            what = self.rng.choices(
                (self.write, self.resize, self.flush, leg.ship, leg.distribute, leg.relink),
                (self.load, 1, 2, 60, 2 * leg.fed, 3),
            )[0]
            what()

    def check(self) -> None:
        """Each point that is offered anywhere is exact."""
        for leg in self.legs:
            leg.check()
        if not self.is_local or self.journal is None:
            return
        with closing(History(self.here.machine.folder, where="here", live=True)) as history:
            points = [history.first, *history.points()["sequence"].tolist()]
            for point in points[:: max(1, len(points) // 4)]:
                found = state_at(history, self.here.machine.volumes, point)
                assert found == self.recorder.states[point], (point, history.end)

    def settle(self) -> None:
        """Every copy comes to be what production is; nothing befalls anybody any more."""
        for site in (self.here, *(each.there for each in self.legs)):
            site.fate(0)
        if self.journal is None or len(self.fed) < len(self.legs):
            self.end()
            self.open()
        for leg in self.legs:
            if leg.journal is None:
                leg.open_copy()
        for _ in range(6):
            for leg in self.legs:
                if leg.link is None or not leg.is_done():
                    leg.connect()
            idle = 0
            while idle < _IDLE:
                idle = 0 if self.moves() else idle + 1
        for leg in self.legs:
            assert leg.is_equal(), (leg.number, leg.production and leg.production.standing)
        assert held(self.here.machine.volumes) == self.now
        self.check()

    def moves(self) -> bool:
        """Is something shipped, or applied?"""
        return sum(leg.ship() + leg.distribute() for leg in self.legs) > 0

    def end(self) -> None:
        """Production ends in good order."""
        for leg in self.legs:
            leg.unlink()
            leg.production = None
        if self.journal is not None:
            self.journal.close()
        self.journal = None

    def states(self) -> list[State]:
        """How each copy is fed."""
        return [each.production.standing.state for each in self.fed]
