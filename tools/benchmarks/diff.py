"""The differ's figures: whole processes on published specs, beside oasdiff where there is one."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

SPECS: Final = Path(__file__).resolve().parents[3] / "shared" / "cases" / "spec-pairs"
PAIRS: Final = {
    "moby": ("moby/v1.51.yaml", "moby/v1.52.yaml"),
    "airflow": ("airflow/3.0.0-v2.yaml", "airflow/3.2.1-v2.yaml"),
    "ghes": ("ghes/3.9.json", "ghes/3.19.json"),
}
FIGURES: Final = tuple(PAIRS)
OASDIFF: Final = "github.com/oasdiff/oasdiff@v1.37.0"
_AGAIN: Final = "the same, again"
_BUILD_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Run:
    """One process from its start to its end."""

    seconds: float
    peak_mib: float


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES, as they are measured."""
    with TemporaryDirectory() as folder:
        peer = _oasdiff(Path(folder))
        for name in figures:
            yield _table(name, peer, rounds, folder)


def _oasdiff(folder: Path) -> str | None:
    """The peer from the PATH, or built from its module where a Go toolchain is there."""
    if found := shutil.which("oasdiff"):
        return found
    if shutil.which("go") is None:
        return None
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
    subprocess.run(
        ["go", "install", OASDIFF], env=environment, check=True, timeout=_BUILD_S, cwd=folder
    )
    return str(folder / "oasdiff")


def _table(name: str, peer: str | None, rounds: int, folder: str) -> str:
    title = f"{name}: {' -> '.join(PAIRS[name])}, whole process"
    lines = [title, "-" * len(title)]
    old, new = (str(SPECS / path) for path in PAIRS[name])
    if not Path(old).exists():
        return "\n".join([title, "not measured: needs the published specs beside the checkout"])
    ours = [sys.executable, "-m", "compat", "compat", "diff", old, new, "--format", "json"]
    contenders = {"isthmus compat diff": ours, _AGAIN: ours}
    if peer is not None:
        contenders["oasdiff changelog"] = [peer, "changelog", old, new, "-f", "json"]
    runs: dict[str, list[Run]] = {each: [] for each in contenders}
    _run(ours, str(Path(folder) / f"{name}-kept"))
    for _ in range(rounds):
        for each, command in contenders.items():
            keeps = str(Path(folder) / f"{name}-kept") if each == _AGAIN else ""
            runs[each].append(_run(command, keeps))
    width = max(map(len, runs))
    lines += [f"{each:<{width}} {_told(found)}" for each, found in runs.items()]
    return "\n".join(
        lines if peer else [*lines, "oasdiff: not measured, needs it or Go on the PATH"]
    )


def _run(command: list[str], keeps: str) -> Run:
    """`keeps` is where answers are kept, empty for nowhere."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ISTHMUS_CACHE": keeps},
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{' '.join(command)} failed")
    return Run(seconds, usage.ru_maxrss / 1024)


def _told(runs: list[Run]) -> str:
    seconds = [run.seconds for run in runs]
    peak = max(run.peak_mib for run in runs)
    spread = f"{min(seconds):.2f} .. {max(seconds):.2f}"
    return f"{statistics.median(seconds):8.2f} s   {spread:>16}   peak {peak:6.0f} MiB"
