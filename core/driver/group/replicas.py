"""The replicas of a group that is served: who feeds them, and in which state that is.

Hosts come first. Whatever is wrong with a replica, their writes are done: in the journal, as long
as that takes them, and marked otherwise.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, Final

from core.driver.backend.place import Place
from core.driver.group.feed import Feed, Told
from core.driver.group.group import Group
from core.driver.image import OpenImage, open_image
from core.errors import CoreError
from core.machine.journal.marking import Marking
from core.machine.journal.replicated import Production
from core.machine.journal.shelf import JournalFullError
from core.stream.phases import COPYING, Event, State
from core.stream.standing import copied_bytes, standing_text
from core.structure.medium import Folder

_LOG: Final = logging.getLogger("isthmus.feed")
_STOP_S: Final = 30.0

Progress = Callable[[str, int, int], None]
"""Called with what is done, bytes done so far, and bytes in all."""


class WhenFull(Enum):
    """What is given up where the replicas fall behind: points, the time of hosts, or neither.

    In the end it is always points: production is marked, and history begins anew.
    """

    FAST_FORWARD = "fast-forward"  # points, before the journal is full
    MARK = "mark"  # points, once the journal is full
    WAIT = "wait"  # the same, after hosts have waited

    @property
    def wait_s(self) -> float:
        """How long a host waits for room, at most."""
        return 30.0 if self is WhenFull.WAIT else 1.0


class ReplicaImage:
    """The image of a replica, which need not be there before it is read."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._image: OpenImage | None = None

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        self._opened().read_into(buffer, offset)

    def size(self) -> int:
        """See `core.structure.medium`."""
        return self._opened().size()

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`."""
        return self._opened().data(offset, length)

    def close(self) -> None:
        """Let go of it."""
        if self._image is not None:
            self._image.close()

    def _opened(self) -> OpenImage:
        if self._image is None:
            self._image = open_image(self._place)
        return self._image


class Replicas:
    """What keeps the replicas of a group fed, from `start` to `stop`."""

    def __init__(
        self,
        group: Group,
        production: Production,
        folder: Folder,
        journal: Path,
        *,
        size: int,
        when_full: WhenFull,
        progress: Progress,
    ) -> None:
        """`size` is the budget of the journal in bytes."""
        self._group, self._production, self._progress = group, production, progress
        self._folder, self._journal = folder, journal
        self._feed = Feed([str(journal), str(size), when_full.value], self._told)
        self.applied = production.standing.applied
        self._state = production.standing.state
        self._owes_gap = True
        self._copied: tuple[int, int] | None = None
        self._pauses = 0
        group.when_full, group.room_wait_s = self._mark, when_full.wait_s

    def start(self) -> None:
        """Begin to feed."""
        with self._group.lock:
            self._production.note_gap()
        self._feed.start()

    def stop(self) -> None:
        """End feeding in good order."""
        self._feed.stop(within_s=_STOP_S)

    def pause(self) -> None:
        """Let go of the replicas, until each who asked for that says `resume`; for one thread."""
        self._feed.pause()
        self._pauses += 1

    def resume(self) -> None:
        """Feed the replicas again, unless somebody else wants them not to be."""
        self._pauses -= 1
        if not self._pauses:
            self._feed.resume()

    def status(self) -> dict[str, Any]:
        """The state, how far the replicas are, and what is wrong with them."""
        with self._group.lock:
            standing = self._production.standing
        found: dict[str, Any] = {
            "state": standing.state.value,
            "applied": self.applied,
            "failure": self._feed.failure,
        }
        if standing.state in (*COPYING, State.MARKING):
            copied, total = self._copied or copied_bytes(self._folder, standing.course)
            found |= {"copied": copied, "to_copy": total}
        return found

    def give_up(self) -> int:
        """Whoever the replicas are lent to keeps nothing of what they hold any more.

        Returns the generation of feeding that begins with that.
        """
        with self._group.lock:
            if self._production.standing.begin is None:
                raise CoreError("there is no history that could be given up")
            self._mark(Event.TAKEN)
            return self._production.standing.course.generation

    def _mark(self, event: Event = Event.FULL) -> None:
        """The journal is full, or that. It is called with the group's lock."""
        self._production.mark(event)
        self._group.journal = self._production.journal
        self._feed.restart()
        self._changed(State.MARKING)

    def _told(self, told: Told) -> None:
        """Hear what the process that feeds says."""
        if "ready" in told:
            self._ready()
        elif "epoch" in told:
            self._begin_epoch()
        else:
            self._moved(told)

    def _ready(self) -> None:
        with self._group.settled():
            if isinstance(self._group.journal, Marking):
                self._production.resume()
                self._group.journal = self._production.journal
                self._changed(State.RESYNCING)
        self._feed.go()

    def _begin_epoch(self) -> None:
        with self._group.lock, suppress(JournalFullError):
            self._group.journal.begin_epoch()

    def _moved(self, told: Told) -> None:
        self.applied = int(told["applied"])
        with self._group.lock:
            standing = self._production.standing
            if not isinstance(self._group.journal, Marking):
                self._production.follow(standing)
                if standing.state is not self._state:
                    self._changed(standing.state)
                self._owes_gap |= self._production.lacks(int(told["first"]))
                if self._owes_gap and standing.state is State.DISTRIBUTING:
                    with suppress(JournalFullError):
                        self._production.note_gap()
                        self._owes_gap = False
        self._group.made_room()
        if "copied" in told and told["total"]:
            self._copied = int(told["copied"]), int(told["total"])
            self._progress("replicas", *self._copied)

    def _changed(self, state: State) -> None:
        self._state, self._owes_gap, self._copied = state, True, None
        if state is State.DISTRIBUTING:
            _LOG.warning("distributing: every write is a point from now on")
            return
        told = ""
        with suppress(OSError, CoreError):  # hosts do not wait for words
            told = standing_text(self._folder, where=str(self._journal))
        _LOG.warning("%s: %s", state.value, told)
