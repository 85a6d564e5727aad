"""Comparing finds what was planted, and nothing else, and looks at little for that."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.structure.merkle import FAN_OUT, Tree, chunk_count, compare
from core.structure.signature import SIGNATURE_BYTES, Scheme
from core.structure.signing import sign
from tests.core.signed import Bytes

GRAIN = 4096
SCHEME = Scheme(granularity=GRAIN)
COUNTS = st.one_of(st.integers(0, 40), st.sampled_from([255, 256, 257, 4095, 4096, 4097]))


def tree(count: int, rest: int = GRAIN, differing: frozenset[int] = frozenset()) -> Tree:
    """Of so many chunks, the last one so long; those that differ have another signature."""
    length = max(0, count - 1) * GRAIN + (rest if count else 0)
    chunks = bytearray()
    for nth in range(count):
        size = min(GRAIN, length - nth * GRAIN)
        mark = b"other" if nth in differing else b"same"
        chunks += SCHEME.chunk(mark + b"%d %d" % (nth, size))
    return Tree.over(SCHEME, length, chunks)


def found(one: Tree, other: Tree) -> set[int]:
    """The chunks in the ranges; these are in order, apart, and end where the longer one does."""
    ranges = compare(one, other).ranges
    chunks: set[int] = set()
    before = -1
    for offset, length in ranges:
        assert offset > before
        assert length > 0
        before = offset + length
        assert before <= max(one.length, other.length)
        chunks |= {*range(offset // GRAIN, -(-before // GRAIN))}
    return chunks


@given(COUNTS, st.integers(1, GRAIN), st.data())
def test_exactly_what_was_planted_is_found(count: int, rest: int, data: st.DataObject) -> None:
    places = st.frozensets(st.integers(0, max(0, count - 1)), max_size=min(count, 12))
    planted = data.draw(places)
    one, other = tree(count, rest), tree(count, rest, planted)
    assert found(one, other) == found(other, one) == planted
    depth = math.ceil(math.log(max(count, 2), FAN_OUT))
    assert compare(one, other).looked_at <= 2 + FAN_OUT * len(planted) * depth


@given(COUNTS, COUNTS, st.integers(1, GRAIN), st.integers(1, GRAIN), st.data())
def test_what_one_has_beyond_the_other_differs(
    count: int, other_count: int, rest: int, other_rest: int, data: st.DataObject
) -> None:
    common = min(count, other_count)
    planted = data.draw(st.frozensets(st.integers(0, max(0, common - 1)), max_size=min(common, 5)))
    one, other = tree(count, rest), tree(other_count, other_rest, planted)
    first, last = sorted((one.length, other.length))
    same = first // GRAIN if first < last else common
    beyond = {*range(same, max(count, other_count))}
    assert found(one, other) == found(other, one) == planted | beyond


def test_all_that_differs_is_one_range() -> None:
    size = 100 * GRAIN + 10
    one, other = (
        sign(Bytes(content * size), SCHEME, offset=0, length=size) for content in (b"a", b"b")
    )
    assert compare(one, other).ranges == ((0, size),)


def test_one_chunk_of_a_million_is_found_by_a_hundred_signatures() -> None:
    count = 1 << 20
    chunks = bytearray(Random(1).randbytes(count * SIGNATURE_BYTES))
    one = Tree.over(SCHEME, count * GRAIN, bytearray(chunks))
    chunks[777_777 * SIGNATURE_BYTES] ^= 1
    other = Tree.over(SCHEME, count * GRAIN, chunks)
    assert compare(one, other) == (((777_777 * GRAIN, GRAIN),), 2 + 5 * FAN_OUT)
    assert compare(one, one) == ((), 1)
    assert sum(map(len, one.levels)) < 34.2 * count


def test_every_second_chunk_of_many_is_found() -> None:
    count = 200_000
    chunks = bytearray(Random(1).randbytes(count * SIGNATURE_BYTES))
    one = Tree.over(SCHEME, count * GRAIN, bytearray(chunks))
    for nth in range(0, count, 2):
        chunks[nth * SIGNATURE_BYTES] ^= 1
    ranges = compare(one, Tree.over(SCHEME, count * GRAIN, chunks)).ranges
    assert ranges == tuple((nth * GRAIN, GRAIN) for nth in range(0, count, 2))


def test_what_was_signed_in_two_ways_is_not_compared() -> None:
    other = Tree.over(Scheme(), 0, bytearray())
    with pytest.raises(AssertionError):
        compare(tree(0), other)
    assert chunk_count(SCHEME, 0) == 0
