"""Formats of the journal: what was packed is read back, and nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.wire import chunk, preimage
from core.wire.chunk import Chunk, Form
from core.wire.preimage import Batch
from core.wire.record import Kind
from core.wire.segment import HEAD_BYTES, Head, Stream, pack_head, parse_head

U16, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (16, 32, 64))
SEED = 12345


@given(st.sampled_from(list(Stream)), st.binary(min_size=16, max_size=16), U64, U64, U64)
def test_a_head_is_read_back(
    stream: Stream, group: bytes, number: int, first: int, size: int
) -> None:
    head = Head(stream=stream, group=group, number=number, first=first, size=size)
    packed = pack_head(head)
    assert len(packed) == HEAD_BYTES
    assert parse_head(packed, where="x") == head


def test_a_head_with_any_byte_flipped_is_refused() -> None:
    head = Head(stream=Stream.DO, group=bytes(16), number=3, first=7, size=1 << 16)
    packed = pack_head(head)
    used = len(packed.rstrip(b"\0"))
    for at in range(used):
        for bit in range(8):
            changed = bytearray(packed)
            changed[at] ^= 1 << bit
            with pytest.raises(CoreError):
                parse_head(bytes(changed), where="x")


@given(st.sampled_from(list(Form)), *(U16, U64, U64, U32, U32, U32, U64), st.integers(0, 100))
def test_a_header_of_a_chunk_is_read_back_in_its_place(
    form: Form,
    volume: int,
    sequence: int,
    time_ns: int,
    size: int,
    count: int,
    client: int,
    digest: int,
    offset: int,
) -> None:
    wanted = Chunk(
        form=form,
        volume=volume,
        sequence=sequence,
        time_ns=time_ns,
        size=size,
        count=count,
        client=client,
        request_bytes=28,
        checksum=digest,
    )
    data = bytes(offset) + chunk.pack_header(wanted, seed=SEED, offset=offset)
    assert chunk.parse_header(data, seed=SEED, offset=offset) == wanted
    assert chunk.parse_header(data, seed=SEED + 1, offset=offset) is None
    assert chunk.parse_header(data[:-1], seed=SEED, offset=offset) is None
    assert chunk.parse_header(b"\0" + data, seed=SEED, offset=offset + 1) is None


def test_a_header_with_any_bit_flipped_is_refused() -> None:
    one = Chunk(form=Form.NOTE, volume=1, sequence=2, time_ns=3, size=4, count=0, checksum=5)
    two = Batch(volume=1, sequence=2, count=3, size=4, checksum=5)
    for packed, parse in (
        (chunk.pack_header(one, seed=SEED, offset=0), chunk.parse_header),
        (preimage.pack_header(two, seed=SEED, offset=0), preimage.parse_header),
    ):
        assert parse(packed, seed=SEED, offset=0) in (one, two)
        for at in range(len(packed)):
            for bit in range(8):
                changed = bytearray(packed)
                changed[at] ^= 1 << bit
                assert parse(bytes(changed), seed=SEED, offset=0) is None


@given(U16, U64, U32, U32, U64, st.integers(0, 100))
def test_a_header_of_pre_images_is_read_back_in_its_place(
    volume: int, sequence: int, count: int, size: int, digest: int, offset: int
) -> None:
    wanted = Batch(volume=volume, sequence=sequence, count=count, size=size, checksum=digest)
    data = bytes(offset) + preimage.pack_header(wanted, seed=SEED, offset=offset)
    assert preimage.parse_header(data, seed=SEED, offset=offset) == wanted
    assert preimage.parse_header(b"\0" + data, seed=SEED, offset=offset + 1) is None


@given(
    st.lists(
        st.tuples(U32, st.integers(0, 1 << 20), st.sampled_from([Kind.WRITE, Kind.ZERO])),
        max_size=20,
    )
)
def test_records_of_pre_images_say_where_each_lies(ranges: list[tuple[int, int, Kind]]) -> None:
    table = preimage.pack_table(ranges)
    batch = Batch(volume=1, sequence=9, count=len(ranges), size=len(table), checksum=0)
    packed = preimage.records_of(batch, memoryview(table), 1000)
    at = 1000 + len(table)
    for nth, (offset, length, kind) in enumerate(ranges):
        record = packed[nth * 48 : nth * 48 + 48]
        assert int.from_bytes(record[:8], "little") == offset
        assert int.from_bytes(record[16:24], "little") == at
        at += length if kind is Kind.WRITE else 0
