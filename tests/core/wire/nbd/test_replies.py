"""Replies are what the protocol says, read back with layouts written down here."""

import errno
import struct

import pytest

from core.wire.nbd.constants import Error, Mode, StatusFlag
from core.wire.nbd.replies import (
    READ_HEADER_BYTES,
    block_status,
    done,
    error_of,
    failed,
    read_header_writer,
)
from core.wire.nbd.requests import Request

COOKIES = [struct.pack(">Q", each) for each in (1, 2**64 - 1, 0)]
REQUESTS: list[Request] = [(1, cookie, 512 * at, 16) for at, cookie in enumerate(COOKIES)]
NO_EXTENTS = StatusFlag(0)


def test_success_of_many_is_one_reply_each() -> None:
    for mode in (Mode.SIMPLE, Mode.STRUCTURED):
        assert done(REQUESTS, mode) == b"".join(
            struct.pack(">II", 0x67446698, 0) + cookie for cookie in COOKIES
        )
    assert done(REQUESTS, Mode.EXTENDED) == b"".join(
        struct.pack(">IHH8sQQ", 0x6E8A278C, 1, 0, cookie, 512 * at, 0)
        for at, cookie in enumerate(COOKIES)
    )
    assert [done([], mode) for mode in Mode] == [b"", b"", b""]


def test_an_error_is_a_number_without_a_text() -> None:
    request = REQUESTS[1]
    assert failed(request, 22, Mode.SIMPLE) == struct.pack(">II", 0x67446698, 22) + COOKIES[1]
    body = struct.pack(">IH", 22, 0)
    assert failed(request, 22, Mode.STRUCTURED) == (
        struct.pack(">IHH8sI", 0x668E33EF, 1, 0x8001, COOKIES[1], 6) + body
    )
    assert failed(request, 22, Mode.EXTENDED) == (
        struct.pack(">IHH8sQQ", 0x6E8A278C, 1, 0x8001, COOKIES[1], 512, 6) + body
    )


@pytest.mark.parametrize(
    ("mode", "header"),
    [
        (Mode.SIMPLE, struct.pack(">II", 0x67446698, 0) + COOKIES[1]),
        (Mode.STRUCTURED, struct.pack(">IHH8sIQ", 0x668E33EF, 1, 1, COOKIES[1], 24, 512)),
        (Mode.EXTENDED, struct.pack(">IHH8sQQQ", 0x6E8A278C, 1, 1, COOKIES[1], 512, 24, 512)),
    ],
)
def test_the_header_of_a_read_goes_where_it_is_wanted(mode: Mode, header: bytes) -> None:
    out = bytearray(100)
    read_header_writer(mode)(out, 3, COOKIES[1], 512, 16)
    assert READ_HEADER_BYTES[mode] == len(header)
    assert out == bytes(3) + header + bytes(97 - len(header))


def test_block_status_tells_lengths_and_flags() -> None:
    extents = [(512, StatusFlag.HOLE | StatusFlag.ZERO), (16, NO_EXTENTS)]
    body = struct.pack(">IIIII", 1, 512, 3, 16, 0)
    assert block_status(REQUESTS[0], extents, Mode.STRUCTURED) == (
        struct.pack(">IHH8sI", 0x668E33EF, 1, 5, COOKIES[0], 20) + body
    )
    body = struct.pack(">IIQQQQ", 1, 2, 512, 3, 16, 0)
    assert block_status(REQUESTS[0], extents, Mode.EXTENDED) == (
        struct.pack(">IHH8sQQ", 0x6E8A278C, 1, 6, COOKIES[0], 0, 40) + body
    )


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EIO, Error.EIO),
        (errno.ENOSPC, Error.ENOSPC),
        (errno.EDQUOT, Error.ENOSPC),
        (errno.EFBIG, Error.ENOSPC),
        (errno.EROFS, Error.EPERM),
        (errno.EACCES, Error.EPERM),
        (errno.ENOTSUP, Error.ENOTSUP),
        (errno.EBADF, Error.EIO),
        (122_000, Error.EIO),
        (0, Error.EIO),
        (None, Error.EIO),
    ],
)
def test_errors_of_the_system_become_those_of_the_protocol(
    number: int | None, expected: int
) -> None:
    assert error_of(number) == expected
