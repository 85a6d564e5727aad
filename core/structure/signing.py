"""Signing a range of a medium, as it is read.

Before anything is read all chunks have the signature of zeroes. What the medium knows for holes
keeps that, and is not read; the chunks that data touches are read, as many at once as a piece has.
Those whose signature is known already are not read either.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol

import numpy as np

from core.structure.kept import NOTHING_KNOWN, Snapshot
from core.structure.merkle import Tree, chunk_count
from core.structure.signature import GRANULARITY_MAX, SIGNATURE_BYTES, Scheme

_PIECE_BYTES: Final = 1 << 20
_STRETCH_BYTES: Final = 64 << 20  # in which it is asked for holes
assert _STRETCH_BYTES % GRANULARITY_MAX == 0  # a chunk lies in one stretch


class Medium(Protocol):
    """What can be signed: see `core.structure.medium.SparseImage`."""

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`."""

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""


def sign(
    medium: Medium,
    scheme: Scheme,
    *,
    offset: int,
    length: int,
    done: Callable[[int], object] = lambda _: None,
    known: Snapshot = NOTHING_KNOWN,
) -> Tree:
    """The signatures of a range, in chunks that begin at `offset`.

    `done` is told how many bytes more are; `known` has signatures of the first of its chunks.
    """
    signatures = sign_chunks(medium, scheme, offset=offset, length=length, done=done, known=known)
    return Tree.over(scheme, length, signatures)


def sign_chunks(
    medium: Medium,
    scheme: Scheme,
    *,
    offset: int,
    length: int,
    done: Callable[[int], object] = lambda _: None,
    known: Snapshot = NOTHING_KNOWN,
) -> bytearray:
    """Those of the chunks alone, one after the other."""
    signatures = _of_zeroes(scheme, length)
    buffer = memoryview(bytearray(max(_PIECE_BYTES, scheme.granularity)))
    for begin in range(0, length, _STRETCH_BYTES):
        stretch = min(_STRETCH_BYTES, length - begin)
        runs = ((at - offset, count) for at, count in medium.data(offset + begin, stretch))
        for first, last in _unknown(_whole_chunks(runs, scheme.granularity), scheme, known):
            stop = min(last, length)
            for at in range(first, stop, len(buffer)):
                piece = buffer[: min(len(buffer), stop - at)]
                medium.read_into(piece, offset + at)
                _sign_piece(scheme, piece, signatures, at)
        done(stretch)
    count = len(known.is_valid)
    rows = np.frombuffer(signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)
    rows[:count][known.is_valid] = known.signatures[known.is_valid]
    return signatures


def _of_zeroes(scheme: Scheme, length: int) -> bytearray:
    """The signatures of a range that is one hole."""
    count = chunk_count(scheme, length)
    whole, rest = divmod(length, scheme.granularity)
    signatures = (
        bytearray(scheme.chunk(bytes(scheme.granularity))) * whole if whole else bytearray()
    )
    if rest:
        signatures += scheme.chunk(bytes(rest))
    assert len(signatures) == count * SIGNATURE_BYTES
    return signatures


def _whole_chunks(runs: Iterable[tuple[int, int]], grain: int) -> Iterator[tuple[int, int]]:
    """Where runs of the chunks begin and end that runs of data touch."""
    begin = end = 0
    for at, count in runs:
        first, last = at // grain * grain, -(-(at + count) // grain) * grain
        if first > end:
            if end > begin:
                yield begin, end
            begin = first
        end = max(end, last)
    if end > begin:
        yield begin, end


def _unknown(
    runs: Iterable[tuple[int, int]], scheme: Scheme, known: Snapshot
) -> Iterator[tuple[int, int]]:
    """What is left of runs of whole chunks without those whose signature is known."""
    grain = scheme.granularity
    for begin, end in runs:
        first, stop = begin // grain, end // grain
        is_known = np.zeros(stop - first, np.bool_)
        told = known.is_valid[first:stop]
        is_known[: len(told)] = told
        edges = np.flatnonzero(np.diff(is_known, prepend=True, append=True)) + first
        for at, until in edges.reshape(-1, 2).tolist():
            yield at * grain, until * grain


def _sign_piece(scheme: Scheme, piece: memoryview, signatures: bytearray, at: int) -> None:
    grain = scheme.granularity
    place = at // grain * SIGNATURE_BYTES
    for begin in range(0, len(piece), grain):
        signatures[place : place + SIGNATURE_BYTES] = scheme.chunk(piece[begin : begin + grain])
        place += SIGNATURE_BYTES
