"""Bringing an application to rest by a command, and letting it go on by another.

Theory of operation
-------------------
Both are run by the shell, with our environment and nothing on standard input, in a session of their
own: what they start is ended with them when their time is over, and an interrupt at a terminal is
ours alone, so that it never keeps an application at rest. Once the first command was begun the
second is run, whatever happens, and no signal cuts it short.
"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Final, Self

from core.errors import CoreError

_SHOWN_BYTES_MAX: Final = 4096
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class QuiesceError(CoreError):
    """The application was not brought to rest, or does not go on for sure."""


class ToldToEndError(Exception):
    """A signal came; `number` is its number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


@contextmanager
def quiesced(command: str, resume: str | None, *, timeout_s: float) -> Iterator[None]:
    """An application at rest, within; for the main thread. Each command has `timeout_s` seconds.

    Raises QuiesceError where one of them fails, and ToldToEndError at a signal that would have
    ended the process.
    """
    with _Signals() as signals:
        failed: QuiesceError | None = None
        try:
            try:
                _run("quiesce", command, timeout_s)
                yield
            except QuiesceError as error:
                failed = error
                raise
            finally:
                signals.is_quiet = True
        finally:
            # No signal is raised here: either it is quiet by now, or one was raised before.
            if resume is not None:
                _go_on(resume, timeout_s, failed)


def _go_on(resume: str, timeout_s: float, failed: QuiesceError | None) -> None:
    try:
        _run("resume", resume, timeout_s)
    except QuiesceError as error:
        if failed is None:
            raise
        raise QuiesceError(f"{failed.what}; and {error.what}", hint=error.hint) from error


def _run(what: str, command: str, timeout_s: float) -> None:
    # A file, so that what the command has left running keeps nobody waiting.
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            start_new_session=True,
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise _failed(what, f"took longer than {timeout_s:g} s", _said(told.fileno())) from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if code:
            how = f"ended with {code}" if code > 0 else f"was ended by signal {-code}"
            raise _failed(what, how, _said(told.fileno()))


def _said(number: int) -> str:
    """The end of what a command printed."""
    size = os.fstat(number).st_size
    held = os.pread(number, _SHOWN_BYTES_MAX, max(0, size - _SHOWN_BYTES_MAX))
    return held.decode(errors="replace").strip()


def _failed(what: str, how: str, said: str) -> QuiesceError:
    hints = {
        "quiesce": "no bookmark was placed",
        "resume": "look whether the application goes on; a bookmark that was placed stays",
    }
    told = f"; it said: {said}" if said else "; it said nothing"
    return QuiesceError(f"the {what} command {how}{told}", hint=hints[what])


class _Signals:
    """Raises ToldToEndError at the first signal that would end the process, until it is quiet."""

    def __init__(self) -> None:
        self.is_quiet = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heard) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, each in self._before.items():
            signal.signal(number, each)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if not self.is_quiet:
            self.is_quiet = True
            raise ToldToEndError(number)
