"""Folding the epochs of a group that have aged, as the process that serves the group sees it.

Theory of operation
-------------------
A thread looks now and then which epochs the ladder wants folded. A process of its own makes the
draft of what stands for them, so that hosts are not slowed. Then, under the group's lock, the
journal adopts it, which is two changes of names; and the files that it replaces are removed when
the lock is free again.

Which epochs those are is in `core/machine/journal/folds.py`. What a draft may take is reserved, so
that a journal never takes more than it was given.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.driver.group.group import Group
from core.errors import CoreError
from core.machine.journal.folds import Key, Order, Task, held, tasks
from core.machine.journal.shelf import Shelf
from core.stream.names import Place
from core.units import NANOSECONDS_PER_SECOND
from core.wire.segment import HEAD_BYTES, Head, parse_head

_LOG: Final = logging.getLogger("isthmus.consolidation")

_PERIOD_S: Final = 10.0
_PERIOD_MIN_S: Final = 0.5
_DRAFT_S: Final = 600.0
_POLL_S: Final = 0.2
_STOP_S: Final = 10.0


class Consolidation:
    """Goes on until it is stopped; `folded` counts the segments that others came to stand for."""

    def __init__(
        self,
        group: Group,
        shelf: Callable[[], Shelf],
        folder: DiskFolder,
        begin: Callable[[], int | None] = lambda: 1,
    ) -> None:
        """`shelf` gives the one that is used now: a journal may get another.

        `begin` tells the first write of the history that is offered; None where none is."""
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
                self.failure = str(error)
                _LOG.warning("epochs were not folded: %s", error)

    def _step(self) -> bool:
        """Fold once; says whether anything was done or refused."""
        wanted = self._wanted()
        if not wanted:
            return False
        with self._group.lock:
            self._shelf.reserved = max(task.bytes_max for task in wanted)
        try:
            told = self._made(wanted)
            declined = min(int(told["declined"]), len(wanted))
            self._declined |= {task.key for task in wanted[:declined]}
            if told["made"]:
                self._adopt(*wanted[declined].places[: 2 if told["pre_images"] else 1])
        except (OSError, ValueError, CoreError):
            self._declined |= {task.key for task in wanted}
            raise
        finally:
            with self._group.lock:
                self._shelf.reserved = 0
            self._forget(wanted)
        self._group.made_room()
        return True

    def _wanted(self) -> Sequence[Task]:
        with self._group.lock:
            there, begin = held(self._shelf), self._begin()
        return tasks(there, begin=begin, now_ns=time.time_ns(), declined=self._declined)

    def _made(self, wanted: Sequence[Task]) -> dict[str, Any]:
        """Have the draft of one of the tasks made."""
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
                asked = {"jobs": [_document(task.order) for task in wanted]}
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()
            self._wait(process)
            if process.returncode:
                told = process.stderr.read().decode(errors="replace").strip()
                raise CoreError(f"the process that folds ended: {told or process.returncode}")
            made: dict[str, Any] = json.loads(process.stdout.read())
        return made

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it has ended, by itself or because it took too long or is not wanted any more."""
        deadline = time.monotonic() + _DRAFT_S
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_S)
                return
            if self._stopping.is_set() or time.monotonic() > deadline:
                process.kill()

    def _adopt(self, *places: Place) -> None:
        made = [*map(self._drafted, places)]
        with self._group.lock:
            stale = self._shelf.adopt(*made)
            there = [each for each in made if each in self._shelf.heads(each.stream)]
        for name in stale:
            self._folder.remove(name)
        self.folded += sum(head.last - head.number + 1 for head in there)

    def _drafted(self, place: Place) -> Head:
        draft = self._folder.open(f"{place.data}.new", writable=False)
        packed = bytearray(HEAD_BYTES)
        draft.read_into(packed, 0)
        draft.close()
        return parse_head(bytes(packed), where=place.data)

    def _forget(self, wanted: Sequence[Task]) -> None:
        """Take away what is left of drafts that were not adopted."""
        for task in wanted:
            for place in task.places:
                for name in (f"{place.meta}.new", f"{place.data}.new"):
                    with suppress(FileNotFoundError):
                        self._folder.remove(name)


def _document(order: Order) -> Mapping[str, Any]:
    """What the process is told, which knows of which stream the places are."""
    named = {"places": order.places, "pre_images": order.pre_images}
    return order._asdict() | {name: [each[1:] for each in found] for name, found in named.items()}
