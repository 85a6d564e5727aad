"""What is on its way to a copy as one, and what has come so: points, and bytes."""

from collections import deque
from typing import NamedTuple

from core.stream.tail import Spot


class Flight(NamedTuple):
    """One segment that stands for several: its first number, its last write, and its bytes.

    `written` is what hosts wrote in the time that it stands for.
    """

    number: int
    last: int
    size: int
    written: int


class Flown(NamedTuple):
    """So many bytes have come so and are still to come, in all.

    What came stands for so much more that hosts wrote: that is what was `saved`.
    """

    moved: int = 0
    left: int = 0
    saved: int = 0


class Flights:
    """Of a copy. One thread at a time begins them, and one hears what the copy says of them."""

    def __init__(self) -> None:
        self.count = self.size = self.written = 0
        """Those that the copy has got, their bytes, and what hosts wrote."""
        self._flying: deque[Flight] = deque()
        self._came = 0  # of the first of these

    @property
    def flown(self) -> Flown:
        """All of them, and of those that are on their way what has come."""
        came = self._came
        return Flown(self.size + came, max(0, self.total - came), self.written - self.size)

    @property
    def total(self) -> int:
        """Bytes of those that are on their way."""
        return sum(each.size for each in (*self._flying,))

    @property
    def came_now(self) -> int:
        """Bytes that have come of those that are on their way."""
        return self._came

    def go_on(self, spot: Spot | None) -> None:
        """Another link begins, and the copy has come so far: nothing is on its way now."""
        if spot is not None and not spot.offset:
            for each in (*self._flying,):
                if each.number < spot.number:
                    self.received(each.last)
        self._flying.clear()
        self._came = 0

    def begin(self, flight: Flight) -> None:
        """It is on its way now."""
        self._flying.append(flight)

    def came(self, number: int, size: int) -> None:
        """Of one that is on its way so much is there."""
        if self._flying and self._flying[0].number == number:
            self._came = min(max(self._came, size), self._flying[0].size)

    def received(self, end: int) -> None:
        """The copy has all up to a write."""
        while self._flying and self._flying[0].last <= end:
            flight = self._flying.popleft()
            self._came = 0
            self.count += 1
            self.size += flight.size
            self.written += flight.written
