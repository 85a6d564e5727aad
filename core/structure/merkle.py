"""A tree of signatures over a range, so that two sides find what differs from the top down.

Chunks are the lowest level; a node has 16 children; the root is over the one node of the highest
level, and names how all was signed. A level is one array of 32 bytes for each chunk or node, and so
a tree takes 34 bytes for each chunk: 544 KiB for 1 GiB in chunks of 64 KiB.

What stands at one place of two trees is equal where the bytes below are, also where one range is
longer than the other: so those are compared as far as both reach, and the rest is what differs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import CoreError
from core.structure.signature import GRANULARITY_MAX, SIGNATURE_BYTES, Scheme
from core.units import size_text

FAN_OUT: Final = 16
CHUNKS_MAX: Final = 1 << 22  # 128 MiB of signatures

_COMPARED_AT_ONCE: Final = 1 << 16
_Places = npt.NDArray[np.intp]


class Chunk(NamedTuple):
    """A chunk by its place in what was signed; the last one may be short."""

    offset: int
    length: int
    signature: bytes


class Comparison(NamedTuple):
    """The (offset, length) of ranges that differ, from where both trees begin, and what it took."""

    ranges: tuple[tuple[int, int], ...]
    looked_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The signatures of so many bytes, made from those of the chunks."""

    scheme: Scheme
    length: int
    levels: tuple[bytearray, ...]
    root: bytes

    @classmethod
    def over(cls, scheme: Scheme, length: int, chunks: bytearray) -> "Tree":
        """The tree over the signatures of all chunks."""
        assert len(chunks) == chunk_count(scheme, length) * SIGNATURE_BYTES
        levels, span = [chunks], scheme.granularity
        while len(levels[-1]) > SIGNATURE_BYTES:
            span *= FAN_OUT
            levels.append(_level_over(scheme, length, levels[-1], span))
        root = scheme.all(length, levels[-1])
        return cls(scheme=scheme, length=length, levels=tuple(levels), root=root)

    def chunks(self) -> Iterator[Chunk]:
        """Every chunk, in order."""
        grain, signatures = self.scheme.granularity, self.levels[0]
        for nth, offset in enumerate(range(0, self.length, grain)):
            at = nth * SIGNATURE_BYTES
            signature = bytes(signatures[at : at + SIGNATURE_BYTES])
            yield Chunk(offset, min(grain, self.length - offset), signature)

    def count(self, level: int) -> int:
        """How many signatures there are at a level."""
        return len(self.levels[level]) // SIGNATURE_BYTES


def chunk_count(scheme: Scheme, length: int) -> int:
    """How many chunks so many bytes have; raises CoreError where they are too many."""
    count = -(-length // scheme.granularity)
    if count > CHUNKS_MAX:
        least = scheme.granularity
        while -(-length // least) > CHUNKS_MAX:
            least *= 2
        enough = least <= GRANULARITY_MAX
        raise CoreError(
            f"{count} chunks are more than {CHUNKS_MAX}",
            hint=f"a granularity of {size_text(least)} is enough"
            if enough
            else "sign it in several ranges",
        )
    return count


def compare(one: Tree, other: Tree) -> Comparison:
    """Where two ranges differ, by chunks: d that do cost about 16 d log16(n) signatures of n.

    `looked_at` counts those of one side. Where one range is longer, all differs from the first
    chunk on that the two have not in the same length.
    """
    assert one.scheme == other.scheme
    if one.root == other.root:
        return Comparison((), 1)
    looked_at = 1
    top = min(len(one.levels), len(other.levels)) - 1
    places: _Places = np.arange(min(one.count(top), other.count(top)))
    for level in range(top, -1, -1):
        looked_at += len(places)
        places = _differing(one.levels[level], other.levels[level], places)
        if level:
            below = (places[:, None] * FAN_OUT + np.arange(FAN_OUT)).reshape(-1)
            places = below[below < min(one.count(level - 1), other.count(level - 1))]
    ends = sorted((one.count(0), other.count(0)))
    places = np.concatenate((places, np.arange(*ends)))
    return Comparison(_ranges(places, one.scheme, max(one.length, other.length)), looked_at)


def _level_over(scheme: Scheme, length: int, below: bytearray, span: int) -> bytearray:
    """The nodes, each of which stands for at most `span` bytes."""
    step = FAN_OUT * SIGNATURE_BYTES
    found = bytearray()
    with memoryview(below) as children:
        for nth, at in enumerate(range(0, len(below), step)):
            found += scheme.node(min(span, length - nth * span), children[at : at + step])
    return found


def _differing(one: bytearray, other: bytearray, places: _Places) -> _Places:
    ours, theirs = (np.frombuffer(each, np.uint64).reshape(-1, 4) for each in (one, other))
    found = [
        piece[(ours[piece] != theirs[piece]).any(axis=1)]
        for piece in (
            places[at : at + _COMPARED_AT_ONCE] for at in range(0, len(places), _COMPARED_AT_ONCE)
        )
    ]
    return np.concatenate(found) if found else places


def _ranges(places: _Places, scheme: Scheme, end: int) -> tuple[tuple[int, int], ...]:
    """Neighbouring chunks as one range."""
    cuts = np.flatnonzero(np.diff(places) != 1)
    begin = places[np.append(0, cuts + 1)] * scheme.granularity
    stop = np.minimum((places[np.append(cuts, -1)] + 1) * scheme.granularity, end)
    return tuple(zip(begin.tolist(), (stop - begin).tolist(), strict=True))
