"""File systems on exports and images: nbdfuse makes a file of one, a loop device a disk of that.

Flushes and barriers of the file system arrive at the server as NBD's FLUSH, so that what is
journaled is what a real disk would have been asked for.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.core.applications.processes import running
from tests.core.driver.programs import PATIENCE_S, needs, run

_POLL_S: Final = 0.01
_PROBE_BYTES: Final = 4 << 20
_MEMORY: Final = Path("/dev/shm")
_ROOMY_BYTES: Final = 4 << 30


@contextmanager
def room() -> Iterator[Path]:
    """A folder that other users may enter, with a name that leaves sockets room for theirs.

    It is in memory where that has enough of it: no test here is about what a disk takes for a sync.
    """
    is_roomy = _MEMORY.is_dir() and disk_usage(_MEMORY).free >= _ROOMY_BYTES
    with TemporaryDirectory(prefix="isthmus-", dir=_MEMORY if is_roomy else None) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def needs_mounts(*names: str) -> None:
    """Skip the test unless these programs are there, and file systems can be mounted here."""
    needs("nbdfuse", "nbdkit", "mkfs.ext4", "mount", "umount", *names)
    if why := _obstacle():
        pytest.skip(f"cannot mount a file system on an export: {why}")


@cache
def _obstacle() -> str:
    """Why a chain of others' programs alone does not work here; empty where it does."""
    if os.geteuid() != 0:
        return "only root may"
    try:
        with (
            room() as folder,
            exposed(folder, "[", "nbdkit", "memory", f"{_PROBE_BYTES}", "]") as file,
        ):
            run("mkfs.ext4", "-q", "-F", file)
            with mounted(file, folder / "mounted"):
                return ""
    except AssertionError as error:
        return str(error)


@contextmanager
def exposed(folder: Path, *source: str) -> Iterator[Path]:
    """A file in a folder that is an export, told by its URI, for as long as the context lasts."""
    point = folder / "exposed"
    point.mkdir()
    with running("nbdfuse", point / "disk", *source, until=point.is_mount):
        try:
            yield point / "disk"
        finally:
            _unmount(point)
    point.rmdir()


@contextmanager
def mounted(file: Path, point: Path, *, options: str = "loop") -> Iterator[Path]:
    """The file system in a file, mounted on a folder that is made for that."""
    point.mkdir(exist_ok=True)
    run("mount", "-o", options, file, point)
    try:
        yield point
    finally:
        _unmount(point)
        _wait_until_free(file)


def _wait_until_free(file: Path) -> None:
    """Whoever has a copy of the mounts keeps one going for a while, and its loop device."""
    deadline = time.monotonic() + PATIENCE_S
    while told := run("losetup", "--associated", file):
        assert time.monotonic() < deadline, told
        time.sleep(_POLL_S)


def _unmount(point: Path) -> None:
    """The kernel may be busy with what has just been closed."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        done = subprocess.run(["umount", str(point)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        assert time.monotonic() < deadline, done.stderr
        time.sleep(_POLL_S)
