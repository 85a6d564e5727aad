"""Folding the epochs of a group that have aged, as the process that serves the group sees it.

Theory of operation
-------------------
A thread looks now and then which epochs the ladder wants folded. A process of its own makes the
draft of what stands for them, so that hosts are not slowed. Then, under the group's lock, the
journal adopts it, which is two changes of names; and the files that it replaces are removed when
the lock is free again.

Its pre-images are folded after that in the same way. What a draft may take is reserved, so that a
journal never takes more than it was given.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from errno import EAGAIN, EMFILE, ENFILE, ENOMEM
from itertools import chain, islice
from threading import Event, Lock, Thread
from typing import Any, Final, Protocol

from core.driver.folder import DiskFolder
from core.errors import CoreError, cause_text
from core.machine.journal.drafts import EpochOrder, PreImagesOrder, drafted, forget_drafts
from core.machine.journal.shelf import Shelf
from core.machine.journal.thinning import Key, Task, stock_of, tasks
from core.stream.names import Place
from core.units import NANOSECONDS_PER_SECOND
from core.wire.segment import Head

_LOG: Final = logging.getLogger("isthmus.consolidation")

_PERIOD_S: Final = 10.0
_PERIOD_MIN_S: Final = 0.5
_DRAFT_S: Final = 600.0
_POLL_S: Final = 0.2
_STOP_S: Final = 10.0

_TASKS_MAX: Final = 32

_PASSING: Final = frozenset({EAGAIN, EMFILE, ENFILE, ENOMEM})
"""What the system says where it has no room for a process or a file now, and may have later."""


class Served(Protocol):
    """Whoever writes the journal."""

    lock: Lock

    def made_room(self) -> None:
        """Those who wait because the journal is full may try again."""


class Consolidation:
    """Goes on until it is stopped; `folded` counts the segments that others came to stand for."""

    def __init__(
        self,
        group: Served,
        shelf: Callable[[], Shelf],
        folder: DiskFolder,
        begin: Callable[[], int | None] = lambda: 1,
    ) -> None:
        """`shelf` gives the one that is used now: a journal may get another.

        `begin` tells the first write of the history that is offered; None where none is.
        """
        self.folded, self.failure = 0, ""
        self._group, self._shelf_now, self._folder = group, shelf, folder
        self._begin = begin
        steps = (rung.step_ns for rung in self._shelf.retention.ladder if rung.step_ns)
        period_s = min(steps, default=1 << 62) / NANOSECONDS_PER_SECOND / 2
        self._period_s = max(_PERIOD_MIN_S, min(_PERIOD_S, period_s))
        self._declined: set[Key] = set()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="consolidation", daemon=True)
        self._thread.start()

    @property
    def _shelf(self) -> Shelf:
        return self._shelf_now()

    def stop(self) -> None:
        """End; a draft that is being made is given up."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stopping.wait(self._period_s):
            try:
                while not self._stopping.is_set() and self._step():
                    pass
            except (OSError, ValueError, CoreError) as error:
                if self._stopping.is_set():
                    return
                # The host is served on: what was not folded takes more room, and is right.
                self.failure = cause_text(error)
                _LOG.warning("epochs were not folded: %s", self.failure)

    def _step(self) -> bool:
        """Fold once; says whether anything was done or refused."""
        with self._group.lock:
            stock = stock_of(self._shelf, self._begin())
        found = [*islice(tasks(stock, now_ns=time.time_ns(), declined=self._declined), _TASKS_MAX)]
        if not found:
            return False
        with self._group.lock:
            self._shelf.reserved = max(task.bytes_max for task in found)
        try:
            declined = self._made({"jobs": [_document(task.order) for task in found]})
            self._declined |= {task.key for task in found[:declined]}
            if declined < len(found):
                self._adopt(found[declined])
        except (OSError, ValueError, CoreError) as error:
            if not (isinstance(error, OSError) and error.errno in _PASSING):
                self._declined.add(found[0].key)  # what cannot be folded stands in nobody's way
            raise
        finally:
            with self._group.lock:
                self._shelf.reserved = 0
            forget_drafts(self._folder, chain.from_iterable(task.places for task in found))
        self._group.made_room()
        return True

    def _adopt(self, task: Task) -> None:
        """An epoch is drafted: let it stand for others, and then its pre-images for theirs."""
        epoch = self._adopted(task.place)
        if not task.pre_images:
            return
        if not self._made({"pre_images": _document(task.pre_images_order)}):
            self._adopted(task.pre_images_place, after=epoch)

    def _adopted(self, place: Place, *, after: Head | None = None) -> Head:
        made = drafted(self._folder, place, where=str(self._folder.path))
        with self._group.lock:
            stale = self._shelf.adopt(made, after=after)
            is_there = made in self._shelf.heads(made.stream)
        for name in stale:
            with suppress(FileNotFoundError):
                self._folder.remove(name)
        self.folded += is_there and made.last - made.number + 1
        return made

    def _made(self, asked: Mapping[str, Any]) -> int:
        """Have the first draft made that is worth it; returns how many were not."""
        process = subprocess.Popen(
            [sys.executable, "-m", "core.driver.group.consolidating", str(self._folder.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # what interrupts the group ends this in good order
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()
            self._wait(process)
            if process.returncode:
                told = process.stderr.read().decode(errors="replace").strip()
                raise CoreError(f"the process that folds ended: {told or process.returncode}")
            return int(json.loads(process.stdout.read())["declined"])

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it has ended, by itself or because it took too long or is not wanted any more."""
        deadline = time.monotonic() + _DRAFT_S
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_S)
                return
            if self._stopping.is_set() or time.monotonic() > deadline:
                process.kill()


def _document(order: EpochOrder | PreImagesOrder) -> Mapping[str, Any]:
    """What the process is told, which knows of which stream the places are."""
    return order._asdict() | {"places": [place[1:] for place in order.places]}
