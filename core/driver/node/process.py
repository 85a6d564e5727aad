"""Processes that a node has begun, now or in an earlier life.

They have sessions of their own, and outlive a node that is killed: hosts that use a volume are not
to notice. The next one finds them by what they hold, the lock of a journal or a socket.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from core.driver.folder import FILE_MODE
from core.driver.lock import writer_of
from core.errors import CoreError

SECRET: Final = "ISTHMUS_TOKEN"
LINE_BYTES_MAX: Final = 1 << 20

_LOG_BYTES_MAX: Final = 1 << 20
_TOLD_BYTES_MAX: Final = 2000


def _heard(numbers: Sequence[int], within_s: float) -> list[int]:
    """Those of the descriptors that are ready within a time."""
    poll = select.poll()
    for each in numbers:
        poll.register(each, select.POLLIN)
    return [number for number, _ in poll.poll(within_s * 1000)]


class Bell:
    """Rings in every wait, from the moment on that somebody has rung it."""

    def __init__(self) -> None:
        self.number = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def ring(self) -> None:
        """End all waits."""
        os.eventfd_write(self.number, 1)

    def rings(self, within_s: float = 0.0) -> bool:
        """Wait for it."""
        return bool(_heard((self.number,), within_s))

    def __del__(self) -> None:
        os.close(self.number)


class Process:
    """A process, whoever has begun it; no other is ever meant by it."""

    def __init__(self, pid: int, begun: "subprocess.Popen[bytes] | None" = None) -> None:
        """Raises ProcessLookupError where there is no such process."""
        self._number = -1
        self._number = os.pidfd_open(pid)
        self.pid, self._begun = pid, begun

    @property
    def is_adopted(self) -> bool:
        """It was begun by another."""
        return self._begun is None

    def ended(self, within_s: float, *others: Bell) -> bool:
        """Wait until it has ended, or a bell rings, or the time is over: has it?"""
        watched = [self._number, *(each.number for each in others)]
        return self._number in _heard(watched, within_s)

    def line(self, within_s: float, *others: Bell) -> bytes:
        """The first line of its standard output; empty where it ends, or a bell rings, before."""
        assert self._begun is not None
        assert self._begun.stdout is not None
        number, received = self._begun.stdout.fileno(), bytearray()
        deadline = time.monotonic() + within_s
        while not received.endswith(b"\n") and len(received) < LINE_BYTES_MAX:
            watched = [number, *(each.number for each in others)]
            rest = max(0.0, deadline - time.monotonic())
            if _heard(watched, rest) != [number] or not (piece := os.read(number, LINE_BYTES_MAX)):
                return b""
            received += piece
        return bytes(received)

    def tell_to_end(self) -> None:
        """Have it end in good order."""
        self._send(signal.SIGTERM)

    def end(self, within_s: float) -> bool:
        """Have it end, in good order if it does that in time; says whether it did."""
        self.tell_to_end()
        in_order = self.ended(within_s)
        if not in_order:
            self._send(signal.SIGKILL)
            self.ended(within_s)
        self.bury()
        return in_order

    def bury(self) -> None:
        """Let go of it, if it has ended."""
        if self._begun is not None and self.ended(0):
            if self._begun.stdout is not None:
                self._begun.stdout.close()
            self._begun.wait()

    def _send(self, number: signal.Signals) -> None:
        try:
            signal.pidfd_send_signal(self._number, number)
        except ProcessLookupError:
            return

    def __del__(self) -> None:
        if self._number >= 0:
            os.close(self._number)


def begin(words: Sequence[str], log: Path) -> Process:
    """Begin `isthmus` with these words; what it says beside its result goes to a log."""
    number = open_log(log)
    try:
        # A session of its own, so that it is for the node to end it, and not for a terminal.
        begun = subprocess.Popen(
            [*command(), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=number,
            env=environment(),
            start_new_session=True,
        )
    finally:
        os.close(number)
    return Process(begun.pid, begun)


def command() -> Sequence[str]:
    """How the program is begun."""
    return (sys.executable, "-m", "core")


def environment() -> Mapping[str, str]:
    """That of this process, without what others are not to know."""
    return {name: value for name, value in os.environ.items() if name != SECRET}


def open_log(path: Path) -> int:
    """To be added to; one that has become long begins anew."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    number = os.open(path, flags, FILE_MODE)
    if os.fstat(number).st_size > _LOG_BYTES_MAX:
        os.ftruncate(number, 0)
    return number


def log_size(log: Path) -> int:
    """Up to where others have written to it."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def last_words(log: Path, since: int = 0) -> tuple[str, str]:
    """Why a process ended, as it said last behind the program's name, and what to do about it.

    It has written from `since` on, unless the log was begun anew.
    """
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            since = since if since <= size else 0
            file.seek(max(since, size - _TOLD_BYTES_MAX))
            text = file.read().decode(errors="replace")
    except OSError:
        return "", ""
    lines = text.splitlines()
    told = [nth for nth, line in enumerate(lines) if line.startswith("isthmus: ")]
    if not told:
        return "", ""
    what = lines[told[-1]].removeprefix("isthmus: ")
    hint = takewhile(lambda line: line.startswith("  "), lines[told[-1] + 1 :])
    return what, " ".join(line.strip() for line in hint)


def ready_of(line: bytes) -> Mapping[str, Any] | None:
    """What a process says in its first line; None where it does not say that it is ready."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.get("ready") is True else None


def writing(journal: Path, command: str) -> Process | None:
    """Who writes a journal by a command, begun by whomever; None if nobody does."""
    if (writer := writer_of(journal) if journal.is_dir() else None) is None:
        return None
    if writer.pid is None:
        raise CoreError("somebody writes the journal", where=str(journal))
    found = _found(writer.pid, command.encode(), str(journal))
    if found is None or writer_of(journal) != writer:
        raise CoreError(f"{writer} writes the journal", where=str(journal))
    return found


def serving(sockets: Path, volumes: Path) -> Mapping[str, Process]:
    """Who serves, or is about to, by the names of its socket, or of the folder of its volumes."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.stat().st_uid != os.getuid():
                continue
            words = path.read_bytes().split(b"\0")
            for word in words:
                at = Path(os.fsdecode(word).removeprefix("unix:"))
                if word.startswith(b"unix:") and at.parent == sockets:
                    found[at.stem] = Process(int(path.parent.name))
                elif b"receive" in words and at.parent.parent == volumes:
                    found[at.parent.name] = Process(int(path.parent.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def _found(pid: int, kind: bytes, word: str) -> Process | None:
    """The process, if it was begun with those words."""
    try:
        found = Process(pid)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return found if kind in words and os.fsencode(word) in words else None
