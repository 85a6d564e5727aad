"""Taking volumes back to a point, in place.

What a rewind writes is journaled like any other write, so nothing of the history is given up, and a
rewind is undone by another one to the point before it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.point import PointIndex
from core.wire.chunk import write_of

_PIECE_BYTES: Final = 1 << 20
_COOKIE: Final = bytes(8)


def rewind(
    journal: Journal, history: History, volumes: Sequence[Volume], *, point: int
) -> Iterator[int]:
    """Give the volumes what they held at a point; hosts must not write meanwhile.

    `history` is that of the journal, read live. Yields the bytes of each piece that is done;
    whoever stops before the end leaves volumes that are neither here nor there.
    """
    indexes = [
        PointIndex(history, volume=number, point=point, image_size=volume.size())
        for number, volume in enumerate(volumes)
    ]
    with journal.keeping("rewind", history.epoch_of(point).head.first):
        for number, index in enumerate(indexes):
            volume = volumes[number]
            if volume.size() != index.size:
                journal.resize(number, index.size)
            for start, length in index.runs():
                stop = min(start + length, index.size)
                for at in range(start, stop, _PIECE_BYTES):
                    size = min(_PIECE_BYTES, stop - at)
                    _put_back(journal, number, volume, index, at, size)
                    yield size


def _put_back(
    journal: Journal, number: int, volume: Volume, index: PointIndex, at: int, size: int
) -> None:
    then, now = bytearray(size), bytearray(size)
    index.read_into(then, at, volume)
    volume.read_into(now, at)
    if then != now:
        journal.write(number, write_of(then, at, _COOKIE), client=0)
