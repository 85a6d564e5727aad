"""Disks in memory that lose power.

A disk remembers in which order its files were written, renamed and synced. `after_power_loss` makes
the disk that may be found afterwards: what was synced is there, and of all else as much as is asked
for, with the last write torn or not. Changes of names survive in their order, as a journaling file
system has it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from errno import EEXIST, EIO, ENOENT

from core.structure.medium import Buffer
from core.wire.chunk import KINDS
from core.wire.nbd.requests import Run
from core.wire.record import Kind

Interrupt = Callable[[str], None]
"""Called with the name of each operation before it is carried out; it may raise."""


def _never(_: str) -> None:
    pass


@dataclass(slots=True)
class Blob:
    """The bytes of a file: as everybody sees them, as they are durable, and what lies between."""

    content: bytearray
    durable: bytearray
    pending: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, data: bytes, offset: int) -> None:
        """See at once, keep after the next sync."""
        end = offset + len(data)
        if end > len(self.content):
            self.content.extend(bytes(end - len(self.content)))
        self.content[offset:end] = data
        self.pending.append((offset, data))

    def resize(self, size: int) -> None:
        """As a file's truncate, durable at once: no part of the core relies on that it is not."""
        for bytes_ in (self.content, self.durable):
            del bytes_[size:]
            bytes_.extend(bytes(size - len(bytes_)))
        self.pending = [(at, data[: size - at]) for at, data in self.pending if at < size]

    def sync(self) -> None:
        """All that was written, and what was stored through a map, is durable."""
        self.durable = bytearray(self.content)
        self.pending = []

    def surviving(self, chosen: Sequence[tuple[int, bytes]]) -> "Blob":
        """The file with those of the pending writes."""
        content = bytearray(self.durable)
        for offset, data in chosen:
            end = offset + len(data)
            content.extend(bytes(max(0, end - len(content))))
            content[offset:end] = data
        return Blob(content, bytearray(content))


class MemoryFile:
    """A file of a `MemoryFolder`."""

    def __init__(self, blob: Blob, interrupt: Interrupt) -> None:
        self.blob, self._interrupt = blob, interrupt

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        self._interrupt("read")
        view = memoryview(buffer)
        if offset + len(view) > len(self.blob.content):
            raise OSError(EIO, "read beyond the end")
        view[:] = self.blob.content[offset : offset + len(view)]

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """See `core.structure.medium`."""
        data = b"".join(buffers)
        self._interrupt("write")
        self.blob.write(data, offset)

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._interrupt("sync")
        self.blob.sync()

    def size(self) -> int:
        """See `core.structure.medium`."""
        return len(self.blob.content)

    def map(self) -> memoryview:
        """See `core.structure.medium`."""
        return memoryview(self.blob.content)

    def close(self) -> None:
        """See `core.structure.medium`."""


class MemoryFolder:
    """Files by name, and the names that are durable."""

    def __init__(
        self, blobs: dict[str, Blob] | None = None, *, interrupt: Interrupt = _never
    ) -> None:
        self.blobs = blobs or {}
        self._durable = dict(self.blobs)
        self._steps: list[dict[str, Blob]] = []
        self._interrupt = interrupt

    def names(self) -> tuple[str, ...]:
        """See `core.structure.medium`."""
        return tuple(sorted(self.blobs))

    def create(self, name: str, size: int) -> MemoryFile:
        """See `core.structure.medium`."""
        self._interrupt("create")
        if name in self.blobs:
            raise OSError(EEXIST, "there already", name)
        blob = Blob(bytearray(size), bytearray(size))
        self._change({**self.blobs, name: blob})
        return MemoryFile(blob, self._interrupt)

    def open(self, name: str, *, writable: bool) -> MemoryFile:  # noqa: ARG002 -- the seam's
        """See `core.structure.medium`."""
        return MemoryFile(self._blob(name), self._interrupt)

    def rename(self, name: str, new: str) -> None:
        """See `core.structure.medium`."""
        self._interrupt("rename")
        blob = self._blob(name)
        rest = {key: value for key, value in self.blobs.items() if key != name}
        self._change({**rest, new: blob})

    def remove(self, name: str) -> None:
        """See `core.structure.medium`."""
        self._interrupt("remove")
        self._blob(name)
        self._change({key: value for key, value in self.blobs.items() if key != name})

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._interrupt("sync names")
        self._durable, self._steps = dict(self.blobs), []

    def namings(self) -> Iterator[dict[str, Blob]]:
        """The names that a loss of power may leave: the durable ones, or those after any step."""
        yield self._durable
        yield from self._steps

    def _change(self, blobs: dict[str, Blob]) -> None:
        self.blobs = blobs
        self._steps.append(blobs)

    def _blob(self, name: str) -> Blob:
        if name not in self.blobs:
            raise OSError(ENOENT, "not there", name)
        return self.blobs[name]


class MemoryVolume:
    """A volume in memory."""

    def __init__(self, blob: Blob, *, interrupt: Interrupt = _never) -> None:
        self.blob, self._interrupt = blob, interrupt

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        view = memoryview(buffer)
        if offset + len(view) > len(self.blob.content):
            raise OSError(EIO, "read beyond the end")
        view[:] = self.blob.content[offset : offset + len(view)]

    def write_run(self, run: Run) -> dict[int, int]:
        """See `core.machine.journal.writer`."""
        at = 0
        for head, _, offset, length in run.requests:
            at += run.header_bytes
            kind = KINDS.get(head & 0xFFFF)
            if kind is Kind.WRITE:
                self.write(run.received[at : at + length], offset)
                at += length
            elif kind is not None:
                self.zero(offset, length)
        return {}

    def write(self, buffer: Buffer, offset: int) -> None:
        """See `core.structure.medium`."""
        self._interrupt("volume write")
        self.blob.write(bytes(buffer), offset)

    def zero(self, offset: int, length: int) -> None:
        """See `core.structure.medium`."""
        self._interrupt("volume zero")
        self.blob.write(bytes(length), offset)

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._interrupt("volume sync")
        self.blob.sync()

    def size(self) -> int:
        """See `core.structure.medium`."""
        return len(self.blob.content)

    def resize(self, size: int) -> None:
        """See `core.structure.medium`."""
        self._interrupt("volume resize")
        self.blob.resize(size)

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`."""
        held = self.blob.content[offset : offset + length]
        if any(held):
            yield offset, length


def blank_volume(size: int) -> MemoryVolume:
    """A volume of so many zero bytes."""
    return MemoryVolume(Blob(bytearray(size), bytearray(size)))
