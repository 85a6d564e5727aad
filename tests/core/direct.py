"""A group whose replicas somebody writes straight on, with its history given up for that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.machine.journal.access import Access, recover_access
from core.machine.journal.giving_up import give_up_at_rest
from core.sim.faults import WatchedFolder
from core.sim.power import Machine
from core.stream import regions
from core.stream.history import History
from core.stream.phases import Event, State
from core.stream.standing import read_standing
from core.structure.medium import Folder, Volume
from tests.core import phased
from tests.core.accessed import ROOMY
from tests.core.phased import PhasedWorld, check_phases
from tests.core.recorder import TRIM, ZEROES, Recorder, Request, run_of
from tests.core.world import World, held, watched


@dataclass(slots=True)
class DirectWorld(PhasedWorld):
    """`given` has what the volumes that were given hold; None while nobody has them."""

    given: Recorder | None = None
    access: Access = field(init=False)
    size: int = ROOMY
    goes_direct: bool = False
    is_lent: bool = False

    def feed(self, folder: Folder, replicas: Sequence[Volume]) -> None:
        history = History(folder, where="journal", live=True)
        recover_access(history, replicas)
        history.close()
        PhasedWorld.feed(self, folder, replicas)

    def give(self, point: int) -> None:
        """End the feeding, and give the replicas at a point."""
        if not self.closed:
            self.feeding.close()
        self.is_lent = True
        folder = WatchedFolder(self.machine.folder, self.heard)
        self.given = Recorder([self.recorder.states[point]])
        self.access = Access(
            History(folder, where="journal", live=True),
            watched(self.images, self.heard, self.called),
            point=point,
            size=self.size,
            makes_room=self._makes_room,
        )
        for volume in self.access.volumes:
            for _ in volume.roll():
                self.check_given()

    def _makes_room(self) -> bool:
        if self.goes_direct:
            self.go_direct()
        return self.goes_direct

    def go_direct(self) -> None:
        """Whoever serves the group gives its history up, and who has the replicas goes on."""
        self.production.mark(Event.TAKEN)
        self._promised()
        self._changed()
        self.access.go_direct(self.production.standing.course.generation)

    def go_direct_at_rest(self) -> None:
        """Nobody serves the group."""
        folder = WatchedFolder(self.machine.folder, self.heard)
        history = History(folder, where="journal")
        replicas = watched(self.images, self.heard, self.called)
        self.access.go_direct(give_up_at_rest(history, replicas))

    def write_given(self, number: int, *requests: Request) -> dict[int, int]:
        """Somebody writes on what was given; the errors by index."""
        assert self.given is not None
        errors = dict(self.access.volumes[number].write_run(run_of(requests)))
        for nth, each in enumerate(requests):
            if nth not in errors:
                self.given.write(number, each)
        self.check_given()
        return errors

    def check_given(self) -> None:
        """What was given is what it was at the point, and what was written since."""
        assert self.given is not None
        for number, volume in enumerate(self.access.volumes):
            whole = bytearray(volume.size)
            volume.read_into(whole, 0)
            assert whole == self.given.states[-1][number]

    def take_back(self) -> None:
        """Whoever had the replicas comes to an end."""
        self.access.end()
        self.given, self.is_lent = None, False

    def passing(self) -> None:
        if not self.is_lent:
            PhasedWorld.passing(self)


def of(world: World) -> DirectWorld:
    assert isinstance(world, DirectWorld)
    return world


def ready() -> DirectWorld:
    """One whose replicas have all, and of which some regions were never written."""
    world = of(phased.distributing(DirectWorld))
    world.passed()
    return world


def behind() -> DirectWorld:
    """One whose replicas lack what was written last."""
    world = ready()
    world.idle = True
    world.write(0, world.data(70 << 10, 2048), world.data(20 << 10, 512))
    world.flush()
    return world


def narrow() -> DirectWorld:
    """One that goes direct where there is no room for what replicas held."""
    world = ready()
    world.size, world.goes_direct = 0, True
    return world


def directly(scenario: Callable[[DirectWorld], None]) -> Callable[[World], None]:
    """A scenario of worlds that can go direct."""

    def played(world: World) -> None:
        scenario(of(world))

    played.__name__ = scenario.__name__
    return played


@directly
def latest(world: DirectWorld) -> None:
    """At the end of the history, where nothing is to be rolled."""
    world.give(world.journal.end)
    world.go_direct()
    world.write_given(1, world.data(20 << 10, 1024))
    world.take_back()


@directly
def earlier(world: DirectWorld) -> None:
    """Back in time, and written on by both sides."""
    world.give(world.journal.end - 1)
    world.write_given(0, world.data(90 << 10, 4096))
    world.write(0, world.data(33 << 10, 512))
    world.go_direct()
    world.write_given(0, world.data(1024, 5120), Request(TRIM, 16 << 10, 4096))
    world.write(0, world.data(100 << 10, 1024))
    world.write_given(1, world.data(512, 512), Request(ZEROES, 17 << 10, 2048))
    world.write(1, world.data(8 << 10, 512))
    world.flush()
    world.write_given(0, world.data(36 << 10, 512))
    world.take_back()


@directly
def resized(world: DirectWorld) -> None:
    """Volumes get other sizes before, and while somebody writes on what they were."""
    before = world.journal.end
    world.resize(1, 40 << 10)
    world.write(1, world.data(30 << 10, 2048))
    world.give(before)
    world.go_direct()
    world.write_given(1, world.data(20 << 10, 2048))
    world.resize(0, 100 << 10)
    world.write_given(0, world.data(120 << 10, 2048))
    world.resize(0, 130 << 10)
    world.take_back()


@directly
def marked_before(world: DirectWorld) -> None:
    """Hosts had filled the journal while somebody had the replicas, who then went direct."""
    world.give(world.journal.end)
    world.write_given(0, world.data(50 << 10, 512))
    world.write(0, world.data(60 << 10, 512))
    world.mark()
    world.write(0, world.data(80 << 10, 512))
    world.go_direct()
    world.write_given(0, world.data(110 << 10, 512))
    world.take_back()


@directly
def killed(world: DirectWorld) -> None:
    """Whoever has the replicas goes without a word, and does so again."""
    for _ in range(2):
        world.give(world.journal.end)
        world.go_direct()
        world.write_given(1, world.data(10 << 10, 512))
        world.given, world.is_lent = None, False
        world.passed()


@directly
def at_rest(world: DirectWorld) -> None:
    """Nobody serves the group meanwhile."""
    world.close()
    world.is_lent = True
    world.give(world.journal.end)
    world.write_given(0, world.data(60 << 10, 512))
    world.go_direct_at_rest()
    world.write_given(0, world.data(110 << 10, 512))
    world.write_given(1, world.data(0, 512))
    world.take_back()
    world.open()


@directly
def without_room(world: DirectWorld) -> None:
    """More is written than there is room for."""
    world.give(world.journal.end)
    for at in range(0, 128 << 10, 16 << 10):
        world.write_given(0, *[world.data(at + each, 512) for each in range(0, 16 << 10, 4096)])
    world.take_back()


@directly
def rolled_without_room(world: DirectWorld) -> None:
    """To where it is to be brought is more than there is room for."""
    point = world.journal.end
    for at in range(0, 128 << 10, 8 << 10):
        world.write(0, world.data(at, 8192))
    world.passed()
    world.give(point)
    assert world.is_marking
    world.write_given(0, world.data(512, 512))
    world.take_back()


def check_marked(machine: Machine, *, recovered: bool = False) -> bool:
    """Where production and replicas differ is marked, if that has begun; says whether it has."""
    folder = machine.folder
    standing = read_standing(folder, where="journal")
    if standing is None or standing.state is not State.MARKING:
        return False
    lost = standing.course.lost
    if not recovered and (lost is None or not lost.reason.startswith("direct access")):
        return False
    count = len(machine.volumes) // 2
    volumes, replicas = held(machine.volumes[:count]), held(machine.volumes[count:])
    for number, (volume, replica) in enumerate(zip(volumes, replicas, strict=True)):
        marks = regions.left(folder, standing.course.generation, number)
        differs = _differs(volume, replica[: len(volume)].ljust(len(volume), b"\0"))
        for each in {int(at) >> regions.REGION_SHIFT for at in differs}:
            assert each < len(marks), (number, each)
            assert marks[each], (number, each)
    return True


def _differs(one: bytes, other: bytes) -> Sequence[int]:
    found: list[int] = np.flatnonzero(
        np.frombuffer(one, np.uint8) != np.frombuffer(other, np.uint8)
    ).tolist()
    return found


def check_direct(world: DirectWorld, machine: Machine) -> bool:
    """Marks say where both sides differ, then and when it was opened, and history begins again."""
    was_marked = check_marked(machine)
    check_phases(world, machine)
    return was_marked
