"""Writes that are at two sites, beside those that qemu mirrors: fio over a unix socket.

The sites are on one machine, and share it with fio: what a network would add is the same for all.
A write is acknowledged once both have it, with a mirror and in the mode sync; in the mode async it
is held against a volume that is protected here alone. All are equal before anything is measured,
and what a copy has still to carry out of one job is over before the next begins.
"""

import shutil
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from core.driver import control
from tools.benchmarks.fio import (
    JOBS,
    PLACES,
    Contender,
    Sample,
    fill,
    measured,
    median_iops,
    running,
    table,
)
from tools.benchmarks.mirror import PROGRAM, mirrored

FIGURES: Final = ("write-qd1", "write-qd32", "write-64k", "write-1m", "flush-qd32")
LOCAL: Final = "local"
MODES: Final = ("sync", "async")
TARGETS: Final[Mapping[str, tuple[str, ...]]] = {
    "mirror to nbdkit": ("nbdkit", "-f", "-U", "{s}", "file", "{v}"),
    "mirror to qemu-nbd": ("qemu-nbd", "-t", "-f", "raw", "-e", "16", "-k", "{s}", "{v}"),
}
JOURNAL: Final = "2GiB"
_SETTLED_S: Final = 300.0
_ISTHMUS: Final = (sys.executable, "-m", "core")


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES, in memory and on disk."""
    if shutil.which("fio") is None:
        yield "link\nnot measured: needs fio with its nbd engine"
        return
    for place, home in PLACES.items():
        if home is not None and not home.is_dir():
            yield f"{place}\nnot measured: needs {home}"
            continue
        with TemporaryDirectory(dir=home) as folder, _contenders(Path(folder)) as found:
            for figure in figures:
                yield _told(f"{figure}, {place}", measured(found, JOBS[figure], rounds))


def _told(title: str, found: Mapping[str, list[Sample]]) -> str:
    """All against the better mirror; those who are not there are named."""
    mirrors = [name for name in TARGETS if name in found]
    against = max(mirrors, key=lambda name: median_iops(found[name]), default=LOCAL)
    share = median_iops(found["async"]) / median_iops(found[LOCAL])
    missing = (f"{name}: not measured, is not installed" for name in TARGETS if name not in found)
    return "\n".join((table(title, found, against), f"async is {share:.2f}x local", *missing))


@contextmanager
def _contenders(folder: Path) -> Iterator[dict[str, Contender]]:
    with ExitStack() as stack:
        found = {mode: stack.enter_context(copied(folder, mode)) for mode in MODES}
        found[LOCAL] = stack.enter_context(_protected(folder, LOCAL))
        for nth, (name, target) in enumerate(TARGETS.items()):
            if shutil.which(PROGRAM) and shutil.which(target[0]):
                found[name] = stack.enter_context(mirrored(folder, f"mirror-{nth}", target))
        yield found


@contextmanager
def _protected(folder: Path, name: str, *more: str) -> Iterator[Contender]:
    """A volume whose writes are kept."""
    volume, path = folder / name, folder / f"{name}.socket"
    fill(volume)
    words = ("protect", str(volume), "--journal", f"{volume}.journal", "--journal-size", JOURNAL)
    command = (*_ISTHMUS, *words, "--listen", f"unix:{path}", *more)
    with running(command, path) as process:
        yield Contender(f"nbd+unix:///{name}?socket={path}", (process.pid,))


@contextmanager
def copied(folder: Path, mode: str) -> Iterator[Contender]:
    """The same with a copy, which has all of it."""
    there, link = folder / f"{mode}.there", folder / f"{mode}.link"
    words = ("receive", str(there), "--journal", f"{there}.journal", "--journal-size", JOURNAL)
    with running((*_ISTHMUS, *words, "--listen", f"unix:{link}"), link) as copy:
        more = ("--copy", f"unix:{link}", "--mode", mode)
        with _protected(folder, mode, *more) as near:
            here, kept = folder / f"{mode}.journal", Path(f"{there}.journal")

            def settle() -> None:
                _refuse_marked(here)
                _settle(here, kept)

            _settle(here, kept)
            yield Contender(near.uri, (*near.processes, copy.pid), settle)


def _refuse_marked(here: Path) -> None:
    """What is marked is kept no more, and is faster."""
    if (state := control.ask(here, "status")["copy"]["state"]) != "shipping":
        raise RuntimeError(f"{here}: production is {state}: its journal is too small for the job")


def _settle(here: Path, there: Path) -> None:
    """Until the copy has carried out all that was written."""
    deadline = time.monotonic() + _SETTLED_S
    while not _is_settled(control.ask(here, "status")["copy"], control.ask(there, "status")):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{there} is not what {here} is within {_SETTLED_S:g} s")
        time.sleep(0.1)


def _is_settled(production: Mapping[str, Any], copy: Mapping[str, Any]) -> bool:
    is_fed = (production["state"], copy["state"]) == ("shipping", "distributing")
    is_in_sync = production["in_sync"] or production["mode"] == "async"
    return bool(is_fed and is_in_sync and copy["applied"] >= production["end"])
