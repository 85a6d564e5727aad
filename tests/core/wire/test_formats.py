"""Formats of the journal: what was packed is read back, and nothing else passes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.wire import chunk, preimage
from core.wire.chunk import FOLD_AT, Chunk, Form, checksum, pack_fold, padded
from core.wire.nbd.requests import COMPACT
from core.wire.preimage import Batch
from core.wire.record import RECORD, RECORD_BYTES, Kind
from core.wire.segment import HEAD_BYTES, Head, Stream, pack_head, parse_head

U16, U32, U64 = (st.integers(0, (1 << bits) - 1) for bits in (16, 32, 64))
SEED = 12345


@given(st.sampled_from(list(Stream)), st.binary(min_size=16, max_size=16), *(U64,) * 4)
def test_a_head_is_read_back(
    stream: Stream, group: bytes, number: int, first: int, time_ns: int, size: int
) -> None:
    head = Head(stream=stream, group=group, number=number, first=first, time_ns=time_ns, size=size)
    packed = pack_head(head)
    assert len(packed) == HEAD_BYTES
    assert parse_head(packed, where="x") == head


@given(*(U64,) * 3, st.integers(1, (1 << 32) - 1))
def test_a_head_of_what_was_folded_is_read_back(
    number: int, last: int, step_ns: int, rounds: int
) -> None:
    plain = Head(stream=Stream.DO, group=bytes(16), number=number, first=1, time_ns=1, size=1)
    head = replace(plain, last=last, rounds=rounds, step_ns=step_ns)
    assert parse_head(pack_head(head), where="x") == head
    assert head.seed != plain.seed


@pytest.mark.parametrize("rounds", [0, 2])
def test_a_head_with_any_byte_flipped_is_refused(rounds: int) -> None:
    head = Head(
        stream=Stream.DO,
        group=bytes(16),
        number=3,
        first=7,
        time_ns=9,
        size=1 << 16,
        last=5,
        rounds=rounds,
    )
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
    writes: int,
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
        writes=writes,
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
    one = Chunk(form=Form.NOTE, volume=1, sequence=2, time_ns=3, size=4, writes=0, checksum=5)
    two = Batch(ranges=1, size=60, records_checksum=4, data_checksum=5)
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


@given(U32, U64, U64, U64, st.integers(0, 100))
def test_a_header_of_pre_images_is_read_back_in_its_place(
    ranges: int, data_bytes: int, records_digest: int, data_digest: int, offset: int
) -> None:
    size = min(ranges * RECORD_BYTES + data_bytes, (1 << 64) - 1)
    wanted = Batch(
        ranges=ranges, size=size, records_checksum=records_digest, data_checksum=data_digest
    )
    data = bytes(offset) + preimage.pack_header(wanted, seed=SEED, offset=offset)
    assert preimage.parse_header(data, seed=SEED, offset=offset) == wanted
    assert preimage.parse_header(data, seed=SEED + 1, offset=offset) is None
    assert preimage.parse_header(data[:-1], seed=SEED, offset=offset) is None
    assert preimage.parse_header(b"\0" + data, seed=SEED, offset=offset + 1) is None


def batch_of(records: bytes, data: bytes) -> Batch:
    return Batch(
        ranges=len(records) // RECORD_BYTES,
        size=len(records) + len(data),
        records_checksum=checksum(records, SEED),
        data_checksum=checksum(data, SEED),
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40)), max_size=4))
def test_batches_are_found_one_behind_the_other(parts: list[tuple[int, bytes]]) -> None:
    segment, expected = bytearray(), []
    for ranges, data in parts:
        batch = batch_of(bytes(range(RECORD_BYTES)) * ranges, data)
        body = bytes(range(RECORD_BYTES)) * ranges + data
        expected.append((len(segment) + preimage.HEADER_BYTES, batch))
        segment += preimage.pack_header(batch, seed=SEED, offset=len(segment))
        segment += body.ljust(padded(len(body)), b"\0")
    assert list(preimage.batches(memoryview(segment), seed=SEED, begin=0)) == expected


def test_a_batch_ends_the_walk_where_a_bit_of_it_is_flipped() -> None:
    records, data = bytes(range(RECORD_BYTES)), b"what was there"
    batch = batch_of(records, data)
    segment = preimage.pack_header(batch, seed=SEED, offset=0) + records + data
    assert len(list(preimage.batches(memoryview(segment), seed=SEED, begin=0))) == 1
    for at in range(len(segment)):
        changed = bytearray(segment)
        changed[at] ^= 1 << at % 8
        assert list(preimage.batches(memoryview(changed), seed=SEED, begin=0)) == []


def segment_with(form: int, payload: bytes, *, writes: int, request_bytes: int = 28) -> bytes:
    """A segment of one chunk, all of whose checksums are right."""
    header = Chunk(
        form=form,  # type: ignore[arg-type]
        volume=0,
        sequence=1,
        time_ns=1,
        size=len(payload),
        writes=writes,
        checksum=checksum(payload, SEED),
        request_bytes=request_bytes,
    )
    packed = chunk.pack_header(header, seed=SEED, offset=0)
    return packed + payload.ljust(padded(len(payload)), b"\0")


def request(command: int, offset: int, length: int, data: bytes = b"") -> bytes:
    return COMPACT.struct.pack(COMPACT.head(command), bytes(8), offset, length) + data


def fold(data: bytes = b"data", **changed: int) -> bytes:
    """The payload of a chunk of one folded write, some fields of whose record are changed."""
    record = np.zeros(1, RECORD)
    told = {"length": 4, "sequence": 1, "time_ns": 1, "kind": Kind.WRITE, **changed}
    for name, value in told.items():
        record[name] = value
    record["position"] = chunk.HEADER_BYTES + FOLD_AT + RECORD_BYTES
    return pack_fold(record) + data


@pytest.mark.parametrize(
    ("whole", "form", "payload", "writes", "request_bytes"),
    [
        (True, Form.FOLDED, fold(), 1, 0),
        (True, Form.FOLDED, fold(b"", kind=Kind.ZERO), 1, 0),
        (True, Form.FOLDED, fold(b"", kind=Kind.TRIM, sequence=7), 7, 0),
        (False, Form.FOLDED, b"", 0, 0),
        (False, Form.FOLDED, bytes(8), 0, 0),
        (False, Form.FOLDED, b"\2" + fold()[1:], 1, 0),
        (False, Form.FOLDED, b"\xff" * 8 + fold()[8:], 1, 0),
        (False, Form.FOLDED, fold(), 2, 0),
        (False, Form.FOLDED, fold(sequence=0), 0, 0),
        (False, Form.FOLDED, fold(b"dat"), 1, 0),
        (False, Form.FOLDED, fold(b"data!"), 1, 0),
        (False, Form.FOLDED, fold(kind=Kind.ZERO), 1, 0),
        (False, Form.FOLDED, fold(kind=Kind.NOTE), 1, 0),
        (False, Form.FOLDED, fold(b"", kind=Kind.ZERO, length=-1), 1, 0),
        (False, Form.FOLDED, fold(b"", kind=Kind.ZERO, offset=-1), 1, 0),
        (False, Form.FOLDED, fold(b"", kind=Kind.ZERO, offset=(1 << 63) - 4), 1, 0),
        (True, Form.REQUESTS, request(1, 0, 4, b"data"), 1, 28),
        (True, Form.REQUESTS, request(0, 0, 4) + request(4, 0, 4), 1, 28),
        (True, Form.RESIZE, bytes(16), 1, 0),
        (True, Form.NOTE, b"{}", 0, 0),
        (False, Form.REQUESTS, request(1, 0, 4, b"data"), 1, 0),
        (False, Form.REQUESTS, request(1, 0, 4, b"data"), 1, 32),
        (False, Form.REQUESTS, request(1, 0, 4, b"data"), 2, 28),
        (False, Form.REQUESTS, request(1, 0, 5, b"data"), 1, 28),
        (False, Form.REQUESTS, request(1, 0, 3, b"data"), 1, 28),
        (False, Form.REQUESTS, request(4, (1 << 64) - 1, 1), 1, 28),
        (False, Form.REQUESTS, request(4, 0, 4)[:-1], 1, 28),
        (False, Form.RESIZE, bytes(15), 1, 0),
        (False, Form.RESIZE, b"\xff" * 16, 1, 0),
        (False, Form.RESIZE, bytes(16), 0, 0),
        (False, Form.NOTE, b"{}", 1, 0),
        (False, 9, b"{}", 0, 0),
    ],
)
def test_a_chunk_that_is_whole_and_yet_absurd_ends_the_walk(
    whole: bool, form: int, payload: bytes, writes: int, request_bytes: int
) -> None:
    data = segment_with(form, payload, writes=writes, request_bytes=request_bytes)
    found = list(chunk.chunks(memoryview(data), seed=SEED, begin=0))
    assert bool(found) == whole
    for at, each in found:
        body = memoryview(data)[at : at + each.size]
        assert len(chunk.records_of(each, body, at)) == RECORD_BYTES
