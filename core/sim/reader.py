"""Live readers: each has a point open while the journal goes on, and reads it piece by piece."""

from collections.abc import Sequence
from random import Random
from typing import Final

from core.sim.record import State
from core.sim.service import WHERE
from core.stream.history import History
from core.stream.view import PointView
from core.structure.medium import Folder, SparseImage

_PIECES: Final = (512, 4096, 4096, 16 << 10, 64 << 10)


class Reader:
    """One point of all volumes, read from its beginning to its end."""

    def __init__(
        self,
        folder: Folder,
        images: Sequence[SparseImage],
        rng: Random,
        *,
        live: bool,
    ) -> None:
        """One of the points that are offered; `live` where a writer has opened the journal.

        Raises CoreError where there is none.
        """
        self._history = History(folder, where=WHERE, live=live)
        offered = points_in(self._history) or (self._history.end,)
        self.begin = self._history.begin
        self.point = rng.choice((offered[-1], rng.choice(offered)))
        self._views = [
            PointView(self._history, image, volume=number, point=self.point)
            for number, image in enumerate(images)
        ]
        self.sizes = tuple(view.size for view in self._views)
        self._rng, self._volume, self._at = rng, 0, 0
        self._expected: State = ()

    def expect(self, state: State) -> None:
        """What the point has to be, whatever is known of it later."""
        self._expected = state

    def read(self) -> int:
        """Read the next piece; returns how many bytes, 0 at the end.

        Raises AssertionError where it is not what it was.
        """
        expected = self._expected
        assert self.sizes == tuple(map(len, expected)), f"sizes of point {self.point}"
        while self._volume < len(self._views) and self._at == self.sizes[self._volume]:
            self._volume, self._at = self._volume + 1, 0
        if self._volume == len(self._views):
            return 0
        number, at = self._volume, self._at
        piece = bytearray(min(self._rng.choice(_PIECES), self.sizes[number] - at))
        self._views[number].read_into(piece, at)
        assert piece == expected[number][at : at + len(piece)], (
            f"point {self.point} of volume {number} is wrong"
            f" from {at + _differs(piece, expected[number][at:])} on"
        )
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Let go of it."""
        for view in self._views:
            view.close()
        self._history.close()


def points_in(history: History) -> Sequence[int]:
    """The points that a history offers."""
    first, end = history.first, history.end
    if first > end:
        return ()
    return (first, *(each for each in history.points()["sequence"].tolist() if each > first))


def _differs(found: bytes | bytearray, expected: bytes) -> int:
    return next(
        nth for nth, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other
    )
