"""Serving a copy that was taken over, while its images get what they lack.

Theory of operation
-------------------
Hosts write behind what came (`core/machine/journal/behind.py`), and the process that feeds replicas
goes on with the images. They write at most half as fast as that gets on, beyond an allowance: so it
ends, whatever they do. When little is left they wait for it: the feeding ends, and the journal
becomes that of production, under the lock of the group. Where that cannot be now, it goes on as
before, and is tried again.
"""

import logging
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Final, Protocol

from core.driver.backend.file import FileBackend
from core.driver.group.feed import Feed, Told
from core.driver.group.group import Group
from core.driver.group.volume import BackendVolume, GroupVolume
from core.driver.nbd.export import Hold
from core.errors import CoreError, cause_text
from core.machine.journal.behind import Behind, BehindVolume
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.shelf import JournalFullError
from core.stream.phases import State
from core.stream.point import Latest
from core.structure.medium import Image
from core.wire.nbd.constants import StatusFlag
from core.wire.nbd.offer import BlockSizes
from core.wire.nbd.replies import Extent

_LOG: Final = logging.getLogger("isthmus.group")

_EVERYTHING: Final = 1 << 50
"""Bytes that pre-images may take: no point is given up for them."""
_ALLOWANCE_BYTES: Final = 256 << 20
_NEAR_BYTES: Final = 8 << 20
_HELD_S: Final = 10.0
_LOOK_S: Final = 0.05
_WAIT_S: Final = 1.0
_RETRY_S: Final = 1.0
_RETRY_S_MAX: Final = 30.0
_STOP_S: Final = 60.0
_BLOCKS: Final = BlockSizes()


class BehindGroupVolume(BehindVolume):
    """The same, as a group uses volumes."""

    blocks = _BLOCKS
    when_failed: Callable[[str], None] | None = None

    def __init__(
        self,
        image: Image,
        latest: Latest,
        scratch: BackendVolume,
        turn: AbstractContextManager[object],
    ) -> None:
        super().__init__(image, latest, scratch, turn)
        self.is_resizable = True

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """See `GroupVolume`: all of it may be data."""
        del offset, most
        return [(length, StatusFlag(0))]

    def prefetch(self, offset: int, length: int) -> None:
        """See `GroupVolume`: who knows where it is read."""

    def clear(self) -> None:
        """See `GroupVolume`."""
        self.zero(0, self.size())

    def close(self) -> None:
        """See `GroupVolume`: what it has opened goes with it."""


