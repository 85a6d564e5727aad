"""A group that is being served: its writes are journaled, then done, in one order."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import EBADF, EIO, ENOSPC
from threading import Condition, Lock, get_ident, get_native_id
from typing import Final, Protocol

from core.driver.backend.commit import GroupCommit
from core.driver.group.volume import GroupVolume
from core.driver.nbd.export import Hold
from core.driver.nbd.volume import FEATURES
from core.errors import CoreError
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.marking import Marking
from core.machine.journal.shelf import JournalFullError
from core.machine.journal.writer import Journal, in_pieces
from core.machine.link.lag import Part
from core.structure.held import held
from core.structure.medium import File
from core.wire.chunk import write_of
from core.wire.nbd.constants import TransmissionFlag
from core.wire.nbd.offer import Offer
from core.wire.nbd.requests import Run

_LOG: Final = logging.getLogger("isthmus.group")
_FEATURES: Final = FEATURES & ~TransmissionFlag.SEND_FAST_ZERO
_ROOM_WAIT_S: Final = 30.0
_ROOM_POLL_S: Final = 0.5
_GIVEN_UP_MAX: Final = 8


class Shipped(Protocol):
    """A copy at another site, which hosts may have to wait for."""

    def wrote(self, end: int, size: int) -> None:
        """So many bytes, up to a write, are to be acknowledged; returns when they may be."""

    def hold(self, size: int) -> Hold | None:
        """What holds back that acknowledgement for longer, if hosts are to write more slowly."""

    def flush(self, end: int, sync: Callable[[], None]) -> None:
        """Have writes up to one durable, here with `sync`, and there if that is promised."""


class Group:
    """Volumes that share a journal. One lock keeps the order of writes the same everywhere."""

    def __init__(
        self,
        journal: Journal | Marking,
        names: Sequence[str],
        volumes: Sequence[GroupVolume],
        replicas: Sequence[GroupVolume] = (),
    ) -> None:
        """Of `replicas` it asks nothing but whether they can be resized."""
        self.failure = ""
        """Why nothing is acknowledged any more; empty while all is well."""
        self.journal, self.volumes = journal, tuple(volumes)
        for each in volumes:
            each.when_failed = self._failed
        self.when_full: Callable[[], None] | None = None
        """Gives the group, whose lock is held, a journal that takes what comes."""
        self.room_wait_s = _ROOM_WAIT_S
        self.shipped: Shipped | None = None
        self._sized_together = tuple(zip(*filter(None, (volumes, replicas)), strict=True))
        self.lock = Lock()
        self._room = Condition(self.lock)
        self._commit, self._syncing = GroupCommit(self._sync), Lock()
        self._clients = self._waiting = 0
        self._coming: dict[int, tuple[int, int]] = {}
        """By threads, since when a run waits to be in the journal, and of how many bytes it is."""
        self.exports = tuple(
            ProtectedExport(self, number, name) for number, name in enumerate(names)
        )

    @property
    def journal(self) -> Journal | Marking:
        """What takes the writes of hosts now."""
        return self._journal

    @journal.setter
    def journal(self, journal: Journal | Marking) -> None:
        self._journal = journal
        journal.when_failed = self._failed

    def succeed(self, journal: Journal, volumes: Sequence[GroupVolume]) -> None:
        """Go on with another journal, and volumes that hold the same; with the group's lock."""
        self.journal, self.volumes = journal, tuple(volumes)
        self._sized_together = tuple(zip(volumes, strict=True))
        for export, each in zip(self.exports, volumes, strict=True):
            each.when_failed = self._failed
            export.use(each)

    def write_run(self, number: int, run: Run) -> Mapping[int, int]:
        """Journal a run to a volume and do it; the errors by index.

        Where the journal is full until the replica has more of it, the host waits for that, within
        a bound. After that something is given up: the host's write only where nothing else can be.
        """
        thread = get_ident()
        self._coming[thread] = time.monotonic_ns(), len(run.received)
        try:
            with self.lock:
                # What was done of a long one is not done again.
                errors = in_pieces(self.journal, run, lambda piece: self._written(number, piece))
                end, shipped = self.journal.end, self.shipped
        finally:
            del self._coming[thread]
        if shipped is not None:
            shipped.wrote(end, len(run.received))
        return errors

    @property
    def coming(self) -> Part:
        """What hosts have sent that is not in the journal yet, and for how long that waits."""
        now_ns, found = time.monotonic_ns(), [*self._coming.values()]
        since_ns = min((since for since, _ in found), default=now_ns)
        return Part(sum(size for _, size in found), max(0, now_ns - since_ns))

    def rewrite(self, number: int, offset: int, length: int) -> None:
        """Write what a range of a volume holds there once more, as a host would.

        So a copy is given it, whatever that has. What the volume has lost meanwhile is left out.
        """
        with self.lock:
            data = held(self.volumes[number], offset, length)
            if not data:
                return
            run = write_of(data, offset, bytes(8))
            errors = in_pieces(self.journal, run, lambda piece: self._written(number, piece))
            end, shipped = self.journal.end, self.shipped
        for error in errors.values():
            raise OSError(error, f"the volume takes no write at {offset}")
        if shipped is not None:
            shipped.wrote(end, len(data))

    def _written(self, number: int, run: Run) -> Mapping[int, int]:
        deadline, given_up = 0.0, 0
        while True:
            try:
                return self.journal.write_piece(number, run, client=get_native_id())
            except JournalFullError as error:
                deadline = deadline or time.monotonic() + self.room_wait_s
                if time.monotonic() < deadline:
                    self._waiting += 1
                    self._room.wait(_ROOM_POLL_S)
                    self._waiting -= 1
                elif self.when_full is None or given_up == _GIVEN_UP_MAX:
                    raise OSError(ENOSPC, str(error)) from error
                else:
                    self._give_up(self.when_full)
                    given_up += 1
            except JournalFailedError as error:
                raise OSError(EIO, str(error)) from error

    def flush(self) -> None:
        """Make durable all that any connection was told before this call."""
        shipped = self.shipped
        if shipped is None:
            self._commit.wait()
        else:
            shipped.flush(self.journal.end, self._commit.wait)

    def made_room(self) -> None:
        """Those who wait because the journal is full may try again."""
        with self.lock:
            self._room.notify_all()

    @property
    def waits_for_room(self) -> bool:
        """Does a host wait because the journal is full, or has it done so in vain?"""
        return self._waiting > 0 or isinstance(self.journal, Marking)

    def note(self, text: bytes) -> int:
        """Put a note at the latest point; returns that point."""
        with self.lock:
            return self.journal.note(text)

    def resize(self, number: int, size: int) -> None:
        """Give a volume another size; clients that connect from now on see it."""
        self.refuse_fixed_size(number)
        with self.lock:
            self.journal.resize(number, size)
            end, shipped = self.journal.end, self.shipped
        if shipped is not None:
            shipped.wrote(end, 0)

    def refuse_fixed_size(self, number: int) -> None:
        """Raises CoreError where an image of a volume has the size that something else gives it."""
        for each in self._sized_together[number]:
            if not each.is_resizable:
                raise CoreError(
                    "its image has the size that its device or its server gives it",
                    where=self.exports[number].offer.name,
                    hint="resize that, and protect it with a new journal",
                )

    @contextmanager
    def without_clients(self) -> Iterator[None]:
        """The group's lock, while nobody uses its exports and nobody new comes in."""
        with self.lock:
            if self._clients:
                using = "1 client uses" if self._clients == 1 else f"{self._clients} clients use"
                raise CoreError(
                    f"{using} the volumes",
                    hint="disconnect them first: what they have cached would not be true any more",
                )
            yield

    def join(self) -> None:
        """A client begins."""
        with self.lock:
            self._clients += 1

    def leave(self) -> None:
        """A client is gone."""
        with self.lock:
            self._clients -= 1

    def close(self) -> None:
        """End the journal so that nothing is left to recover; no run may be on its way."""
        with self.lock:
            self.journal.close()

    @contextmanager
    def settled(self) -> Iterator[None]:
        """The group's lock, while no flush is on its way: what the last one met is known.

        Of those who sync a volume at the same time one alone is told of an error.
        """
        with self._syncing, self.lock:
            yield

    def _sync(self) -> None:
        with self._syncing:
            file = self._to_flush()
            try:
                file.sync()
            except OSError as error:
                if error.errno == EBADF and self._to_flush() is not file:
                    return  # its epoch has ended, and was made durable before it was closed
                with self.lock, suppress(JournalFailedError):
                    self.journal.fail(error)
                raise

    def _give_up(self, what: Callable[[], None]) -> None:
        try:
            what()
        except CoreError as error:
            raise OSError(EIO, str(error)) from error

    def _failed(self, why: str) -> None:
        if not self.failure:
            self.failure = why
            _LOG.error("failed: %s; nothing is acknowledged any more", why)

    def _to_flush(self) -> File | Marking:
        with self.lock:
            try:
                return self.journal.to_flush()
            except JournalFailedError as error:
                raise OSError(EIO, str(error)) from error


class ProtectedExport:
    """A volume of a group as connections use it."""

    def __init__(self, group: Group, number: int, name: str) -> None:
        self._group, self._number, self._name = group, number, name
        self.attach, self.detach, self.flush = group.join, group.leave, group.flush
        self.use(group.volumes[number])

    def use(self, volume: GroupVolume) -> None:
        """Have that volume read from now on."""
        self._volume, self.read = volume, volume.read_into
        self.extents, self.cache = volume.extents, volume.prefetch

    @property
    def offer(self) -> Offer:
        """What clients are told: its size is that of now."""
        volume = self._volume
        return Offer(name=self._name, size=volume.size(), features=_FEATURES, blocks=volume.blocks)

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Journal the run, then do it."""
        return self._group.write_run(self._number, run)

    def hold(self, size: int) -> Hold | None:
        """A copy that is behind may have hosts write more slowly."""
        shipped = self._group.shipped
        return None if shipped is None else shipped.hold(size)
