"""fio over a unix socket, as the client of servers that are held against each other."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
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
PLACES: Final[Mapping[str, Path | None]] = {"memory": Path("/dev/shm"), "disk": None}
VOLUME_BYTES: Final = 1 << 30
SECONDS: Final = 2
_START_S: Final = 30.0
_JOB_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One job: requests a second, the median latency, and the servers' time for a request."""

    iops: float
    latency_us: float
    processor_us: float


def _nothing() -> None: ...


@dataclass(frozen=True, slots=True)
class Contender:
    """Servers that run; `settle` waits until nothing is left to do of what was written."""

    uri: str
    processes: tuple[int, ...]
    settle: Callable[[], None] = _nothing

    def processor_s(self) -> float:
        """What they and their threads have used so far."""
        return sum(map(_processor_s, self.processes))


def _processor_s(process: int) -> float:
    text = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def fill(volume: Path) -> None:
    """Random bytes, so that nothing is a hole."""
    block = os.urandom(1 << 20)
    with volume.open("wb") as file:
        for _ in range(VOLUME_BYTES // len(block)):
            file.write(block)


@contextmanager
def running(command: Sequence[str], path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server, from when its socket is there."""
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


def measured(
    contenders: Mapping[str, Contender], job: Sequence[str], rounds: int
) -> dict[str, list[Sample]]:
    """Every contender once a round."""
    found: dict[str, list[Sample]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            found[name].append(_sample(contender, job))
            contender.settle()
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


def median_iops(samples: Sequence[Sample]) -> float:
    return statistics.median(each.iops for each in samples)


def table(title: str, found: Mapping[str, Sequence[Sample]], against: str) -> str:
    """A line for each, and how many times the one it is held against."""
    lines, width = [title, "-" * len(title)], max(map(len, found))
    base = median_iops(found[against])
    for name, samples in found.items():
        iops = [each.iops for each in samples]
        latency = statistics.median(each.latency_us for each in samples)
        processor = statistics.median(each.processor_us for each in samples)
        median = median_iops(samples)
        lines.append(
            f"{name:<{width}}{median:9.0f} IOPS   {min(iops):8.0f} .. {max(iops):<8.0f}"
            f"{median / base:6.2f}x {latency:9.1f} us {processor:9.2f} us of the server"
        )
    return "\n".join(lines)
