"""The differ's figures: whole processes on published specs, beside oasdiff where there is one, and
how the time grows with what changed.
"""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.benchmarks.curve import curve
from tools.benchmarks.process import Run, run

SPECS: Final = Path(__file__).resolve().parents[3] / "shared" / "cases" / "spec-pairs"
PAIRS: Final = {
    "moby": ("moby/v1.51.yaml", "moby/v1.52.yaml"),
    "airflow": ("airflow/3.0.0-v2.yaml", "airflow/3.2.1-v2.yaml"),
    "ghes": ("ghes/3.9.json", "ghes/3.19.json"),
}
CURVE: Final = "change"
FIGURES: Final = (*PAIRS, CURVE)
OASDIFF: Final = "github.com/oasdiff/oasdiff@v1.37.0"
_AGAIN: Final = "the same, again"
_BUILD_S: Final = 900.0


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES, as they are measured."""
    with TemporaryDirectory() as folder:
        peer = _oasdiff(Path(folder)) if {*figures} - {CURVE} else None
        for name in figures:
            if name == CURVE:
                yield _curve(rounds, Path(folder))
            else:
                yield _table(name, peer, rounds, folder)


def _curve(rounds: int, folder: Path) -> str:
    spec = SPECS / PAIRS["ghes"][1]
    if not spec.exists():
        return f"{CURVE}\nnot measured: needs the published specs beside the checkout"
    return curve(spec, rounds, folder)


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
    run(ours, str(Path(folder) / f"{name}-kept"))
    for _ in range(rounds):
        for each, command in contenders.items():
            keeps = str(Path(folder) / f"{name}-kept") if each == _AGAIN else ""
            runs[each].append(run(command, keeps))
    width = max(map(len, runs))
    lines += [f"{each:<{width}} {_told(found)}" for each, found in runs.items()]
    return "\n".join(
        lines if peer else [*lines, "oasdiff: not measured, needs it or Go on the PATH"]
    )


def _told(runs: list[Run]) -> str:
    seconds = [run.seconds for run in runs]
    peak = max(run.peak_mib for run in runs)
    spread = f"{min(seconds):.2f} .. {max(seconds):.2f}"
    return f"{statistics.median(seconds):8.2f} s   {spread:>16}   peak {peak:6.0f} MiB"
