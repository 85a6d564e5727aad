"""A signature is the hash of the bytes, however they were read, and holes are not read at all."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.structure.merkle import CHUNKS_MAX, Tree, chunk_count
from core.structure.signature import ALGORITHMS, Scheme
from core.structure.signing import sign
from tests.core.signed import Bytes, naive_chunks, naive_root

GRAIN = 4096
KEY = bytes(range(32))
CONTENT = Random(1).randbytes(37 * GRAIN + 1234)
HOLES = ((3 * GRAIN, 5 * GRAIN), (12 * GRAIN + 7, 2 * GRAIN), (20 * GRAIN + 1, GRAIN - 1))
WAYS = [(algorithm, key) for algorithm in ALGORITHMS for key in (b"", KEY)]


def signed(
    medium: Bytes, grain: int, algorithm: str, key: bytes, *, offset: int, length: int
) -> Tree:
    scheme = Scheme(algorithm=algorithm, granularity=grain, key=key)
    return sign(medium, scheme, offset=offset, length=length)


def check(medium: Bytes, grain: int, way: tuple[str, bytes], offset: int, length: int) -> None:
    data = bytes(medium.content[offset : offset + length])
    tree = signed(medium, grain, *way, offset=offset, length=length)
    chunks = [*tree.chunks()]
    assert [each.signature for each in chunks] == naive_chunks(data, grain, *way)
    assert [each.offset for each in chunks] == [*range(0, length, grain)]
    assert [each.length for each in chunks] == [
        len(data[at : at + grain]) for at in range(0, length, grain)
    ]
    assert tree.root == naive_root(data, grain, *way)


@given(st.data())
def test_it_is_what_an_independent_hash_of_the_bytes_is(data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(CONTENT)))
    length = data.draw(st.integers(0, len(CONTENT) - offset))
    grain = GRAIN << data.draw(st.integers(0, 6))
    way = data.draw(st.sampled_from(WAYS))
    check(Bytes(CONTENT, data.draw(st.sampled_from(((), HOLES)))), grain, way, offset, length)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]} {len(way[1])}")
@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, len(CONTENT)), (0, 0), (1, GRAIN), (GRAIN, 1), (511, 3 * GRAIN - 1), (len(CONTENT), 0)],
)
def test_whole_ranges_empty_ones_and_edges(
    way: tuple[str, bytes], offset: int, length: int
) -> None:
    check(Bytes(CONTENT), GRAIN, way, offset, length)


@pytest.mark.slow
def test_so_it_is_of_more_than_is_read_and_asked_for_at_once() -> None:
    """64 MiB in a stretch, and a megabyte in a piece."""
    size = (65 << 20) + 3
    content = bytearray(size)
    for at in (0, (1 << 20) - 1, (64 << 20) - 1, 64 << 20, size - 1):
        content[at] = 1
    hole = ((2 << 20) + 5, (61 << 20) - 10)
    for offset in (0, 4097):
        check(Bytes(bytes(content), (hole,)), 1 << 16, WAYS[0], offset, size - offset)
        check(Bytes(bytes(content), (hole,)), 16 << 20, WAYS[0], offset, size - offset)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]} {len(way[1])}")
def test_a_hole_is_not_read_and_has_the_signature_of_zeroes(way: tuple[str, bytes]) -> None:
    size = 20 * GRAIN + 100
    hollow, full = Bytes(bytes(size), ((0, size),)), Bytes(bytes(size))
    one = signed(hollow, GRAIN, *way, offset=0, length=size)
    other = signed(full, GRAIN, *way, offset=0, length=size)
    assert one == other
    assert hollow.reads == []
    assert sum(length for _, length in full.reads) == size


def test_only_chunks_that_data_touches_are_read_each_once() -> None:
    medium = Bytes(CONTENT, HOLES)
    signed(medium, GRAIN, *WAYS[0], offset=0, length=len(CONTENT))
    assert medium.reads == [
        (0, 3 * GRAIN),  # then a hole of whole chunks
        (8 * GRAIN, 5 * GRAIN),
        (14 * GRAIN, len(CONTENT) - 14 * GRAIN),  # and one that leaves something of two of them
    ]


def test_much_is_read_at_once() -> None:
    medium = Bytes(bytes(5 << 20))
    signed(medium, GRAIN, *WAYS[0], offset=0, length=5 << 20)
    assert [length for _, length in medium.reads] == [1 << 20] * 5


def test_how_far_it_is_is_told() -> None:
    told: list[int] = []
    length = (64 << 20) + 4096
    sign(Bytes(b"", ()), Scheme(), offset=0, length=length, done=told.append)
    assert told == [64 << 20, 4096]


def test_a_short_chunk_is_not_a_longer_one_that_ends_in_zeroes() -> None:
    scheme = Scheme(granularity=GRAIN)
    assert scheme.chunk(bytes(100)) != scheme.chunk(bytes(101))
    assert scheme.chunk(b"a") != scheme.node(1, b"a")
    trees = [
        sign(Bytes(bytes(length)), scheme, offset=0, length=length) for length in (GRAIN, GRAIN - 1)
    ]
    assert trees[0].root != trees[1].root


def test_the_root_names_how_all_was_signed() -> None:
    """Of nothing at all there is nothing else to tell two of them apart by."""
    schemes = [
        Scheme(algorithm=algorithm, granularity=grain, key=key)
        for algorithm, key in (*WAYS, (WAYS[0][0], KEY[:16]))
        for grain in (GRAIN, 2 * GRAIN)
    ]
    assert len({sign(Bytes(b""), each, offset=0, length=0).root for each in schemes}) == 10


def test_two_sides_see_by_a_mark_that_they_have_one_key() -> None:
    marks = {Scheme(key=key).key_mark() for key in (b"", KEY, KEY[:16])}
    assert len(marks) == 3
    assert Scheme().key_mark() == b""
    assert Scheme(key=KEY).key_mark() == Scheme(key=KEY, granularity=GRAIN).key_mark()
    assert all(KEY[:4] not in mark for mark in marks)
    assert "key" not in repr(Scheme(key=KEY))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"algorithm": "md5"}, "there is no algorithm 'md5'"),
        ({"granularity": 2048}, "2048 is no granularity"),
        ({"granularity": 12_288}, "12288 is no granularity"),
        ({"granularity": 32 << 20}, "33554432 is no granularity"),
        ({"granularity": 0}, "0 is no granularity"),
        ({"key": bytes(15)}, "a key has 16 to 64 bytes"),
        ({"key": bytes(65)}, "a key has 16 to 64 bytes"),
    ],
)
def test_what_cannot_be_signed_so_is_told(words: dict[str, str | int | bytes], told: str) -> None:
    with pytest.raises(CoreError, match=told):
        Scheme(**words)  # type: ignore[arg-type]


def test_an_unknown_algorithm_is_told_with_those_that_there_are() -> None:
    with pytest.raises(CoreError) as caught:
        Scheme(algorithm="md5")
    assert caught.value.hint == "there are blake2b-256, sha256"


def test_too_many_chunks_are_told_with_what_is_enough() -> None:
    scheme = Scheme(granularity=GRAIN)
    assert chunk_count(scheme, CHUNKS_MAX * GRAIN) == CHUNKS_MAX
    with pytest.raises(CoreError, match="4194305 chunks are more than 4194304") as caught:
        chunk_count(scheme, CHUNKS_MAX * GRAIN + 1)
    assert caught.value.hint == "a granularity of 8KiB is enough"
    with pytest.raises(CoreError) as caught:
        chunk_count(scheme, (1 << 63) - 1)
    assert caught.value.hint == "sign it in several ranges"
