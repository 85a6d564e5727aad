"""Frames in fewer bytes: what was packed comes back, and nothing is believed of what comes."""

from random import Random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from core.wire.link import (
    HEADER_BYTES,
    BrokenLinkError,
    Frame,
    Kind,
    checksum,
    pack_frame,
    parse_frame,
)
from core.wire.packed import SIZE_MIN, Packer, Unpacker

MAX = 1 << 20


def sent(payload: bytes) -> tuple[bytes, bytes]:
    frame = Frame(Kind.COPY, size=len(payload), checksum=checksum(payload))
    return pack_frame(frame), payload


def packed(content: bytes, first: int, *, of: int | None = None) -> tuple[Frame, memoryview]:
    frame = Frame(
        Kind.PACKED,
        size=len(content),
        first=first,
        checksum=checksum(content) if of is None else of,
    )
    return frame, memoryview(content)


@given(st.binary(min_size=1, max_size=64), st.integers(SIZE_MIN, MAX))
def test_what_repeats_is_sent_in_fewer_bytes_and_comes_back(pattern: bytes, size: int) -> None:
    whole = sent((pattern * (size // len(pattern) + 1))[:size])
    found = Packer().packed(whole)
    assert found is not None
    head, content = found
    assert len(content) < size
    frame, payload = Unpacker().unpacked(parse_frame(head), memoryview(content), MAX)
    assert (pack_frame(frame), bytes(payload)) == whole


def test_what_does_not_get_smaller_is_left_alone() -> None:
    assert Packer().packed(sent(Random(1).randbytes(1 << 16))) is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (packed(zstandard.compress(bytes(1 << 16)), 1 << 16, of=1), "damaged"),
        (packed(zstandard.compress(bytes(1 << 16)), HEADER_BYTES - 1), "bytes is packed"),
        (packed(zstandard.compress(bytes(1 << 16)), HEADER_BYTES + MAX + 1), "bytes is packed"),
        (packed(zstandard.compress(bytes(1 << 16)), 1 << 15), "not as long"),
        (packed(zstandard.compress(bytes(1 << 30)), 1 << 16), "not as long"),
        (packed(b"no zstd at all", 1 << 16), "cannot be read"),
        (packed(zstandard.compress(bytes(1 << 16))[:-4], 1 << 16), "cannot be read"),
        (packed(zstandard.compress(bytes(1 << 16)), 1 << 16), "no frame of a link"),
    ],
)
def test_what_is_not_as_it_is_told_breaks_the_link(
    told: tuple[Frame, memoryview], words: str
) -> None:
    with pytest.raises(BrokenLinkError, match=words):
        Unpacker().unpacked(*told, MAX)


def test_a_frame_that_says_no_length_is_none() -> None:
    content = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(1 << 16))
    with pytest.raises(BrokenLinkError, match="not as long"):
        Unpacker().unpacked(*packed(content, 1 << 16), MAX)


@pytest.mark.parametrize("size", [0, 4096 - HEADER_BYTES - 1, 4096])
def test_the_frame_in_it_is_as_long_as_it_says_and_not_packed_again(size: int) -> None:
    inner = pack_frame(Frame(Kind.COPY, size=size)) + bytes(4096 - HEADER_BYTES)
    again = pack_frame(Frame(Kind.PACKED, size=4096 - HEADER_BYTES)) + bytes(4096 - HEADER_BYTES)
    for each in (inner, again):
        with pytest.raises(BrokenLinkError, match="does not fit"):
            Unpacker().unpacked(*packed(zstandard.compress(each), len(each)), MAX)