def scratch(folder: Path, size: int) -> BackendVolume:
    """A volume of zeroes, in a file without a name that goes with who reads it last."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.truncate(size)
        backend = FileBackend(Path(f"/proc/self/fd/{file.fileno()}"))
    volume = BackendVolume(backend)
    weakref.finalize(volume, backend.close)
    return volume


class _Held:
    """What is acknowledged once hosts are not too far ahead, or after a time."""

    def __init__(self, is_ahead: Callable[[], bool]) -> None:
        self._is_ahead, self._deadline = is_ahead, time.monotonic() + _HELD_S

    def left_s(self) -> float:
        """See `Hold`."""
        if time.monotonic() >= self._deadline or not self._is_ahead():
            return 0.0
        return _LOOK_S


class Successor(Protocol):
    """What the group has instead, once its images have everything."""

    def open_images(self) -> Sequence[GroupVolume]:
        """The images, for this process alone."""

    def take(self, images: Sequence[GroupVolume]) -> None:
        """Have the group, whose lock is held, go on with these and their journal."""

    def begin(self) -> None:
        """Do what else is done for such a group, nothing of it after an error; nothing is locked.

        It is asked again where that cannot be.
        """


class CatchingUp:
    """From `start` to `stop`; `successor` is asked when the images have everything."""

    def __init__(
        self, group: Group, behind: Behind[BehindGroupVolume], journal: Path, successor: Successor
    ) -> None:
        self._group, self._behind, self._successor = group, behind, successor
        self._feed = Feed([str(journal), str(_EVERYTHING), "mark"], self._told)
        self._turn = Condition()
        self._lacked, self._written = behind.unapplied, 0
        self._wants_epoch = self._stopping = self._is_fed = False
        self._tried, self._not_before, self._pause_s = -1, 0.0, _RETRY_S
        self.is_over, self.failure = False, ""
        """Is the journal that of production? Why what comes next could not be done, at last."""
        self._thread = Thread(target=self._run, name="catching up", daemon=True)
        group.shipped = self

    def start(self) -> None:
        """Begin to give the images what they lack, once hosts read that soon."""
        self._thread.start()

    def stop(self) -> None:
        """End in good order, be it in the midst."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        self._thread.join(_STOP_S)
        self._feed.stop(within_s=_STOP_S)

    @property
    def history_begins(self) -> int | None:
        """The first write of a history that may be folded; None before it is over."""
        return 1 if self.is_over else None

    def status(self) -> dict[str, Any] | None:
        """What the images lack; None once that is over."""
        if self.is_over:
            return None
        end = self._group.journal.end
        with self._turn:
            applied, size = self._behind.applied, self._behind.unapplied
        return {
            "applied": applied,
            "writes": max(0, end - applied),
            "bytes": size,
            "failure": self.failure or self._feed.failure,
        }

    # What hosts wait for: see `Shipped`.

    def wrote(self, end: int, size: int) -> None:
        """See `Shipped`."""
        with self._turn:
            self._written += size
            self._behind.wrote(end, size)

    def hold(self, size: int) -> Hold | None:
        """See `Shipped`."""
        del size
        return _Held(self._is_ahead) if self._is_ahead() else None

    def flush(self, end: int, sync: Callable[[], None]) -> None:
        """See `Shipped`: the stream has everything."""
        del end
        sync()

    def _is_ahead(self) -> bool:
        with self._turn:
            got = self._lacked + self._written - self._behind.unapplied
            return self._written > _ALLOWANCE_BYTES + got // 2 and not self.is_over

    def _told(self, told: Told) -> None:
        """Hear what the process that feeds says; the group's lock may be held by who waits."""
        if "ready" in told:
            self._feeds_anew()
            self._feed.go()
            return
        with self._turn:
            if "epoch" in told:
                self._wants_epoch = True
            else:
                self._behind.follow(int(told["applied"]))
                self._is_fed = True
            self._turn.notify_all()

    def _feeds_anew(self) -> None:
        """Nothing is believed of what the last one has applied, until the next has told."""
        with self._turn:
            self._is_fed = False
            self._behind.fed_anew()

    def _run(self) -> None:
        self._is_done(self._behind.index)  # hosts read more slowly without it
        self._insist(self._feed.start)
        pause_s = _LOOK_S
        while not (self.is_over or self._group.failure or self._is_told_to_stop(pause_s)):
            pause_s = _LOOK_S if self._is_done(self._look) else _RETRY_S
        if self.is_over:
            self._insist(self._successor.begin)

    def _is_done(self, step: Callable[[], object]) -> bool:
        """Do it; an error is told, and ends nothing."""
        try:
            step()
        except Exception as error:
            said = cause_text(error)
            if said != self.failure:
                _LOG.warning("a copy that was taken over: %s", said)
            self.failure = said
            return False
        return True

    def _insist(self, step: Callable[[], object]) -> None:
        """Do it, be it not at the first time, unless all ends before."""
        pause_s = _RETRY_S
        while not self._is_done(step):
            if self._is_told_to_stop(pause_s):
                return
            pause_s = min(2 * pause_s, _RETRY_S_MAX)

    def _is_told_to_stop(self, within_s: float) -> bool:
        with self._turn:
            return self._turn.wait_for(lambda: self._stopping, within_s)

    def _look(self) -> None:
        """Do what there is to be done now."""
        wants_epoch, self._wants_epoch = self._wants_epoch, False
        if wants_epoch:
            with self._group.lock, suppress(JournalFullError, JournalFailedError):
                self._group.journal.begin_epoch()
        if self._is_worth_it():
            # Hosts wait for it: if it comes to nothing, not again soon.
            self._tried = self._behind.applied
            self._not_before = time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _RETRY_S_MAX)
            self._go_over()

    def _is_worth_it(self) -> bool:
        """May hosts be made to wait for what is left?"""
        if time.monotonic() < self._not_before:
            return False
        with self._turn:
            behind, end = self._behind, self._group.journal.end
            is_near = behind.unapplied <= _NEAR_BYTES and not behind.is_applied_again
            is_going = behind.applied != self._tried or behind.applied >= end
            may_be_there = self._is_fed and is_near and is_going
        return may_be_there and behind.standing.state is State.DISTRIBUTING

    def _go_over(self) -> None:
        """Have hosts wait for what is left, and go on with production's journal, if that can be."""
        with self._group.settled():
            end = self._group.journal.end
            with self._turn:
                self._turn.wait_for(lambda: self._stopping or self._is_applied(end), _WAIT_S)
                if self._stopping or not self._is_applied(end):
                    return
            images = None
            try:
                images = self._opened_images()
            finally:
                if images is None:
                    self._is_fed = False
                    self._feed.resume()
            self._succeed(images)

    def _is_applied(self, end: int) -> bool:
        return self._behind.applied >= end

    def _opened_images(self) -> Sequence[GroupVolume]:
        """The images with everything, which nobody feeds any more."""
        if not self._feed.pause() or not self._behind.is_there:
            raise CoreError("the images have not everything that they were said to have")
        return self._successor.open_images()

    def _succeed(self, images: Sequence[GroupVolume]) -> None:
        """From here on there is no way back: after an error nothing is acknowledged."""
        before = self._group.journal
        try:
            self._behind.end(images)
            self._group.shipped = None
            self._successor.take(images)
        except BaseException as error:
            # A full journal is no failure of one that goes on, as none of these does.
            why = CoreError(str(error)) if isinstance(error, JournalFullError) else error
            for each in (before, self._group.journal):
                with suppress(JournalFailedError):
                    each.fail(why)
            raise
        self.is_over, self.failure = True, ""
        _LOG.warning("the images have everything: they are production")
