"""Somebody between a host and an export, who writes down what passes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.core.applications.processes import running
from tests.core.applications.recording_plugin import ENTRY, FLUSH, WRITE
from tests.core.applications.recording_plugin import __file__ as PLUGIN  # noqa: N812 -- its place
from tests.core.driver.programs import needs, run


class Entry(NamedTuple):
    """What was put where, or a flush; `end` is the size of the log after it."""

    is_flush: bool
    offset: int
    data: bytes
    end: int


def needs_recording() -> None:
    """Skip the test where nobody can stand in between."""
    needs("nbdkit")
    try:
        run("nbdkit", "python", PLUGIN, "--dump-plugin")
    except AssertionError as error:
        pytest.skip(f"needs nbdkit's plugin for Python: {error}")


@contextmanager
def passing(folder: Path, uri: str) -> Iterator[str]:
    """The URI of an export behind which is that of `uri`; what passes goes to `log`."""
    place, mark = folder / "passing.sock", folder / "passing.pid"
    words = ("-f", "-U", place, "-P", mark, "python", PLUGIN, f"uri={uri}", f"log={folder / 'log'}")
    with running("nbdkit", *words, until=mark.exists):
        yield f"nbd+unix:///?socket={place}"


def entries(log: Path) -> Iterator[Entry]:
    """What passed so far, in order."""
    data = log.read_bytes()
    at = 0
    while at < len(data):
        letter, offset, length = ENTRY.unpack_from(data, at)
        at += ENTRY.size
        held = bytes(length)
        if letter == WRITE:
            held = data[at : at + length]
            at += length
        yield Entry(letter == FLUSH, offset, held, at)
