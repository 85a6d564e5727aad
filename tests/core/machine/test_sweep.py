"""A comparison names all that differs for good, and nothing else, whatever goes on meanwhile."""

from collections.abc import Iterable
from errno import EIO

import pytest
from hypothesis import settings

from core.machine.journal.verified import Verified
from core.machine.link.questions import GRAIN_BYTES
from core.machine.link.shipper import Shipper
from core.machine.link.sweep import WINDOW, Difference, Sweep
from core.sim.faults import WatchedVolume
from core.sim.medium import MemoryFolder
from core.stream import regions
from core.structure.medium import Buffer
from core.wire.chunk import write_of
from core.wire.link import Frame, Kind
from tests.core.machine.two_sites import SIZES, Two
from tests.core.world import pass_on

LONG = settings.default is settings.get_profile("long")
SEEDS = 600 if LONG else 10


class Clock:
    """Nanoseconds that pass whenever somebody looks."""

    def __init__(self) -> None:
        self.now_ns = 10**18

    def ns(self) -> int:
        self.now_ns += 10**6
        return self.now_ns

    def s(self) -> float:
        return self.ns() / 1e9


class Compared:
    """Two sites that are alike, and what compares them."""

    def __init__(self, seed: int) -> None:
        self.clock, self.folder = Clock(), MemoryFolder()
        self.two = Two(seed)
        self.two.risk = 0.0
        self.two.open()
        self.two.open_copy()
        self.connect()
        for _ in range(8):
            self.two.write()
        self.two.settle()

    def connect(self) -> None:
        """By a link on which the copy signs."""
        while self.two.link is None or not self.two.link[0]._signs:
            self.two.connect()

    def begin(self, *, anew: bool = False) -> Sweep:
        self.ledger = Verified(self.folder, SIZES, self.clock.ns, anew=anew)
        self.sweep = Sweep(self.two.here.volumes, self.ledger, self.clock.s)
        self.attach()
        return self.sweep

    def attach(self) -> None:
        assert self.two.link is not None
        self.two.link[0].sweep = self.sweep

    def run(self) -> None:
        for _ in range(20000):
            self.two.ship()
            self.two.distribute()
            if self.sweep.is_over:
                return
        raise AssertionError(vars(self.sweep))

    def flip(self, volumes: Iterable[int], count: int) -> set[tuple[int, int]]:
        """Spoil bytes of the copy and of production; which chunks these are in."""
        found = set()
        rng = self.two.rng
        for number in volumes:
            for _ in range(count):
                site = rng.choice((self.two.here, self.two.there))
                blob = site.machine.volumes[number].blob
                at = rng.randrange(len(blob.content))
                chunk = number, at // GRAIN_BYTES
                if chunk not in found:
                    spoil(site.machine.volumes[number], at)
                    found.add(chunk)
        return found

    def unlike(self) -> set[tuple[int, int]]:
        """The chunks in which both sites differ."""
        found = set()
        for number, (one, other) in enumerate(
            zip(self.two.here.machine.volumes, self.two.there.machine.volumes, strict=True)
        ):
            ours, theirs = bytes(one.blob.content), bytes(other.blob.content)
            for at in range(0, max(len(ours), len(theirs)), GRAIN_BYTES):
                if ours[at : at + GRAIN_BYTES] != theirs[at : at + GRAIN_BYTES]:
                    found.add((number, at // GRAIN_BYTES))
        return found


def spoil(volume: object, at: int) -> None:
    """Change a byte under the product."""
    held = bytearray(1)
    volume.read_into(held, at)  # type: ignore[attr-defined]
    volume.write(bytes((held[0] ^ 1,)), at)  # type: ignore[attr-defined]


def is_resumed(world: Compared) -> bool:
    return world.ledger.is_resumed


def chunks(differences: Iterable[Difference]) -> set[tuple[int, int]]:
    return {
        (each.volume, at // GRAIN_BYTES)
        for each in differences
        for at in range(each.offset, each.offset + each.length, GRAIN_BYTES)
    }


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_spoilt_is_found_and_nothing_else(seed: int) -> None:
    """While hosts write, volumes are resized, and links break."""
    world = Compared(seed)
    two = world.two
    spoilt = world.flip(range(len(SIZES)), two.rng.randrange(5))
    sweep = world.begin()
    while not sweep.is_over:
        what = two.rng.choices(
            (two.write, two.resize, two.ship, two.distribute, world.connect, two.flush),
            (2, 0.1, 40, 40, 0.2, 0.2),
        )[0]
        what()
        if what == world.connect:
            two.unlink()
            world.connect()
            world.attach()
    named = chunks(sweep.differences)
    assert named <= spoilt
    two.settle()
    assert not sweep.unsettled
    assert world.unlike() <= named


def test_what_the_copy_has_got_and_not_applied_is_no_difference() -> None:
    world = Compared(9)
    two = world.two
    two.write()
    while two.ship():
        pass
    sweep = world.begin()
    for _ in range(200):
        two.ship()
    assert not sweep.is_over
    world.run()
    assert not sweep.differences


def test_nor_is_what_it_gets_while_it_is_compared() -> None:
    """A region that waits for that is judged by its chunks, in the end."""
    world = Compared(9)
    two = world.two
    sweep = world.begin()
    two.ship()
    assert two.production is not None
    two.production.journal.write(1, write_of(b"x" * 512, 512, bytes(8)), client=1)
    while not sweep._watched:
        two.ship()
        world.clock.now_ns += 10**8
    for _ in range(30):
        two.ship()
    assert not sweep.differences
    world.run()
    assert not sweep.differences
    assert not sweep.unsettled


def test_digests_move_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is alike one for each region, and no byte of a volume."""
    world = Compared(3)
    sent: list[Frame] = []
    assert world.two.link is not None
    shipper, put = world.two.link[0], Shipper._put

    def counted(frame: Frame, *payload: Buffer) -> None:
        sent.append(frame)
        put(shipper, frame, *payload)

    monkeypatch.setattr(shipper, "_put", counted)
    world.begin()
    world.run()
    count = sum(regions.count_of(size) for size in SIZES)
    assert [each.kind for each in sent] == [Kind.ASK] * count
    assert world.two.signed >= count
    assert world.sweep.done == world.sweep.total == sum(SIZES)


def test_what_was_alike_is_behind_after_a_kill() -> None:
    world = Compared(4)
    world.begin()
    for _ in range(200):
        world.two.ship()
        if world.sweep.done > world.sweep.total // 3:
            break
    done = world.sweep.done
    assert 0 < done < world.sweep.total
    before, left = world.two.signed, (world.sweep.total - done >> regions.REGION_SHIFT) + 2
    world.begin()
    assert is_resumed(world)
    world.run()
    assert world.two.signed - before <= left + WINDOW
    world.ledger.finish()
    world.begin()
    assert not is_resumed(world)
    world.run()
    assert world.two.signed - before >= sum(regions.count_of(size) for size in SIZES)


def test_one_that_was_interrupted_may_begin_anew() -> None:
    world = Compared(4)
    world.begin()
    world.run()
    world.begin(anew=True)
    assert not is_resumed(world)
    assert world.sweep.done == 0
    assert not world.sweep.is_over


def test_a_difference_tells_when_it_was_alike() -> None:
    world = Compared(6)
    world.begin()
    world.run()
    world.ledger.finish()
    last_ns = world.ledger.last(0, 0)
    assert last_ns > world.ledger.begun
    spoil(world.two.there.machine.volumes[0], 5000)
    world.begin()
    world.run()
    assert world.sweep.differences == [Difference(0, 4096, 4096, last_ns)]


def test_what_is_mended_is_looked_at_again() -> None:
    world = Compared(6)
    for number in (0, 1):
        spoil(world.two.there.machine.volumes[number], 5000)
    world.begin()
    world.run()
    assert len(world.sweep.differences) == 2
    spoil(world.two.there.machine.volumes[0], 5000)
    assert len(world.sweep.look_at_differences()) == 2
    assert not world.sweep.is_over
    world.run()
    assert [each.volume for each in world.sweep.differences] == [1]
    assert world.sweep.differences[0].last_ns == 0
    assert world.sweep.done == world.sweep.total


def test_what_is_written_all_the_time_is_told() -> None:
    """Of that region nothing is known; all others are compared."""
    world = Compared(7)
    world.begin()
    production = world.two.production
    assert production is not None
    for _ in range(400):
        production.journal.write(1, write_of(b"x" * 512, 512, bytes(8)), client=1)
        for _ in range(3):
            world.two.ship()
            world.clock.now_ns += 10**9
        while world.two.distribute():
            pass
        if world.sweep.is_over:
            break
    assert world.sweep.unsettled == [(1, 0)]
    assert not world.sweep.differences
    assert world.sweep.done == world.sweep.total


def test_what_cannot_be_read_here_is_told_and_breaks_no_link() -> None:
    world = Compared(7)

    class Broken(WatchedVolume):
        def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
            if offset < 4096:
                raise OSError(EIO, "broken")
            super().read_into(buffer, offset)

    assert world.two.production is not None
    for number in range(len(SIZES)):
        world.two.production.journal.write(number, write_of(b"x" * 512, 0, bytes(8)), client=1)
    world.two.settle()
    world.begin()
    volumes = [Broken(each, "volume", pass_on) for each in world.two.here.machine.volumes]
    world.sweep = Sweep(volumes, world.ledger, world.clock.s)
    world.attach()
    world.run()
    assert world.sweep.unsettled == [(0, 0), (1, 0)]
    assert not world.sweep.differences


def test_few_questions_are_asked_at_once_and_one_where_somebody_is_busy() -> None:
    world = Compared(8)
    sweep = world.begin()
    assert len([*sweep.questions(is_busy=True)]) == 1
    assert len([*sweep.questions(is_busy=True)]) == 0
    world.clock.now_ns += 10**8
    assert len([*sweep.questions(is_busy=False)]) == WINDOW - 1


def test_a_rate_is_kept() -> None:
    world = Compared(8)
    rate = 1 << 22
    world.begin()
    world.sweep = Sweep(world.two.here.volumes, world.ledger, world.clock.s, rate=rate)
    world.attach()
    begun = world.clock.now_ns
    world.run()
    assert world.clock.now_ns - begun > 0.9e9 * (sum(SIZES) - (1 << 20)) / rate
