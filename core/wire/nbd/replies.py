"""Replies of the transmission phase, in the three ways in which they may be written."""

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from core.wire.nbd.constants import (
    ALLOCATION_ID,
    REPLY_EXTENDED_MAGIC,
    REPLY_SIMPLE_MAGIC,
    REPLY_STRUCTURED_MAGIC,
    Error,
    Mode,
    ReplyFlag,
    ReplyType,
    StatusFlag,
)
from core.wire.nbd.requests import Request

HeaderWriter = Callable[[bytearray, int, bytes, int, int], None]
Extent = tuple[int, StatusFlag]  # bytes, and what is known of them

_SIMPLE = struct.Struct(">II8s")
_STRUCTURED = struct.Struct(">IHH8sI")
_EXTENDED = struct.Struct(">IHH8sQQ")
_DATA_STRUCTURED = struct.Struct(">IHH8sIQ")
_DATA_EXTENDED = struct.Struct(">IHH8sQQQ")

_DONE: Final = int(ReplyFlag.DONE)
_DATA: Final = int(ReplyType.OFFSET_DATA)
_DONE_SIMPLE: Final = struct.pack(">II", REPLY_SIMPLE_MAGIC, 0)

READ_HEADER_BYTES: Final = {
    Mode.SIMPLE: _SIMPLE.size,
    Mode.STRUCTURED: _DATA_STRUCTURED.size,
    Mode.EXTENDED: _DATA_EXTENDED.size,
}
# What the numbers of Linux that are none of the protocol's become.
_KNOWN: Final = frozenset(int(each) for each in Error)
_ALIKE: Final = {30: Error.EPERM, 13: Error.EPERM, 122: Error.ENOSPC, 27: Error.ENOSPC}


def error_of(errno: int | None) -> int:
    """The protocol's number for an error of the system; what it has none for is EIO."""
    if errno in _KNOWN:
        return errno or Error.EIO
    return _ALIKE.get(errno or 0, Error.EIO)


def done(requests: Iterable[Request], mode: Mode) -> bytes:
    """That all these, none of which is a read, have succeeded.

    A reply without data may be a simple one even where structured replies are negotiated.
    """
    if mode is Mode.EXTENDED:
        pack = _EXTENDED.pack
        return b"".join(
            [
                pack(REPLY_EXTENDED_MAGIC, _DONE, 0, cookie, offset, 0)
                for _, cookie, offset, _ in requests
            ]
        )
    cookies = [request[1] for request in requests]
    return _DONE_SIMPLE + _DONE_SIMPLE.join(cookies) if cookies else b""


def failed(request: Request, error: int, mode: Mode) -> bytes:
    """That a request has failed. There is no text: nothing that a peer sent goes back to it."""
    _, cookie, offset, _ = request
    if mode is Mode.SIMPLE:
        return _SIMPLE.pack(REPLY_SIMPLE_MAGIC, error, cookie)
    body = struct.pack(">IH", error, 0)
    return _chunk(ReplyType.ERROR, cookie, offset, body, mode)


def read_header_writer(mode: Mode) -> HeaderWriter:
    """What puts the header of a read into a buffer; READ_HEADER_BYTES later its data begins."""

    def simple(out: bytearray, at: int, cookie: bytes, _offset: int, _length: int) -> None:
        _SIMPLE.pack_into(out, at, REPLY_SIMPLE_MAGIC, 0, cookie)

    def structured(out: bytearray, at: int, cookie: bytes, offset: int, length: int) -> None:
        _DATA_STRUCTURED.pack_into(
            out, at, REPLY_STRUCTURED_MAGIC, _DONE, _DATA, cookie, length + 8, offset
        )

    def extended(out: bytearray, at: int, cookie: bytes, offset: int, length: int) -> None:
        _DATA_EXTENDED.pack_into(
            out, at, REPLY_EXTENDED_MAGIC, _DONE, _DATA, cookie, offset, length + 8, offset
        )

    return {Mode.SIMPLE: simple, Mode.STRUCTURED: structured, Mode.EXTENDED: extended}[mode]


def block_status(request: Request, extents: Sequence[Extent], mode: Mode) -> bytes:
    """What is known of consecutive extents from the offset of a request on."""
    assert extents, "a block status has at least one extent"
    _, cookie, offset, _ = request
    if mode is Mode.EXTENDED:
        body = struct.pack(">II", ALLOCATION_ID, len(extents))
        body += b"".join(struct.pack(">QQ", length, flags) for length, flags in extents)
        return _chunk(ReplyType.BLOCK_STATUS_EXT, cookie, offset, body, mode)
    body = struct.pack(">I", ALLOCATION_ID)
    body += b"".join(struct.pack(">II", length, flags) for length, flags in extents)
    return _chunk(ReplyType.BLOCK_STATUS, cookie, offset, body, mode)


def _chunk(kind: ReplyType, cookie: bytes, offset: int, body: bytes, mode: Mode) -> bytes:
    """The only chunk of a reply."""
    assert mode is not Mode.SIMPLE, "simple replies have no chunks"
    if mode is Mode.STRUCTURED:
        return _STRUCTURED.pack(REPLY_STRUCTURED_MAGIC, _DONE, kind, cookie, len(body)) + body
    return _EXTENDED.pack(REPLY_EXTENDED_MAGIC, _DONE, kind, cookie, offset, len(body)) + body
