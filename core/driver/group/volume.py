"""A backend as the journal sees it."""

import os
from collections.abc import Iterator, Mapping

from core.driver.backend.backend import Backend, read_exactly, write_exactly
from core.driver.nbd.volume import write_requests
from core.structure.medium import Buffer
from core.wire.nbd.constants import StatusFlag
from core.wire.nbd.requests import Run

_EXTENTS_MAX = 1024


class _Zeroing:
    """A backend whose trim is said to read as zeroes, which a trim alone is not."""

    def __init__(self, backend: Backend) -> None:
        self.fd = backend.fd
        self.zero = backend.zero

    def trim(self, offset: int, length: int) -> None:
        self.zero(offset, length, allocated=False, fast=False)


class BackendVolume:
    """The body of `core.machine.journal.writer.Volume` over a real backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.sync = backend.sync
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

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """The (offset, length) of what may be other than zero within a range, in order."""
        end = offset + length
        while offset < end:
            for run, status in self.backend.extents(offset, end - offset, _EXTENTS_MAX):
                taken = min(run, end - offset)
                if not status & StatusFlag.ZERO:
                    yield offset, taken
                offset += taken
