"""A group on disks that can fail, beside a recorder of what it was asked and what it promised."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import ClassVar, Final, NamedTuple, Self, cast

from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.machine.journal.writer import Journal
from core.sim.faults import (
    WRITE,
    Nth,
    Operation,
    PowerLostError,
    Watch,
    WatchedFolder,
    WatchedVolume,
    power_off,
)
from core.sim.medium import SECTOR_BYTES, MemoryFolder, MemoryVolume, blank_volume
from core.sim.power import NOTHING, Machine, Thoroughness, after_power_loss
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.names import leftovers
from core.stream.point import PointIndex
from core.structure.painting import Integers
from core.wire.chunk import HEADER_BYTES
from core.wire.nbd.requests import Run
from core.wire.record import Records
from core.wire.segment import HEAD_BYTES, Stream
from tests.core.folds import every_third, fold
from tests.core.recorder import TRIM, ZEROES, Recorder, Request, run_of
from tests.core.recorder import WRITE as WRITING

SIZES = (128 << 10, (24 << 10) + 512)
GROUP = bytes(range(16))
GAP = b'{"note": "gap"'


def pass_on(operation: Operation) -> None:
    """The watch of a disk that does what it is told."""
    operation.carry_out()


def bare_machine() -> Machine:
    """An empty folder, and volumes of zeroes."""
    return Machine(MemoryFolder(), tuple(map(blank_volume, SIZES)))


def identify(machine: Machine, watch: Watch = pass_on) -> None:
    """Make the folder a journal of the volumes."""
    members = tuple(
        Member(name=f"volume{nth}", path=f"/images/{nth}", size=each.size())
        for nth, each in enumerate(machine.volumes)
    )
    identity = Identity(group=GROUP, volumes=members, segment_bytes=SEGMENT_BYTES_MIN)
    write_identity(WatchedFolder(machine.folder, watch), identity)


def opened(
    machine: Machine, watch: Watch = pass_on, retention: Retention = KEEP_ALL
) -> tuple[Journal, Recovered]:
    """The journal of a machine, whose disks are watched."""
    return open_journal(
        WatchedFolder(machine.folder, watch),
        watched(machine.volumes, watch),
        where="journal",
        clock=lambda: 1,
        retention=retention,
    )


def watched(volumes: Sequence[MemoryVolume], watch: Watch, called: str = "") -> list[WatchedVolume]:
    return [WatchedVolume(each, f"{called}{nth}", watch) for nth, each in enumerate(volumes)]


@dataclass(slots=True)
class World:
    """`floor` is the latest point that was promised to survive; every attempt is recorded."""

    machine: Machine
    rng: Random
    watch: Watch = pass_on
    recorder: Recorder = field(default_factory=lambda: Recorder.of(SIZES))
    retention: Retention = KEEP_ALL
    floor: int = 0
    closed: bool = False
    notes: list[tuple[int, bytes]] = field(default_factory=list)
    thinned: set[int] = field(default_factory=set)
    journal: Journal = field(init=False)

    @property
    def volumes(self) -> tuple[MemoryVolume, ...]:
        """What hosts write to."""
        return self.machine.volumes

    @property
    def images(self) -> tuple[MemoryVolume, ...]:
        """What history is of."""
        return self.machine.volumes

    def identify(self) -> None:
        """Make the folder a journal."""
        identify(self.machine)

    def heard(self, operation: Operation) -> None:
        """Have the watch of now see an operation."""
        self.watch(operation)

    def open(self) -> Recovered:
        """Open the journal, whose end is from now on what there is."""
        self.closed = False
        found = self.begin()
        self.recorder = Recorder(self.recorder.states[: found.end + 1])
        return found

    def begin(self) -> Recovered:
        """Open the journal."""
        self.journal, found = opened(self.machine, self.heard, self.retention)
        return found

    def again(self, machine: Machine) -> Self:
        """The same on the disks of another machine, not opened yet."""
        return type(self)(
            machine,
            Random(1),
            recorder=self.recorder,
            retention=self.retention,
            thinned=self.thinned,
        )

    def rewind(self, point: int) -> None:
        """Take the volumes back."""
        history = History(self.machine.folder, where="journal", live=True)
        journal = cast("Journal", Recording(self))
        for _ in rewind(
            journal,
            history,
            watched(self.volumes, self.heard),
            watched(self.images, self.heard, self.called),
            point=point,
        ):
            self.passing()
        history.close()
        assert held(self.volumes) == self.recorder.states[point]

    called: ClassVar[str] = ""

    def passing(self) -> None:
        """What others do between two steps."""

    def write(self, number: int, *requests: Request) -> None:
        """Send a run of requests."""
        for each in pieces_of(requests):
            self.recorder.write(number, each)
        self.journal.write(number, run_of(requests), client=1)

    def data(self, offset: int, length: int) -> Request:
        """A write of random bytes."""
        return Request(WRITING, offset, length, self.rng.randbytes(length))

    def flush(self) -> None:
        """Flush, and remember what that promised."""
        self.journal.flush()
        self._promised()

    def resize(self, number: int, size: int) -> None:
        """Give a volume another size, which is promised to survive."""
        self.recorder.resize(number, size)
        self.journal.resize(number, size)
        self._promised()

    def note(self, text: bytes) -> None:
        """Take a note, which is promised to survive."""
        point = self.journal.note(text)
        self.notes.append((point, text))
        self._promised()

    def spare(self) -> None:
        """Make files ready for the next segment, if that is wanted."""
        if self.journal.shelf.wants_spare():
            self.journal.shelf.make_spare()
            self.journal.shelf.take_spare(made=True)

    def begin_epoch(self) -> None:
        """Begin an epoch, which promises all of the one before."""
        self.journal.begin_epoch()
        self._promised()

    def fold(self, begin: int, stop: int) -> None:
        """Make one of some epochs, with every third of their points."""

        def third(records: Records) -> Integers:
            points = every_third(records)
            self.thinned |= {*records["sequence"].tolist()} - {*points.tolist()}
            return points

        folder = WatchedFolder(self.machine.folder, self.heard)
        fold(folder, self.journal.shelf, begin, stop, third)

    def close(self) -> None:
        """Close the journal, which promises everything."""
        self.journal.close()
        self._promised()
        self.closed = True

    def check_left(self, history: History) -> None:
        """Look at what a crash left; UNDO segments of epochs that ended are sealed."""
        for part, following in pairwise(history.undo[1:]):
            assert part.sealed or (
                history.unsealed and following.head.first >= history.do[-1].head.first
            )

    def settle(self) -> None:
        """Let all come to rest that goes on by itself."""

    def _promised(self) -> None:
        self.floor = len(self.recorder.states) - 1


def written_world(seed: int = 7, watch: Watch = pass_on) -> World:
    """A world with two epochs: some of it flushed, and the last write not."""
    return begun(World(bare_machine(), Random(seed), watch))


def begun(world: World) -> World:
    """The world with two epochs: some of it flushed, and the last write not."""
    world.identify()
    world.open()
    world.write(0, world.data(0, 4096), world.data(8192, 1024), Request(ZEROES, 512, 512))
    world.write(1, world.data(512, 2048))
    world.begin_epoch()
    world.write(0, world.data(512, 4096))
    world.flush()
    world.write(1, world.data(4096, 512), Request(TRIM, 1024, 512))
    return world


@dataclass(slots=True)
class Recording:
    """A journal as a rewind uses it, recorded."""

    world: World

    def keeping(
        self, who: str, first: int, *, beyond: bool = False
    ) -> AbstractContextManager[None]:
        return self.world.journal.keeping(who, first, beyond=beyond)

    def fit(self) -> None:
        self.world.journal.fit()

    def resize(self, number: int, size: int) -> None:
        self.world.resize(number, size)

    def write(self, number: int, run: Run, *, client: int) -> dict[int, int]:
        assert client == 0
        ((_, _, offset, length),) = run.requests
        data = bytes(run.received[run.header_bytes :])
        self.world.write(number, Request(WRITING, offset, length, data))
        return {}


def pieces_of(requests: Sequence[Request]) -> Iterator[Request]:
    """The writes that a run is to become: where it is too long for a segment, its long requests
    are several."""
    data_max, hollow_max = (
        SEGMENT_BYTES_MIN - HEAD_BYTES - HEADER_BYTES - 28,
        SEGMENT_BYTES_MIN // 2,
    )
    hollow = sum(each.length for each in requests if not each.data)
    if (
        sum(28 + len(each.data) for each in requests) <= data_max + 28
        and hollow <= hollow_max
        and len(requests) <= SEGMENT_BYTES_MIN // 512
    ):
        yield from requests
        return
    for each in requests:
        step = data_max // 4096 * 4096 if each.data else hollow_max
        for skip in range(0, each.length, step):
            length = min(step, each.length - skip)
            data = each.data[skip : skip + length]
            yield Request(each.command, each.offset + skip, length, data)


_POINTS_WANTED: Final = 16
"""Of a longer history each wreck has some of its points compared: other ones by where it ends."""

Scenario = Callable[[World], None]
Beginning = Callable[[], World]


class Play(NamedTuple):
    """What is interrupted: a scenario, in a world that begins so."""

    begin: Beginning
    scenario: Scenario

    def __str__(self) -> str:
        return f"{self.begin.__name__}-{self.scenario.__name__}"


def crashes(play: Play, *, every_border: bool, points: int = 1 << 30) -> Iterator[World]:
    """The world at each operation of the scenario: before it, in the midst of it, after the last.

    That an operation was done is what the next one finds. Of more than so many `points` a choice
    is made, which is the same each time.
    """
    asked = operations(play)
    step = max(1, -(-len(asked) // points))
    for nth in range(len(asked) % step // 2, len(asked), step):
        for done in (0, *_borders(asked[nth], every_border=every_border)):
            yield crashed(play, nth, done)
    world = play.begin()
    play.scenario(world)
    yield world


def operations(play: Play) -> list[Operation]:
    """What a scenario asks its disks for."""
    counted = Nth(-1, power_off())
    world = play.begin()
    world.watch = counted
    play.scenario(world)
    return counted.seen


def crashed(play: Play, nth: int, done: int = 0) -> World:
    """The world whose power went at that operation, so many bytes of a write being done."""
    world = play.begin()
    world.watch = Nth(nth, power_off(done))
    try:
        play.scenario(world)
    except PowerLostError:
        world.watch = pass_on
        return world
    raise AssertionError(f"there is no operation {nth}")


def _borders(operation: Operation, *, every_border: bool) -> tuple[int, ...]:
    size = len(operation.data)
    if operation.kind != WRITE or size < 2:
        return ()
    borders = {*range(SECTOR_BYTES, size, SECTOR_BYTES)} if every_border else {SECTOR_BYTES}
    return tuple(sorted(each for each in borders | {size // 2} if each < size))


def wrecks(
    play: Play, how: Thoroughness, rng: Random, *, every_border: bool, points: int = 1 << 30
) -> Iterator[tuple[World, Machine]]:
    """Every machine that a loss of power during the scenario may leave."""
    for world in crashes(play, every_border=every_border, points=points):
        for machine in after_power_loss(world.machine, how, rng):
            yield world, machine


def bare(machine: Machine) -> Machine:
    """What is left when nothing survives but what was synced; of a wreck, a copy."""
    return next(after_power_loss(machine, NOTHING, Random(0)))


def held(volumes: Sequence[MemoryVolume]) -> tuple[bytes, ...]:
    """What the volumes hold now."""
    return tuple(bytes(each.blob.content) for each in volumes)


def volumes_of(machine: Machine) -> tuple[bytes, ...]:
    return held(machine.volumes)


def state_at(history: History, images: Sequence[MemoryVolume], point: int) -> tuple[bytes, ...]:
    """What the volumes held at a point, as the journal has it."""
    found = []
    for number, image in enumerate(images):
        index = PointIndex(history, volume=number, point=point, image_size=image.size())
        whole = bytearray(index.size)
        index.read_into(whole, 0, image)
        found.append(bytes(whole))
    return tuple(found)


def check_points(world: World, *, last: int | None = None, every: int = 1) -> History:
    """Every point is what the recorder saw, or so many of the last, or some of them."""
    history = History(world.machine.folder, where="journal", live=True)
    assert not history.findings
    assert history.end == len(world.recorder.states) - 1
    first = history.first if last is None else max(history.first, history.end - last)
    offered = {history.first, *history.points()["sequence"].tolist()}
    assert {*range(history.first, history.end + 1)} - offered <= world.thinned
    for point in sorted(offered, reverse=True)[::every]:
        if point < first:
            break
        assert state_at(history, world.images, point) == world.recorder.states[point], point
    return history


def check_wreck(world: World, machine: Machine) -> None:
    """What was promised is there, all points are right, and the journal goes on.

    Only segments that the open epoch appended to are left unsealed, so that recovery is bounded,
    and the oldest, which are about to go.
    """
    before = History(machine.folder, where="journal")
    assert not before.findings
    assert all(part.sealed for part in before.do[1:-1])
    notes = [(point, text) for point, _, text in before.notes() if not text.startswith(GAP)]
    kept = [each for each in world.notes if each[0] >= before.first]
    assert notes[: len(kept)] == kept
    after = world.again(machine)
    after.check_left(before)
    found = after.open()
    assert world.floor <= found.end < len(world.recorder.states)
    assert found.clean or not world.closed
    assert held(after.volumes) == world.recorder.states[found.end]
    assert not [*leftovers(machine.folder.names(), Stream.DO)]
    check_points(after, every=max(1, found.end // _POINTS_WANTED))
    after.settle()
    _goes_on(after)


def _goes_on(world: World) -> None:
    """Writes are taken, survive a loss of power once flushed, and a journal that is closed opens
    without anything to recover."""
    world.write(1, world.data(0, 5120))
    world.flush()
    world.write(0, world.data(0, 512))
    for closing in (False, True):
        again = world.again(bare(world.machine))
        found = again.open()
        assert found.end >= world.floor
        assert found.clean or not closing
        assert held(again.volumes) == world.recorder.states[found.end]
        if not closing:
            world = again
            world.write(0, world.data(512, 512))
            world.close()
    check_points(again, last=4)
    again.settle()
