"""`isthmus` as processes: groups that are protected, and points that are opened."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.core.driver.programs import PATIENCE_S
from tests.house.tree import ROOT

ISTHMUS: Final = (sys.executable, "-m", "core")
_POLL_S: Final = 0.01


def environment() -> dict[str, str]:
    """That of this process, with the product to be found in any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def isthmus(folder: Path, *words: str) -> str:
    """What a command that succeeds prints."""
    done = subprocess.run(
        [*ISTHMUS, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


@contextmanager
def serving(folder: Path, *words: str, under: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """What a command says in its one line, while it serves; it has to end well.

    `under` is what runs the command, if anything does.
    """
    process = subprocess.Popen(
        [*under, *ISTHMUS, *words],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate(timeout=PATIENCE_S)[1]
        yield json.loads(line)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, told
    finally:
        process.kill()
        process.communicate()


@contextmanager
def running(*command: str | Path, until: Callable[[], bool]) -> Iterator[None]:
    """Another's program that goes on, from when it is ready; in the end it has to go when told."""
    words = [str(word) for word in command]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not until():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                assert process.stderr is not None
                raise AssertionError(f"{words}: {process.stderr.read()}")
            time.sleep(_POLL_S)
        yield
        process.terminate()
        process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def protecting(folder: Path, *images: str, size: str, journal: str) -> Iterator[list[str]]:
    """The URIs of new volumes of one group, whose journal of that size is in `journal`.

    It has to be large enough for all that is written; its epochs are a thirty-second of it.
    """
    words = (
        "protect",
        *images,
        "--create",
        size,
        "--journal",
        "journal",
        "--journal-size",
        journal,
    )
    with serving(folder, *words, "--listen", "unix:protected.sock") as ready:
        yield ready["uris"]
