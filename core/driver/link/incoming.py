"""A copy of a group whose production is at another site, as the process that keeps it sees it.

What comes over a link goes to the journal; a process of its own gives it to the replicas, keeps
what they held, and so makes points of it. One link at a time brings what comes: a new one takes the
place of one that may not know yet that it is broken.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Condition, Lock
from typing import Any, Final

from core.driver.backend.file import FileBackend
from core.driver.backend.place import recorded
from core.driver.folder import DiskFolder
from core.driver.group.consolidation import Consolidation
from core.driver.group.feed import Feed, Told
from core.driver.group.sparing import Sparing
from core.driver.group.volume import FedVolume
from core.driver.link.peers import Hello
from core.errors import CoreError
from core.machine.journal.arriving import Arriving
from core.machine.journal.shelf import Retention, Shelf
from core.machine.link.meeting import another, refuse_other, refuse_second
from core.stream.identity import Identity, read_identity, write_identity
from core.stream.names import IDENTITY
from core.stream.phases import State
from core.stream.rejoining import Rejoining, read_rejoining
from core.stream.standing import Course, Standing
from core.stream.taken import read_taken
from core.wire.note import Gap

_LOG: Final = logging.getLogger("isthmus.link")

_STOP_S: Final = 30.0
_ROOM_POLL_S: Final = 0.5


class Incoming:
    """The copy, from when it is opened until `stop`; `lock` guards the journal."""

    def __init__(self, folder: DiskFolder, images: Sequence[Path], retention: Retention) -> None:
        """Open what is there; before production is met for the first time, that is nothing."""
        self.folder, self.images, self._retention = folder, tuple(images), retention
        self.lock = Lock()
        self._room = Condition(self.lock)
        self.journal: Arriving | None = None
        self.replicas: list[FedVolume] = []
        self._feed: Feed | None = None
        self._sparing: Sparing | None = None
        self._consolidation: Consolidation | None = None
        self.applied, self._first = 0, 0
        self.failure = ""
        """Why the journal takes nothing more, if it does not."""
        self.signs = True
        """Is what is read of the images what their disks hold? After an error of one, who knows."""
        self.production: tuple[int, bool] | None = None
        """The last write of production, and whether it promises that all are here, as it says."""
        self.wishes: Callable[[], None] = _nobody
        """Asks production for an epoch, while it is connected."""
        self.tell_gap: Callable[[Gap], None] = _hears_nobody
        """Asks production to put points that were given up into the stream."""
        self.taken = read_taken(folder, where=str(folder.path))
        """Where it is a copy no longer: whoever greets it is refused."""
        self._rejoining = read_rejoining(folder, where=str(folder.path))
        if self.taken is not None:
            self.failure = self.taken.refusal("").what
        elif IDENTITY in folder.names():
            self._open(read_identity(folder, where=str(folder.path)))

    def lacking(self, hello: Hello) -> Rejoining | None:
        """What production has not taken into account of what the images have besides.

        Raises CoreError where it is not to be greeted at all: another has taken over.
        """
        if self.taken is not None:
            raise self.taken.refusal(str(self.folder.path))
        standing, rejoining = self._standing(), self._rejoining
        known = standing.course.epoch if standing else 0
        if hello.epoch < max(known, rejoining.epoch if rejoining else 0):
            raise CoreError(
                f"production speaks for epoch {hello.epoch}, and another was in a later one",
                where=str(self.folder.path),
                hint="another site has taken over since: make this one a copy of it",
            )
        if rejoining is None or hello.joined == rejoining.token:
            return None
        if rejoining.group != hello.group.hex():
            raise another(hello.volumes, where=str(self.folder.path))
        return rejoining

    def meet(self, hello: Hello) -> Arriving:
        """Production is there, nothing of which is `lacking`: be its copy, in its generation.

        Raises CoreError where this is the copy of another group, has seen a later generation, or
        has to apply first what came in the one before.
        """
        if self.journal is None:
            self._begin(hello)
        journal = self.journal
        assert journal is not None
        where = str(self.folder.path)
        refuse_other(journal.identity, hello.group, hello.volumes, where=where)
        standing = journal.standing
        refuse_second(standing, self.taken, hello.generation, where=where)
        known = standing.course.generation if standing else 0
        if hello.generation > known:
            self._enter(journal, hello)
        elif standing is not None and hello.epoch > standing.course.epoch:
            with self.lock:
                journal.see(hello.epoch)
        return journal

    def wait_for_room(self) -> None:
        """Until the replicas may have made room in the journal."""
        with self._room:
            self._room.wait(_ROOM_POLL_S)

    def made_room(self) -> None:
        """Whoever waits because the journal is full may try again."""
        with self._room:
            self._room.notify_all()

    def forget(self, number: int, offset: int, length: int) -> None:
        """Have a range of an image read from its disk."""
        self.replicas[number].forget(offset, length)

    def tell_gaps(self) -> None:
        """Have the stream tell of points that were given up, while production is connected.

        It is told again, until the stream has told of them.
        """
        with self.lock:
            owed = self.journal.owed() if self.journal is not None else ()
        for gap in owed:
            self.tell_gap(gap)

    @property
    def feed_failure(self) -> str:
        """Why what came is not put into the images, if it is not."""
        return self._feed.failure if self._feed else ""

    def status(self, *, is_connected: bool) -> dict[str, Any]:
        """State, and how far the copy is; of production, what it has said last."""
        standing = self._standing()
        journal = self.journal
        return {
            "state": standing.state.value if standing else State.INITIALISING.value,
            "end": journal.end if journal else self.taken.point if self.taken else 0,
            "durable": journal.durable if journal else 0,
            "applied": self.applied,
            "failed": self.failure,
            "failure": self.failure or self.feed_failure,
            "connected": is_connected,
            "production_end": self.production and self.production[0],
            "in_sync": self.production[1] if self.production and is_connected else None,
            "unapplied": journal.unapplied if journal else 0,
        }

    def stop(self) -> None:
        """End in good order."""
        if self._feed is not None and self._sparing is not None:
            self._feed.stop(within_s=_STOP_S)
            self._sparing.stop()
        if self._consolidation is not None:
            self._consolidation.stop()
        with self.lock:
            if self.journal is not None:
                self.journal.close()
        for replica in self.replicas:
            replica.close()

    def _standing(self) -> Standing | None:
        with self.lock:
            return self.journal.standing if self.journal else None

    def _begin(self, hello: Hello) -> None:
        """Become the copy of a group that was not met before."""
        if len(hello.volumes) != len(self.images):
            raise CoreError(
                f"the group has {len(hello.volumes)} volumes, the copy {len(self.images)} images",
                hint="give an image for each volume, in the order of production",
            )
        for path, size in zip(self.images, hello.sizes, strict=True):
            if not path.exists():
                FileBackend.create(path, size).close()
        identity = hello.identity([*map(recorded, self.images)])
        write_identity(self.folder, identity)
        self._open(identity)

    def _open(self, identity: Identity) -> None:
        kept = [each.replica for each in identity.volumes]
        if kept != [recorded(path) for path in self.images] or not identity.is_copy:
            raise CoreError(
                f"this is the journal of {', '.join(kept)}",
                where=str(self.folder.path),
                hint="name these, in this order, or another folder",
            )
        # Not locked: whoever feeds them has the lock, on behalf of this process.
        self.replicas = [FedVolume(FileBackend(path)) for path in self.images]
        self.journal = Arriving(
            self.folder, self.replicas, where=str(self.folder.path), retention=self._retention
        )
        self.journal.when_failed = self._failed
        words = [str(self.folder.path), str(self._retention.size), "fast-forward"]
        self._feed = Feed(words, self._heard)
        self._sparing = Sparing(self._shelf, self.lock)
        self._consolidation = Consolidation(self, self._shelf, self.folder, self._history_begins)
        if self.journal.standing is not None:
            self._feed.start()

    def _history_begins(self) -> int | None:
        assert self.journal is not None
        standing = self.journal.standing
        return standing.begin if standing else None

    def _failed(self, why: str) -> None:
        self.failure = why
        _LOG.error("the copy takes nothing more: %s", why)

    def _shelf(self) -> Shelf:
        assert self.journal is not None
        return self.journal.shelf

    def _enter(self, journal: Arriving, hello: Hello) -> None:
        assert self._feed is not None
        if journal.standing is None:
            with self.lock:
                journal.enter(_course(hello))
            self._feed.start()
        else:
            with self.lock:
                journal.refuse_unapplied()
            self._feed.pause()
            try:
                with self.lock:
                    journal.enter(_course(hello))
            finally:
                self._feed.resume()
        _LOG.warning("%s: generation %d", hello.state.value, hello.generation)

    def _heard(self, told: Told) -> None:
        """Hear what the process that feeds says."""
        assert self._feed is not None
        if "ready" in told:
            with self.lock:
                assert self.journal is not None
                self.journal.applied = 0  # it applies again what was not durable
            self._feed.go()
        elif "epoch" in told:
            self.wishes()
        else:
            self._moved(told)

    def _moved(self, told: Told) -> None:
        self.applied, is_owing = int(told["applied"]), False
        with self.lock:
            assert self.journal is not None
            self.journal.follow(int(told["durable"]), self.applied, int(told["taken"]))
            if told["first"] != self._first or self.journal.shelf.given_up:
                self._first, is_owing = int(told["first"]), True
        self.made_room()
        if is_owing:
            self.tell_gaps()


def _course(hello: Hello) -> Course:
    return Course(
        generation=hello.generation,
        state=hello.state,
        since=hello.since,
        sizes=hello.sizes,
        epoch=hello.epoch,
    )


def _nobody() -> None: ...


def _hears_nobody(gap: Gap) -> None:
    del gap
