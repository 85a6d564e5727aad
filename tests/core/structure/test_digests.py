"""Digests find each chunk that differs, and say nothing to who lacks the key."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.structure.digests import DIGEST_BYTES, KEY_BYTES, Digests, chunks_of, differing
from core.structure.held import held

GRAIN = 4096


@given(
    st.integers(0, 5 * GRAIN),
    st.integers(0, 5 * GRAIN),
    st.lists(st.integers(0, 5 * GRAIN - 1), max_size=4),
)
def test_what_differs_is_found_by_chunks(length: int, other_length: int, spoilt: list[int]) -> None:
    digests = Digests(b"k" * KEY_BYTES)
    one = Random(length).randbytes(GRAIN) * 5
    other = bytearray(one)
    for at in spoilt:
        other[at] ^= 1
    ours, theirs = (
        bytes(one[:length]),
        bytes(other[:other_length]),
    )
    found = [*differing(digests.of(ours, GRAIN), digests.of(theirs, GRAIN), length, GRAIN)]
    covered = {at // GRAIN for begin, end in found for at in range(begin, end, GRAIN)}
    wanted = {
        nth
        for nth in range(chunks_of(length, GRAIN))
        if ours[nth * GRAIN : (nth + 1) * GRAIN] != theirs[nth * GRAIN : (nth + 1) * GRAIN]
    }
    assert covered == wanted
    assert all(before[1] < after[0] for before, after in pairwise(found))
    assert not found or found[-1][1] <= length


@given(st.integers(0, 3 * GRAIN))
def test_zeroes_are_signed_alike_whether_or_not_they_are_there(length: int) -> None:
    digests = Digests(b"")
    assert digests.of(bytes(length), GRAIN) == digests.of_zeroes(length, GRAIN)
    assert len(digests.of_zeroes(length, GRAIN)) == chunks_of(length, GRAIN) * DIGEST_BYTES


def test_a_key_makes_other_digests() -> None:
    assert len({Digests(key * KEY_BYTES).of(b"x", GRAIN) for key in (b"", b"a", b"b")}) == 3


class Shrinking:
    """It is cut off between being asked for its size and being read."""

    def __init__(self, *sizes: int) -> None:
        self._sizes = [*sizes]

    def size(self) -> int:
        return self._sizes.pop(0) if len(self._sizes) > 1 else self._sizes[0]

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        yield offset, length

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        if offset + len(buffer) > self._sizes[0]:
            raise OSError("beyond its end")
        buffer[:] = b"x" * len(buffer)


def test_what_is_cut_off_while_it_is_read_is_read_as_far_as_it_reaches() -> None:
    assert held(Shrinking(100, 60, 60), 10, 80) == b"x" * 50
    assert held(Shrinking(100), 100, 80) == b""


class Unreadable(Shrinking):
    """It is as long as ever, and cannot be read."""

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        super().read_into(buffer, offset + self.size())


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(OSError, match="beyond its end"):
        held(Unreadable(100), 0, 10)
