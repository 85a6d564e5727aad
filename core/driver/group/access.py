"""Replicas at a point, served natively: taken from who feeds them, and given back at the end."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from errno import EIO
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from core.driver.backend.place import Place
from core.driver.control import ControlError, Conversation, Document
from core.driver.folder import DiskFolder
from core.driver.group.leaving import refuse_exchanged
from core.driver.group.volume import GroupVolume, open_volume
from core.driver.lock import WriterLock, writer_of
from core.driver.nbd.volume import FEATURES, FEATURES_READ_ONLY
from core.errors import CoreError
from core.machine.journal.access import Access, AccessedVolume, recover_access
from core.machine.journal.giving_up import give_up_at_rest
from core.machine.journal.shelf import JournalFullError
from core.stream.history import History
from core.stream.left import forget_left
from core.wire.nbd.constants import StatusFlag, TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run

_FEATURES: Final = FEATURES & ~TransmissionFlag.SEND_FAST_ZERO
_HEARD_S: Final = 1.0

Ended = Callable[[str], None]
"""Is told, from a thread, that the replicas are to be given back, and why."""


class Loan:
    """The replicas of a journal are this process's alone, for as long as it says so."""

    def __init__(self, conversation: Conversation | None, size: int, ended: Ended) -> None:
        """`size` is the budget of the journal in bytes."""
        self.size, self._conversation, self._ended = size, conversation, ended
        self._stopping = Event()
        self._thread = Thread(target=self._stay, name="access", daemon=True)
        self._turn = Lock()
        self._rolled = False
        if conversation is not None:
            self._thread.start()

    def rolled(self) -> None:
        """The history that the point is made of is needed no more."""
        self._rolled = True

    def give_up(self, history: History, replicas: Sequence[GroupVolume]) -> int:
        """Have history given up; returns the generation of feeding that begins with that."""
        if self._conversation is None:
            return give_up_at_rest(history, replicas)
        answer = self._asked("give up")
        return int(answer["generation"])

    def close(self) -> None:
        """Say no more."""
        self._stopping.set()
        if self._conversation is not None:
            self._thread.join()

    def _stay(self) -> None:
        """Say now and then that this process is there."""
        while not self._stopping.wait(_HEARD_S):
            try:
                answer = self._asked("accessing", rolled=self._rolled)
            except ControlError:
                self._ended("the process that serves the group is gone")
                return
            if answer.get("end"):
                self._ended("the journal is full, and hosts of the group wait for room in it")

    def _asked(self, do: str, **arguments: object) -> Document:
        assert self._conversation is not None
        with self._turn:
            return self._conversation.ask(do, **arguments)


@contextmanager
def borrowed(journal: Path, *, point: int, first: int, size: int, ended: Ended) -> Iterator[Loan]:
    """The replicas of a journal for this process alone.

    Where the group is being served that process is asked, and knows the budget. Otherwise the lock
    of the journal is taken, and `size` is the budget. `first` is of the epoch that the point needs.
    """
    if writer_of(journal) is None:
        with WriterLock(journal):
            yield Loan(None, size, ended)
        return
    with Conversation(journal) as conversation:
        answer = conversation.ask("access", point=point, first=first)
        loan = Loan(conversation, int(answer.get("size", size)), ended)
        try:
            yield loan
        finally:
            loan.close()


