"""The process that feeds a group's replicas, as the process that serves the group sees it.

It is begun again whenever it ends, until it is told to stop: its failures are never those of hosts.
There is one at a time. One that does not end when it is told to is killed.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Condition, Thread, Timer
from typing import Any, Final

from core.errors import CoreError, cause_text

_LOG: Final = logging.getLogger("isthmus.feed")
_FAILURE_BYTES_MAX: Final = 4096
_END_S: Final = 10.0
_PAUSE_S: Final = 0.2
_PAUSE_S_MAX: Final = 30.0

Told = Mapping[str, Any]
"""What it says in one line."""


class Feed:
    """Keeps a process feeding; `failure` is why the last one ended, empty while one does well."""

    def __init__(self, arguments: Sequence[str], told: Callable[[Told], None]) -> None:
        """`told` hears, from a thread, of each line; one that is `ready` may be let `go`."""
        self.failure = ""
        self._command = [sys.executable, "-m", "core.driver.group.feeding", *arguments]
        self._told = told
        self._turn = Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = self._paused = self._ending = self._ended_well = False
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    def start(self) -> None:
        """Begin to feed."""
        self._thread.start()

    def go(self) -> None:
        """Let the process that said that it is ready feed."""
        with self._turn:
            if self._process is not None and not self._ending:
                assert self._process.stdin is not None
                with suppress(BrokenPipeError):
                    self._process.stdin.write(b"go\n")
                    self._process.stdin.flush()

    def restart(self) -> None:
        """End it after the batch that is being done, and begin another one. It does not wait."""
        with self._turn:
            self._end()

    def pause(self, *, within_s: float = 2 * _END_S) -> bool:
        """End it, and begin none until `resume`; returns when there is none.

        Says whether the last one has fed, and ended in good order: of another who knows what its
        replicas have on their disks.
        """
        with self._turn:
            self._paused = True
            self._end()
            if not self._turn.wait_for(lambda: self._process is None, within_s):
                self._paused = False
                self._turn.notify_all()
                raise CoreError(
                    f"the process that feeds the replicas did not end within {within_s:g} s",
                    hint="try it again: it goes on, or is killed and begun anew",
                )
            return self._ended_well

    def resume(self) -> None:
        """Feed again after a pause."""
        with self._turn:
            self._paused = False
            self._turn.notify_all()

    def stop(self, *, within_s: float) -> bool:
        """End it for good; says whether it ended in time."""
        with self._turn:
            self._stopping = True
            self._end()
            self._turn.notify_all()
        if self._thread.ident is not None:
            self._thread.join(within_s)
        return not self._thread.is_alive()

    def _end(self) -> None:
        """Have the process end: in good order, or killed after a time."""
        process = self._process
        if process is None or self._ending:
            return
        self._ending = True
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        timer = Timer(_END_S, process.kill)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # the system has no thread left
            process.kill()

    def _run(self) -> None:
        pause_s, said = _PAUSE_S, ""
        while self._may_begin():
            did_well = self._begin() and self._follow()
            with self._turn:
                process, self._process = self._process, None
                self._ended_well = did_well and process is not None and process.returncode == 0
                was_told = self._ending
                self._turn.notify_all()
                if was_told or did_well:
                    pause_s, said = _PAUSE_S, ""
                if not was_told:
                    if self.failure != said:
                        _LOG.warning("the replicas are not fed: %s; it is tried on", self.failure)
                    said = self.failure
                    self._turn.wait_for(lambda: self._stopping, pause_s)
                    pause_s = min(2 * pause_s, _PAUSE_S_MAX)

    def _may_begin(self) -> bool:
        """Wait until a process may be begun; says whether it is not over."""
        with self._turn:
            self._turn.wait_for(lambda: self._stopping or not self._paused)
            return not self._stopping

    def _begin(self) -> bool:
        """Begin a process; says whether there is one."""
        with self._turn:
            self._ending = self._stopping or self._paused
            if self._ending:
                return False
            try:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,  # what interrupts the group ends this in good order
                )
            except OSError as error:  # no descriptor is left, or no memory: that passes
                self.failure = f"no process was begun: {error.strerror}"
                return False
            return True

    def _follow(self) -> bool:
        """Listen until it has ended; says whether it did anything."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        did_well = False
        with process.stdout, process.stderr:
            failure = ""
            for line in process.stdout:
                told = json.loads(line)
                try:
                    self._told(told)
                except (CoreError, OSError) as error:
                    did_well = False
                    failure = cause_text(error)
                    process.kill()
                    break
                if "ready" not in told:
                    did_well, self.failure = True, ""
            failure = failure or process.stderr.read(_FAILURE_BYTES_MAX).decode(errors="replace")
        process.wait()
        with self._turn, suppress(BrokenPipeError):
            assert process.stdin is not None
            process.stdin.close()
        if not self._ending:
            failure = " ".join(failure.split()) or "the process was killed"
            self.failure = failure
        return did_well
