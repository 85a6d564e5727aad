"""Production and a copy on virtual disks, and a link between them that breaks at any frame.

Either is killed at any operation of its disks, or loses its power.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random

from core.machine.distributor import Distributor
from core.machine.journal.access import recover_access
from core.machine.journal.arriving import Arriving
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.intake import Intake
from core.machine.journal.marking import Marking
from core.machine.journal.replicated import Production, begin_initialising
from core.machine.journal.shelf import SEGMENTS_MIN, JournalFullError, Retention
from core.machine.journal.shipping import Shipping, open_shipped
from core.machine.link.shipper import AheadError, Begun, Shipper, Welcome
from core.sim.faults import Operation, Watch, WatchedFolder, WatchedVolume
from core.sim.medium import MemoryFolder, blank_volume
from core.sim.power import Machine, drawn
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.phases import Event, State
from core.stream.segment import file_bytes
from core.stream.standing import read_standing
from core.structure.digests import KEY_BYTES
from core.structure.medium import Buffer, Folder
from core.wire.link import HEADER_BYTES, Frame, parse_frame
from tests.core.recorder import Recorder, random_request, run_of
from tests.core.world import GROUP, held, pass_on, state_at

SIZES = ((1 << 20) + (40 << 10), 24 << 10)
BUDGET = Retention(size=3 * SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)


class KilledError(Exception):
    """A process is no more."""


class Site:
    """A machine, and how long the process on it lives: so many operations of its disks."""

    def __init__(self, rng: Random) -> None:
        self.machine = Machine(MemoryFolder(), tuple(map(blank_volume, SIZES)))
        self._rng, self._left = rng, 1 << 62
        self.watch: Watch = pass_on

    def fate(self, within: int) -> None:
        self._left = self._rng.randrange(within) if within else 1 << 62

    def heard(self, operation: Operation) -> None:
        self._left -= 1
        if self._left < 0:
            raise KilledError
        self.watch(operation)

    @property
    def folder(self) -> WatchedFolder:
        return WatchedFolder(self.machine.folder, self.heard)

    @property
    def volumes(self) -> list[WatchedVolume]:
        return [WatchedVolume(each, "volume", self.heard) for each in self.machine.volumes]

    def lose_power(self) -> None:
        self.machine = drawn(self.machine, self._rng).machine


class Two:
    """Both sites; `states` are what production was after each write, by generation."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.risk = self.rng.choice((0.0, 0.004, 0.01, 0.04))
        self.fed = 20
        """How often the replicas are fed, of so many steps."""
        self.folding = 0
        """How often it is switched whether what the copy lacks is shipped as one."""
        self.folded = 0
        """How many points came so."""
        self.here, self.there = Site(self.rng), Site(self.rng)
        self.recorder = Recorder.of(SIZES)
        self.states: dict[int, Recorder] = {}
        self.production: Production | None = None
        self.journal: Arriving | None = None
        self.feeding: tuple[History, Feeding, Distributor] | None = None
        self.link: tuple[Shipper, Shipping, Intake] | None = None
        self.waiting: Sequence[Buffer] = ()
        self.answers: deque[tuple[Frame, bytes]] = deque()
        """What the copy has signed, and production has not heard yet."""
        self.signed = 0
        self.told = (0, 0, 0)
        """The generation, and the last write of it that the copy said to have, and durably."""
        self.has_copy_lost = False
        self.is_lost = True
        self.connected = self.checked = 0
        members = [
            Member(name=f"v{n}", path=f"/i/{n}", size=s, replica="link:there")
            for n, s in enumerate(SIZES)
        ]
        identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(self.here.machine.folder, identity)
        begin_initialising(self.here.machine.folder, self.here.machine.volumes)
        members = [
            Member(name=f"v{n}", path="", size=s, replica=f"/c/{n}") for n, s in enumerate(SIZES)
        ]
        identity = Identity(group=GROUP, volumes=tuple(members), segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(self.there.machine.folder, identity)

    # Production.

    def open(self) -> None:
        """Production, recovered; what it holds then is what it was."""
        self.production = open_shipped(
            self.here.folder,
            self.here.volumes,
            where="here",
            clock=lambda: 1,
            retention=BUDGET,
            lost_memory=self.is_lost,
        )
        end = self.production.recovered.end
        if self.is_lost:
            self.recorder = Recorder([*self.recorder.states])
        assert end < len(self.recorder.states)
        del self.recorder.states[end + 1 :]
        is_marking = self.production.standing.state is State.MARKING
        if not self.is_lost and not is_marking:
            assert held(self.here.machine.volumes) == self.recorder.states[end]
        self._generation()
        self.recorder.states[end] = held(self.here.machine.volumes)
        self.is_lost = False

    def _generation(self) -> None:
        """The states of a generation that may have begun are its own."""
        assert self.production is not None
        generation = self.production.standing.course.generation
        if generation not in self.states:
            self.recorder = Recorder([*self.recorder.states])
        self.states[generation] = self.recorder

    def write(self) -> None:
        assert self.production is not None
        number = self.rng.randrange(len(SIZES))
        size = self.production._volumes[number].size()
        requests = [random_request(self.rng, size) for _ in range(self.rng.randint(1, 6))]
        while True:
            journal = self.production.journal
            before = len(self.recorder.states)
            for each in requests:
                self.recorder.write(number, each)
            try:
                assert not journal.write(number, run_of(requests), client=1)
            except JournalFullError:
                del self.recorder.states[before:]
                self.production.mark(Event.FULL)
                self.unlink()
                self._generation()
                continue
            if isinstance(journal, Marking):
                self.recorder.states[before - 1 :] = self.recorder.states[-1:]
            return

    def resize(self) -> None:
        assert self.production is not None
        number = self.rng.randrange(len(SIZES))
        size = 512 * self.rng.randint(8, SIZES[number] // 512)
        before = len(self.recorder.states)
        self.recorder.resize(number, size)
        try:
            self.production.journal.resize(number, size)
        except JournalFullError:
            del self.recorder.states[before:]
            return
        if isinstance(self.production.journal, Marking):
            self.recorder.states[before - 1 :] = self.recorder.states[-1:]

    # The copy.

    def open_copy(self) -> None:
        self.journal = Arriving(
            self.there.folder, self.there.volumes, where="there", retention=BUDGET
        )
        standing = self.journal.standing
        generation, came, durable = self.told
        if standing is not None and standing.course.generation == generation:
            assert self.journal.end >= (durable if self.has_copy_lost else came)
            self.told = generation, self.journal.end, self.journal.durable
        self.has_copy_lost = False
        self.feed()

    def feed(self) -> None:
        assert self.journal is not None
        if self.journal.standing is None:
            return
        history = History(self.there.folder, where="there", live=True)
        recover_access(history, self.there.volumes)
        feeding = open_feeding(self.there.folder, history, retention=BUDGET)
        distributor = Distributor(history, feeding, self.there.volumes, (), batch_writes_max=4)
        self.feeding = history, feeding, distributor

    def distribute(self) -> int:
        if self.feeding is None or self.journal is None:
            return 0
        _, feeding, distributor = self.feeding
        distributor.look()
        done = distributor.step()
        self.journal.follow(feeding.applied, distributor.applied)
        if not done and distributor.wants_epoch and self.link and self.production:
            self.begin_epoch()
        return done

    def begin_epoch(self) -> None:
        """The copy wishes for it; it asks again, if need be."""
        assert self.production is not None
        with suppress(JournalFullError):
            self.production.journal.begin_epoch()

    # The link.

    @property
    def files(self) -> Folder:
        """Those that tell here how the copy stands."""
        return self.here.folder

    def connect(self) -> None:
        """What the driver does: greet, and go on from where the copy is."""
        production, journal = self.production, self.journal
        if production is None or journal is None:
            return
        self.unlink()
        if isinstance(production.journal, Marking):
            with suppress(JournalFullError):
                production.resume()
                self._generation()
        course = production.standing.course
        known = journal.standing.course.generation if journal.standing else 0
        assert course.generation >= known
        if course.generation > known:
            if self.feeding:
                self.feeding[1].close()
            self.feeding = None
            journal.enter(course)
            self.feed()
        key = self.rng.choice((b"", self.rng.randbytes(KEY_BYTES)))
        coming = journal.coming
        begun = Begun(coming.spot, coming.head.last) if coming else None
        ledger = Shipping(self.files, production.standing)
        try:
            shipper = Shipper(
                self.here.folder,
                ledger,
                self.here.volumes,
                Welcome(
                    *(journal.spot, journal.is_alike, key),
                    cover_bytes_max=journal.cover_bytes_max,
                    coming=begun,
                ),
                carried_out=lambda: production.journal.end,
                where="here",
            )
        except AheadError:
            production.mark(Event.GONE)
            self._generation()
            return
        self.link = shipper, ledger, Intake(journal, self.there.volumes, key)
        self.connected += 1

    def fold(self) -> None:
        """Ship what the copy lacks as one, or each write again."""
        if self.link is not None and self.production is not None:
            shipper, end = self.link[0], self.production.journal.end
            shipper.fold(is_folding=not shipper.is_folding, end=end)

    def unlink(self) -> None:
        if self.link is not None:
            self.folded += self.link[0].flights.count
            self.link[0].close()
        self.link, self.waiting = None, ()
        self.answers.clear()

    def ship(self) -> bool:
        """One frame, or less of it; says whether anything was done."""
        if self.link is None or self.production is None:
            return False
        shipper, ledger, intake = self.link
        frames = self.waiting or shipper.frames()
        if frames:
            sent = b"".join(frames)
            self.waiting = frames  # it comes again where there is no room for it
            with suppress(JournalFullError):
                intake.take(parse_frame(sent), memoryview(sent)[HEADER_BYTES:])
                self.waiting = ()
            self.answers += intake.answers()
        is_heard = bool(self.answers) and self.rng.random() < 0.5
        if is_heard:
            shipper.questions.heard(*self.answers.popleft())
            self.signed += 1
        applied = ledger.applied
        shipper.heard(intake.ack)
        if (came := intake.came) is not None:
            shipper.came(came)
        if shipper.wants_epoch and self.rng.random() < 0.2:
            self.begin_epoch()
        generation = self.production.standing.course.generation
        self.told = generation, shipper.received, shipper.durable
        if ledger.applied != applied:
            self.production.follow(self.production.standing)
        return bool(frames) or bool(self.answers) or is_heard

    # What befalls them.

    @contextmanager
    def at_risk(self) -> Iterator[None]:
        """Whoever is killed is gone, with the link."""
        try:
            yield
        except KilledError:
            self.unlink()
            for site in (self.here, self.there):
                if site._left < 0:
                    self.fall(site, power=self.rng.random() < 0.3)

    def fall(self, site: Site, *, power: bool) -> None:
        self.unlink()
        site.fate(0)
        if power:
            site.lose_power()
        if site is self.here:
            self.production, self.is_lost = None, self.is_lost or power
        else:
            self.journal = self.feeding = None
            self.has_copy_lost |= power

    def step(self) -> None:
        if self.rng.random() < self.risk:
            self.rng.choice((self.here, self.there)).fate(self.rng.choice((5, 40, 200)))
        with self.at_risk():
            if self.production is None:
                self.open()
            if self.journal is None:
                self.open_copy()
            what = self.rng.choices(
                (
                    *(self.write, self.resize, self.flush, self.ship, self.distribute),
                    *(self.relink, self.fold),
                ),
                (10, 1, 2, 30, self.fed, 2, self.folding),
            )[0]
            what()

    def flush(self) -> None:
        assert self.production is not None
        if self.link is not None:
            self.link[0].flush()
        self.production.journal.flush()

    def relink(self) -> None:
        if self.link is None or self.rng.random() < 0.2:
            self.connect()

    def check(self) -> None:
        """Each point that the copy offers is exact."""
        folder = self.there.machine.folder
        standing = read_standing(folder, where="there")
        if standing is None or standing.distributed is None:
            return
        history = History(folder, where="there", live=self.journal is not None)
        try:
            if history.begin is None or not history.do:
                return
            states = self.states[standing.distributed.generation].states
            points = [history.first, *history.points()["sequence"].tolist()]
            for point in points[:: max(1, len(points) // 6)]:
                found = state_at(history, self.there.machine.volumes, point)
                assert found == states[point], (point, history.first, history.end)
                self.checked += 1
        finally:
            history.close()

    def heal(self) -> None:
        """Nothing befalls them any more, and the copy comes to be what production is."""
        for site in (self.here, self.there):
            site.fate(0)
        if self.production is None:
            self.open()
        if self.journal is None:
            self.open_copy()
        for _ in range(4):
            self.connect()
            for _ in range(3000):
                if not (self.ship() | (self.distribute() > 0)) and self.is_done():
                    break
        assert self.is_done(), (self.production and self.production.standing, self.link)
        assert held(self.here.machine.volumes) == self.recorder.states[-1]
        assert held(self.there.machine.volumes) == self.recorder.states[-1]
        self.check()

    def settle(self) -> None:
        """The copy comes to have all there is; nobody is killed."""
        while self.ship() | (self.distribute() > 0) or not self.is_done():
            pass

    def is_done(self) -> bool:
        if self.production is None or self.feeding is None:
            return False
        _, feeding, distributor = self.feeding
        return (
            self.production.standing.state is State.SHIPPING
            and feeding.state is State.DISTRIBUTING
            and distributor.applied == self.production.journal.end
        )
