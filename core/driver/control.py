"""Asking the process that writes a journal to do something: lines of JSON over a socket.

    {"do": "bookmark", "name": "before the upgrade"}
    {"ok": true, "point": 4711, "time_ns": 1767225600000000000}
    {"ok": false, "error": "there is a bookmark of that name", "hint": "..."}

Theory of operation
-------------------
The socket lies in the journal's folder, so who may read the journal may ask. One thread serves all
callers. It calls one function at a time, which so need no lock among themselves, and waits for
nobody: whoever sends half a line, or takes no answer, is let go of when its time is over. One
caller too many has the place of who has said nothing for longest, for a second at least, and to
whom nothing is lent; where there is none it is told so.

A caller may be given something for as long as it is there (`Lent`): it keeps the connection, and
says something now and then. Whether it ends, dies or falls silent, what was lent comes back.
"""

import json
import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import EMFILE
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from core.errors import CoreError, cause_text

_LOG: Final = logging.getLogger("isthmus.control")
SOCKET: Final = "control.sock"
LINE_BYTES_MAX: Final = 1 << 16
CALLERS_MAX: Final = 16
CALLER_S: Final = 10.0
SILENT_S: Final = 1.0

_ADVICE: Final = {
    EMFILE: "the process that serves may have too few files open: start it with a higher "
    "`ulimit -n`, or end some of its clients"
}

Document = Mapping[str, Any]


class Lent(NamedTuple):
    """An answer, and what is to be done when the caller is gone."""

    answer: Document
    back: Callable[[], None]


Function = Callable[[Document], Document | Lent]
"""Takes the whole request, and returns what stands beside `ok` in the answer.

What it raises as a CoreError is told to the caller."""


class ControlError(CoreError):
    """The process that writes a journal was not reached, or refused what it was asked."""


@dataclass(slots=True)
class _Caller:
    """`deadline` is its time, counted from its last whole line on."""

    socket: socket.socket
    deadline: float
    received: bytearray = field(default_factory=bytearray)
    waiting: bytearray = field(default_factory=bytearray)
    lent: list[Callable[[], None]] = field(default_factory=list)
    is_ending: bool = False


