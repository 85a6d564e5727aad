"""Making a range of one volume what another one holds."""

from typing import Final

from core.structure.medium import SparseImage, Volume

_PIECE_BYTES: Final = 1 << 20
_COMPARED_BYTES: Final = 1 << 16


def make_alike(
    source: SparseImage, target: Volume, offset: int, length: int, *, trusted: bool
) -> int:
    """Give a range of `target` what `source` holds, which has it all; returns the bytes written.

    Holes stay holes. What is the same already is not written where `target` is `trusted`: after a
    sync of it that failed it may show what no later sync makes durable.
    """
    at, end, written = offset, offset + length, 0
    for begin, run in source.data(offset, length):
        _clear(target, at, begin, trusted=trusted)
        for piece in range(begin, begin + run, _PIECE_BYTES):
            size = min(_PIECE_BYTES, begin + run - piece)
            written += _copy(source, target, piece, size, trusted=trusted)
        at = begin + run
    _clear(target, at, end, trusted=trusted)
    return written


def _clear(target: Volume, begin: int, end: int, *, trusted: bool) -> None:
    if end > begin:
        runs = [*target.data(begin, end - begin)] if trusted else [(begin, end - begin)]
        for offset, length in runs:
            target.zero(offset, length)


def _copy(source: SparseImage, target: Volume, offset: int, length: int, *, trusted: bool) -> int:
    wanted, held = bytearray(length), bytearray(length)
    source.read_into(wanted, offset)
    if not trusted:
        target.write(wanted, offset)
        return length
    target.read_into(held, offset)
    written = 0
    if wanted != held:
        ours, theirs = memoryview(wanted), memoryview(held)
        for at in range(0, length, _COMPARED_BYTES):
            piece = ours[at : at + _COMPARED_BYTES]
            if piece != theirs[at : at + _COMPARED_BYTES]:
                target.write(piece, offset + at)
                written += len(piece)
    return written
