"""One writer for each journal: a lock on a file in its folder, which also says who holds it.

The lock goes with the process that holds it, however that ends. Readers need none; they ask whether
a writer lives, which decides how a journal is read (`History(live=...)`).
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from core.driver.folder import FILE_MODE
from core.errors import CoreError

LOCK: Final = "lock"

_PATIENCE_S: Final = 1.0
_PAUSE_S: Final = 0.01
_PID_BYTES_MAX: Final = 32


class JournalBusyError(CoreError):
    """Another process writes the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A process that writes a journal; `pid` is None in the moment before it says so."""

    pid: int | None

    def __str__(self) -> str:
        return "a process" if self.pid is None else f"process {self.pid}"


class WriterLock:
    """Held from when it is made until it is released; processes made meanwhile do not get it."""

    def __init__(self, folder: str | Path) -> None:
        """Raises JournalBusyError where another process holds it.

        A reader that asks holds it for a moment, so one that is taken is tried again for a second.
        """
        self._number = -1
        path = Path(folder) / LOCK
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        try:
            _take(number, path)
            os.ftruncate(number, 0)
            os.pwrite(number, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(number)
            raise
        self._number = number

    def release(self) -> None:
        """Let another process write."""
        number, self._number = self._number, -1
        if number >= 0:
            os.ftruncate(number, 0)
            os.close(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def writer_of(folder: str | Path) -> Writer | None:
    """Who writes the journal in a folder now; None where nobody does."""
    try:
        number = os.open(Path(folder) / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Writer(pid=_pid(number))
    finally:
        os.close(number)
    return None


def _take(number: int, path: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise JournalBusyError(
                    f"{Writer(pid=_pid(number))} writes this journal",
                    where=str(path.parent),
                    hint="a journal has one writer: end that one first",
                ) from None
            time.sleep(_PAUSE_S)
        else:
            return


def _pid(number: int) -> int | None:
    text = os.pread(number, _PID_BYTES_MAX, 0)
    return int(text) if text.strip().isdigit() else None
