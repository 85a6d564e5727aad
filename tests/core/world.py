"""A group on disks that can fail, beside a recorder of what it was asked and what it promised."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.shelf import KEEP_ALL
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
from core.sim.medium import SECTOR_BYTES, MemoryFolder, blank_volume
from core.sim.power import NOTHING, Machine, Thoroughness, after_power_loss
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.point import PointIndex
from core.wire.chunk import HEADER_BYTES
from core.wire.segment import HEAD_BYTES
from tests.core.recorder import TRIM, ZEROES, Recorder, Request, run_of
from tests.core.recorder import WRITE as WRITING

SIZES = (128 << 10, (24 << 10) + 512)
GROUP = bytes(range(16))


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


def opened(machine: Machine, watch: Watch = pass_on) -> tuple[Journal, Recovered]:
    """The journal of a machine, whose disks are watched."""
    return open_journal(
        WatchedFolder(machine.folder, watch),
        [WatchedVolume(each, str(nth), watch) for nth, each in enumerate(machine.volumes)],
        where="journal",
        clock=lambda: 1,
        retention=KEEP_ALL,
    )


@dataclass(slots=True)
class World:
    """`floor` is the latest point that was promised to survive; every attempt is recorded."""

    machine: Machine
    rng: Random
    watch: Watch = pass_on
    recorder: Recorder = field(default_factory=lambda: Recorder.of(SIZES))
    floor: int = 0
    closed: bool = False
    notes: list[tuple[int, bytes]] = field(default_factory=list)
    journal: Journal = field(init=False)

    def open(self) -> Recovered:
        """Open the journal, whose end is from now on what there is."""
        self.closed = False
        self.journal, found = opened(self.machine, lambda operation: self.watch(operation))
        self.recorder = Recorder(self.recorder.states[: found.end + 1])
        return found

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

    def begin_epoch(self) -> None:
        """Begin an epoch, which promises all of the one before."""
        self.journal.begin_epoch()
        self._promised()

    def close(self) -> None:
        """Close the journal, which promises everything."""
        self.journal.close()
        self._promised()
        self.closed = True

    def _promised(self) -> None:
        self.floor = len(self.recorder.states) - 1


def written_world(seed: int = 7, watch: Watch = pass_on) -> World:
    """A world with two epochs: some of it flushed, and the last write not."""
    world = World(bare_machine(), Random(seed), watch)
    identify(world.machine)
    world.open()
    world.write(0, world.data(0, 4096), world.data(8192, 1024), Request(ZEROES, 512, 512))
    world.write(1, world.data(512, 2048))
    world.begin_epoch()
    world.write(0, world.data(512, 4096))
    world.flush()
    world.write(1, world.data(4096, 512), Request(TRIM, 1024, 512))
    return world


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
        step = data_max if each.data else hollow_max
        for skip in range(0, each.length, step):
            length = min(step, each.length - skip)
            data = each.data[skip : skip + length]
            yield Request(each.command, each.offset + skip, length, data)


Scenario = Callable[[World], None]


def crashes(scenario: Scenario, *, every_border: bool, seed: int = 7) -> Iterator[World]:
    """The world at each operation of the scenario: before it, in the midst of it, after the last.

    That an operation was done is what the next one finds.
    """
    for nth, operation in enumerate(operations(scenario, seed=seed)):
        for done in (0, *_borders(operation, every_border=every_border)):
            yield crashed(scenario, nth, done, seed=seed)
    world = written_world(seed)
    scenario(world)
    yield world


def operations(scenario: Scenario, *, seed: int = 7) -> list[Operation]:
    """What a scenario asks its disks for."""
    counted = Nth(-1, power_off())
    world = written_world(seed)
    world.watch = counted
    scenario(world)
    return counted.seen


def crashed(scenario: Scenario, nth: int, done: int = 0, *, seed: int = 7) -> World:
    """The world whose power went at that operation, so many bytes of a write being done."""
    world = written_world(seed)
    world.watch = Nth(nth, power_off(done))
    try:
        scenario(world)
    except PowerLostError:
        return world
    raise AssertionError(f"there is no operation {nth}")


def _borders(operation: Operation, *, every_border: bool) -> tuple[int, ...]:
    size = len(operation.data)
    if operation.kind != WRITE or size < 2:
        return ()
    borders = {*range(SECTOR_BYTES, size, SECTOR_BYTES)} if every_border else {SECTOR_BYTES}
    return tuple(sorted(each for each in borders | {size // 2} if each < size))


def wrecks(
    scenario: Scenario, how: Thoroughness, rng: Random, *, every_border: bool
) -> Iterator[tuple[World, Machine]]:
    """Every machine that a loss of power during the scenario may leave."""
    for world in crashes(scenario, every_border=every_border):
        for machine in after_power_loss(world.machine, how, rng):
            yield world, machine


def bare(machine: Machine) -> Machine:
    """What is left when nothing survives but what was synced; of a wreck, a copy."""
    return next(after_power_loss(machine, NOTHING, Random(0)))


def volumes_of(machine: Machine) -> tuple[bytes, ...]:
    return tuple(bytes(each.blob.content) for each in machine.volumes)


def state_at(history: History, machine: Machine, point: int) -> tuple[bytes, ...]:
    """What the volumes held at a point, as the journal has it."""
    found = []
    for number, volume in enumerate(machine.volumes):
        index = PointIndex(history, volume=number, point=point, image_size=volume.size())
        whole = bytearray(index.size)
        index.read_into(whole, 0, volume)
        found.append(bytes(whole))
    return tuple(found)


def check_points(
    machine: Machine, recorder: Recorder, *, live: bool, last: int | None = None
) -> None:
    """Every point is what the recorder saw, or so many of the last."""
    history = History(machine.folder, where="journal", live=live)
    assert history.end == len(recorder.states) - 1
    first = history.first if last is None else max(history.first, history.end - last)
    for point in range(first, history.end + 1):
        assert state_at(history, machine, point) == recorder.states[point], point


def check_wreck(world: World, machine: Machine) -> None:
    """What was promised is there, all points are right, and the journal goes on.

    Only segments that the open epoch appended to are left unsealed, so that recovery is bounded.
    """
    before = History(machine.folder, where="journal")
    assert all(part.sealed for part in before.do[:-1])
    for part, following in pairwise(before.undo):
        assert part.sealed or (
            before.unsealed and following.head.first > before.do[-1].head.first - 1
        )
    notes = [(point, text) for point, _, text in before.notes()]
    assert notes[: len(world.notes)] == world.notes
    after = World(machine, Random(1), recorder=world.recorder)
    found = after.open()
    assert world.floor <= found.end < len(world.recorder.states)
    assert found.clean or not world.closed
    assert volumes_of(machine) == world.recorder.states[found.end]
    check_points(machine, after.recorder, live=True)
    _goes_on(after)


def _goes_on(world: World) -> None:
    """Writes are taken, survive a loss of power once flushed, and a journal that is closed opens
    without anything to recover."""
    world.write(1, world.data(0, 5120))
    world.flush()
    world.write(0, world.data(0, 512))
    for closing in (False, True):
        again = World(bare(world.machine), world.rng, recorder=world.recorder)
        found = again.open()
        assert found.end >= world.floor
        assert found.clean or not closing
        assert volumes_of(again.machine) == world.recorder.states[found.end]
        if not closing:
            world = again
            world.write(0, world.data(512, 512))
            world.close()
    check_points(again.machine, again.recorder, live=True, last=4)
