"""A volume that is an export of another NBD server.

What a server that went away did of what it was told nobody knows, and what it had not made durable
may be gone. So the volume has failed from then on, and is not connected to again: the journal
recovers it when the group is served anew, as after any other failed disk.
"""

import errno
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from queue import Empty, LifoQueue
from threading import Semaphore
from typing import Final

from core.driver.backend import libnbd
from core.driver.backend.backend import DATA
from core.driver.backend.commit import GroupCommit
from core.driver.backend.link import Link, LinkFailedError, Patience
from core.errors import CoreError
from core.structure.blocks import BLOCK_BYTES
from core.structure.medium import Buffer
from core.wire.chunk import KINDS
from core.wire.nbd.constants import PAYLOAD_BYTES_MAX, CommandFlag, StatusFlag
from core.wire.nbd.offer import BlockSizes
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run
from core.wire.record import Kind

LINKS_MAX: Final = 4

_PATIENCE: Final = Patience()
_PIECE_BYTES: Final = 32 << 20  # zeroes may be written out: none may take too long
_TOLD_BYTES: Final = 1 << 30  # what a server is asked of at once
_EXTENTS_MAX: Final = 1024
_MORE_S: Final = 1.0  # for another connection, which readers can do without
_NO_HOLE: Final = int(CommandFlag.NO_HOLE) << 16
_ZEROES: Final = memoryview(bytes(1 << 20))


