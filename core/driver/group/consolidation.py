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
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.driver.group.group import Group
from core.errors import CoreError
from core.machine.journal.consolidation import folded_place
from core.machine.journal.ladder import Job, plan, pressed
from core.machine.journal.shelf import Shelf
from core.stream.names import Place, place_of
from core.stream.segment import file_bytes
from core.units import NANOSECONDS_PER_SECOND
from core.wire.segment import HEAD_BYTES, Stream, parse_head

_LOG: Final = logging.getLogger("isthmus.consolidation")

_PERIOD_S: Final = 10.0
_PERIOD_MIN_S: Final = 0.5
_DRAFT_S: Final = 600.0
_POLL_S: Final = 0.2
_STOP_S: Final = 10.0

_JOBS_MAX: Final = 32
_PRESSED_AT: Final = 3, 4
"""The part of the journal's size from which on room is short."""
_SAVED: Final = 1, 8
"""The part that folding has to save of what epochs take, so that it is done."""
_SPARE_SEGMENTS: Final = 2
_SHARE_AT_ONCE: Final = 8
"""What is folded at once is at most so small a part of the journal's size."""


class Consolidation:
    """Goes on until it is stopped; `folded` counts the epochs that others stand for now."""

    def __init__(self, group: Group, folder: DiskFolder) -> None:
        self.folded, self.failure = 0, ""
        self._group, self._folder = group, folder
        self._shelf: Shelf = group.journal.shelf
        steps = (rung.step_ns for rung in self._shelf.retention.ladder if rung.step_ns)
        period_s = min(steps, default=1 << 62) / NANOSECONDS_PER_SECOND / 2
        self._period_s = max(_PERIOD_MIN_S, min(_PERIOD_S, period_s))
        self._declined: set[tuple[Place, int]] = set()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="consolidation", daemon=True)
        self._thread.start()

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
        with self._group.lock:
            jobs, sizes = self._jobs()
            self._shelf.reserved = max(sizes, default=0)
        if not jobs:
            return False
        adopted = False
        try:
            told = self._made(jobs, sizes)
            declined = min(int(told["declined"]), len(jobs))
            self._declined |= {_key(job) for job in jobs[:declined]}
            if told["made"]:
                self._adopt(jobs[declined])
                adopted = True
        except (OSError, ValueError, CoreError):
            self._declined |= {_key(job) for job in jobs}
            raise
        finally:
            with self._group.lock:
                self._shelf.reserved = 0
            if not adopted:
                self._forget(jobs)
        return True

    def _jobs(self) -> tuple[Sequence[Job], Sequence[int]]:
        """What may be folded now, and how many bytes each may take."""
        shelf = self._shelf
        size, ladder = shelf.retention.size, shelf.retention.ladder
        if shelf.size * _PRESSED_AT[1] >= size * _PRESSED_AT[0]:
            ladder = pressed(ladder)
        heads = shelf.heads(Stream.DO)
        room = size - shelf.size - _SPARE_SEGMENTS * file_bytes(heads[-1].size)
        jobs, sizes = [], []
        for job in plan(
            heads,
            ladder,
            now_ns=time.time_ns(),
            kept=shelf.kept,
            bytes_max=size // _SHARE_AT_ONCE,
        ):
            taken = sum(file_bytes(head.size) for head in job.heads)
            most = taken - taken * _SAVED[0] // _SAVED[1]
            if most <= room and _key(job) not in self._declined:
                jobs.append(job)
                sizes.append(most)
            if len(jobs) == _JOBS_MAX:
                break
        return jobs, sizes

    def _made(self, jobs: Sequence[Job], sizes: Sequence[int]) -> dict[str, Any]:
        """Have the draft of one of the jobs made."""
        asked = {
            "jobs": [
                {
                    "places": [place_of(head)[1:] for head in job.heads],
                    "step_ns": job.step_ns,
                    "bytes_max": size,
                }
                for job, size in zip(jobs, sizes, strict=True)
            ]
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "core.driver.group.consolidating", str(self._folder.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # what interrupts the group ends this in good order
        )
        with process:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                process.stdin.flush()
            self._wait(process)
            assert process.stdout is not None
            assert process.stderr is not None
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

    def _adopt(self, job: Job) -> None:
        place = folded_place([*map(place_of, job.heads)])
        draft = self._folder.open(f"{place.data}.new", writable=False)
        packed = bytearray(HEAD_BYTES)
        draft.read_into(packed, 0)
        draft.close()
        head = parse_head(bytes(packed), where=place.data)
        with self._group.lock:
            stale = self._shelf.adopt(head)
            self.folded += len(job.heads) if head in self._shelf.heads(Stream.DO) else 0
        for name in stale:
            self._folder.remove(name)
        self._group.made_room()

    def _forget(self, jobs: Sequence[Job]) -> None:
        """Take away what is left of drafts that were not adopted."""
        for job in jobs:
            place = folded_place([*map(place_of, job.heads)])
            for name in (f"{place.meta}.new", f"{place.data}.new"):
                with suppress(FileNotFoundError):
                    self._folder.remove(name)


def _key(job: Job) -> tuple[Place, int]:
    return folded_place([*map(place_of, job.heads)]), job.step_ns
