"""What it costs to know how far behind a copy is, where nothing is done about it.

A chunk is the least that it is asked for: with one write on its way at a time each write is one.
"""

import statistics
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from core.driver.link.regulating import UNLIMITED, Answered, Regulating
from tools.benchmarks.fio import JOBS, PLACES, measured
from tools.benchmarks.link import copied
from tools.benchmarks.measure import interleaved

FIGURES: Final = ("off",)
_BYTES: Final = 4096
_BEHIND: Final = 64


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """The one of FIGURES."""
    assert set(figures) <= {*FIGURES}
    off = interleaved({"off": _Fed().write}, rounds)["off"]
    with TemporaryDirectory(dir=PLACES["memory"]) as folder, copied(Path(folder), "async") as copy:
        samples = measured({"async": copy}, JOBS["write-qd1"], rounds)["async"]
    latency = statistics.median(each.latency_us for each in samples)
    least, most = (limit(each.latency_us for each in samples) for limit in (min, max))
    title = "off, memory"
    yield "\n".join(
        (
            title,
            "-" * len(title),
            f"a write with a copy in async {latency:8.1f} us   {least:.1f} .. {most:.1f}",
            f"to be counted                {off.median:8.2f} us   {off.low:.2f} .. {off.high:.2f}",
            f"off costs {off.median / latency:.1%} of a write",
        )
    )


class _Fed:
    """A copy that is a few writes behind, and asked of each."""

    def __init__(self) -> None:
        self._end = 0
        self._regulating = Regulating(UNLIMITED, self._answered, lambda: None)

    def _answered(self) -> Answered:
        received = max(0, self._end - _BEHIND)
        return Answered(is_connected=True, sent=received, received=received, unapplied=0)

    def write(self) -> None:
        self._end += 1
        self._regulating.hold(_BYTES)
        self._regulating.wrote(self._end, _BYTES)
