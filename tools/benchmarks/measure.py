"""Interleaved rounds, medians and spreads: the same for every figure."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Clock = Callable[[], float]

ROUND_S = 0.2  # what one round of one contender takes at least


@dataclass(frozen=True, slots=True)
class Figure:
    """Microseconds per call, round by round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def low(self) -> float:
        return min(self.rounds)

    @property
    def high(self) -> float:
        return max(self.rounds)

    def __sub__(self, other: "Figure") -> "Figure":
        """What one costs more than the other, in the same rounds."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return Figure(tuple(ours - theirs for ours, theirs in pairs))

    def __str__(self) -> str:
        return f"{self.median:10.1f} us   {self.low:10.1f} .. {self.high:.1f}"


def interleaved(
    contenders: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Clock = time.process_time,
) -> dict[str, Figure]:
    """Every contender once a round, so that what the machine does besides hits all alike.

    The clock is the process's own CPU time; what waits for others needs `time.perf_counter`.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    counts = {name: _calls_per_round(call, clock) for name, call in contenders.items()}
    for _ in range(rounds):
        for name, call in contenders.items():
            times[name].append(_timed(call, counts[name], clock) / counts[name] * 1e6)
    return {name: Figure(tuple(found)) for name, found in times.items()}


def _calls_per_round(call: Callable[[], object], clock: Clock) -> int:
    count = 1
    while (took := _timed(call, count, clock)) < ROUND_S / 4:
        count *= 2
    return max(1, int(count * ROUND_S / took))


def _timed(call: Callable[[], object], count: int, clock: Clock) -> float:
    began = clock()
    for _ in range(count):
        call()
    return clock() - began


def table(title: str, figures: Mapping[str, Figure], against: str, unit: str = "") -> str:
    """Lines of text: each figure, and how many times the one it is held against."""
    base = figures[against].median
    width = max(map(len, figures))
    lines = [title, "-" * len(title)]
    lines += [
        f"{name:<{width}} {figure}   {figure.median / base:6.2f}x {unit}".rstrip()
        for name, figure in figures.items()
    ]
    return "\n".join(lines)


def machine() -> str:
    """What the figures were taken on."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; "
        "medians, and the slowest and the fastest round"
    )
