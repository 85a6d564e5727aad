"""Cutting a run that is too large to be journaled in one piece."""

from collections.abc import Iterator
from dataclasses import replace

from core.wire.nbd.requests import COMPACT, EXTENDED, READ_HEADS, WRITE_HEADS, Request, Run

Part = tuple[Run, list[int]]
"""A run, and for each of its requests the index of the one that it came from."""


def parts(run: Run, *, bytes_max: int, writes_max: int, hollow_max: int) -> Iterator[Part]:
    """The run as several, in order, each within the bounds.

    No part trims or zeroes more than `hollow_max` bytes: longer requests become several. Of a write
    nothing is cut, and `bytes_max` has to be enough for one. Reads are left out.
    """
    pieces: list[tuple[Request, memoryview, int]] = []
    size = hollow = 0
    for request, received, index in _pieces(run, hollow_max):
        covered = 0 if request[0] in WRITE_HEADS else request[3]
        too_large = size + len(received) > bytes_max or hollow + covered > hollow_max
        if pieces and (too_large or len(pieces) == writes_max):
            yield _joined(run, pieces)
            pieces, size, hollow = [], 0, 0
        pieces.append((request, received, index))
        size += len(received)
        hollow += covered
    if pieces:
        yield _joined(run, pieces)


def _pieces(run: Run, hollow_max: int) -> Iterator[tuple[Request, memoryview, int]]:
    """Each request that writes with its bytes as received and its index, long hollow ones cut."""
    layout = COMPACT if run.header_bytes == COMPACT.struct.size else EXTENDED
    at = 0
    for index, request in enumerate(run.requests):
        head, cookie, offset, length = request
        end = at + run.header_bytes + (length if head in WRITE_HEADS else 0)
        if head in WRITE_HEADS:
            yield request, run.received[at:end], index
        elif head not in READ_HEADS:
            for begin in range(offset, offset + length, hollow_max):
                piece = (head, cookie, begin, min(hollow_max, offset + length - begin))
                yield piece, memoryview(layout.struct.pack(*piece)), index
        at = end


def _joined(run: Run, pieces: list[tuple[Request, memoryview, int]]) -> Part:
    received = memoryview(b"".join(each[1] for each in pieces))
    requests = [each[0] for each in pieces]
    whole = replace(run, received=received, requests=requests, mutations=len(pieces), reads=0)
    return whole, [each[2] for each in pieces]
