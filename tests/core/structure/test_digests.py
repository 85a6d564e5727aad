"""Digests find each chunk that differs, and say nothing to who lacks the key."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.structure.digested import Digested, digested
from core.structure.digests import (
    COARSE_BYTES,
    DIGEST_BYTES,
    KEY_BYTES,
    Digests,
    chunks_of,
    differing,
    ranges_of,
    unlike,
)
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


def test_chunks_that_differ_have_their_bits() -> None:
    one, other = bytes(range(5 * DIGEST_BYTES)), bytearray(range(5 * DIGEST_BYTES))
    other[0] ^= 1
    other[3 * DIGEST_BYTES] ^= 1
    assert unlike(one, one) == 0
    assert unlike(one, bytes(other)) == 0b01001
    assert unlike(one, bytes(other[: 4 * DIGEST_BYTES])) == 0b11001
    assert unlike(one[:DIGEST_BYTES], one) == 0


def test_neighbours_that_were_chosen_are_one_range() -> None:
    length = 4 * COARSE_BYTES - 1
    assert ranges_of(0, length) == [(0, length)]
    assert ranges_of(0, 0) == []
    assert ranges_of(0b1011, length) == [(0, 2 * COARSE_BYTES), (3 * COARSE_BYTES, length)]
    assert ranges_of(0b1011, COARSE_BYTES) == [(0, COARSE_BYTES)]


class Sparse:
    """It has runs of data, and is read nowhere else."""

    def __init__(self, size: int, *runs: tuple[int, int]) -> None:
        self.content, self._runs = bytearray(size), runs
        for begin, length in runs:
            self.content[begin : begin + length] = Random(begin).randbytes(length)

    def size(self) -> int:
        return len(self.content)

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        for begin, size in self._runs:
            start, stop = max(begin, offset), min(begin + size, offset + length)
            if start < stop:
                yield start, stop - start

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        assert any(
            begin <= offset and offset + len(buffer) <= begin + size for begin, size in self._runs
        )
        buffer[:] = self.content[offset : offset + len(buffer)]


MIB = 1 << 20
RUN = st.tuples(st.integers(0, MIB - 1), st.integers(1, MIB // 2))


@given(
    st.lists(RUN, max_size=3),
    st.integers(0, MIB),
    st.integers(0, MIB),
    st.sampled_from([GRAIN, COARSE_BYTES, MIB]),
    st.just(0) | st.integers(0, (1 << 16) - 1),
)
@example([(0, 1 << 18)], 0, MIB, GRAIN, 0)
def test_digests_are_those_of_what_is_there_however_it_is_read(
    runs: list[tuple[int, int]], offset: int, length: int, grain: int, chosen: int
) -> None:
    image = Sparse(MIB, *_apart(runs))
    digests = Digests(b"k" * KEY_BYTES)
    there = min(length, MIB - offset)
    wanted = b"".join(
        digests.of(image.content[offset + begin : offset + end], grain)
        for begin, end in ranges_of(chosen, there)
    )
    found = digested(image, offset, length, digests, grain, chosen)
    assert found == Digested(there, wanted)


def _apart(runs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for begin, size in sorted(runs):
        start, stop = max(begin, at), min(begin + size, MIB)
        if start < stop:
            yield start, stop - start
            at = stop + 1


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
    digests = Digests(b"")
    found = digested(Shrinking(100, 60, 60), 10, 80, digests, GRAIN)
    assert found == (50, digests.of(b"x" * 50, GRAIN))


class Unreadable(Shrinking):
    """It is as long as ever, and cannot be read."""

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        super().read_into(buffer, offset + self.size())


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(OSError, match="beyond its end"):
        held(Unreadable(100), 0, 10)
    with pytest.raises(OSError, match="beyond its end"):
        digested(Unreadable(100), 0, 10, Digests(b""), GRAIN)
