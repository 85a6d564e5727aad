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
_LOOKING: Final = allocate_lock()  # for what changes or reads sums


class _Counter:
    """Counts the calls of `count`, which is as cheap as a call can be and needs no lock.

    The count cannot be looked at without advancing it, so looks are counted, too. `sum` is what
    adders have added.
    """

    __slots__ = ("_looks", "count", "sum")

    def __init__(self) -> None:
        self.count = count().__next__
        self.sum = 0
        self._looks = 0

    def total(self) -> int:
        """Only for who holds the lock."""
        self._looks += 1
        return self.count() - self._looks + 1 + self.sum


class _Adder:
    """Adds to several counters at once.

    What `add` is given waits in a queue, which needs no lock either, and is summed up from time to
    time by one thread, while no other has to wait.
    """

    __slots__ = ("_counters", "_waiting")

    def __init__(self, counters: tuple[_Counter, ...]) -> None:
        self._counters = counters
        self._waiting: deque[tuple[int, ...]] = deque()

    def add(self, *times: int) -> None:
        self._waiting.append(times)
        if len(self._waiting) > _WAITING_MAX and _LOOKING.acquire(blocking=False):
            try:
                self.sum_up()
            finally:
                _LOOKING.release()

    def sum_up(self) -> None:
        """Only for who holds the lock."""
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        for counter, times in zip(self._counters, zip(*taken, strict=True), strict=False):
            counter.sum += sum(times)


_COUNTERS: dict[tuple[str, str], _Counter] = {}
_ADDERS: list[_Adder] = []


def counter(difference: str, flow: str) -> Callable[[], int]:
    """The function to call whenever the difference is bridged, "up" or "down"."""
    return _COUNTERS.setdefault((difference, flow), _Counter()).count


def adder(*differences: str, flow: str) -> Callable[..., None]:
    """The same for many values at once: the function to call with a number for each difference."""
    made = _Adder(tuple([_COUNTERS.setdefault((each, flow), _Counter()) for each in differences]))
    _ADDERS.append(made)
    return made.add


def totals() -> dict[tuple[str, str], int]:
    """How often each difference was bridged in each direction, of the lenses in use so far."""
    with _LOOKING:
        for each in _ADDERS:
            each.sum_up()
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
