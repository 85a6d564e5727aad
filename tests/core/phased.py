"""A group whose replicas are filled, fall behind and are lost sight of while hosts write.

What hosts wrote is recorded twice: as points, while the journal takes it, and as the trail of what
production held, which is all that is known while it is marked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Self, cast

import numpy as np

from core.machine.distributor import Distributor, Pressure
from core.machine.journal.feeding import open_feeding
from core.machine.journal.marking import Marking
from core.machine.journal.recovery import Recovered
from core.machine.journal.reopening import open_production
from core.machine.journal.replicated import begin_initialising, is_initialised
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.writer import Journal
from core.sim.faults import WatchedFolder, WatchedVolume
from core.sim.medium import Blob, MemoryFolder, MemoryVolume
from core.sim.power import Machine
from core.stream.history import History
from core.stream.noted import noted
from core.stream.phases import State
from core.structure.medium import Folder, Volume
from core.wire.note import Gap
from tests.core.fed import BATCH_WRITES, BUDGET, FedWorld
from tests.core.recorder import Recorder, Request, run_of
from tests.core.world import SIZES, held, pieces_of, state_at, watched

PRESSURE = Pressure(high=3, low=1)
STEPS_MAX = 2000
FAILURES_MAX = 5

Content = tuple[bytes, ...]


@dataclass(slots=True)
class PhasedWorld(FedWorld):
    """`trail` is all that production held, and `durable` the place in it that was promised last."""

    trail: list[Content] = field(default_factory=list)
    durable: int = 0
    failures: int = 0

    @property
    def state(self) -> State:
        return self.production.standing.state

    @property
    def is_marking(self) -> bool:
        return isinstance(self.production.journal, Marking)

    def identify(self) -> None:
        FedWorld.identify(self)
        for name in ("course", "distributed"):
            self.machine.folder.remove(name)
        self.machine.folder.sync()
        self.recorder = Recorder([held(self.volumes)])
        self.trail = [held(self.volumes)]

    def begin(self) -> Recovered:
        return self._begin(watched(self.images, self.heard, self.called))

    def lose_replicas(self) -> None:
        """Open the journal where nobody knows what the replicas hold."""
        self._begin(None)

    def _begin(self, replicas: Sequence[WatchedVolume] | None) -> Recovered:
        folder = WatchedFolder(self.machine.folder, self.heard)
        volumes = watched(self.volumes, self.heard)
        if not is_initialised(folder):
            begin_initialising(folder, volumes)
        self.production = open_production(
            folder,
            volumes,
            replicas,
            where="journal",
            clock=lambda: 1,
            retention=self.retention,
        )
        self._changed()
        return self.production.recovered

    def again(self, machine: Machine) -> Self:
        after = FedWorld.again(self, machine)
        after.trail, after.durable = self.trail, self.durable
        return after

    def feed(self, folder: Folder, replicas: Sequence[Volume]) -> None:
        history = History(folder, where="journal", live=True)
        self.feeding = open_feeding(folder, history, retention=self.retention)
        self.distributor = Distributor(
            history,
            self.feeding,
            replicas,
            watched(self.volumes, self.heard),
            pressure=PRESSURE,
            batch_writes_max=BATCH_WRITES,
        )

    def feed_again(self) -> None:
        """Whoever feeds was killed, and another one begins, or the one after that."""
        for _ in range(FAILURES_MAX):
            try:
                self.feed(
                    WatchedFolder(self.machine.folder, self.heard),
                    watched(self.images, self.heard, self.called),
                )
            except OSError:
                self.failures += 1
            else:
                return
        raise AssertionError("nobody can feed")

    def _changed(self) -> None:
        self.journal = cast("Journal", self.production.journal)
        if not self.is_marking:
            self.feed_again()

    def mark(self) -> None:
        """The journal takes no more."""
        self.production.mark()
        self._promised()
        self._changed()

    def resume(self) -> None:
        """The replicas can be fed again."""
        self.production.resume()
        self._promised()
        self.recorder.states[self.journal.end] = self.trail[-1]
        self._changed()

    def step(self) -> int:
        """Whoever feeds ends where an error is met, and another one begins."""
        if self.is_marking:
            return 0
        try:
            return FedWorld.step(self)
        except OSError:
            self.failures += 1
            self.feed_again()
            return 1

    def write(self, number: int, *requests: Request) -> None:
        pieces = [*pieces_of(requests)]
        for each in pieces:
            self._record(partial(Recorder.write, volume=number, request=each))
        try:
            self.journal.write(number, run_of(requests), client=1)
        except JournalFullError:
            del self.recorder.states[-len(pieces) :], self.trail[-len(pieces) :]
            self.mark()
            self.write(number, *requests)
        self.passing()

    def resize(self, number: int, size: int) -> None:
        self._record(partial(Recorder.resize, volume=number, size=size))
        self.journal.resize(number, size)
        if not self.is_marking:
            self._promised()
        self.passing()

    def _record(self, change: Callable[[Recorder], None]) -> None:
        now = Recorder([self.trail[-1]])
        change(now)
        self.trail.append(now.states[-1])
        if not self.is_marking:
            self.recorder.states.append(now.states[-1])

    def _promised(self) -> None:
        FedWorld._promised(self)
        self.durable = len(self.trail) - 1

    def passed(self) -> None:
        """Let whoever feeds do all that is to be done until history begins."""
        for _ in range(STEPS_MAX):
            if self.is_marking:
                self.resume()
            elif not self.step():
                if not self.distributor.wants_epoch:
                    return
                self.begin_epoch()
        raise AssertionError(f"it is still {self.state}")


def check_offered(world: PhasedWorld) -> int:
    """Every point that is offered is what was recorded; returns how many there are."""
    history = History(world.machine.folder, where="journal", live=True)
    assert not history.findings
    points = range(history.first, history.end + 1)
    for point in points:
        assert state_at(history, world.images, point) == world.recorder.states[point], point
    history.close()
    return len(points)


def check_held(world: PhasedWorld) -> None:
    """Each byte of production is what it was at some time since the last promise.

    A volume that was cut off and grown again is zero there for a moment.
    """
    trail = world.trail[world.durable :]
    for number, volume in enumerate(held(world.volumes)):
        found = np.frombuffer(volume, np.uint8)
        states = [each[number] for each in trail]
        assert len(found) in map(len, states)
        sizes = set(map(len, states))
        allowed = (found == 0) & (np.arange(len(found)) >= min(sizes))
        for each in states:
            allowed |= found == np.frombuffer(each[: len(found)].ljust(len(found), b"\0"), np.uint8)
        assert allowed.all(), (number, int(np.flatnonzero(~allowed)[0]))


def check_phases(world: PhasedWorld, machine: Machine) -> None:
    """What was promised is there, every point that is offered is right, and history begins."""
    after = world.again(machine)
    found = PhasedWorld.begin(after)
    assert world.floor <= found.end < len(world.recorder.states)
    after.recorder = Recorder(world.recorder.states[: found.end + 1])
    if after.state is State.DISTRIBUTING:
        assert held(after.volumes) == after.recorder.states[-1]
    else:
        check_held(after)
    check_offered(after)
    after.trail, after.durable = [held(after.volumes)], 0
    if after.state not in (State.DISTRIBUTING, State.MARKING):
        after.recorder.states[-1] = after.trail[-1]
    check_goes_on(after)


def check_goes_on(world: PhasedWorld) -> None:
    """Hosts write, history begins, and each write from there on is a point."""
    before = world.production.standing.lost
    world.write(0, world.data(1024, 5120))
    world.write(1, world.data(0, 512))
    world.passed()
    assert held(world.images) == held(world.volumes) == world.trail[-1]
    world.write(0, world.data(0, 512))
    world.write(1, world.data(4096, 512), world.data(512, 4096))
    assert check_offered(world) > 1
    world.production.note_gap()
    world.production.note_gap()
    check_gaps(world, before is not None)
    world.passed()
    assert check_offered(world) > 1
    assert held(world.images) == held(world.volumes) == world.trail[-1]


def check_gaps(world: PhasedWorld, is_lost: bool) -> None:
    """What was given up is told, and once."""
    history = History(world.machine.folder, where="journal", live=True)
    gaps = [each.note for each in noted(history) if isinstance(each.note, Gap)]
    assert len(gaps) == len(set(gaps))
    lost = world.production.standing.lost
    if is_lost and lost is not None and lost.first < history.first:
        assert gaps
        assert gaps[-1].last == history.first - 1
    history.close()


def _volumes(rng: Random) -> tuple[MemoryVolume, ...]:
    """Production with something in it, holes too, and replicas that hold anything."""

    def content(size: int) -> bytes:
        pieces = [rng.choice((rng.randbytes(4096), bytes(4096))) for _ in range(0, size, 4096)]
        return b"".join(pieces)[:size]

    return tuple(MemoryVolume(Blob(content(size))) for size in SIZES * 2)


def initialising(kind: type[PhasedWorld] = PhasedWorld) -> PhasedWorld:
    """A replica of which a region was copied, while hosts write."""
    world = kind(Machine(MemoryFolder(), _volumes(Random(9))), Random(7))
    world.identify()
    world.open()
    world.write(0, world.data(0, 4096), world.data(8192, 1024))
    world.write(1, world.data(512, 2048))
    world.flush()
    world.write(0, world.data(512, 4096))
    return world


def copied() -> PhasedWorld:
    """One whose regions are all copied, and whose epoch goes on."""
    world = initialising()
    while world.step():
        pass
    return world


def unsettled() -> PhasedWorld:
    """One whose production was written by another before, who left it to be made durable."""
    machine = Machine(MemoryFolder(), _volumes(Random(9)))
    machine.volumes[0].write(bytes(range(256)) * 4, 90 << 10)
    world = PhasedWorld(machine, Random(7))
    world.identify()
    return world


def distributing(kind: type[PhasedWorld] = PhasedWorld) -> PhasedWorld:
    """One that has caught up once, with something in its history and something to do."""
    world = initialising(kind)
    world.passed()
    world.write(0, world.data(512, 4096), world.data(40 << 10, 512))
    world.begin_epoch()
    world.write(1, world.data(512, 512))
    world.flush()
    world.write(0, world.data(100 << 10, 512))
    return world


def marking() -> PhasedWorld:
    """One whose journal takes nothing."""
    world = distributing()
    world.mark()
    world.write(0, world.data(60 << 10, 512))
    world.flush()
    world.write(0, world.data(64 << 10, 512))
    return world


def full() -> PhasedWorld:
    """One whose journal has met its budget, with a replica that is given nothing for a time."""
    world = PhasedWorld(Machine(MemoryFolder(), _volumes(Random(9))), Random(7), retention=BUDGET)
    world.identify()
    world.open()
    world.passed()
    world.idle = True
    while world.state is not State.MARKING:
        world.write(0, world.data(world.rng.randrange(120) << 10, 6 << 10))
    world.idle = False
    world.write(1, world.data(1024, 512))
    return world


def behind() -> PhasedWorld:
    """One that is given no pre-images, and has still something to do."""
    world = distributing()
    world.idle = True
    for at in range(4):
        world.write(0, world.data(4096 * at, 1024), world.data((50 << 10) + 512 * at, 512))
        world.begin_epoch()
    world.idle = False
    world.write(1, world.data(8192, 512))
    world.step()
    assert world.state is State.FAST_FORWARD
    return world
