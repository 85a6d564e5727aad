"""Disks in memory that remember what of them is durable.

Each file knows what everybody sees, what a loss of power leaves for certain, and the changes that
lie between. A folder knows the same of its names. What may be found after a loss of power is made
of that in `power.py`; disks that do other than they are told are wrappers, in `faults.py`.
"""

from collections.abc import Iterator, Sequence
from errno import EEXIST, EIO, ENOENT
from typing import Final

from core.structure.medium import Buffer, Volume
from core.wire.chunk import KINDS
from core.wire.nbd.requests import Run
from core.wire.record import Kind

SECTOR_BYTES: Final = 512

Change = tuple[int, bytes | None]
"""Bytes at an offset; or, with None, the size that the file has from then on."""


class Blob:
    """The bytes of a file: `content` is seen by all, `durable` and some of `pending` survive.

    `clean` is what the system takes for durable, which is more than that after a failed sync.
    """

    __slots__ = ("clean", "content", "durable", "failures", "mapped", "pending")

    def __init__(self, durable: Buffer = b"") -> None:
        self.content, self.durable = bytearray(durable), bytes(durable)
        self.clean = self.durable
        self.pending: list[Change] = []
        self.mapped = False
        self.failures = 0

    def change(self, change: Change) -> None:
        """See at once, keep after the next sync."""
        _apply(self.content, change, grow=True)
        self.pending.append(change)

    def sync(self) -> None:
        """All that the system knows to have changed is durable."""
        seen = bytes(self.content)
        if self.clean is self.durable:
            self.durable = seen
        else:
            self.durable = bytes(self.surviving(self.unsynced()).content)
        self.clean, self.pending = self.durable if self.durable == seen else seen, []

    def forget(self) -> None:
        """What a failed sync does: all is still seen, and no later sync makes it durable.

        What is written again is durable after the next one; a size is, as file systems have it.
        """
        sizes = [change for change in self.pending if change[1] is None]
        self.clean, self.pending = bytes(self.content), sizes
        self.failures += 1

    def unsynced(self) -> list[Change]:
        """The changes of which any may survive, the sectors stored through a map among them."""
        if not self.mapped:
            return list(self.pending)
        told = bytearray(self.clean)
        for change in self.pending:
            _apply(told, change, grow=False)
        if told == self.content:
            return list(self.pending)
        stored: list[Change] = [
            (at, bytes(self.content[at : at + SECTOR_BYTES]))
            for at in range(0, len(self.content), SECTOR_BYTES)
            if told[at : at + SECTOR_BYTES] != self.content[at : at + SECTOR_BYTES]
        ]
        return self.pending + stored

    def surviving(self, chosen: Sequence[Change]) -> "Blob":
        """The file with those of the changes; bytes beyond a size that was lost are lost, too."""
        content = bytearray(self.durable)
        for change in chosen:
            _apply(content, change, grow=False)
        return Blob(content)


def _apply(content: bytearray, change: Change, *, grow: bool) -> None:
    offset, data = change
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if grow and offset + len(data) > len(content):
        content.extend(bytes(offset + len(data) - len(content)))
    kept = data[: max(0, len(content) - offset)]
    content[offset : offset + len(kept)] = kept


class MemoryFile:
    """A file of a `MemoryFolder`, as one opened it.

    Each who had it open is told once of a sync that failed, whoever asked for that (fsync(2), since
    Linux 4.13).
    """

    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self._failures = blob.failures

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        _read(self.blob, buffer, offset)

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """See `core.structure.medium`."""
        self.blob.change((offset, b"".join(buffers)))

    def sync(self) -> None:
        """See `core.structure.medium`."""
        if self._failures != self.blob.failures:
            self._failures = self.blob.failures
            raise OSError(EIO, "a sync failed before")
        self.blob.sync()

    def spoil(self) -> None:
        """A sync of it fails, which whoever asked for it is told of."""
        self.blob.forget()
        self._failures += 1

    def size(self) -> int:
        """See `core.structure.medium`."""
        return len(self.blob.content)

    def map(self) -> memoryview:
        """See `core.structure.medium`."""
        self.blob.mapped = True
        return memoryview(self.blob.content)

    def close(self) -> None:
        """See `core.structure.medium`."""


