"""The thread that feeds the replicas of a group."""

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from core.machine.distributor import Distributor

_LOG: Final = logging.getLogger("isthmus.feed")
_IDLE_S: Final = 0.02


class Feed:
    """Runs a distributor until it is stopped; `lock` is the group's."""

    def __init__(self, distributor: Distributor, lock: Lock, moved: Callable[[], None]) -> None:
        """`moved` is called after each batch."""
        self._distributor, self._lock, self._moved = distributor, lock, moved
        self._stopping = Event()
        self.failure: Exception | None = None
        self._thread = Thread(target=self._run, name="feed", daemon=True)

    @property
    def applied(self) -> int:
        """The last write that the replicas have."""
        return self._distributor.applied

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, within_s: float) -> bool:
        """End after the batch that is being done; says whether it ended in time."""
        self._stopping.set()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._lock:
                    self._distributor.look()
                if self._distributor.step():
                    self._moved()
                else:
                    self._stopping.wait(_IDLE_S)
        except Exception as error:
            # The host is served on: the journal keeps what the replica lacks.
            self.failure = error
            _LOG.exception("the replica is fed no more")
