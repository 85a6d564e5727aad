"""Disks that do other than they are told: wrappers with the same face around any disk.

Every operation becomes a value and is handed to a `Watch`, which carries it out or does what it
likes instead: count, fail, lie, lose power. `Nth` makes a fault happen at one operation, or from
one on.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.sim.medium import carry_out
from core.structure.medium import Buffer, File, Folder, Volume
from core.wire.nbd.requests import Run


class PowerLostError(Exception):
    """The machine is off."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is asked of a disk; `target` names the file, or the place of the volume.

    `do` takes the bytes and the offset, of which only writes make use. `spoil` is what a failed
    sync does.
    """

    kind: str
    target: str
    do: Callable[[bytes, int], None]
    data: bytes = b""
    offset: int = 0
    spoil: Callable[[], None] = _nothing

    def carry_out(self, data: bytes | None = None, offset: int | None = None) -> None:
        """Do it, with other bytes or elsewhere if that is said."""
        self.do(
            self.data if data is None else data,
            self.offset if offset is None else offset,
        )


Watch = Callable[[Operation], None]
Fault = Callable[[Operation], None]

READ: Final = "read"
WRITE: Final = "write"
ZERO: Final = "zero"
SYNC: Final = "sync"
SYNC_NAMES: Final = "sync names"
CREATE, OPEN, RENAME, REMOVE = "create", "open", "rename", "remove"
RESIZE: Final = "resize"
CHANGING: Final = frozenset({WRITE, ZERO, SYNC, SYNC_NAMES, CREATE, RENAME, REMOVE, RESIZE})
EVERY: Final = CHANGING | {READ, OPEN}


class WatchedFile:
    """A `File` around a `File`."""

    def __init__(self, inner: File, name: str, watch: Watch) -> None:
        self.inner, self._name, self._watch = inner, name, watch

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        self._ask(READ, lambda _, at: self.inner.read_into(buffer, at), offset=offset)

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """See `core.structure.medium`."""
        data = b"".join(buffers)
        self._ask(WRITE, lambda data, at: self.inner.write((data,), at), data, offset)

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._ask(SYNC, lambda *_: self.inner.sync())

    def size(self) -> int:
        """See `core.structure.medium`."""
        return self.inner.size()

    def map(self) -> memoryview:
        """See `core.structure.medium`; what is stored through it is not watched."""
        return self.inner.map()

    def close(self) -> None:
        """See `core.structure.medium`."""
        self.inner.close()

    def _ask(
        self, kind: str, do: Callable[[bytes, int], None], data: bytes = b"", offset: int = 0
    ) -> None:
        self._watch(
            Operation(
                kind=kind,
                target=self._name,
                do=do,
                data=data,
                offset=offset,
                spoil=_spoiler(self.inner),
            )
        )


class WatchedFolder:
    """A `Folder` around a `Folder`."""

    def __init__(self, inner: Folder, watch: Watch) -> None:
        self.inner, self._watch = inner, watch

    def names(self) -> tuple[str, ...]:
        """See `core.structure.medium`."""
        return self.inner.names()

    def create(self, name: str, size: int) -> File:
        """See `core.structure.medium`."""
        made: list[File] = []
        self._ask(CREATE, name, lambda *_: made.append(self.inner.create(name, size)))
        return WatchedFile(made[0], name, self._watch)

    def reserve(self, name: str, size: int) -> None:
        """See `core.structure.medium`."""
        self._ask(CREATE, name, lambda *_: self.inner.reserve(name, size))

    def open(self, name: str, *, writable: bool) -> File:
        """See `core.structure.medium`."""
        made: list[File] = []
        self._ask(OPEN, name, lambda *_: made.append(self.inner.open(name, writable=writable)))
        return WatchedFile(made[0], name, self._watch)

    def rename(self, name: str, new: str) -> None:
        """See `core.structure.medium`."""
        self._ask(RENAME, new, lambda *_: self.inner.rename(name, new))

    def remove(self, name: str) -> None:
        """See `core.structure.medium`."""
        self._ask(REMOVE, name, lambda *_: self.inner.remove(name))

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._ask(SYNC_NAMES, "", lambda *_: self.inner.sync())

    def _ask(self, kind: str, target: str, do: Callable[[bytes, int], None]) -> None:
        self._watch(Operation(kind=kind, target=target, do=do))


class WatchedVolume:
    """A `Volume` around a `Volume`."""

    def __init__(self, inner: Volume, name: str, watch: Watch) -> None:
        self.inner, self._name, self._watch = inner, name, watch

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        self._ask(READ, lambda _, at: self.inner.read_into(buffer, at), offset=offset)

    def write(self, buffer: Buffer, offset: int) -> None:
        """See `core.structure.medium`."""
        self._ask(WRITE, self.inner.write, bytes(buffer), offset)

    def write_run(self, run: Run) -> dict[int, int]:
        """See `core.machine.journal.writer`; an error of one request is an error of the run."""
        carry_out(self, run)
        return {}

    def zero(self, offset: int, length: int) -> None:
        """See `core.structure.medium`."""
        do = lambda data, at: self.inner.zero(at, len(data)) if data else None  # noqa: E731
        self._ask(ZERO, do, bytes(length), offset)

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._ask(SYNC, lambda *_: self.inner.sync())

    def size(self) -> int:
        """See `core.structure.medium`."""
        return self.inner.size()

    def resize(self, size: int) -> None:
        """See `core.structure.medium`."""
        self._ask(RESIZE, lambda *_: self.inner.resize(size))

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`."""
        return self.inner.data(offset, length)

    def _ask(
        self, kind: str, do: Callable[[bytes, int], None], data: bytes = b"", offset: int = 0
    ) -> None:
        self._watch(
            Operation(
                kind=kind,
                target=self._name,
                do=do,
                data=data,
                offset=offset,
                spoil=_spoiler(self.inner),
            )
        )


