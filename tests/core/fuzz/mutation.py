"""Bytes that are nearly right: seeds, changed by a seeded choice of what breaks parsers."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

BYTES_MAX: Final = 1 << 16

_ODD: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 511, 512, 4095, 4096, 4097, 0x7FFF, 0x8000, 0xFFFF)
_ODD_WIDE: Final = tuple(
    (1 << bits) + more for bits in (16, 20, 25, 31, 32, 48, 63, 64) for more in (-1, 0, 1)
)


def mutated(seeds: Sequence[bytes], rng: Random) -> Iterator[bytes]:
    """Inputs without end: now and then a seed as it is, else one with a few changes."""
    while True:
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
            _change(data, seeds, rng)
        yield bytes(data[:BYTES_MAX])


def _change(data: bytearray, seeds: Sequence[bytes], rng: Random) -> None:
    at = rng.randrange(len(data) + 1)
    choice = rng.randrange(8)
    if choice == 0 and at < len(data):
        data[at] ^= 1 << rng.randrange(8)
    elif choice == 1 and at < len(data):
        data[at] = rng.randrange(256)
    elif choice in (2, 3):
        _put_number(data, at, rng)
    elif choice == 4:
        del data[at : at + rng.choice((1, 2, 4, 8, 16, 1 << 10))]
    elif choice == 5:
        data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8, 28, 64)))
    elif choice == 6:
        begin = rng.randrange(len(data) + 1)
        data[at:at] = data[begin : begin + rng.choice((4, 16, 28, 60, 256))]
    else:
        other = rng.choice(seeds)
        begin = rng.randrange(len(other) + 1)
        data[at:] = other[begin:]


def _put_number(data: bytearray, at: int, rng: Random) -> None:
    """A number that is at an edge, over what is there; often where fields are aligned."""
    size = rng.choice((1, 2, 4, 8))
    if rng.random() < 0.7:
        at = at // size * size
    if at + size > len(data):
        return
    here = int.from_bytes(data[at : at + size], "big")
    number = rng.choice((*_ODD, *_ODD_WIDE, here + 1, here - 1, len(data), len(data) - at))
    order = rng.choice(("big", "little"))
    mask = (1 << 8 * size) - 1
    data[at : at + size] = (number & mask).to_bytes(size, "big" if order == "big" else "little")
