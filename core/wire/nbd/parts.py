"""Cutting a run that is too large to be journaled in one piece."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from core.structure.blocks import BLOCK_BYTES
from core.wire.nbd.requests import COMPACT, EXTENDED, READ_HEADS, WRITE_HEADS, Request, Run

Part = tuple[Run, list[int]]
"""A run, and for each of its requests the index of the one that it came from."""

_Piece = tuple[Request, bytes, int]


def parts(run: Run, *, bytes_max: int, writes_max: int, hollow_max: int) -> Iterator[Part]:
    """The run as several, in order, each within the bounds.

    No part has more than `bytes_max` bytes, nor trims or zeroes more than `hollow_max`: requests
    that go beyond that become several, of whole blocks but the last. Reads are left out.
    """
    pieces: list[_Piece] = []
    size = hollow = 0
    for piece in _pieces(run, bytes_max, hollow_max):
        request, received, _ = piece
        covered = 0 if request[0] in WRITE_HEADS else request[3]
        too_large = size + len(received) > bytes_max or hollow + covered > hollow_max
        if pieces and (too_large or len(pieces) == writes_max):
            yield _joined(run, pieces)
            pieces, size, hollow = [], 0, 0
        pieces.append(piece)
        size += len(received)
        hollow += covered
    if pieces:
        yield _joined(run, pieces)


def without(run: Run, left_out: Collection[int]) -> Part:
    """The run but for its reads, and some other requests."""
    whole = len(run.received) + run.hollow_bytes + BLOCK_BYTES
    pieces = [each for each in _pieces(run, whole, whole) if each[2] not in left_out]
    return _joined(run, pieces)


def _pieces(run: Run, bytes_max: int, hollow_max: int) -> Iterator[_Piece]:
    """Requests that write, none longer than allowed, as a host would have sent them."""
    pack = (COMPACT if run.header_bytes == COMPACT.struct.size else EXTENDED).struct.pack
    room = bytes_max - run.header_bytes
    data_max = room // BLOCK_BYTES * BLOCK_BYTES or room
    at = 0
    for index, (head, cookie, offset, length) in enumerate(run.requests):
        at += run.header_bytes
        if head in READ_HEADS:
            continue
        carries = head in WRITE_HEADS
        step = data_max if carries else hollow_max
        for skip in range(0, length, step):
            piece = (head, cookie, offset + skip, min(step, length - skip))
            data = run.received[at + skip : at + skip + piece[3]] if carries else b""
            yield piece, pack(*piece) + data, index
        at += length if carries else 0


def _joined(run: Run, pieces: list[_Piece]) -> Part:
    received = memoryview(b"".join(each[1] for each in pieces))
    requests = [each[0] for each in pieces]
    whole = replace(
        run, received=received, requests=requests, mutations=len(pieces), reads=0, row=()
    )
    return whole, [each[2] for each in pieces]