class Accessed:
    """Replicas that are given to hosts at a point."""

    def __init__(
        self,
        access: Access,
        replicas: Sequence[GroupVolume],
        names: Sequence[str],
        give_up: Callable[[], int],
    ) -> None:
        """`give_up` has history given up, and returns the generation that begins with that."""
        self._access, self._replicas, self._names = access, tuple(replicas), tuple(names)
        self._give_up = give_up
        self._lock = Lock()
        self._has_failed = False
        self._rolling = (step for each in access.volumes for step in each.roll())
        self.bytes_to_roll = sum(each.bytes_to_roll for each in access.volumes)

    def step(self) -> int | None:
        """Bring the replicas nearer to the point, while others may read and write.

        Returns how many bytes were looked at, None where they are there.
        """
        with self.turn():
            return next(self._rolling, None)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """For whoever writes on the replicas, one at a time.

        After an error of the journal's medium nobody does any more: what comes behind that in the
        stream would not be given back. A stream that is full is no such error.
        """
        with self._lock:
            if self._has_failed:
                raise OSError(EIO, os.strerror(EIO))
            try:
                yield
            except BaseException as error:
                self._has_failed = not isinstance(error, JournalFullError)
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """For whoever reads what is being brought to the point."""
        with self._lock:
            yield

    def go_direct(self) -> None:
        """Write straight to the replicas, without history, from a rolled image on."""
        with self.turn():
            self.go_direct_now()

    def go_direct_now(self) -> None:
        """The same, for whoever was asked to make room."""
        self._access.go_direct(self._give_up())

    def exports(self, *, writable: bool) -> Sequence["AccessedExport"]:
        """The volumes, by the names that they are protected by."""
        return [
            AccessedExport(name, volume, replica, self, writable=writable)
            for name, volume, replica in zip(
                self._names, self._access.volumes, self._replicas, strict=True
            )
        ]


@contextmanager
def accessed(
    folder: DiskFolder,
    places: Sequence[Place],
    loan: Loan,
    *,
    point: int,
    live: bool,
    when_full: Callable[[Accessed], bool],
) -> Iterator[Accessed]:
    """The replicas at those places, until they are given back; nobody may use them by then.

    `live`: the group is being served, by a process that does not feed them. `when_full` is called
    where there is no room for what they held, and may go direct; it says so.
    """
    where = str(folder.path)
    with ExitStack() as stack:
        history = History(folder, where=where, live=live)
        stack.callback(history.close)
        replicas = []
        for place in places:
            replica = open_volume(place)
            stack.callback(replica.close)
            replicas.append(replica)
        history.refuse_lost_end()
        if not live:
            refuse_exchanged(folder, places, replicas, are_replicas=True)
            forget_left(folder)
        recover_access(history, replicas)
        access = Access(
            history, replicas, point=point, size=loan.size, makes_room=lambda: when_full(given)
        )
        given = Accessed(
            access,
            replicas,
            history.identity.names,
            lambda: loan.give_up(history, replicas),
        )
        try:
            yield given
        finally:
            access.end()


class AccessedExport:
    """A replica at a point, as connections use it."""

    def __init__(
        self,
        name: str,
        volume: AccessedVolume,
        replica: GroupVolume,
        given: Accessed,
        *,
        writable: bool,
    ) -> None:
        self.offer = Offer(
            name=name,
            size=volume.size,
            features=_FEATURES if writable else FEATURES_READ_ONLY,
        )
        self._volume, self._replica, self._given = volume, replica, given
        self.flush = replica.sync

    def attach(self) -> None:
        """The replica is open already."""

    def detach(self) -> None:
        """Nothing is kept for a connection."""

    def read(self, target: memoryview, offset: int) -> None:
        """From the replica, where it is at the point already."""
        if self._volume.is_rolled:
            self._replica.read_into(target, offset)
            return
        try:
            with self._given.reading():
                self._volume.read_into(target, offset)
        except CoreError as error:
            raise OSError(EIO, str(error)) from error

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Write on the replica; after an error of the journal's medium nothing more."""
        try:
            with self._given.turn():
                return self._volume.write_run(run)
        except CoreError as error:
            raise OSError(EIO, str(error)) from error

    def hold(self, size: int) -> None:
        """Nobody has to be slowed down."""

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What the replica's backend knows, once it is at the point; before, all may be data."""
        if self._volume.is_rolled:
            return self._replica.extents(offset, length, most)
        return [(length, StatusFlag(0))]

    def cache(self, offset: int, length: int) -> None:
        """Where the replica is read from it may be read ahead."""
        self._replica.prefetch(offset, length)
