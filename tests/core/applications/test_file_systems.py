"""Claim: file systems on a protected volume can be mounted as they were at any point.

Whatever was synced before the point is there: files, and commits of SQLite. The checker of the file
system has nothing to say, which is the weaker half: it would not notice most of what can be lost.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from core.cli.moments import moment_text
from core.cli.program import run as run_here
from tests.core.applications.mounts import exposed, mounted, needs_mounts, room
from tests.core.applications.processes import protecting
from tests.core.applications.promises import Promise, lost
from tests.core.driver.programs import run

LONG = settings.default is settings.get_profile("long")
PROMISES, POINTS = (400, 25) if LONG else (40, 2)
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class FileSystem:
    """How one is made and checked: the file is the last word of each command."""

    size: str
    make: tuple[str, ...]
    check: tuple[str, ...]


KINDS = {
    "ext4": FileSystem("48MiB", ("mkfs.ext4", "-q", "-F"), ("e2fsck", "-f", "-n")),
    "xfs": FileSystem("320MiB", ("mkfs.xfs", "-q", "-f"), ("xfs_repair", "-n")),
    "btrfs": FileSystem("128MiB", ("mkfs.btrfs", "-q", "-f"), ("btrfs", "check")),
}

Keep = Callable[[int], None]
"""Makes the thing of that number, from 1 on, durable."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a host does: things that it keeps in a folder, and how many of them are there, whole."""

    keeping: Callable[[Path], Iterator[Keep]]
    held: Callable[[Path], int]


def content(number: int) -> bytes:
    return Random(number).randbytes(BLOCK * (1 + number % 7) - number)


def write_files(folder: Path, *, synced: bool = True) -> Iterator[Keep]:
    """A file each, which gets its name when it is whole; one of eight goes again, unpromised."""

    def keep(number: int) -> None:
        draft, name = folder / "draft", folder / f"{number}"
        with draft.open("wb") as file:
            file.write(content(number))
            file.flush()
            if synced:
                os.fsync(file.fileno())
        draft.rename(name)
        (folder / f"passing{number % 8}").write_bytes(content(number))
        if synced:
            here = os.open(folder, os.O_RDONLY)
            os.fsync(here)
            os.close(here)

    yield keep


def files_held(folder: Path) -> int:
    """How many from the first on are there as they were written."""
    number = 0
    while (file := folder / f"{number + 1}").exists() and file.read_bytes() == content(number + 1):
        number += 1
    return number


def write_rows(folder: Path, *, synchronous: str = "FULL") -> Iterator[Keep]:
    """A transaction each in a database of SQLite that keeps a write-ahead log."""
    with closing(sqlite3.connect(folder / "database", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {synchronous}")
        database.execute("PRAGMA wal_autocheckpoint = 20")
        database.execute("CREATE TABLE promised (id INTEGER PRIMARY KEY, held BLOB)")

        def keep(number: int) -> None:
            database.execute("INSERT INTO promised VALUES (?, ?)", (number, content(number)))

        yield keep


def rows_held(folder: Path) -> int:
    """How many rows there are, of a database that is whole and from which none is missing."""
    if not (folder / "database").exists():
        return 0
    with closing(sqlite3.connect(folder / "database")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return 0
        rows = database.execute("SELECT id, held FROM promised ORDER BY id").fetchall()
    assert rows == [(number, content(number)) for number in range(1, len(rows) + 1)]
    return len(rows)


FILES, ROWS = Work(write_files, files_held), Work(write_rows, rows_held)


@dataclass(frozen=True, slots=True)
class Kept:
    """A protected volume with a file system, and what was promised of it."""

    folder: Path
    kind: FileSystem
    work: Work
    promises: list[Promise]

    def lost_at(self, at_ns: int) -> int:
        """How many things are lost at a time, in a file system that is mounted and checked."""
        file = self.folder / "then.img"
        words = ("journal", "restore", f"{self.folder / 'journal'}", "--at", moment_text(at_ns))
        assert run_here([*words, "--output", str(file)]) == 0
        with mounted(file, self.folder / "mounted") as point:
            found = lost(self.promises, self.work.held(point), at_ns=at_ns)
        run(*self.kind.check, file)
        file.unlink()
        return found


@contextmanager
def kept(folder: Path, kind: FileSystem, work: Work) -> Iterator[Kept]:
    """Have a host work on a file system on a protected volume, and be done with it."""
    with protecting(folder, "disk.img", size=kind.size, journal="256MiB") as (uri,):
        promises = []
        with exposed(folder, uri) as disk:
            run(*kind.make, disk)
            with mounted(disk, folder / "mounted") as point:
                for keep in work.keeping(point):
                    for number in range(1, PROMISES + 1):
                        sent_ns = time.time_ns()
                        keep(number)
                        promises.append(Promise(sent_ns, time.time_ns()))
        yield Kept(folder, kind, work, promises)


@pytest.fixture
def place() -> Iterator[Path]:
    needs_mounts()
    with room() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "work"),
    [("ext4", ROWS), ("ext4", FILES), ("xfs", FILES), ("btrfs", FILES)],
    ids=["ext4-sqlite", "ext4-files", "xfs-files", "btrfs-files"],
)
def test_what_was_synced_before_a_point_is_there(place: Path, kind: str, work: Work) -> None:
    system = KINDS[kind]
    needs_mounts(system.make[0], system.check[0])
    rng = Random(61)
    with kept(place, system, work) as found:
        for _ in range(POINTS):
            at_ns = rng.choice(found.promises).acknowledged_ns
            assert found.lost_at(at_ns) == 0, moment_text(at_ns)


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        Work(lambda folder: write_files(folder, synced=False), files_held),
        Work(lambda folder: write_rows(folder, synchronous="OFF"), rows_held),
    ],
    ids=["files", "sqlite"],
)
def test_what_was_never_synced_is_missed(place: Path, work: Work) -> None:
    """The control of the test above."""
    with kept(place, KINDS["ext4"], work) as found:
        assert found.lost_at(found.promises[PROMISES // 2].acknowledged_ns) > 0
