"""Hosts: what they ask for, as a server receives it."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from core.wire.nbd.constants import Mode, TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.requests import Rules, Run, cut_run

SECTOR_BYTES: Final = 512
WRITE, TRIM, ZEROES = 1, 4, 6  # commands of the NBD protocol

_HEADER: Final = struct.Struct(">IHHQQI")
_MAGIC: Final = 0x25609513
_RULES: Final = Rules(
    Offer(
        name="",
        size=1 << 40,
        features=TransmissionFlag.SEND_TRIM | TransmissionFlag.SEND_WRITE_ZEROES,
    ),
    Mode.SIMPLE,
    allocation=False,
)


@dataclass(frozen=True, slots=True)
class Request:
    """A range in bytes, and what is to be done to it; `data` is of writes alone."""

    command: int
    offset: int
    length: int
    data: bytes = b""


def run_of(requests: Sequence[Request]) -> Run:
    """The requests, one behind the other."""
    received = bytearray()
    for nth, each in enumerate(requests):
        received += _HEADER.pack(_MAGIC, 0, each.command, nth, each.offset, each.length)
        received += each.data
    run = cut_run(memoryview(bytes(received)), 0, len(received), _RULES)
    assert len(run.requests) == len(requests)
    return run


def random_request(rng: Random, size: int, bytes_max: int) -> Request:
    """A write, more seldom zeroes or a trim, in a volume of `size` bytes: often whole blocks."""
    sectors = size // SECTOR_BYTES
    longest = min(bytes_max // SECTOR_BYTES, sectors)
    count = min(longest, rng.choice((1, 1, 2, 7, 8, 8, 8, 16, rng.randint(1, longest))))
    start = rng.randrange(sectors - count + 1)
    if rng.random() < 0.5:
        start = min(start // 8 * 8, sectors - count)
    length = count * SECTOR_BYTES
    command = rng.choices((WRITE, TRIM, ZEROES), (10, 1, 1))[0]
    data = rng.randbytes(length) if command == WRITE else b""
    return Request(command, start * SECTOR_BYTES, length, data)