class ControlServer:
    """Serves from `start`, or `with`, to `close`. It is for the holder of the journal's lock."""

    def __init__(
        self,
        folder: str | Path,
        functions: Mapping[str, Function],
        *,
        caller_s: float = CALLER_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """A caller has `caller_s` seconds from its last whole line on, or `silent_s` if there are
        too many, and nothing is lent to it."""
        self._folder, self._functions = Path(folder), dict(functions)
        self._caller_s, self._silent_s = caller_s, silent_s
        self._callers: dict[int, _Caller] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Listen. A socket that an earlier process left behind goes."""
        with _short(self._folder) as name:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            self._listener.bind(name)
            Path(name).chmod(0o600)
        self._listener.listen(CALLERS_MAX)
        for each in (self._listener, self._woken):
            each.setblocking(False)
            self._selector.register(each, selectors.EVENT_READ)
        self._thread.start()

    def close(self) -> None:
        """End, and let go of all callers."""
        self._wake.close()
        if self._thread.ident is not None:
            self._thread.join()
            with suppress(OSError):
                (self._folder / SOCKET).unlink()
        for each in (self._listener, self._woken):
            each.close()
        self._selector.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self) -> None:
        while True:
            found = self._selector.select(self._pause())
            # Who comes is let in after those who have gone.
            for key, events in sorted(found, key=lambda each: each[0].fileobj is self._listener):
                if key.fileobj is self._woken:
                    for caller in [*self._callers.values()]:
                        self._let_go(caller)
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif (known := self._callers.get(key.fd)) is not None:
                    self._attend(known, events)
            now = time.monotonic()
            for caller in [each for each in self._callers.values() if each.deadline <= now]:
                self._let_go(caller)

    def _pause(self) -> float | None:
        if not self._callers:
            return None
        return max(0.0, min(each.deadline for each in self._callers.values()) - time.monotonic())

    def _accept(self) -> None:
        try:
            accepted, _ = self._listener.accept()
        except OSError:  # gone again, or no descriptor is left
            return
        accepted.setblocking(False)
        caller = _Caller(accepted, time.monotonic() + self._caller_s)
        if len(self._callers) >= CALLERS_MAX:
            self._let_go_of_silent()
        if len(self._callers) >= CALLERS_MAX:
            with suppress(OSError):
                accepted.send(_line(_refusal("too many ask at once", "try again")))
            accepted.close()
            return
        self._callers[accepted.fileno()] = caller
        self._selector.register(accepted, selectors.EVENT_READ)

    def _let_go_of_silent(self) -> None:
        """Make room by the one that has said nothing for longest, if that is long enough."""
        latest = time.monotonic() + self._caller_s - self._silent_s
        silent = [each for each in self._callers.values() if not each.lent]
        longest = min(silent, key=lambda each: each.deadline, default=None)
        if longest is not None and longest.deadline <= latest:
            self._let_go(longest)

    def _attend(self, caller: _Caller, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                self._receive(caller)
            if caller.waiting:
                del caller.waiting[: caller.socket.send(caller.waiting)]
        except BlockingIOError:
            pass
        except OSError:
            self._let_go(caller)
            return
        if caller.is_ending and not caller.waiting:
            self._let_go(caller)
            return
        # Whoever has not taken its answer is not listened to.
        wanted = selectors.EVENT_WRITE if caller.waiting else selectors.EVENT_READ
        self._selector.modify(caller.socket, wanted)

    def _receive(self, caller: _Caller) -> None:
        data = caller.socket.recv(LINE_BYTES_MAX)
        caller.received += data
        caller.is_ending = not data
        while (end := caller.received.find(b"\n")) >= 0:
            line = bytes(caller.received[:end])
            del caller.received[: end + 1]
            caller.waiting += _line(answer(line, self._functions, caller.lent))
            caller.deadline = time.monotonic() + self._caller_s
        if len(caller.received) > LINE_BYTES_MAX:
            caller.waiting += _line(_refusal(f"a line of more than {LINE_BYTES_MAX} bytes"))
            caller.is_ending = True

    def _let_go(self, caller: _Caller) -> None:
        self._selector.unregister(caller.socket)
        del self._callers[caller.socket.fileno()]
        caller.socket.close()
        for back in caller.lent:
            try:
                back()
            except Exception:  # whoever is served by this thread is not to go without it
                _LOG.exception("what was lent to a caller could not be taken back")


def answer(
    line: bytes, functions: Mapping[str, Function], lent: list[Callable[[], None]]
) -> Document:
    """What is said to a line, whatever it is; what is lent by that is added to `lent`."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return _refusal("not a line of JSON")
    if not isinstance(document, dict):
        return _refusal("not an object of JSON")
    function = functions.get(str(document.get("do")))
    if function is None:
        known = ", ".join(functions)
        return _refusal(f"it cannot do {document.get('do')!r:.80}", f"it can do: {known}")
    try:
        given = function(document)
        if isinstance(given, Lent):
            lent.append(given.back)
            given = given.answer
        return {"ok": True, **given}
    except CoreError as error:
        place = f"{error.where}: " if error.where else ""
        return _refusal(f"{place}{error.what}", error.hint)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refusal(f"{place}{error.strerror or error}", _ADVICE.get(error.errno or 0, ""))
    except Exception as error:  # one mistake of ours must not end the service of all
        return _refusal(f"this is a bug: {type(error).__name__}: {error}")


class Conversation:
    """Somebody who asks the process that writes the journal in a folder, one line at a time."""

    def __init__(self, folder: str | Path, *, timeout_s: float = 30.0) -> None:
        """Raises ControlError where it cannot be reached; `timeout_s` is for each answer."""
        self._where, self._timeout_s = str(Path(folder) / SOCKET), timeout_s
        self._received = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            with _short(Path(folder)) as name:
                self._socket.connect(name)
        except OSError as error:
            self.close()
            raise self._not_reached(error) from None

    def ask(self, do: str, **arguments: object) -> Document:
        """What it answers; raises ControlError where it refuses, is gone, or takes too long."""
        try:
            answer = json.loads(self._exchange(_line({"do": do, **arguments})))
        except TimeoutError:
            raise ControlError(
                f"no answer in {self._timeout_s:g} s",
                where=self._where,
                hint="it may have been done all the same",
            ) from None
        except (OSError, ValueError) as error:
            raise self._not_reached(error) from None
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            told = answer if isinstance(answer, dict) else {}
            raise ControlError(str(told.get("error", "no answer")), hint=str(told.get("hint", "")))
        return answer

    def close(self) -> None:
        """Hang up: what was lent is given back by that."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _exchange(self, line: bytes) -> bytes:
        """Sends one line and returns the next."""
        deadline = time.monotonic() + self._timeout_s
        with suppress(BrokenPipeError):  # a refusal may come before it is asked
            self._socket.sendall(line)
        while (end := self._received.find(b"\n")) < 0:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._socket.recv(LINE_BYTES_MAX)
            if not data or len(self._received) > LINE_BYTES_MAX:
                raise ValueError("it ended before it had answered")
            self._received += data
        answer = bytes(self._received[:end])
        del self._received[: end + 1]
        return answer

    def _not_reached(self, error: Exception) -> ControlError:
        return ControlError(
            f"the process that writes the journal was not reached: {cause_text(error)}",
            where=self._where,
            hint="a process of another release may not listen there",
        )


def is_heard(folder: str | Path) -> bool:
    """Does the process that writes the journal in a folder serve already, and can it be asked?"""
    try:
        Conversation(folder).close()
    except ControlError:
        return False
    return True


def ask(folder: str | Path, do: str, *, timeout_s: float = 30.0, **arguments: object) -> Document:
    """What the process that writes the journal in a folder answers.

    Raises ControlError where it refuses, cannot be reached, or takes longer than that.
    """
    with Conversation(folder, timeout_s=timeout_s) as conversation:
        return conversation.ask(do, **arguments)


def _line(document: Document) -> bytes:
    return json.dumps(document).encode() + b"\n"


def _refusal(error: str, hint: str = "") -> Document:
    return {"ok": False, "error": error, "hint": hint}


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A name of the socket that is short enough for an address, however deep its folder is."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{number}/{SOCKET}"
    finally:
        os.close(number)
