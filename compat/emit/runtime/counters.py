"""How often each difference was bridged, as Prometheus reads it."""

from __future__ import annotations

from _thread import allocate_lock
from itertools import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class _Counter:
    """Counts the calls of `count`, which is as cheap as a call can be and needs no lock.

    The count cannot be looked at without advancing it, so looks are counted, too.
    """

    __slots__ = ("_lock", "_looks", "count")

    def __init__(self) -> None:
        self.count = count().__next__
        self._lock = allocate_lock()
        self._looks = 0

    def total(self) -> int:
        with self._lock:
            self._looks += 1
            return self.count() - self._looks + 1


_COUNTERS: dict[tuple[str, str], _Counter] = {}


def counter(difference: str, flow: str) -> Callable[[], int]:
    """The function to call whenever the difference is bridged, "up" or "down"."""
    return _COUNTERS.setdefault((difference, flow), _Counter()).count


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
