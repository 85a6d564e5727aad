"""Runs are whole, valid and exactly what was received; every refusal has its reason."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.wire.nbd.constants import Command, CommandFlag, Error, Mode, TransmissionFlag
from core.wire.nbd.offer import BlockSizes
from core.wire.nbd.requests import (
    RUN_REQUESTS_MAX,
    Ending,
    Rules,
    Run,
    cut_run,
    payload_bytes,
    refusal,
)
from tests.core.wire.nbd.speech import EVERYTHING, offer

READ, WRITE, DISC, FLUSH, TRIM, CACHE, ZEROES, STATUS = range(8)
SIZE = 1 << 20
FUA, NO_HOLE, DF, ONE, FAST, PAYLOAD = (int(each) for each in CommandFlag)


def compact(kind: int, offset: int, length: int, *, flags: int = 0, data: bytes = b"") -> bytes:
    return struct.pack(">IHHQQI", 0x25609513, flags, kind, 7, offset, length) + data


def extended(kind: int, offset: int, length: int, *, flags: int = 0, data: bytes = b"") -> bytes:
    return struct.pack(">IHHQQQ", 0x21E41C71, flags, kind, 7, offset, length) + data


def rules(mode: Mode = Mode.STRUCTURED, *, allocation: bool = True, **more: object) -> Rules:
    return Rules(offer("vol1", SIZE, **more), mode, allocation)


def cut(data: bytes, by: Rules | None = None, start: int = 0) -> Run:
    return cut_run(memoryview(data), start, len(data), by or rules())


def shapes(run: Run) -> list[tuple[int, int, int]]:
    """Kind, offset, length of each."""
    return [(head & 0xFFFF, offset, length) for head, _, offset, length in run.requests]


def test_a_run_is_every_whole_request_that_is_there() -> None:
    whole = (
        compact(WRITE, 0, 4, data=b"abcd")
        + compact(READ, 8, 16)
        + compact(TRIM, 512, 1024)
        + compact(ZEROES, 0, 512, flags=NO_HOLE | FAST)
    )
    run = cut(b"front" + whole + compact(WRITE, 0, 4, data=b"abc"), start=5)
    assert bytes(run.received) == whole
    assert shapes(run) == [(WRITE, 0, 4), (READ, 8, 16), (TRIM, 512, 1024), (ZEROES, 0, 512)]
    assert (run.mutations, run.reads, run.durable, run.ending) == (3, 1, False, Ending.SHORT)


def test_a_run_says_whether_it_must_be_durable() -> None:
    assert cut(compact(WRITE, 0, 1, flags=FUA, data=b"x")).durable
    assert cut(compact(TRIM, 0, 1, flags=FUA)).durable
    assert not cut(compact(READ, 0, 1, flags=FUA)).durable


@pytest.mark.parametrize("at", range(28 + 4))
def test_what_is_cut_short_is_left_for_later(at: int) -> None:
    run = cut(compact(WRITE, 0, 4, data=b"abcd")[:at])
    assert (len(run.received), run.ending) == (0, Ending.SHORT)


def test_a_run_takes_only_so_many() -> None:
    run = cut(compact(READ, 0, 512) * (RUN_REQUESTS_MAX + 1))
    assert (len(run.requests), run.ending) == (RUN_REQUESTS_MAX, Ending.FULL)


def row(*lengths: int, made: bytes = b"") -> bytes:
    """Writes of those lengths, at offsets that go up."""
    return (
        b"".join(compact(WRITE, 4096 * at, n, data=bytes(n)) for at, n in enumerate(lengths, 3))
        + made
    )


def test_writes_of_one_length_are_a_row() -> None:
    run = cut(row(512, 512, 512, 512, 512, made=compact(WRITE, 0, 512, data=b"cut short")))
    assert (
        run.row == tuple(4096 * at for at in range(3, 8)) == tuple(each[2] for each in run.requests)
    )
    assert (run.mutations, run.reads, run.durable, run.hollow_bytes) == (5, 0, False, 0)
    assert len(run.received) == 5 * (28 + 512)


@pytest.mark.parametrize(
    "other",
    [
        compact(WRITE, 0, 512, flags=FUA, data=bytes(512)),
        compact(WRITE, 0, 1024, data=bytes(1024)),
        compact(READ, 0, 512),
        compact(WRITE, SIZE - 256, 512, data=bytes(512)),
        compact(TRIM, 0, 512),
    ],
    ids=["FUA", "longer", "read", "beyond the end", "trim"],
)
@pytest.mark.parametrize("nth", range(6))
def test_other_requests_among_them_are_what_they_are_anywhere(other: bytes, nth: int) -> None:
    data = row(*[512] * nth) + other + row(*[512] * (5 - nth))
    found, at = list[tuple[int, int, int]](), 0
    while (run := cut(data, start=at)).requests:
        carried = [28 + (length if kind == WRITE else 0) for kind, _, length in shapes(run)]
        assert len(run.received) == sum(carried)
        found += shapes(run)
        at += len(run.received)
    looped = list[tuple[int, int, int]]()
    begin = 0
    while begin < at:
        one = cut(data[: begin + 28 + 1024], start=begin)
        looped.append(shapes(one)[0])
        begin += 28 + (looped[-1][2] if looped[-1][0] == WRITE else 0)
    assert found == looped


ODD = [
    (compact(FLUSH, 0, 0), 0),
    (compact(CACHE, 0, 512), 0),
    (compact(STATUS, 0, 512, flags=ONE), 0),
    (compact(FLUSH, 1, 0), Error.EINVAL),
    (compact(READ, SIZE, 1), Error.EINVAL),
    (compact(READ, SIZE - 1, 2), Error.EINVAL),
    (compact(READ, (1 << 64) - 1, 1), Error.EINVAL),
    (compact(READ, 0, 0), Error.EINVAL),
    (compact(READ, 0, 512, flags=ONE), Error.EINVAL),
    (compact(READ, 0, 512, flags=0x8000), Error.EINVAL),
    (compact(WRITE, SIZE - 1, 2, data=b"ab"), Error.ENOSPC),
    (compact(WRITE, (1 << 64) - 1, (1 << 32) - 1), Error.ENOSPC),
    (compact(WRITE, 0, 0), Error.EINVAL),
    (compact(WRITE, 0, 1, flags=NO_HOLE, data=b"a"), Error.EINVAL),
    (compact(WRITE, 0, 1, flags=PAYLOAD, data=b"a"), Error.EINVAL),
    (compact(TRIM, 0, (1 << 32) - 1), Error.EINVAL),
    (compact(TRIM, 0, 0), Error.EINVAL),
    (compact(TRIM, 0, 512, flags=NO_HOLE), Error.EINVAL),
    (compact(ZEROES, SIZE, 512), Error.ENOSPC),
    (compact(ZEROES, 0, 512, flags=DF), Error.EINVAL),
    (compact(STATUS, 0, (1 << 32) - 1), Error.EINVAL),
    (compact(STATUS, 0, (1 << 32) - 512), Error.EINVAL),
    (compact(STATUS, SIZE, 1), Error.EINVAL),
    (compact(8, 0, 0), Error.EINVAL),
    (compact(0xFFFF, 0, 512), Error.EINVAL),
]


@pytest.mark.parametrize(("odd", "error"), ODD)
def test_what_is_odd_ends_a_run_and_harms_no_neighbour(odd: bytes, error: int) -> None:
    before = compact(WRITE, 0, 4, data=b"abcd")
    run = cut(before + odd + before)
    assert (bytes(run.received), run.ending) == (before, Ending.ODD)
    request = rules().layout.struct.unpack_from(odd)
    assert refusal(request, rules()) == error


def test_reads_and_writes_of_more_than_the_payload_are_refused_and_trims_are_not() -> None:
    large = Rules(offer(size=1 << 40), Mode.EXTENDED, True)
    for kind, error in ((READ, Error.EINVAL), (WRITE, Error.EINVAL), (TRIM, 0), (ZEROES, 0)):
        data = extended(kind, 0, 1 << 36)
        assert refusal(large.layout.struct.unpack_from(data), large) == error
    assert cut(extended(TRIM, 0, 1 << 36), large).mutations == 1
    assert cut(extended(WRITE, 0, 1 << 36, flags=PAYLOAD), large).ending is Ending.ODD
    assert cut(extended(READ, 0, (32 << 20) + 1), large).ending is Ending.ODD


def test_the_payload_may_be_smaller_than_the_protocol_allows() -> None:
    by = rules(blocks=BlockSizes(maximum=4096))
    for data in (compact(WRITE, 0, 4097, data=bytes(4097)), compact(READ, 0, 4097)):
        assert cut(data, by).ending is Ending.ODD
        assert refusal(by.layout.struct.unpack_from(data), by) == Error.EINVAL
    assert cut(compact(WRITE, 0, 4096, data=bytes(4096)), by).mutations == 1


def test_alignment_is_that_of_the_export() -> None:
    by = rules(blocks=BlockSizes(minimum=512))
    for data in (compact(READ, 1, 512), compact(READ, 512, 1), compact(WRITE, 0, 4, data=b"abcd")):
        assert cut(data, by).ending is Ending.ODD
        assert refusal(by.layout.struct.unpack_from(data), by) == Error.EINVAL
    assert cut(compact(READ, 512, 512), by).reads == 1


def test_a_read_only_export_permits_no_mutation() -> None:
    by = rules(features=EVERYTHING | TransmissionFlag.READ_ONLY)
    for data in (compact(WRITE, 0, 1, data=b"a"), compact(TRIM, 0, 1), compact(ZEROES, 0, 1)):
        assert cut(data, by).ending is Ending.ODD
        assert refusal(by.layout.struct.unpack_from(data), by) == Error.EPERM


@pytest.mark.parametrize("kind", [FLUSH, TRIM, CACHE, ZEROES])
def test_what_an_export_cannot_do_is_invalid(kind: int) -> None:
    by = rules(features=TransmissionFlag(0))
    length = 0 if kind == FLUSH else 512
    assert refusal(by.layout.struct.unpack_from(compact(kind, 0, length)), by) == Error.EINVAL


def test_flags_need_what_was_negotiated() -> None:
    simple, no_context = rules(Mode.SIMPLE), rules(allocation=False)
    read = simple.layout.struct.unpack_from(compact(READ, 0, 1, flags=DF))
    assert refusal(read, simple) == Error.EINVAL
    assert refusal(read, rules()) == 0
    status = simple.layout.struct.unpack_from(compact(STATUS, 0, 1))
    assert refusal(status, no_context) == Error.EINVAL
    assert refusal(status, rules()) == 0
    slow = rules(features=EVERYTHING & ~TransmissionFlag.SEND_FAST_ZERO)
    zeroes = slow.layout.struct.unpack_from(compact(ZEROES, 0, 1, flags=FAST))
    assert refusal(zeroes, slow) == Error.EINVAL


def test_data_follows_writes_and_what_says_so_in_extended_headers() -> None:
    by = rules(Mode.EXTENDED)
    run = cut(extended(WRITE, 0, 4, flags=PAYLOAD, data=b"abcd") + extended(READ, 0, 512), by)
    assert (run.mutations, run.reads, run.header_bytes) == (1, 1, 32)
    status = by.layout.struct.unpack_from(extended(STATUS, 0, 8, flags=PAYLOAD))
    assert payload_bytes(status, Mode.EXTENDED) == 8
    assert refusal(status, by) == Error.EINVAL
    read = rules().layout.struct.unpack_from(compact(READ, 0, 8, flags=PAYLOAD))
    assert payload_bytes(read, Mode.STRUCTURED) == 0


numbers = st.one_of(st.integers(0, 64), st.integers(SIZE - 4, SIZE + 4), st.integers(0, 2**64 - 1))
modes = st.sampled_from(Mode)


def _written(mode: Mode, kind: int, offset: int, length: int, flags: int) -> bytes:
    if mode is Mode.EXTENDED:
        return extended(kind, offset, length, flags=flags)
    return compact(kind, offset, min(length, 2**32 - 1), flags=flags)


@given(
    modes,
    st.lists(
        st.tuples(st.integers(0, 9), numbers, numbers, st.integers(0, 63), st.binary(max_size=64)),
        max_size=12,
    ),
    st.sampled_from((1, 512)),
)
def test_every_run_is_a_row_of_valid_requests_and_what_ends_it_is_none(
    mode: Mode, asked: Sequence[tuple[int, int, int, int, bytes]], minimum: int
) -> None:
    by = rules(mode, blocks=BlockSizes(minimum=minimum))
    stream = b"".join(_written(mode, *each[:4]) + each[4] for each in asked)
    run = cut(stream, by)
    at = 0
    for request in run.requests:
        assert refusal(request, by) == 0
        assert request == by.layout.struct.unpack_from(stream, at)
        at += by.layout.struct.size + payload_bytes(request, mode)
        assert request[0] & 0xFFFF in (
            Command.READ,
            *(Command.WRITE, Command.TRIM, Command.WRITE_ZEROES),
        )
    assert bytes(run.received) == stream[:at]
    assert run.mutations + run.reads == len(run.requests)
    rest = stream[at:]
    if run.ending is Ending.ODD:
        request = by.layout.struct.unpack_from(rest)
        harmless = request[0] & 0xFFFF in (FLUSH, DISC, CACHE, STATUS)
        assert refusal(request, by) or request[0] >> 32 != by.layout.magic or harmless
    elif len(rest) >= by.layout.struct.size:
        request = by.layout.struct.unpack_from(rest)
        assert payload_bytes(request, mode) > len(rest) - by.layout.struct.size
