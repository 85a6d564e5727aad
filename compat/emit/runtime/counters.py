"""How often each difference was bridged, as Prometheus reads it."""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_WAITING_MAX: Final = 1000


class _Counter:
    """Counts the calls of `count`, which is as cheap as a call can be and needs no lock.

    The count cannot be looked at without advancing it, so looks are counted, too. What `add` is
    given waits in a queue, which needs no lock either, and is summed up from time to time by one
    thread, while no other has to wait.
    """

    __slots__ = ("_lock", "_looks", "_sum", "_waiting", "count")

    def __init__(self) -> None:
        self.count = count().__next__
        self._lock = allocate_lock()
        self._looks = 0
        self._waiting: deque[int] = deque()
        self._sum = 0

    def add(self, times: int) -> None:
        if times:
            self._waiting.append(times)
            if len(self._waiting) > _WAITING_MAX and self._lock.acquire(blocking=False):
                try:
                    self._sum_up()
                finally:
                    self._lock.release()

    def total(self) -> int:
        with self._lock:
            self._sum_up()
            self._looks += 1
            return self.count() - self._looks + 1 + self._sum

    def _sum_up(self) -> None:
        """Only for who holds the lock."""
        while self._waiting:
            self._sum += self._waiting.popleft()


_COUNTERS: dict[tuple[str, str], _Counter] = {}


def counter(difference: str, flow: str) -> Callable[[], int]:
    """The function to call whenever the difference is bridged, "up" or "down"."""
    return _COUNTERS.setdefault((difference, flow), _Counter()).count


def adder(difference: str, flow: str) -> Callable[[int], None]:
    """The same for several values at once: the function to call with their number."""
    return _COUNTERS.setdefault((difference, flow), _Counter()).add


def totals() -> dict[tuple[str, str], int]:
    """How often each difference was bridged in each direction, of the lenses in use so far."""
    return {key: _COUNTERS[key].total() for key in sorted(_COUNTERS)}


def prometheus() -> str:
    """The totals in the text format of Prometheus, version 0.0.4."""
    package = __name__.rpartition(".")[0]
    lines = [
        "# HELP isthmus_bridged_total Values changed on their way between two versions.",
        "# TYPE isthmus_bridged_total counter",
    ]
    for (difference, flow), total in totals().items():
        labels = {"package": package, "difference": difference, "flow": flow}
        written = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        lines.append(f"isthmus_bridged_total{{{written}}} {total}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
