"""Digests of what a range of an image holds, made as it is read: a piece at a time.

A piece stays in the cache of the processor between being read and being hashed. Somebody else may
cut the image off meanwhile.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.structure.digests import Digests, ranges_of
from core.structure.medium import SparseImage

_PIECE_BYTES: Final = 1 << 18


class Digested(NamedTuple):
    """How much of a range is there, in bytes, and the digests of its chunks, in order."""

    length: int
    digests: bytes


def digested(
    image: SparseImage, offset: int, length: int, digests: Digests, grain: int, chosen: int = 0
) -> Digested:
    """Of as much of the range as there is; `chosen` are the bits of its coarse chunks, see
    `ranges_of`.

    Raises OSError where it cannot be read.
    """
    while True:
        size = image.size()
        there = max(0, min(offset + length, size) - offset)
        try:
            parts = [
                _of_range(image, offset + begin, offset + end, digests, grain)
                for begin, end in ranges_of(chosen, there)
            ]
        except OSError:
            if image.size() >= size:
                raise
        else:
            return Digested(there, b"".join(parts))


def _of_range(image: SparseImage, begin: int, end: int, digests: Digests, grain: int) -> bytes:
    runs = [*image.data(begin, end - begin)]
    if not runs:
        return digests.of_zeroes(end - begin, grain)
    found = bytearray()
    is_whole = runs == [(begin, end - begin)]
    with memoryview(bytearray(min(end - begin, max(grain, _PIECE_BYTES)))) as piece:
        for at in range(begin, end, len(piece)):
            part = piece[: min(len(piece), end - at)]
            if is_whole:
                image.read_into(part, at)
            else:
                _read(image, part, at, runs)
            found += digests.of(part, grain)
    return bytes(found)


def _read(image: SparseImage, part: memoryview, at: int, runs: Sequence[tuple[int, int]]) -> None:
    """What is not in the runs is zero."""
    part[:] = bytes(len(part))
    for begin, size in runs:
        start, stop = max(begin, at), min(begin + size, at + len(part))
        if start < stop:
            image.read_into(part[start - at : stop - at], start)
