"""How soon hosts read and write where a copy is taken over with 10 GiB that it has not applied.

What is measured is a wait: from the start of `isthmus failover` to the end of a `qemu-io` process
that reads a block from `isthmus protect`, which is begun behind it; and to the end of one that
writes a block and flushes. Nothing of the journal is in memory before, or all that was left there.
What hosts read is compared with the volume that production had, all of it; the images are, once
they have everything.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from core.driver import control
from core.driver.folder import DiskFolder
from core.stream.identity import read_identity, write_identity
from core.stream.taken import TAKEN
from core.units import size_text
from tools.benchmarks.backlog import Backlog

FIGURES: Final = ("memory", "disk")
BACKLOG_BYTES: Final = 10 << 30
VOLUME_BYTES: Final = 4 << 30
WRITE_BYTES: Final = 8192
WRITES: Final = BACKLOG_BYTES // WRITE_BYTES
_PIECE_BYTES: Final = 8 << 20
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds from the order to its end, to the first block read, and to one that is durable."""

    taken: float
    read: float
    written: float
    lacking: int
    """Bytes that the images lacked after that."""


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """A table: with what was left of the journal in memory, or nothing.

    Each round goes on with what the one before has left, for the images are given something
    meanwhile.
    """
    if shutil.which("qemu-io") is None:
        yield "failover\nnot measured: needs qemu-io"
        return
    with TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        left_behind(folder, volume_bytes=VOLUME_BYTES, writes=WRITES)
        title = f"failover, {WRITES} writes of {WRITE_BYTES} bytes not applied"
        lines = [title, "-" * len(title)]
        for figure in figures:
            samples = []
            for _ in range(rounds):
                if figure == "disk":
                    _forget(folder)
                samples.append(_once(folder))
            lines += _lines(figure, samples)
        lines.append(_settled(folder))
        yield "\n".join(lines)


def left_behind(folder: Path, *, volume_bytes: int, writes: int) -> None:
    """A copy that has received so many writes and applied none; `disk.img` has all of them."""
    Backlog(
        volume_bytes=volume_bytes, write_bytes=WRITE_BYTES, writes=writes, with_replica=True
    ).make(folder)
    journal = DiskFolder(folder / "journal")
    identity = read_identity(journal, where=str(folder))
    members = tuple(replace(each, path="") for each in identity.volumes)
    write_identity(journal, replace(identity, volumes=members))
    journal.close()


@contextmanager
def production(folder: Path) -> Iterator[str]:
    """The copy is served as production: the URI of its volume; its process is killed in the end."""
    words = ("protect", str(folder / "copy.img"), "--journal", str(folder / "journal"))
    process = subprocess.Popen(
        [*_command(*words, "--journal-size", "1TiB", "--listen", f"unix:{folder / 'new.sock'}")],
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["uris"][0]
    finally:
        process.kill()
        process.communicate()


def lacking(folder: Path) -> int:
    """Bytes that the images lack yet."""
    found = control.ask(folder / "journal", "status").get("lacking")
    return 0 if found is None else int(found["bytes"])


def is_equal(folder: Path, what: str) -> bool:
    """Is it what production had, as `qemu-img` finds?"""
    compare = ("qemu-img", "compare", "-f", "raw", "-F", "raw", what, str(folder / "disk.img"))
    return subprocess.run(compare, check=False, capture_output=True).returncode == 0


def write(folder: Path, uri: str, place: int) -> None:
    """A host writes a block, which is durable then; production of before has it, too."""
    _io(uri, f"write -P 0xab {place} {WRITE_BYTES}", "flush")
    with (folder / "disk.img").open("r+b") as file:
        file.seek(place)
        file.write(b"\xab" * WRITE_BYTES)


def _once(folder: Path) -> Sample:
    began = time.perf_counter()
    failover(folder)
    taken = time.perf_counter() - began
    with production(folder) as uri:
        _io(uri, f"read {VOLUME_BYTES // 2} 4k")
        read = time.perf_counter() - began
        write(folder, uri, VOLUME_BYTES // 4)
        written = time.perf_counter() - began
        found = Sample(taken, read, written, lacking(folder))
    (folder / "journal" / TAKEN).unlink()
    return found


def failover(folder: Path) -> None:
    """The order, and nothing else."""
    subprocess.run(_command("failover", str(folder / "journal")), check=True, capture_output=True)


def _settled(folder: Path) -> str:
    """Whether hosts read what they are to while images lack it, and these have it in the end."""
    failover(folder)
    began = time.perf_counter()
    with production(folder) as uri:
        before, is_same = lacking(folder), is_equal(folder, uri)
        after = lacking(folder)
        while lacking(folder):
            time.sleep(_PAUSE_S)
        seconds = time.perf_counter() - began
        is_same_then = is_equal(folder, uri) and is_equal(folder, str(folder / "copy.img"))
    return (
        f"{size_text(before)} were applied within {seconds:.0f} s; what hosts read while "
        f"{size_text(after)} lacked: {_verdict(is_same)}; in the end: {_verdict(is_same_then)}"
    )


def _verdict(is_same: bool) -> str:
    return "equal to production" if is_same else "NOT EQUAL to production"


def _lines(figure: str, samples: Sequence[Sample]) -> Iterator[str]:
    for name, each in (
        ("taken over", [sample.taken for sample in samples]),
        ("first read", [sample.read for sample in samples]),
        ("first write", [sample.written for sample in samples]),
    ):
        yield (
            f"{f'{name}, {figure}':<20} {statistics.median(each):6.2f} s   "
            f"{min(each):5.2f} .. {max(each):<5.2f}"
        )
    yield f"{'':<20} {size_text(min(sample.lacking for sample in samples))} lacked at least"


def _forget(folder: Path) -> None:
    """Have nothing of these files in memory."""
    for path in (*folder.glob("*.img"), *(folder / "journal").glob("*.*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _io(uri: str, *what: str) -> None:
    words = [word for each in what for word in ("-c", each)]
    subprocess.run(["qemu-io", "-f", "raw", *words, uri], check=True, capture_output=True)


def _command(*words: str) -> Sequence[str]:
    return (sys.executable, "-m", "core", *words)