class RemoteVolume:
    """The body of `core.driver.group.volume.GroupVolume` over another NBD server.

    Where the server says that its connections see the same, each thread that reads at the same time
    has one of its own.
    """

    is_resizable = False

    def __init__(
        self, uri: str, *, read_only: bool = False, patience: Patience = _PATIENCE
    ) -> None:
        """Raises CoreError where the server cannot be had, or cannot be a volume."""
        self._uri, self._patience = uri, patience
        link = Link(uri, patience)
        try:
            self._size = link.ask("nbd_get_size")
            self.blocks = self._block_sizes(link)
            self._payload_max = self.blocks.maximum
            self._zeroes = bool(link.ask("nbd_can_zero"))
            self._caches = bool(link.ask("nbd_can_cache"))
            self._tells = bool(link.ask("nbd_can_meta_context", libnbd.ALLOCATION))
            more = LINKS_MAX - 1 if link.ask("nbd_can_multi_conn") else 0
            if not read_only:
                self._refuse_unwritable(link)
        except BaseException:
            link.close()
            raise
        self._idle: LifoQueue[Link] = LifoQueue()
        self._idle.put(link)
        self._more = Semaphore(more)
        self._failure = ""
        self.when_failed: Callable[[str], None] | None = None
        """Is told why, when the server has failed."""
        self._commit = GroupCommit(self._flush)
        self.sync = self._commit.wait

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`; the server is asked for whole blocks of its own."""
        view = memoryview(buffer).cast("B")
        begin, end = self._whole_blocks(offset, len(view))
        if end - begin > len(view):
            around = memoryview(bytearray(end - begin))
            self.read_into(around, begin)
            view[:] = around[offset - begin :][: len(view)]
            return
        with self._link() as link:
            begun = [
                link.read(view[at : at + self._payload_max], offset + at)
                for at in range(0, len(view), self._payload_max)
            ]
            for error in [link.wait(each) for each in begun]:
                if error:
                    raise OSError(error, "the server cannot read this", self._uri)

    def write(self, buffer: Buffer, offset: int) -> None:
        """Write the buffer at `offset`."""
        self._carry_out((offset, memoryview(buffer).cast("B"), False))

    def zero(self, offset: int, length: int) -> None:
        """Make the range read as zeroes, with a hole where there can be one."""
        self._carry_out((offset, length, False))

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do every write, trim and zeroes of a run, in order; the errors by index.

        A trim asks for zeroes, for a server promises nothing of what it trimmed.
        """
        with self._link() as link:
            return self._done(link, _changes(run))

    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def resize(self, size: int) -> None:
        """It has the size that its server gives it."""
        if size != self._size:
            raise OSError(errno.ENOTSUP, "an export cannot be resized from here", self._uri)

    def clear(self) -> None:
        """Make all of it zeroes."""
        self.zero(0, self._size)

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What the server tells; where it tells nothing, all is data."""
        if not self._tells:
            return [(length, DATA)]
        with self._link() as link:
            told = link.extents(offset, min(length, _TOLD_BYTES))
        return _within(told, length)[:most] or [(length, DATA)]

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""
        at, end = self._whole_blocks(offset, length)
        while at < end:
            for run, status in self.extents(at, end - at, most=_EXTENTS_MAX):
                begin, stop = max(at, offset), min(at + run, offset + length)
                if stop > begin and not status & StatusFlag.ZERO:
                    yield begin, stop - begin
                at += run

    def prefetch(self, offset: int, length: int) -> None:
        """Have the server read ahead, where it can."""
        if self._caches:
            with self._link() as link:
                link.wait(link.cache(offset, length))

    def close(self) -> None:
        """Let go of it; nothing else may be called afterwards."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _whole_blocks(self, offset: int, length: int) -> tuple[int, int]:
        """Where the blocks of the server begin and end that a range touches, within the export."""
        least = self.blocks.minimum
        end = -(-(offset + length) // least) * least
        return offset // least * least, max(offset + length, min(end, self.size()))

    def _block_sizes(self, link: Link) -> BlockSizes:
        """What hosts are told of blocks. All that is written is whole blocks of a request's."""
        minimum = link.ask("nbd_get_block_size", libnbd.MINIMUM) or 1
        maximum = link.ask("nbd_get_block_size", libnbd.MAXIMUM) or PAYLOAD_BYTES_MAX
        if minimum > BLOCK_BYTES or minimum & minimum - 1 or maximum < BLOCK_BYTES:
            raise CoreError(
                f"the NBD server reads and writes {minimum} bytes at least and {maximum} at most",
                where=self._uri,
                hint=f"have it take blocks of {BLOCK_BYTES} bytes",
            )
        whole = min(maximum, PAYLOAD_BYTES_MAX) // BLOCK_BYTES * BLOCK_BYTES
        return BlockSizes(minimum=minimum, maximum=whole)

    def _refuse_unwritable(self, link: Link) -> None:
        if link.ask("nbd_is_read_only"):
            raise CoreError(
                "the NBD server lets nobody write to this export",
                where=self._uri,
                hint="have it serve the export for writing too",
            )
        if not link.ask("nbd_can_flush"):
            raise CoreError(
                "the NBD server offers no flush, so nothing written would be known to last",
                where=self._uri,
                hint="serve the image with one that does, or protect its file itself",
            )

    @contextmanager
    def _link(self) -> Iterator[Link]:
        link = self._taken()
        try:
            if self._failure:
                raise LinkFailedError(errno.EIO, self._failure, self._uri)
            yield link
        except LinkFailedError as error:
            if not self._failure:
                self._failure = f"the NBD server failed: {error.strerror}"
                if self.when_failed is not None:
                    self.when_failed(f"{self._uri}: {self._failure}")
            raise
        finally:
            self._idle.put(link)

    def _taken(self) -> Link:
        """One that nobody uses; others are made while the server takes them."""
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        if self._more.acquire(blocking=False):
            try:
                return Link(self._uri, replace(self._patience, connect_s=_MORE_S))
            except CoreError:  # it takes no more of them
                while self._more.acquire(blocking=False):
                    pass
        try:
            return self._idle.get(timeout=2 * self._patience.answer_s)
        except Empty:
            raise LinkFailedError(errno.EIO, "every connection is stuck", self._uri) from None

    def _flush(self) -> None:
        with self._link() as link:
            if error := link.wait(link.flush()):
                raise OSError(error, "the server cannot make durable what it has", self._uri)

    def _carry_out(self, change: "_Change") -> None:
        with self._link() as link:
            for error in self._done(link, (change,)).values():
                raise OSError(error, "the server cannot write this", self._uri)

    def _done(self, link: Link, changes: "Iterable[_Change]") -> dict[int, int]:
        """Begin every change, and wait for all; the errors by their place.

        Commands of NBD that are on their way may be done in any order, so what overlaps one of them
        waits for it.
        """
        errors: dict[int, int] = {}
        begun: list[tuple[int, int]] = []
        ranges = _Ranges()

        def wait() -> None:
            for nth, cookie in begun:
                if error := link.wait(cookie):
                    errors.setdefault(nth, error)
            begun.clear()

        for nth, change in enumerate(changes):
            offset, what, _ = change
            length = what if isinstance(what, int) else len(what)
            if not ranges.add(offset, offset + length):
                wait()
                ranges = _Ranges()
                ranges.add(offset, offset + length)
            try:
                # Of a change of several commands those before one that fails are on their way.
                begun.extend((nth, cookie) for cookie in self._begun(link, change))
            except LinkFailedError:
                raise
            except OSError as error:
                errors.setdefault(nth, error.errno or errno.EIO)
        wait()
        return errors

    def _begun(self, link: Link, change: "_Change") -> Iterator[int]:
        offset, what, allocated = change
        if not isinstance(what, int):
            for at in range(0, len(what), self._payload_max):
                yield link.write(what[at : at + self._payload_max], offset + at)
        elif self._zeroes:
            for at in range(0, what, _PIECE_BYTES):
                length = min(_PIECE_BYTES, what - at)
                yield link.zero(offset + at, length, allocated=allocated)
        else:
            step = min(len(_ZEROES), self._payload_max)
            for at in range(0, what, step):
                yield link.write(_ZEROES[: min(step, what - at)], offset + at)


_Change = tuple[int, memoryview | int, bool]
"""Where, and the data, or how many zeroes, which may have to keep their space."""


def _changes(run: Run) -> Iterator[_Change]:
    """What the requests of a run change, one for each of them, none for a read."""
    at = 0
    for head, _, offset, length in run.requests:
        at += run.header_bytes
        kind = KINDS.get(head & 0xFFFF)
        if kind is Kind.WRITE:
            yield offset, run.received[at : at + length], False
            at += length
        else:
            yield offset, length if kind is not None else 0, bool(head & _NO_HOLE)


def _within(told: Iterable[Extent], length: int) -> list[Extent]:
    """What is told of a range, and nothing behind it."""
    found: list[Extent] = []
    for run, status in told:
        taken = min(run, length)
        if taken:
            found.append((taken, status))
        length -= taken
    return found


class _Ranges:
    """Ranges that do not overlap."""

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []

    def add(self, begin: int, end: int) -> bool:
        """Take one in; says whether it overlaps none that is there."""
        place = bisect_left(self._begins, begin)
        before = self._ends[place - 1] if place else 0
        after = self._begins[place] if place < len(self._begins) else end
        if before > begin or after < end:
            return False
        if begin < end:
            self._begins.insert(place, begin)
            self._ends.insert(place, end)
        return True
