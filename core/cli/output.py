"""Images as files: sparse where they are zero, and under their name only when they are whole."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from types import FrameType
from typing import Final

import numpy as np

from core.driver.backend.opening import at_rest
from core.errors import CoreError
from core.stream.names import IDENTITY

BLOCK_BYTES: Final = 4096
PIECE_BYTES: Final = 1 << 20

_TERMINATED: Final = 128 + signal.SIGTERM


class Draft:
    """A file that gets its name at the end, or none."""

    def __init__(self, target: Path) -> None:
        self.target = target
        try:
            number, name = mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        except OSError as error:
            raise CoreError(f"cannot be written: {error.strerror}", where=str(target)) from None
        self._number, self.path = number, Path(name)

    def resize(self, size: int) -> None:
        """All of it zero, without taking space."""
        with self._named():
            os.ftruncate(self._number, size)

    def write(self, piece: bytearray | memoryview, offset: int) -> None:
        """What the file holds from `offset` on; blocks of zeroes are left out."""
        view = memoryview(piece)
        with self._named():
            for begin, end in held(view):
                at = begin
                while at < end:
                    at += os.pwrite(self._number, view[at:end], offset + at)

    def sync(self) -> None:
        """Make durable what it holds."""
        with self._named():
            os.fsync(self._number)

    def finish(self) -> None:
        """Give it its name."""
        self.path.replace(self.target)

    def close(self) -> None:
        """Let go of it; what has no name yet goes."""
        os.close(self._number)
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """What the system says, with the file that it is about."""
        try:
            yield
        except OSError as error:
            raise CoreError(
                f"cannot be written: {error.strerror}", where=str(self.target)
            ) from error


@contextmanager
def drafts(targets: Sequence[Path]) -> Iterator[tuple[Draft, ...]]:
    """Files that are named together if all goes well, and else are not there.

    None gets its name before all of them are whole and durable, nor that of an image that somebody
    has begun to serve. Being told to end is an error like any other, but for the moment in which
    they get their names.
    """
    with ExitStack() as stack, _ending_on_term():
        found = []
        for target in targets:
            found.append(Draft(target))
            stack.callback(found[-1].close)
        yield tuple(found)
        for each in found:
            each.sync()
        with _undisturbed(), ExitStack() as locks:
            for target in targets:
                locks.enter_context(at_rest(target))
            for each in found:
                each.finish()
            for around in {target.parent for target in targets}:
                _sync(around)


def held(view: memoryview) -> Iterator[tuple[int, int]]:
    """Where runs of blocks that are not all zero begin and end."""
    whole = len(view) // BLOCK_BYTES * BLOCK_BYTES
    words = np.frombuffer(view[:whole], np.uint64).reshape(-1, BLOCK_BYTES // 8)
    marks = np.zeros(len(words) + 3, np.int8)
    marks[1 : len(words) + 1] = words.any(axis=1)
    marks[len(words) + 1] = any(view[whole:])
    edges = np.flatnonzero(np.diff(marks)) * BLOCK_BYTES
    for begin, end in edges.reshape(-1, 2).tolist():
        yield begin, min(end, len(view))


def refuse_target(target: Path, *, force: bool, kept: Sequence[Path], journal: Path) -> None:
    """Raises CoreError where a file must not be written: what is there, without `force`.

    What history stands on, the images as they are and journals, is not written over at all, nor is
    an image that somebody serves: what is written to it would be lost with its name.
    """
    for image in kept:
        with suppress(OSError):
            if target.samefile(image):
                raise CoreError(
                    "this is an image as it is now, and all history needs it",
                    where=str(target),
                    hint="write elsewhere",
                )
    if target.resolve().is_relative_to(journal.resolve()):
        raise CoreError("this is inside the journal", where=str(target), hint="write elsewhere")
    if (target.resolve().parent / IDENTITY).exists():
        raise CoreError("this is inside a journal", where=str(target), hint="write elsewhere")
    if not target.parent.is_dir():
        raise CoreError(
            f"there is no folder {target.parent}",
            where=str(target),
            hint="make it, or write elsewhere",
        )
    if target.is_symlink() or target.exists():
        if not target.is_file() or target.is_symlink():
            raise CoreError(
                "not a regular file, and only those are written",
                where=str(target),
                hint="`isthmus journal export --output -` writes to standard output",
            )
        if not force:
            raise CoreError("is there already", where=str(target), hint="--force writes over it")
        with at_rest(target):
            pass


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever tells the process to end is heard afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _ending_on_term() -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
