"""The NBD server beside nbdkit and qemu-nbd, in the same rounds: fio over a unix socket.

Client and server share the machine. What one request costs a server in processor time is told too:
where the machine does other things besides, it is the steadier figure.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

JOBS: Final[Mapping[str, tuple[str, ...]]] = {
    "write-qd1": ("--rw=randwrite", "--bs=4k", "--iodepth=1"),
    "write-qd32": ("--rw=randwrite", "--bs=4k", "--iodepth=32"),
    "read-qd1": ("--rw=randread", "--bs=4k", "--iodepth=1"),
    "read-qd32": ("--rw=randread", "--bs=4k", "--iodepth=32"),
    "write-64k": ("--rw=write", "--bs=64k", "--iodepth=8"),
    "write-1m": ("--rw=write", "--bs=1m", "--iodepth=4"),
    "flush-qd32": ("--rw=randwrite", "--bs=4k", "--iodepth=32", "--fsync=32"),
}
FIGURES: Final = tuple(JOBS)
PLACES: Final[Mapping[str, Path | None]] = {"memory": Path("/dev/shm"), "disk": None}
VOLUME_BYTES: Final = 1 << 30
SECONDS: Final = 2
OURS: Final = "isthmus"
AGAINST: Final = "nbdkit"
PROTECTED: Final = "protected"
REPLICATED: Final = "replicated"
JOURNAL: Final = "2GiB"
_START_S: Final = 30.0
_JOB_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One job: requests a second, the median latency, and the server's time for a request."""

    iops: float
    latency_us: float
    processor_us: float


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that runs."""

    uri: str
    process: int

    def processor_s(self) -> float:
        """What it and its threads have used so far."""
        text = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii")
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES, in memory and on disk."""
    if shutil.which("fio") is None:
        yield "nbd\nnot measured: needs fio with its nbd engine"
        return
    for place, home in PLACES.items():
        if home is not None and not home.is_dir():
            yield f"{place}\nnot measured: needs {home}"
            continue
        with TemporaryDirectory(dir=home) as folder, _contenders(Path(folder)) as running:
            for figure in figures:
                yield _table(f"{figure}, {place}", _measured(running, JOBS[figure], rounds))


def _protect(*more: str) -> tuple[str, ...]:
    """The command that keeps every write; an export has the name of its file."""
    words = ("protect", "{v}", "--journal", "{v}.journal", "--journal-size", JOURNAL)
    return (sys.executable, "-m", "core", *words, "--listen", "unix:{s}", *more)


@contextmanager
def _contenders(folder: Path) -> Iterator[dict[str, Contender]]:
    """Ours and those of the peers that are installed, each with a volume that is full."""
    commands: dict[str, tuple[str, tuple[str, ...]]] = {
        OURS: ("volume", (sys.executable, "-m", "tools.benchmarks.nbd_server", "{s}", "{v}")),
        PROTECTED: (PROTECTED, _protect()),
        REPLICATED: (REPLICATED, _protect("--replica", "{v}.copy")),
        AGAINST: ("", ("nbdkit", "-f", "-U", "{s}", "file", "{v}")),
        "qemu-nbd": ("", ("qemu-nbd", "-t", "-f", "raw", "-e", "16", "-k", "{s}", "{v}")),
    }
    with ExitStack() as stack:
        running = {}
        for name, (export, command) in commands.items():
            if shutil.which(command[0]) is None:
                continue
            volume, path = folder / f"{name}.volume", folder / f"{name}.socket"
            _fill(volume)
            words = [word.format(s=path, v=volume) for word in command]
            process = stack.enter_context(_running(words, path))
            running[name] = Contender(f"nbd+unix:///{export}?socket={path}", process.pid)
        yield running


def _fill(volume: Path) -> None:
    """Random bytes, so that nothing is a hole."""
    block = os.urandom(1 << 20)
    with volume.open("wb") as file:
        for _ in range(VOLUME_BYTES // len(block)):
            file.write(block)


@contextmanager
def _running(command: Sequence[str], path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:  # a session is what the system shares processors among, however many threads
        try:
            deadline = time.monotonic() + _START_S
            while not path.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{' '.join(command)} does not serve")
                time.sleep(0.01)
            yield process
        finally:
            process.terminate()


def _measured(
    running: Mapping[str, Contender], job: Sequence[str], rounds: int
) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {name: [] for name in running}
    for _ in range(rounds):
        for name, contender in running.items():
            found[name].append(_sample(contender, job))
    return found


def _sample(contender: Contender, job: Sequence[str]) -> Sample:
    before = contender.processor_s()
    done = subprocess.run(
        [
            *("fio", "--name=job", "--ioengine=nbd", f"--uri={contender.uri}", *job),
            *(f"--size={VOLUME_BYTES}", "--time_based", f"--runtime={SECONDS}"),
            *("--randrepeat=0", "--output-format=json"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=_JOB_S,
        start_new_session=True,
    )
    used_s = contender.processor_s() - before
    result = json.loads(done.stdout[done.stdout.index("{") :])["jobs"][0]
    side = result["read" if "--rw=randread" in job else "write"]
    latency_ns = side["clat_ns"]["percentile"]["50.000000"]
    return Sample(side["iops"], latency_ns / 1e3, used_s / side["total_ios"] * 1e6)


def _table(title: str, found: Mapping[str, list[Sample]]) -> str:
    lines = [title, "-" * len(title)]
    base = statistics.median(each.iops for each in found.get(AGAINST, found[OURS]))
    for name, samples in found.items():
        iops = [each.iops for each in samples]
        latency = statistics.median(each.latency_us for each in samples)
        processor = statistics.median(each.processor_us for each in samples)
        median = statistics.median(iops)
        lines.append(
            f"{name:<9}{median:9.0f} IOPS   {min(iops):8.0f} .. {max(iops):<8.0f}"
            f"{median / base:6.2f}x {latency:9.1f} us {processor:9.2f} us of the server"
        )
    missing = [name for name in (AGAINST, "qemu-nbd") if name not in found]
    return "\n".join([*lines, *(f"{name}: not measured, is not installed" for name in missing)])
