"""The NBD server beside nbdkit and qemu-nbd, in the same rounds: fio over a unix socket.

Client and server share the machine. What one request costs a server in processor time is told too:
where the machine does other things besides, it is the steadier figure.
"""

import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.benchmarks.fio import JOBS, PLACES, Contender, fill, measured, running, table

FIGURES: Final = tuple(JOBS)
OURS: Final = "isthmus"
AGAINST: Final = "nbdkit"
PROTECTED: Final = "protected"
REPLICATED: Final = "replicated"
JOURNAL: Final = "2GiB"


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table for each of the FIGURES, in memory and on disk."""
    if shutil.which("fio") is None:
        yield "nbd\nnot measured: needs fio with its nbd engine"
        return
    for place, home in PLACES.items():
        if home is not None and not home.is_dir():
            yield f"{place}\nnot measured: needs {home}"
            continue
        with TemporaryDirectory(dir=home) as folder, _contenders(Path(folder)) as found:
            against = AGAINST if AGAINST in found else OURS
            missing = [name for name in (AGAINST, "qemu-nbd") if name not in found]
            for figure in figures:
                samples = measured(found, JOBS[figure], rounds)
                lines = table(f"{figure}, {place}", samples, against)
                absent = (f"{name}: not measured, is not installed" for name in missing)
                yield "\n".join((lines, *absent))


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
        found = {}
        for name, (export, command) in commands.items():
            if shutil.which(command[0]) is None:
                continue
            volume, path = folder / f"{name}.volume", folder / f"{name}.socket"
            fill(volume)
            words = [word.format(s=path, v=volume) for word in command]
            process = stack.enter_context(running(words, path))
            found[name] = Contender(f"nbd+unix:///{export}?socket={path}", (process.pid,))
        yield found
