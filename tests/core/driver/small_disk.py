"""Disks that are soon full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.core.driver.programs import needs


@contextmanager
def small_disk(path: Path, size_bytes: int) -> Iterator[Path]:
    """A folder of so much room, made for this; the test is skipped where none can be mounted.

    It goes even where a test that failed still has files of it open.
    """
    needs("mount", "umount")
    path.mkdir()
    done = _mount(f"size={size_bytes}", "none", str(path))
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(("umount", "--lazy", str(path)), check=True, capture_output=True)


def enlarge(path: Path, size_bytes: int) -> None:
    """Give a small disk more room."""
    assert _mount(f"remount,size={size_bytes}", str(path)).returncode == 0


def _mount(options: str, *where: str) -> subprocess.CompletedProcess[str]:
    words = ("mount", "-t", "tmpfs", "-o", options, *where)
    return subprocess.run(words, capture_output=True, text=True, check=False)
