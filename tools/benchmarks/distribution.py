"""How many writes a second the process that feeds replicas gives to them, with nothing else to do.

What is measured is the time from the moment it is told to begin until it says that the replica has
all of a backlog; that is durable but for the last epoch, which is open. Beside it, in the same
rounds, fio writes as much to a file in the same folder, one `pwrite` after the other and a sync at
the end, and keeps nothing of what was there.
"""

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from core.machine.journal.shelf import KEEP_ALL
from tools.benchmarks.backlog import Backlog
from tools.benchmarks.fio import PLACES

FIGURES: Final = ("memory", "disk")
BACKLOG: Final = Backlog(
    volume_bytes=1 << 30, write_bytes=4096, writes=256 * 1024, with_replica=True
)
_OURS, _PEER = "isthmus, with pre-images", "fio, pwrite"


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES: where journal and replica are."""
    for figure in figures:
        title = f"distribution, {figure}: {BACKLOG.writes} writes of {BACKLOG.write_bytes} bytes"
        found: dict[str, list[float]] = {_OURS: [], _PEER: []}
        for _ in range(rounds):
            with TemporaryDirectory(dir=PLACES[figure] or "/var/tmp") as name:
                folder = Path(name)
                BACKLOG.make(folder)
                found[_OURS].append(BACKLOG.writes / _fed_s(folder / "journal"))
                if shutil.which("fio"):
                    found[_PEER].append(_fio(folder / "copy.img"))
        lines = [title, "-" * len(title), *(_line(name, each) for name, each in found.items())]
        yield "\n".join(lines)


def _fed_s(journal: Path) -> float:
    """Seconds until the replica has all there is."""
    words = ("-m", "core.driver.group.feeding", str(journal), str(KEEP_ALL.size), "wait")
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        _until(process.stdout, "ready", 1)
        began = time.perf_counter()
        process.stdin.write(b"go\n")
        process.stdin.flush()
        _until(process.stdout, "applied", BACKLOG.writes)
        seconds = time.perf_counter() - began
        process.stdin.close()
    return seconds


def _until(told: IO[bytes], name: str, least: int) -> None:
    for line in told:
        if json.loads(line).get(name, 0) >= least:
            return
    raise RuntimeError(f"the process that feeds ended, and never told of {name} {least}")


def _fio(image: Path) -> float:
    """Writes a second without any journal."""
    total = BACKLOG.writes * BACKLOG.write_bytes
    done = subprocess.run(
        [
            *("fio", "--name=job", "--ioengine=psync", f"--filename={image}", "--rw=randwrite"),
            *(f"--bs={BACKLOG.write_bytes}", f"--size={BACKLOG.volume_bytes}", "--norandommap"),
            *(f"--io_size={total}", "--end_fsync=1", "--output-format=json"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    took_ms: int = json.loads(done.stdout[done.stdout.index("{") :])["jobs"][0]["job_runtime"]
    return BACKLOG.writes / (took_ms / 1e3)


def _line(name: str, rates: list[float]) -> str:
    if not rates:
        return f"{name}: not measured, is not installed"
    median = statistics.median(rates)
    return f"{name:<26}{median:9.0f} writes/s   {min(rates):8.0f} .. {max(rates):<8.0f}"