class MemoryFolder:
    """Files by name, and the names that are durable."""

    def __init__(self, blobs: dict[str, Blob] | None = None) -> None:
        self.blobs = blobs or {}
        self._durable = dict(self.blobs)
        self._steps: list[dict[str, Blob]] = []

    def names(self) -> tuple[str, ...]:
        """See `core.structure.medium`."""
        return tuple(sorted(self.blobs))

    def create(self, name: str, size: int) -> MemoryFile:
        """See `core.structure.medium`."""
        if name in self.blobs:
            raise OSError(EEXIST, "there already", name)
        blob = Blob()
        blob.change((size, None))
        self._change({**self.blobs, name: blob})
        return MemoryFile(blob)

    def reserve(self, name: str, size: int) -> None:
        """See `core.structure.medium`."""
        self.create(name, size).sync()

    def open(self, name: str, *, writable: bool) -> MemoryFile:  # noqa: ARG002 -- the seam's
        """See `core.structure.medium`."""
        return MemoryFile(self._blob(name))

    def rename(self, name: str, new: str) -> None:
        """See `core.structure.medium`."""
        blob = self._blob(name)
        rest = {key: value for key, value in self.blobs.items() if key != name}
        self._change({**rest, new: blob})

    def remove(self, name: str) -> None:
        """See `core.structure.medium`."""
        self._blob(name)
        self._change({key: value for key, value in self.blobs.items() if key != name})

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self._durable, self._steps = dict(self.blobs), []

    def namings(self) -> Iterator[dict[str, Blob]]:
        """The names that a loss of power may leave: the durable ones, or those after any step.

        Changes of names survive in their order, as a journaling file system has it.
        """
        yield self._durable
        yield from self._steps

    def _change(self, blobs: dict[str, Blob]) -> None:
        self.blobs = blobs
        self._steps.append(blobs)

    def _blob(self, name: str) -> Blob:
        if name not in self.blobs:
            raise OSError(ENOENT, "not there", name)
        return self.blobs[name]


def carry_out(volume: Volume, run: Run) -> None:
    """Do every write, trim and zeroes of a run, in order, up to an error."""
    at = 0
    for head, _, offset, length in run.requests:
        at += run.header_bytes
        kind = KINDS.get(head & 0xFFFF)
        if kind is Kind.WRITE:
            volume.write(run.received[at : at + length], offset)
            at += length
        elif kind is not None:
            volume.zero(offset, length)


class MemoryVolume:
    """A volume in memory."""

    def __init__(self, blob: Blob) -> None:
        self.blob = blob

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        _read(self.blob, buffer, offset)

    def write_run(self, run: Run) -> dict[int, int]:
        """See `core.machine.journal.writer`."""
        carry_out(self, run)
        return {}

    def write(self, buffer: Buffer, offset: int) -> None:
        """See `core.structure.medium`."""
        self.blob.change((offset, bytes(buffer)))

    def zero(self, offset: int, length: int) -> None:
        """See `core.structure.medium`."""
        self.blob.change((offset, bytes(length)))

    def sync(self) -> None:
        """See `core.structure.medium`."""
        self.blob.sync()

    def spoil(self) -> None:
        """A sync of it fails."""
        self.blob.forget()

    def size(self) -> int:
        """See `core.structure.medium`."""
        return len(self.blob.content)

    def resize(self, size: int) -> None:
        """See `core.structure.medium`."""
        self.blob.change((size, None))

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`; holes begin and end at sectors."""
        content, begin, end = self.blob.content, None, offset + length
        for at in range(offset, end, SECTOR_BYTES):
            held = any(content[at : min(at + SECTOR_BYTES, end)])
            if held and begin is None:
                begin = at
            elif not held and begin is not None:
                yield begin, at - begin
                begin = None
        if begin is not None:
            yield begin, end - begin


def blank_volume(size: int) -> MemoryVolume:
    """A volume of so many zero bytes."""
    return MemoryVolume(Blob(bytes(size)))


def _read(blob: Blob, buffer: bytearray | memoryview, offset: int) -> None:
    view = memoryview(buffer)
    if offset + len(view) > len(blob.content):
        raise OSError(EIO, "read beyond the end")
    view[:] = blob.content[offset : offset + len(view)]
