"""Twenty thousand writes over three volumes: every boundary is what an outside recorder saw."""

from random import Random

import xxhash
from hypothesis import settings

from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.stream.history import History
from core.stream.identity import Identity, Member, write_identity
from tests.core.recorder import WRITE, Request, random_request, run_of
from tests.core.world import state_at

LONG = settings.default is settings.get_profile("long")
WRITES = 20_000
SIZES = (192 << 10, 96 << 10, (33 << 10) + 512)
SEGMENT_BYTES = 1 << 20


class Digests:
    """The volumes as they are now, and a digest of them after each write."""

    def __init__(self) -> None:
        self.held = [bytearray(size) for size in SIZES]
        self.of = [self._now()]

    def write(self, number: int, request: Request) -> None:
        data = request.data if request.command == WRITE else bytes(request.length)
        self.held[number][request.offset : request.offset + request.length] = data
        self.of.append(self._now())

    def resize(self, number: int, size: int) -> None:
        held = self.held[number]
        held[size:] = bytes(max(0, size - len(held)))
        self.of.append(self._now())

    def _now(self) -> int:
        return digest_of(tuple(map(bytes, self.held)))


def digest_of(state: tuple[bytes, ...]) -> int:
    return xxhash.xxh3_64_intdigest(b"".join(len(each).to_bytes(8) + each for each in state))


def check(
    folder: MemoryFolder, volumes: list[MemoryVolume], seen: Digests, points: list[int]
) -> None:
    history = History(folder, where="journal", live=True)
    assert history.end == len(seen.of) - 1
    for point in points:
        assert digest_of(state_at(history, volumes, point)) == seen.of[point], point
    history.close()


def test_every_boundary_is_what_the_recorder_saw() -> None:
    rng, choice = Random(21), Random(22)
    folder, volumes = MemoryFolder(), [blank_volume(size) for size in SIZES]
    members = tuple(
        Member(name=str(nth), path=f"/images/{nth}", size=size) for nth, size in enumerate(SIZES)
    )
    write_identity(folder, Identity(group=bytes(16), volumes=members, segment_bytes=SEGMENT_BYTES))
    seen, opened = Digests(), 0
    while len(seen.of) <= WRITES:
        if len(seen.of) * 5 >= opened * WRITES:  # five times it is opened anew, as after a kill
            opened += 1
            journal, _ = open_journal(
                folder, volumes, where="journal", clock=lambda: 1, retention=KEEP_ALL
            )
        number = rng.randrange(len(SIZES))
        size = len(seen.held[number])
        if rng.random() < 0.01:
            size = 512 * rng.randint(40, SIZES[number] // 512 + 60)
            journal.resize(number, size)
            seen.resize(number, size)
            continue
        requests = [random_request(rng, size) for _ in range(rng.choice((1, 1, 2, 5)))]
        journal.write(number, run_of(requests), client=1)
        for each in requests:
            seen.write(number, each)
        if choice.random() < 0.002:
            check(folder, volumes, seen, [choice.randrange(len(seen.of)) for _ in range(3)])
    assert tuple(bytes(each.blob.content) for each in volumes) == tuple(map(bytes, seen.held))
    every = list(range(len(seen.of)))
    check(folder, volumes, seen, every if LONG else choice.sample(every, 60))