@dataclass(slots=True)
class Nth:
    """A watch: operation `nth` of the kinds, counted from 0, meets a fault; others are done.

    A `sticky` fault stays, for operations of all the kinds. `seen` are those that came.
    """

    nth: int
    fault: Fault
    kinds: Collection[str] = CHANGING
    sticky: bool = False
    seen: list[Operation] = field(default_factory=list)

    def __call__(self, operation: Operation) -> None:
        if operation.kind not in self.kinds:
            operation.carry_out()
            return
        at = len(self.seen)
        self.seen.append(operation)
        if at == self.nth or (self.sticky and at > self.nth):
            self.fault(operation)
        else:
            operation.carry_out()


def power_off(bytes_done: int = 0) -> Fault:
    """The power goes, after so many bytes of a write."""

    def fault(operation: Operation) -> None:
        if bytes_done:
            operation.carry_out(operation.data[:bytes_done])
        raise PowerLostError

    return fault


def error(number: int, text: str, *, bytes_done: int = 0) -> Fault:
    """An error of that number, after so many bytes of a write."""

    def fault(operation: Operation) -> None:
        if operation.kind == SYNC:
            operation.spoil()
        if bytes_done and operation.data:
            operation.carry_out(operation.data[:bytes_done])
        raise OSError(number, text)

    return fault


def lost(operation: Operation) -> None:
    """Nothing happens, and nobody is told: a write that is lost, a sync that lies."""


def misdirected(by: int) -> Fault:
    """A write goes elsewhere."""
    return lambda operation: operation.carry_out(offset=max(0, operation.offset + by))


def torn(bytes_done: int) -> Fault:
    """A write stops, and nobody is told."""
    return lambda operation: operation.carry_out(operation.data[:bytes_done])


def flipped(bit: int) -> Fault:
    """One bit of a write is another on the disk."""

    def fault(operation: Operation) -> None:
        data = bytearray(operation.data)
        at = bit % (8 * len(data))
        data[at >> 3] ^= 1 << (at & 7)
        operation.carry_out(bytes(data))

    return fault


@dataclass(slots=True)
class Late:
    """A watch: write `nth` is done only after `by` more of them; by 1, two change places."""

    nth: int
    by: int
    seen: int = 0
    held: Operation | None = None

    def __call__(self, operation: Operation) -> None:
        if operation.kind not in (WRITE, ZERO):
            operation.carry_out()
            return
        at, self.seen = self.seen, self.seen + 1
        if at == self.nth:
            self.held = operation
            return
        operation.carry_out()
        if at >= self.nth + self.by:
            self.release()

    def release(self) -> None:
        """Do what waits, if it still does."""
        held, self.held = self.held, None
        if held is not None:
            held.carry_out()


def _spoiler(inner: object) -> Callable[[], None]:
    """What a failed sync does to a file or volume that can be spoiled."""
    spoil: Callable[[], None] = getattr(inner, "spoil", _nothing)
    return spoil
