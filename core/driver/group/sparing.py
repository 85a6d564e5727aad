"""Making files ready for the next segment beside the path of the host."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Final

from core.machine.journal.shelf import Shelf

_LOG: Final = logging.getLogger("isthmus.journal")
_LOOK_S: Final = 0.02
_RETRY_S: Final = 30.0


class Sparing:
    """A thread that keeps a shelf supplied, until it is stopped; `lock` guards the shelf.

    `shelf` gives the one that is used now: a journal may get another.
    """

    def __init__(self, shelf: Callable[[], Shelf], lock: Lock) -> None:
        self._shelf, self._lock, self._stopping = shelf, lock, Event()
        self._thread = Thread(target=self._run, name="sparing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """What is being made is finished first."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = _LOOK_S
        while not self._stopping.wait(pause_s):
            with self._lock:
                shelf = self._shelf()
                is_wanted = shelf.wants_spare()
            if is_wanted:
                pause_s = _LOOK_S if self._make(shelf) else _RETRY_S

    def _make(self, shelf: Shelf) -> bool:
        made = False
        try:
            shelf.make_spare()
            made = True
        except OSError as error:
            _LOG.warning("no file is ready for the next segment: %s", error)
        # Another shelf has found what there is by itself; and what cannot be taken away is the next
        # time.
        with self._lock, suppress(OSError):
            if shelf is self._shelf():
                shelf.take_spare(made=made)
        return made
