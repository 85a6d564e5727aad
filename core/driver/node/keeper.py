"""Who keeps a group served: has its worker begun, watches it, and has it begun again.

A thread for each group. A worker that an earlier node has begun, and that outlived it, is found by
the lock of its journal and watched as if it were one's own; so there are never two.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Final

from core.driver.control import ControlError, ask, is_heard
from core.driver.node import process as processes
from core.driver.node.process import Bell, Process
from core.errors import CoreError
from core.site.standing import Seen, Standing, State, failures_after, pause_s
from core.site.store import Document

LOOK_S: Final = 1.0
ASK_S: Final = 3.0
END_S: Final = 60.0
LAST_WORDS_S: Final = 2.0

_LOG: Final = logging.getLogger("isthmus.node")
_READY_S: Final = 86_400.0  # a recovery takes as long as it takes
_HEARD_S: Final = 0.2


class Keeper:
    """Keeps one group served from `start` to `stop`."""

    def __init__(
        self,
        group: str,
        command: str,
        words: Callable[[], Sequence[str]],
        journal: Path,
        log: Path,
        judge: Callable[[Seen], Standing],
        told: Callable[[Seen, Standing], object],
    ) -> None:
        """`words` are those of the worker, the first of them the `command`.

        `told` hears what is seen, and what `judge` says of it, whenever that changes.
        """
        self._group, self._words, self.journal, self._log = group, words, journal, log
        self._command, self._judge = command, judge
        self._told, self._stopping, self._lock = told, Bell(), Lock()
        self._process: Process | None = None
        self._is_ready = False
        self._failure, self._busy = "", ""
        self._last: tuple[Standing, int | None] | None = None
        self.restarts, self._failures, self._since = 0, 0, 0
        self._thread = Thread(target=self._keep, name=f"keeper {group}")

    @property
    def state(self) -> State:
        """The state in which it was seen last."""
        return self._last[0].state if self._last else State.STARTING

    def start(self) -> None:
        """Begin to keep it."""
        self._thread.start()

    def tell_to_stop(self) -> None:
        """Begin to end it, in good order; `stop` waits for that."""
        self._stopping.ring()

    def stop(self) -> None:
        """End the worker, and return when nobody serves the group any more."""
        self.tell_to_stop()
        self._thread.join()

    def look(self) -> Seen:
        """What is known, the worker asked now; for any thread."""
        process, is_ready, busy = self._process, self._is_ready, self._busy
        heard = self._heard() if is_ready and not busy else None
        return Seen(
            pid=process.pid if process else None,
            is_ready=is_ready,
            is_adopted=bool(process and process.is_adopted),
            restarts=self.restarts,
            heard=heard,
            failure=self._failure,
            busy=busy,
        )

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """The worker is asked for something that takes all of its attention."""
        self._busy = what
        try:
            yield
        finally:
            self._busy = ""

    def say(self) -> None:
        """Have `told` hear what is seen, if that has changed."""
        with self._lock:
            seen = self.look()
            standing = self._judge(seen)
            known = Standing(state=standing.state, reasons=standing.reasons), seen.pid
            if known != self._last:
                self._last = known
                self._told(seen, standing)

    def _heard(self) -> Any:
        try:
            return ask(self.journal, "status", timeout_s=ASK_S)
        except (CoreError, OSError):
            return None

    def _keep(self) -> None:
        while not self._stopping.rings():
            began_ns = time.monotonic_ns()
            try:
                self._failure = self._served() or self._failure
            except (CoreError, OSError) as error:
                self._failure = str(error).partition("\n")[0]
            except Exception:  # a group is not to be left alone for a mistake of ours
                _LOG.exception("keeping group %s failed", self._group)
                self._failure = "the node made a mistake: its log says more"
            self._is_ready, self._process = False, None
            if self._stopping.rings():
                return
            served_ns = time.monotonic_ns() - began_ns
            self._failures = failures_after(self._failures, served_ns=served_ns)
            self.restarts += 1
            _LOG.warning("group %s is served no longer: %s", self._group, self._failure)
            self._quietly_say()
            self._stopping.rings(pause_s(self._failures))

    def _served(self) -> str:
        """Have it served until the worker ends, and say why it did, if it was not told to."""
        self._since = processes.log_size(self._log)
        found = processes.writing(self.journal, self._command)
        self._process = found or processes.begin(self._words(), self._log)
        process = self._process
        self._quietly_say()
        try:
            if not (self._is_heard(process) if found else self._says_ready(process)):
                return self._ended(process)
            self._is_ready, self._failure = True, ""
            self._quietly_say()
            while not process.ended(LOOK_S, self._stopping):
                self._quietly_say()
                if self._stopping.rings():
                    return self._ended(process)
            return self._ended(process)
        finally:
            process.bury()

    def _quietly_say(self) -> None:
        """What cannot be told now is told when something else changes."""
        try:
            self.say()
        except (CoreError, OSError) as error:
            _LOG.error("the state of group %s is not told: %s", self._group, error)

    def _says_ready(self, process: Process) -> bool:
        return processes.ready_of(process.line(_READY_S, self._stopping)) is not None

    def _is_heard(self, process: Process) -> bool:
        """One that was found has said that it is ready to somebody who is not there any more."""
        while not is_heard(self.journal):
            if process.ended(_HEARD_S, self._stopping):
                return False
            if self._stopping.rings():
                return False
        return True

    def _ended(self, process: Process) -> str:
        """See that it has ended, and say why."""
        if self._stopping.rings():
            if not process.end(END_S):
                _LOG.error("the worker of group %s was killed: it did not end", self._group)
            return ""
        if not process.ended(LAST_WORDS_S):  # it said something else than that it is ready
            process.end(END_S)
        what, _ = processes.last_words(self._log, self._since)
        return what or "its worker ended without a word"


def ask_worker(journal: Path, do: str, within_s: float, **arguments: object) -> Document:
    """Have the worker do something; raises CoreError."""
    try:
        return ask(journal, do, timeout_s=within_s, **arguments)
    except ControlError as error:
        raise CoreError(error.what, hint=error.hint) from error


assert LOOK_S < ASK_S < END_S
