"""A copy that was taken over as it was: hosts write while its images get what they lack."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from core.machine.distributor import Distributor
from core.machine.journal.arriving import Arriving
from core.machine.journal.behind import Behind, BehindVolume, recover_behind
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL
from core.machine.journal.writer import Journal
from core.sim.medium import blank_volume
from core.stream.history import History
from core.stream.identity import read_identity
from core.stream.phases import COPYING
from core.stream.taken import Taken, write_taken
from core.structure.medium import Image
from tests.core.machine.two_sites import BUDGET, KilledError, Site, Two
from tests.core.recorder import Recorder, random_request, run_of
from tests.core.world import held, state_at


def taken_over(two: Two) -> "Successor | None":
    """Production is gone, and its copy is taken over; None where it was never complete."""
    site = two.there
    two.here.fate(0)
    site.fate(0)
    two.unlink()
    if two.feeding is not None and two.rng.random() < 0.5:
        two.feeding[1].close()
    if two.rng.random() < 0.3:
        site.lose_power()
    journal = Arriving(site.folder, site.volumes, where="there", retention=BUDGET)
    standing = journal.standing
    if standing is None:
        return None
    reached = standing.course.reached
    if standing.state in COPYING and (reached is None or reached > journal.end):
        return None
    journal.make_durable()
    journal.close()
    write_taken(site.folder, Taken(journal.end))
    recorder = two.states[standing.course.generation]
    del recorder.states[journal.end + 1 :]
    return Successor(two, recorder)


class Successor:
    """Production at the copy's site; `floor` is the last write that is to survive all."""

    def __init__(self, two: Two, recorder: Recorder) -> None:
        self.two, self.rng, self.recorder = two, two.rng, recorder
        self.floor = self.acknowledged = len(recorder.states) - 1
        self.behind: Behind[BehindVolume] | None = None
        self.feeding: tuple[History, Feeding, Distributor] | None = None
        self.own: Journal | None = None
        self.has_lost = True
        self.opened = self.checked = 0
        self.lacking = 0
        """Of how many times that it was opened the images lacked something."""

    @property
    def site(self) -> Site:
        return self.two.there

    @property
    def is_copy(self) -> bool:
        return read_identity(self.site.machine.folder, where="there").is_copy

    def open(self) -> None:
        if self.is_copy:
            self._open_behind()
        else:
            self._open_own()
        self.has_lost = False
        self.opened += 1

    def _open_behind(self) -> None:
        history = recover_behind(self.site.folder, self.site.volumes, where="there")
        self.behind = behind = Behind(
            history,
            self.site.volumes,
            lambda image, latest: BehindVolume(
                image, latest, blank_volume(latest.size), nullcontext()
            ),
            clock=lambda: 1,
            retention=BUDGET,
        )
        self._cut(behind.came)
        self.check_hosts()
        if self.rng.random() < 0.7:
            behind.index()
        self.lacking += behind.unapplied > 0
        self.check_hosts()

    def _open_own(self) -> None:
        self.own, found = open_journal(
            self.site.folder, self.site.volumes, where="there", clock=lambda: 1, retention=KEEP_ALL
        )
        self._cut(found.end)
        self.check_hosts()

    def _cut(self, end: int) -> None:
        least = self.floor if self.has_lost else self.acknowledged
        assert least <= end < len(self.recorder.states)
        del self.recorder.states[end + 1 :]
        self.floor = self.acknowledged = end

    def check_hosts(self) -> None:
        """What hosts read is what was written."""
        volumes: Sequence[Image] = self.site.machine.volumes
        if self.behind is not None:
            volumes = self.behind.volumes
        for volume, state in zip(volumes, self.recorder.states[-1], strict=True):
            found = bytearray(volume.size())
            volume.read_into(found, 0)
            assert bytes(found) == state

    def feed(self) -> None:
        history = History(self.site.folder, where="there", live=True)
        feeding = open_feeding(self.site.folder, history, retention=KEEP_ALL)
        distributor = Distributor(history, feeding, self.site.volumes, (), batch_writes_max=4)
        self.feeding = history, feeding, distributor

    def distribute(self) -> int:
        behind = self.behind
        if behind is None:
            return 0
        if self.feeding is None:
            self.feed()
            return 1
        distributor = self.feeding[2]
        distributor.look()
        done = distributor.step()
        behind.follow(distributor.applied)
        if not done and distributor.wants_epoch:
            behind.journal.begin_epoch()
        return done

    @property
    def journal(self) -> Journal:
        found = self.own or (self.behind and self.behind.journal)
        assert found
        return found

    def write(self) -> None:
        number = self.rng.randrange(2)
        size = len(self.recorder.states[-1][number])
        requests = [random_request(self.rng, size) for _ in range(self.rng.randint(1, 6))]
        for each in requests:
            self.recorder.write(number, each)
        run = run_of(requests)
        assert not self.journal.write(number, run, client=1)
        if self.behind is not None:
            self.behind.wrote(self.journal.end, len(run.received))
        self.acknowledged = self.journal.end

    def resize(self) -> None:
        number = self.rng.randrange(2)
        size = 512 * self.rng.randint(8, 80)
        self.recorder.resize(number, size)
        self.journal.resize(number, size)
        self.acknowledged = self.journal.end

    def flush(self) -> None:
        self.journal.flush()
        self.floor = self.journal.end

    def end(self) -> None:
        """The journal becomes that of production, where the images are there."""
        if self.behind is None or self.feeding is None or not self.behind.is_there:
            return
        behind, feeding = self.behind, self.feeding
        feeding[1].close()
        self.feeding = None
        behind.end(self.site.volumes)
        self.behind = None
        self._open_own()

    # What befalls it.

    @contextmanager
    def at_risk(self) -> Iterator[None]:
        try:
            yield
        except KilledError:
            self.fall(power=self.rng.random() < 0.4)

    def fall(self, *, power: bool) -> None:
        self.site.fate(0)
        self.behind = self.feeding = self.own = None
        if power:
            self.site.lose_power()
            self.has_lost = True

    def step(self) -> None:
        if self.rng.random() < self.two.risk:
            self.site.fate(self.rng.choice((5, 40, 200)))
        with self.at_risk():
            if self.behind is None and self.own is None:
                self.open()
            what = self.rng.choices(
                (self.write, self.resize, self.flush, self.distribute, self.check_hosts, self.end),
                (10, 1, 2, 12, 1, 2),
            )[0]
            what()

    def check(self, *, every: int = 6) -> None:
        """Each point that is offered is exact."""
        folder = self.site.machine.folder
        is_live = self.behind is not None or self.own is not None
        history = History(folder, where="there", live=is_live)
        try:
            if history.begin is None or not history.do:
                return
            points = [history.first, *history.points()["sequence"].tolist()]
            for point in points[:: max(1, len(points) // every)]:
                found = state_at(history, self.site.machine.volumes, point)
                assert found == self.recorder.states[point], (point, history.first, history.end)
                self.checked += 1
        finally:
            history.close()

    def settle(self) -> None:
        """Nothing befalls it any more: the images get everything, and are production."""
        self.site.fate(0)
        if self.behind is None and self.own is None:
            self.open()
        for _ in range(20_000):
            if self.own is not None:
                break
            if self.distribute() == 0 and self.behind is not None:
                self.end()
        assert self.own is not None
        assert not self.is_copy
        assert held(self.site.machine.volumes) == self.recorder.states[-1]
        self.check(every=24)
        self.write()
        self.journal.close()
        assert held(self.site.machine.volumes) == self.recorder.states[-1]
        self.own = None
        self.check()
