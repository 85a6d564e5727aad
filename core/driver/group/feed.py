"""The feeding of a group's replicas, as the process that serves the group sees it."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

_LOG: Final = logging.getLogger("isthmus.feed")
_FAILURE_BYTES_MAX: Final = 4096


class Feed:
    """A process that feeds the replicas, until it is stopped; `applied` is how far it came."""

    def __init__(
        self, journal: Path, size: int, *, applied: int, moved: Callable[[int], None]
    ) -> None:
        """`moved` is told, from a thread, up to which write the replicas are durable."""
        self.applied, self.failure = applied, ""
        self._moved, self._stopping = moved, Event()
        self._words = ("-m", "core.driver.group.feeding", str(journal), str(size))
        self.resume()

    def resume(self) -> None:
        """Begin, again if it was stopped."""
        self._stopping.clear()
        self.failure = ""
        self._process = subprocess.Popen(
            [sys.executable, *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # what interrupts the group ends this in good order
        )
        self._thread = Thread(target=self._follow, name="feed", daemon=True)
        self._thread.start()

    def stop(self, *, within_s: float) -> bool:
        """End it after the batch that is being done; says whether it ended in time and well."""
        self._stopping.set()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._thread.join(within_s)
        return code == 0

    def _follow(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "durable" in told:
                self._moved(int(told["durable"]))
            else:
                self.applied = int(told["applied"])
        if not self._stopping.is_set():
            # The host is served on: the journal keeps what the replica lacks.
            told = self._process.stderr.read(_FAILURE_BYTES_MAX).decode(errors="replace")
            self.failure = told.strip() or "it ended"
            _LOG.error("the replicas are fed no more: %s", self.failure)
        self._process.stdout.close()
        self._process.stderr.close()
