"""Digests of the chunks of a range: two sides compare them instead of what the range holds.

A digest is BLAKE3's, of 16 bytes, with a key that is of one link alone: who writes on a volume
cannot look for two chunks of one digest, and who hears it cannot try what the chunk holds. It goes
over a link and is forgotten, so there is nothing in it of what it is for, as there is in a
signature (`signature.py`), which is kept.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from blake3 import blake3

from core.structure.medium import Buffer

KEY_BYTES: Final = 32
DIGEST_BYTES: Final = 16
COARSE_BYTES: Final = 64 << 10
"""What differs is looked for in chunks of so many bytes first, most of which are alike."""


class Digests:
    """How one link makes them."""

    def __init__(self, key: bytes) -> None:
        """Without a key they are those that anybody makes."""
        self._empty = blake3(key=key) if key else blake3()
        self._zeroes: dict[int, tuple[bytes, bytes]] = {}

    def of(self, data: Buffer, grain: int) -> bytes:
        """Those of all chunks, in order."""
        found = bytearray()
        with memoryview(data) as view:
            for at in range(0, len(view), grain):
                chunk = view[at : at + grain]
                if not chunk[0]:
                    zeroes, digest = self._of_zeroes(len(chunk))
                    if chunk.tobytes() == zeroes:
                        found += digest
                        continue
                found += self._digest(chunk)
        return bytes(found)

    def of_zeroes(self, length: int, grain: int) -> bytes:
        """The same of so many bytes that are zero."""
        whole, rest = divmod(length, grain)
        found = self._of_zeroes(grain)[1] * whole
        return found + self._of_zeroes(rest)[1] if rest else found

    def _of_zeroes(self, length: int) -> tuple[bytes, bytes]:
        if length not in self._zeroes:
            data = bytes(length)
            self._zeroes[length] = data, self._digest(data)
        return self._zeroes[length]

    def _digest(self, chunk: Buffer) -> bytes:
        found = self._empty.copy()
        found.update(chunk)
        return found.digest(length=DIGEST_BYTES)


def chunks_of(length: int, grain: int) -> int:
    """How many chunks so many bytes have."""
    return -(-length // grain)


def unlike(one: bytes, other: bytes) -> int:
    """The bits of those chunks of `one` that differ; what the other has not is other than it."""
    if one == other:
        return 0
    return sum(
        1 << at // DIGEST_BYTES
        for at in range(0, len(one), DIGEST_BYTES)
        if one[at : at + DIGEST_BYTES] != other[at : at + DIGEST_BYTES]
    )


def ranges_of(chosen: int, length: int) -> Sequence[tuple[int, int]]:
    """The (begin, end) of neighbouring coarse chunks whose bits are set, of so many bytes.

    Where none is, they are all chosen.
    """
    if not chosen:
        return [(0, length)] if length else []
    found, begin = [], -1
    for nth in range(chosen.bit_length() + 1):
        if chosen >> nth & 1:
            begin = nth if begin < 0 else begin
        elif begin >= 0:
            found.append((begin * COARSE_BYTES, min(nth * COARSE_BYTES, length)))
            begin = -1
    return [each for each in found if each[0] < each[1]]


def differing(one: bytes, other: bytes, length: int, grain: int) -> Iterator[tuple[int, int]]:
    """The (begin, end) of neighbouring chunks of `one`, which is of so many bytes, that differ.

    What the other has not is other than it.
    """
    begin = -1
    for nth in range(chunks_of(length, grain)):
        at = nth * DIGEST_BYTES
        if one[at : at + DIGEST_BYTES] != other[at : at + DIGEST_BYTES]:
            begin = nth if begin < 0 else begin
        elif begin >= 0:
            yield begin * grain, nth * grain
            begin = -1
    if begin >= 0:
        yield begin * grain, length
