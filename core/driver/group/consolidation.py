"""Folding the epochs of a group that have aged, as the process that serves the group sees it.

Theory of operation
-------------------
A thread looks now and then which epochs the ladder wants folded. A process of its own makes the
draft of what stands for them, so that hosts are not slowed. Then, under the group's lock, the
journal adopts it, which is two changes of names; and the files that it replaces are removed when
the lock is free again.

While the journal has little room left points are thinned out earlier than the ladder says: the
oldest would go otherwise. What a draft may take is reserved, so that a journal never takes more
than it was given.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final, NamedTuple

from core.driver.folder import DiskFolder
from core.driver.group.group import Group
from core.errors import CoreError
from core.machine.journal.consolidation import folded_place, pre_images_of
from core.machine.journal.ladder import Job, plan, pressed
from core.machine.journal.shelf import Shelf
from core.stream.names import Place, place_of
from core.stream.segment import file_bytes
from core.units import NANOSECONDS_PER_SECOND
from core.wire.segment import HEAD_BYTES, Head, Stream, parse_head

_LOG: Final = logging.getLogger("isthmus.consolidation")

_PERIOD_S: Final = 10.0
_PERIOD_MIN_S: Final = 0.5
_DRAFT_S: Final = 600.0
_POLL_S: Final = 0.2
_STOP_S: Final = 10.0

_TASKS_MAX: Final = 32
_PRESSED_AT: Final = 3, 4
"""The part of the journal's size from which on room is short."""
_SAVED: Final = 1, 8
"""The part that folding has to save of what epochs take, so that it is done."""
_SPARE_SEGMENTS: Final = 2
_SHARE_AT_ONCE: Final = 8
"""What is folded at once is at most so small a part of the journal's size."""


class _Task(NamedTuple):
    """A job, the UNDO segments that are folded when it is done, and where epochs begin then."""

    job: Job
    pre_images: tuple[Head, ...]
    firsts: Sequence[int]

    @property
    def place(self) -> Place:
        """Where the epoch is that is made."""
        return folded_place([*map(place_of, self.job.heads)])

    @property
    def places(self) -> Sequence[Place]:
        """Where all is that is made."""
        undone = [*map(place_of, self.pre_images)]
        return (self.place, folded_place(undone)) if undone else (self.place,)

    @property
    def key(self) -> tuple[Place, int]:
        """What it is known by."""
        return self.place, self.job.step_ns

    @property
    def bytes_max(self) -> int:
        """What all drafts may take."""
        return self._epoch_bytes_max + self._pre_images_bytes_max

    @property
    def _epoch_bytes_max(self) -> int:
        taken = sum(file_bytes(head.size) for head in self.job.heads)
        return taken - taken * _SAVED[0] // _SAVED[1]

    @property
    def _pre_images_bytes_max(self) -> int:
        return sum(file_bytes(head.size) for head in self.pre_images)

    def document(self) -> Mapping[str, Any]:
        """What the process is told."""
        return {
            "places": [place_of(head)[1:] for head in self.job.heads],
            "step_ns": self.job.step_ns,
            "bytes_max": self._epoch_bytes_max,
            "pre_images": [place_of(head)[1:] for head in self.pre_images],
            "firsts": self.firsts,
            "pre_images_bytes_max": self._pre_images_bytes_max,
        }


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
        self._declined: set[tuple[Place, int]] = set()
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
        tasks = self._tasks()
        if not tasks:
            return False
        with self._group.lock:
            self._shelf.reserved = max(task.bytes_max for task in tasks)
        try:
            told = self._made(tasks)
            declined = min(int(told["declined"]), len(tasks))
            self._declined |= {task.key for task in tasks[:declined]}
            if told["made"]:
                self._adopt(*tasks[declined].places[: 2 if told["pre_images"] else 1])
        except (OSError, ValueError, CoreError):
            self._declined |= {task.key for task in tasks}
            raise
        finally:
            with self._group.lock:
                self._shelf.reserved = 0
            self._forget(tasks)
        self._group.made_room()
        return True

    def _tasks(self) -> Sequence[_Task]:
        """What may be folded now, with its pre-images where those are the journal's own."""
        with self._group.lock:
            shelf, begin = self._shelf, self._begin()
            heads = [each for each in shelf.heads(Stream.DO) if begin and each.first >= begin]
            undone = shelf.heads(Stream.UNDO)
            kept, taken = shelf.kept, shelf.size
        if not heads:
            return ()
        size, ladder = shelf.retention.size, shelf.retention.ladder
        if taken * _PRESSED_AT[1] >= size * _PRESSED_AT[0]:
            ladder = pressed(ladder)
        room = size - taken - _SPARE_SEGMENTS * file_bytes(heads[-1].size)
        at_once = size // _SHARE_AT_ONCE
        tasks: list[_Task] = []
        for job in plan(heads, ladder, now_ns=time.time_ns(), kept=kept, bytes_max=at_once):
            pre_images = pre_images_of(job, undone, kept=kept, bytes_max=at_once)
            inner = {head.number for head in job.heads[1:]}
            firsts = [head.first for head in heads if head.number not in inner]
            task = _Task(job, pre_images, firsts)
            if task.bytes_max <= room and task.key not in self._declined:
                tasks.append(task)
            if len(tasks) == _TASKS_MAX:
                break
        return tasks

    def _made(self, tasks: Sequence[_Task]) -> dict[str, Any]:
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
                asked = {"jobs": [task.document() for task in tasks]}
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

    def _forget(self, tasks: Sequence[_Task]) -> None:
        """Take away what is left of drafts that were not adopted."""
        for task in tasks:
            for place in task.places:
                for name in (f"{place.meta}.new", f"{place.data}.new"):
                    with suppress(FileNotFoundError):
                        self._folder.remove(name)
