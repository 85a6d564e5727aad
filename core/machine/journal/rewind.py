"""Taking volumes back to a point, in place.

What a rewind writes is journaled like any other write, so nothing of the history is given up, and a
rewind is undone by another one to the point before it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.point import PointIndex
from core.stream.view import PointView
from core.structure.medium import SparseImage
from core.structure.painting import paint
from core.wire.chunk import write_of

_PIECE_BYTES: Final = 1 << 20
_COOKIE: Final = bytes(8)


def rewind(
    journal: Journal,
    history: History,
    volumes: Sequence[Volume],
    images: Sequence[SparseImage],
    *,
    point: int,
) -> Iterator[int]:
    """Give the volumes what they held at a point; hosts must not write meanwhile.

    `history` is that of the journal, read live; `images` are what its pre-images are of: the
    volumes themselves, or their replicas, of whose pre-images none may go meanwhile. The journal
    takes more than its budget, where it has to: half of a rewind is worse; once that is over, the
    oldest points go for it. Yields the bytes of each piece that is done; whoever stops before the
    end leaves volumes that are neither here nor there. So does an error of a volume, which is
    raised as OSError.
    """
    end = history.end
    with journal.keeping("rewind", history.epoch_of(point).head.first, beyond=True):
        for number, (volume, image) in enumerate(zip(volumes, images, strict=True)):
            now = PointIndex(history, volume=number, point=end, image_size=image.size())
            then = PointView(history, image, volume=number, point=point)
            size = volume.size()
            if size != then.size:
                journal.resize(number, then.size)
            for start, length in _either(then, now, (size, max(0, then.size - size))):
                stop = min(start + length, then.size)
                for at in range(start, stop, _PIECE_BYTES):
                    piece = bytearray(min(_PIECE_BYTES, stop - at))
                    then.read_into(piece, at)
                    _put_back(journal, number, volume, piece, at)
                    yield len(piece)
            then.close()
    journal.fit()


def _either(then: PointView, now: PointIndex, grown: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """What may differ between two points: all that either has not got from the image.

    So may what a volume is `grown` by, which is zero there, and in a replica need not be.
    """
    before = np.array([*then.runs(), grown], np.int64).reshape(-1, 2)
    runs = paint(
        np.concatenate((before[:, 0], now.start)), np.concatenate((before[:, 1], now.length))
    )
    return zip(runs.start.tolist(), runs.length.tolist(), strict=True)


def _put_back(journal: Journal, number: int, volume: Volume, then: bytearray, offset: int) -> None:
    now = bytearray(len(then))
    volume.read_into(now, offset)
    if then != now:
        errors = journal.write(number, write_of(then, offset, _COOKIE), client=0)
        for error in errors.values():
            raise OSError(error, f"volume {number} takes no write at {offset}: no more is put back")
