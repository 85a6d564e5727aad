"""An outside recorder, which keeps every state of volumes by the simplest means."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from core.wire.nbd.constants import Mode, TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.requests import Rules, Run, cut_run

WRITE, TRIM, ZEROES = 1, 4, 6  # commands of the NBD protocol
FEATURES = TransmissionFlag.SEND_TRIM | TransmissionFlag.SEND_WRITE_ZEROES


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asks for; `data` is of writes alone."""

    command: int
    offset: int
    length: int
    data: bytes = b""


def run_of(requests: Sequence[Request]) -> Run:
    """The requests as a server receives them."""
    received = bytearray()
    for nth, each in enumerate(requests):
        received += struct.pack(
            ">IHHQQI", 0x25609513, 0, each.command, nth, each.offset, each.length
        )
        received += each.data
    offer = Offer(name="", size=1 << 40, features=FEATURES)
    rules = Rules(offer, Mode.SIMPLE, allocation=False)
    run = cut_run(memoryview(bytes(received)), 0, len(received), rules)
    if len(run.requests) < len(requests):
        rules.row_bytes_min = len(received) + 1  # writes of one length end no run
        run = cut_run(memoryview(bytes(received)), 0, len(received), rules)
    assert len(run.requests) == len(requests)
    return run


@dataclass(slots=True)
class Recorder:
    """The bytes of each volume after each write, by its sequence."""

    states: list[tuple[bytes, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, sizes: Sequence[int]) -> "Recorder":
        return cls([tuple(bytes(size) for size in sizes)])

    def write(self, volume: int, request: Request) -> None:
        held = bytearray(self.states[-1][volume])
        data = request.data if request.command == WRITE else bytes(request.length)
        held[request.offset : request.offset + request.length] = data
        self._put(volume, bytes(held))

    def resize(self, volume: int, size: int) -> None:
        self._put(volume, self.states[-1][volume][:size].ljust(size, b"\0"))

    def _put(self, volume: int, held: bytes) -> None:
        now = list(self.states[-1])
        now[volume] = held
        self.states.append(tuple(now))


def random_request(rng: Random, size: int, *, longest: int = 12_000) -> Request:
    """A write, more seldom zeroes or a trim, at multiples of 512 with favourite places."""
    sectors = size // 512
    length = 512 * rng.choice((1, 2, 7, 8, 8, 8, 16, rng.randint(1, longest // 512)))
    length = min(length, size)
    start = rng.randrange(sectors - length // 512 + 1)
    if rng.random() < 0.5:
        start = min(start // 8 * 8, sectors - length // 512)
    command = rng.choices((WRITE, TRIM, ZEROES), (10, 1, 1))[0]
    data = rng.randbytes(length) if command == WRITE else b""
    return Request(command, start * 512, length, data)
