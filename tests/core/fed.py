"""A group whose history is of replicas, which are fed from its journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from core.machine.distributor import Distributor
from core.machine.journal.access import recover_access
from core.machine.journal.feeding import Feeding, open_feeding
from core.machine.journal.recovery import Recovered
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import Production
from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.machine.journal.writer import Journal
from core.sim.faults import Watch, WatchedFolder
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.sim.power import Machine
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.phases import State
from core.stream.segment import file_bytes
from core.stream.standing import Course, Distributed, write_standing
from core.structure.medium import Folder, Volume
from tests.core.recorder import Request
from tests.core.world import GROUP, SIZES, World, begun, check_points, held, pass_on, watched

BUDGET = Retention(size=2 * (SEGMENTS_MIN + 2) * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
NO_WINDOW = Retention(size=1 << 62, window_ns=0)
BATCH_WRITES = 2


def begin_alike(folder: Folder, sizes: Sequence[int]) -> None:
    """Replicas that are what production is, before anything was written."""
    course = Course(generation=1, state=State.INITIALISING, since=0, sizes=tuple(sizes))
    write_standing(folder, course)
    write_standing(folder, Distributed(generation=1, state=State.DISTRIBUTING, applied=0, begin=1))


def taking(production: Production) -> Journal:
    """The journal, which takes writes."""
    assert isinstance(production.journal, Journal)
    return production.journal


@dataclass(slots=True)
class FedWorld(World):
    """Volumes of the machine, and behind them as many replicas.

    Between writes the distributor makes a step, so that it is behind, and sometimes is not.
    """

    production: Production = field(init=False)
    feeding: Feeding = field(init=False)
    distributor: Distributor = field(init=False)
    turns: int = 0
    idle: bool = False

    called = "replica "

    @property
    def volumes(self) -> tuple[MemoryVolume, ...]:
        return self.machine.volumes[: len(SIZES)]

    @property
    def images(self) -> tuple[MemoryVolume, ...]:
        return self.machine.volumes[len(SIZES) :]

    def identify(self) -> None:
        members = tuple(
            Member(name=f"volume{nth}", path=f"/images/{nth}", size=size, replica=f"/replica/{nth}")
            for nth, size in enumerate(SIZES)
        )
        folder = WatchedFolder(self.machine.folder, self.heard)
        write_identity(
            folder, Identity(group=GROUP, volumes=members, segment_bytes=SEGMENT_BYTES_MIN)
        )
        begin_alike(folder, SIZES)

    def begin(self) -> Recovered:
        folder = WatchedFolder(self.machine.folder, self.heard)
        replicas = watched(self.images, self.heard, self.called)
        found = open_production(
            folder,
            watched(self.volumes, self.heard),
            replicas,
            where="journal",
            clock=lambda: 1,
            retention=self.retention,
        )
        self.production, self.journal = found, taking(found)
        self.feed(folder, replicas)
        return found.recovered

    def feed_again(self) -> None:
        """Begin to feed once more."""
        self.feed(
            WatchedFolder(self.machine.folder, self.heard),
            watched(self.images, self.heard, self.called),
        )

    def feed(self, folder: Folder, replicas: Sequence[Volume]) -> None:
        """Begin to feed, as a process of its own does."""
        history = History(folder, where="journal", live=True)
        recover_access(history, replicas)
        self.feeding = open_feeding(folder, history, retention=self.retention)
        self.distributor = Distributor(
            history,
            self.feeding,
            replicas,
            watched(self.volumes, self.heard),
            batch_writes_max=BATCH_WRITES,
        )

    def write(self, number: int, *requests: Request) -> None:
        World.write(self, number, *requests)
        self.passing()

    def resize(self, number: int, size: int) -> None:
        World.resize(self, number, size)
        self.passing()

    def passing(self) -> None:
        """Three steps are made for four writes, which may be of several."""
        self.turns += 1
        if self.turns % 4 and not self.idle:
            self.step()

    def step(self) -> int:
        self.distributor.look()
        done = self.distributor.step()
        self.production.keep(self.feeding.applied + 1)
        return done

    def close(self) -> None:
        self.feeding.close()
        World.close(self)

    def check_left(self, history: History) -> None:
        """UNDO segments go with the distributor's epoch, whatever the journal's is."""

    def settle(self) -> None:
        """Let the replicas catch up, with every point right on the way."""
        steps = 0
        while self.step():
            steps += 1
            if steps & steps - 1 == 0:
                check_points(self, every=5)
        check_points(self)
        assert held(self.images) == self.recorder.states[-1]


def fed(watch: Watch = pass_on) -> World:
    """A replica that is a little behind."""
    return begun(FedWorld(fed_machine(), Random(7), watch))


def fed_early() -> World:
    """A replica that nothing was given to yet."""
    world = FedWorld(fed_machine(), Random(7), idle=True)
    begun(world)
    world.idle = False
    return world


def fed_late() -> World:
    """A replica that is given nothing until the journal is opened again."""
    return begun(FedWorld(fed_machine(), Random(7), idle=True))


def fed_full() -> World:
    """A journal at its budget, of which the replica has all but the last."""
    world = FedWorld(fed_machine(), Random(7), retention=BUDGET)
    begun(world)
    for at in range(SEGMENTS_MIN + 4):
        world.write(0, world.data(1024 * at, 1536))
        world.write(1, world.data(512 * at, 512))
        while world.step():
            pass
        world.begin_epoch()
    world.write(0, world.data(0, 8192))
    world.flush()
    world.write(1, world.data(1024, 512))
    return world


def fed_passing() -> World:
    """An epoch goes as soon as it has ended and the replica has it."""
    return begun(FedWorld(fed_machine(), Random(7), retention=NO_WINDOW))


def fed_machine() -> Machine:
    return Machine(MemoryFolder(), tuple(map(blank_volume, SIZES * 2)))
