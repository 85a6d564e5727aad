"""How soon a point can be read, and what it takes, with 10 GiB of 8 KiB writes behind it.

What is measured is a wait: from the start of `isthmus image open` to the end of a `qemu-io` process
that reads a block of the point. Memory is the most that the process of the point had in use; the
maps of the journal's files are part of that.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.stream.history import History
from core.stream.point import INDEX_RUN_BYTES, PointIndex
from core.wire.record import RECORD_BYTES
from tools.benchmarks.backlog import Backlog

FIGURES: Final = ("local", "replica")
BACKLOG_BYTES: Final = 10 << 30
VOLUME_BYTES: Final = 4 << 30
WRITE_BYTES: Final = 8192
WRITES: Final = BACKLOG_BYTES // WRITE_BYTES
POINTS: Final = {"beginning": WRITES // 1000, "middle": WRITES // 2, "end": WRITES - WRITES // 1000}
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """One process: its wait, its own processor time, and the most memory that it had."""

    seconds: float
    processor_s: float
    peak_mib: float


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: history of the volume itself, and of a replica."""
    if shutil.which("qemu-io") is None:
        yield "points\nnot measured: needs qemu-io"
        return
    for figure in figures:
        with TemporaryDirectory(dir="/var/tmp") as name:
            folder = Path(name)
            Backlog(
                volume_bytes=VOLUME_BYTES,
                write_bytes=WRITE_BYTES,
                writes=WRITES,
                with_replica=figure == "replica",
            ).make(folder)
            yield _table(figure, folder, rounds)


def _table(figure: str, folder: Path, rounds: int) -> str:
    title = f"{figure}, {WRITES} writes of {WRITE_BYTES} bytes behind it"
    lines = [title, "-" * len(title)]
    for name, point in POINTS.items():
        found: dict[str, list[Sample]] = {"": [], ", from disk": []}
        for _ in range(rounds):
            for where, samples in found.items():
                if where:
                    _forget(folder)
                samples.append(_opened(folder, point))
        lines += [_line(f"{name}{where}", samples) for where, samples in found.items()]
        lines.append(f"{'':<20} {_index_text(folder, figure, point)}")
    return "\n".join(lines)


def _line(name: str, samples: Sequence[Sample]) -> str:
    seconds = [each.seconds for each in samples]
    processor = statistics.median(each.processor_s for each in samples)
    peak = max(each.peak_mib for each in samples)
    return (
        f"{name:<20} {statistics.median(seconds):6.2f} s   {min(seconds):5.2f} .. "
        f"{max(seconds):<5.2f} {processor:6.2f} s of the processor   {peak:5.0f} MiB at most"
    )


def _forget(folder: Path) -> None:
    """Have nothing of these files in memory."""
    for path in (*folder.glob("*.img"), *(folder / "journal").glob("*.*")):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _opened(folder: Path, point: int) -> Sample:
    began = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "core", "image", "open", str(folder / "journal")),
            *("--at", f"sequence:{point}", "--listen", f"unix:{folder / 'then.sock'}"),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        subprocess.run(
            ["qemu-io", "-r", "-f", "raw", "-c", f"read {VOLUME_BYTES // 2} 4k", ready["uris"][0]],
            check=True,
            capture_output=True,
        )
        seconds = time.perf_counter() - began
        return Sample(seconds, *_used(process.pid))
    finally:
        process.terminate()
        process.communicate()


def _used(process: int) -> tuple[float, float]:
    """Seconds of the processor, and MiB at most, of a process that runs."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    times = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = int(times[11]) + int(times[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024


def _index_text(folder: Path, figure: str, point: int) -> str:
    """What the index itself needs, and the records that are held beside it."""
    journal = DiskFolder(folder / "journal")
    image = DiskImage(folder / ("copy.img" if figure == "replica" else "disk.img"))
    history = History(journal, where=str(folder))
    index = PointIndex(history, volume=0, point=point, image_size=image.size())
    runs = len(index.start)
    records = sum(len(part.records) for part in history.every)
    history.close()
    image.close()
    journal.close()
    return (
        f"an index of {runs} runs, {runs * INDEX_RUN_BYTES / _MIB:.1f} MiB; "
        f"{records} records of the journal, {records * RECORD_BYTES / _MIB:.0f} MiB"
    )
