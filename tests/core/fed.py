"""A group whose history is of replicas, which are fed from its journal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from core.machine.distributor import Distributor
from core.machine.journal.access import recover_access
from core.machine.journal.recovery import Recovered
from core.machine.journal.replicated import (
    Feeding,
    open_feeding,
    open_production,
    record_applied,
)
from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.sim.faults import Watch, WatchedFolder
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.sim.power import Machine
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.segment import file_bytes
from tests.core.recorder import Request
from tests.core.world import GROUP, SIZES, World, begun, check_points, held, pass_on, watched

BUDGET = Retention(size=2 * (SEGMENTS_MIN + 2) * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
NO_WINDOW = Retention(size=1 << 62, window_ns=0)
BATCH_WRITES = 2


@dataclass(slots=True)
class FedWorld(World):
    """Volumes of the machine, and behind them as many replicas.

    Between writes the distributor makes a step, so that it is behind, and sometimes is not.
    """

    feeding: Feeding = field(init=False)
    distributor: Distributor = field(init=False)
    keep: Callable[[int], None] = field(init=False)
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
        record_applied(folder, 0)

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
        self.journal, self.keep = found.journal, found.keep
        self.feed()
        return found.recovered

    def feed(self) -> None:
        """Feed the replicas from now on."""
        folder = WatchedFolder(self.machine.folder, self.heard)
        replicas = watched(self.images, self.heard, self.called)
        history = History(folder, where="journal", live=True)
        recover_access(history, replicas)
        self.feeding = open_feeding(folder, history, retention=self.retention)

        def record(applied: int) -> None:
            self.feeding.record(applied)
            self.keep(applied + 1)

        self.distributor = Distributor(
            history,
            self.feeding.undo,
            replicas,
            applied=self.feeding.applied,
            record=record,
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
        return self.distributor.step()

    def close(self) -> None:
        self.feeding.undo.seal()
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
