"""Volumes as groups use them: files and devices here, and exports elsewhere."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from core.driver.backend.backend import Backend, read_exactly, write_exactly
from core.driver.backend.opening import open_backend
from core.driver.backend.place import Place, Uri
from core.driver.backend.remote import RemoteVolume
from core.driver.nbd.volume import write_requests
from core.machine.journal.writer import Volume
from core.structure.medium import Buffer
from core.wire.nbd.constants import StatusFlag
from core.wire.nbd.offer import BlockSizes
from core.wire.nbd.replies import Extent
from core.wire.nbd.requests import Run

_EXTENTS_MAX = 1024
_BLOCKS: Final = BlockSizes()
_AHEAD_BYTES: Final = 8 << 20


class GroupVolume(Volume, Protocol):
    """A volume that hosts use, too: from several threads at a time."""

    blocks: BlockSizes
    is_resizable: bool
    when_failed: Callable[[str], None] | None
    """Is told why, where it has failed for good and a read alone has met that."""

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What is known of at most `most` consecutive extents; at least of one."""

    def prefetch(self, offset: int, length: int) -> None:
        """The bytes may be read soon."""

    def clear(self) -> None:
        """Make all of it zeroes, without taking space where that can be."""

    def close(self) -> None:
        """Let go of it; nothing else may be called afterwards."""


def open_volume(place: Place, create: int | None = None) -> GroupVolume:
    """A volume to be written; `create` is the size of a file that is to be made."""
    if isinstance(place, Uri):
        return RemoteVolume(place.text)
    return BackendVolume(open_backend(place, create))


class _Zeroing:
    """A backend whose trim is said to read as zeroes, which a trim alone is not."""

    def __init__(self, backend: Backend) -> None:
        self.fd = backend.fd
        self.zero = backend.zero

    def trim(self, offset: int, length: int) -> None:
        self.zero(offset, length, allocated=False, fast=False)


class BackendVolume:
    """The body of `GroupVolume` over a file or a device."""

    blocks = _BLOCKS
    when_failed: Callable[[str], None] | None = None

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.sync, self.close = backend.sync, backend.close
        self.extents, self.prefetch = backend.extents, backend.prefetch
        self.is_resizable = stat.S_ISREG(os.fstat(backend.fd).st_mode)
        self._zeroing = _Zeroing(backend)
        self._fd = backend.fd

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """Fill `buffer` from `offset`."""
        if os.preadv(self._fd, (buffer,), offset) != len(buffer):
            read_exactly(self._fd, memoryview(buffer), offset)

    def write(self, buffer: Buffer, offset: int) -> None:
        """Write the buffer at `offset`."""
        write_exactly(self.backend.fd, memoryview(buffer), offset)

    def write_run(self, run: Run) -> Mapping[int, int]:
        """Do every write, trim and zeroes of a run, in order; the errors by index.

        What is trimmed reads as zeroes, for so it is journaled.
        """
        return write_requests(self._zeroing, run)

    def zero(self, offset: int, length: int) -> None:
        """Make the range read as zeroes, with a hole where there can be one."""
        self.backend.zero(offset, length, allocated=False, fast=False)

    def size(self) -> int:
        """Length in bytes."""
        return self.backend.size

    def resize(self, size: int) -> None:
        """Cut off, or add zeroes to, the end."""
        os.ftruncate(self.backend.fd, size)
        self.backend.size = size

    def clear(self) -> None:
        """Make all of it zeroes: of a file, one hole."""
        size = self.backend.size
        if self.is_resizable:
            self.resize(0)
            self.resize(size)
        else:
            self.zero(0, size)

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""
        end = offset + length
        while offset < end:
            for run, status in self.backend.extents(offset, end - offset, _EXTENTS_MAX):
                taken = min(run, end - offset)
                if not status & StatusFlag.ZERO:
                    yield offset, taken
                offset += taken


class FedVolume(BackendVolume):
    """One that another process writes and resizes, beside this one."""

    _begun, _ahead = 0, 0  # what was forgotten, and is read from the disk already

    def size(self) -> int:
        """Length in bytes, as it is by now."""
        if self.is_resizable:
            self.backend.size = os.fstat(self._fd).st_size
        return self.backend.size

    def forget(self, offset: int, length: int) -> None:
        """Have the range read from the disk the next time, and not from memory.

        The system does that for what is durable, as far as nobody uses it at the moment; what is
        not begins to become so. Ranges are asked for in their order mostly, so what follows is read
        meanwhile.
        """
        stop = offset + length
        if not self._begun <= offset <= self._ahead:
            self._ahead = offset
        if self._ahead < stop + _AHEAD_BYTES // 2:
            begin, self._ahead = self._ahead, stop + _AHEAD_BYTES
            for advice in (os.POSIX_FADV_DONTNEED, os.POSIX_FADV_WILLNEED):
                os.posix_fadvise(self._fd, begin, self._ahead - begin, advice)
        self._begun = stop
