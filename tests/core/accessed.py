"""A group whose replicas are given to somebody, who writes on them, while hosts go on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from core.machine.journal.access import Access
from core.sim.faults import WatchedFolder
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from tests.core.fed import FedWorld, fed_machine
from tests.core.recorder import TRIM, ZEROES, Recorder, Request, run_of
from tests.core.world import World, begun, check_points, watched

ROOMY = 100 * file_bytes(SEGMENT_BYTES_MIN)


@dataclass(slots=True)
class AccessedWorld(FedWorld):
    """`given` has what the volumes that were given hold; None while nobody has them."""

    given: Recorder | None = None
    access: Access = field(init=False)
    size: int = ROOMY

    def give(self, point: int, *, roll: bool = True) -> None:
        """End the feeding, and give the replicas at a point."""
        self.feeding.close()
        folder = WatchedFolder(self.machine.folder, self.heard)
        history = History(folder, where="journal", live=True)
        replicas = watched(self.images, self.heard, self.called)
        self.given = Recorder([self.recorder.states[point]])
        self.access = Access(history, replicas, point=point, size=self.size)
        if roll:
            self.roll()

    def roll(self) -> None:
        for volume in self.access.volumes:
            for _ in volume.roll():
                self.check_given()

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
        """Give the replicas back, and feed them again."""
        self.access.end()
        self.given = None
        self.feed_again()

    def passing(self) -> None:
        """Nobody feeds what was given to somebody."""
        if self.given is None:
            FedWorld.passing(self)


def lent() -> World:
    """A group whose replicas can be given to somebody, a little behind."""
    return begun(AccessedWorld(fed_machine(), Random(7)))


def narrow() -> World:
    """One in which there is little room for what is overwritten."""
    return begun(AccessedWorld(fed_machine(), Random(7), size=0))


def accessing(scenario: Callable[[AccessedWorld], None]) -> Callable[[World], None]:
    """A scenario of worlds that can be given to somebody."""

    def played(world: World) -> None:
        assert isinstance(world, AccessedWorld)
        scenario(world)

    played.__name__ = scenario.__name__
    return played


@accessing
def logged(world: AccessedWorld) -> None:
    """Back to the beginning, written on, and given back, while hosts write."""
    world.give(2)
    world.write_given(0, world.data(1024, 5120), Request(TRIM, 16 << 10, 4096))
    world.write(0, world.data(0, 1024))
    world.write_given(1, world.data(512, 512), world.data(24_576, 512))
    check_points(world)
    world.take_back()
    world.write(0, world.data(4096, 4096))


@accessing
def rolled(world: AccessedWorld) -> None:
    """Written on before all has been brought to the point."""
    world.give(world.journal.end, roll=False)
    world.write_given(0, world.data(8704, 512), Request(ZEROES, 60 << 10, 8192))
    world.write_given(1, world.data(100 * 8, 4096))
    world.roll()
    world.write_given(0, world.data(0, 16 << 10))
    world.take_back()


@accessing
def resized(world: AccessedWorld) -> None:
    """At a point at which a volume was smaller, and one at which it was larger."""
    before = world.journal.end
    world.resize(1, 40 << 10)
    world.write(1, world.data(30 << 10, 2048))
    _catch_up(world)
    world.give(before)
    check_points(world)
    world.take_back()
    world.resize(1, 9 << 10)
    world.begin_epoch()
    world.write(0, world.data(0, 512))
    _catch_up(world)
    world.give(before)
    world.write_given(1, world.data(20 << 10, 2048))
    check_points(world)
    world.take_back()
    world.write(1, world.data(4 << 10, 2048))


def _catch_up(world: AccessedWorld) -> None:
    for _ in range(20):
        world.passing()


@accessing
def twice(world: AccessedWorld) -> None:
    """Given back and given to somebody else, whoever had it having died in between."""
    world.give(1)
    world.write_given(0, world.data(512, 512))
    world.given = None
    world.feed_again()
    world.write(0, world.data(512, 1024))
    world.give(world.journal.end)
    world.write_given(0, world.data(1024, 512))
    world.take_back()
    world.write(0, world.data(0, 512))


@accessing
def many_segments(world: AccessedWorld) -> None:
    """More than a segment of blocks is written on."""
    for at in range(0, 128 << 10, 12 << 10):
        world.write(0, world.data(at, 8192))
    for _ in range(40):
        world.passing()
    world.give(0)
    world.write_given(0, *[world.data(at, 512) for at in range(0, 128 << 10, 4096)])
    check_points(world, every=4)
    world.take_back()


@accessing
def ahead(world: AccessedWorld) -> None:
    """A replica that has what no flush has made durable is given, and nobody gives it back."""
    for at in range(3):
        world.write(0, world.data((40 << 10) + 8192 * at, 1024))
        for _ in range(3):
            world.passing()
    world.give(1)
    world.write_given(0, world.data(41 << 10, 512))


ACCESSING = (logged, rolled, resized, twice, many_segments, ahead)
