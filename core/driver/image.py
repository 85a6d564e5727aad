"""The image of a volume, to be read: a raw file or a block device."""

import os
from collections.abc import Iterator
from errno import EINVAL, ENXIO, EOPNOTSUPP, EROFS
from pathlib import Path

from core.driver.folder import read_fully
from core.structure.medium import Buffer
from core.wire.nbd.requests import Run


class DiskImage:
    """A `Volume` that nothing can be written to."""

    __slots__ = ("_number", "path")

    def __init__(self, path: str | Path) -> None:
        self._number = -1
        self.path = Path(path)
        self._number = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        read_fully(self._number, memoryview(buffer).cast("B"), offset, str(self.path))

    def write(self, buffer: Buffer, offset: int) -> None:
        """Refused."""
        raise self._refused(f"write of {len(buffer)} bytes at {offset}")

    def write_run(self, run: Run) -> dict[int, int]:
        """Refused."""
        raise self._refused(f"run of {len(run.received)} bytes")

    def zero(self, offset: int, length: int) -> None:
        """Refused."""
        raise self._refused(f"zeroes at {offset}, {length} bytes")

    def resize(self, size: int) -> None:
        """Refused."""
        raise self._refused(f"resize to {size}")

    def sync(self) -> None:
        """See `core.structure.medium`: whoever wrote it may have left it to the system."""
        os.fsync(self._number)

    def size(self) -> int:
        """See `core.structure.medium`; of a device, too."""
        return os.lseek(self._number, 0, os.SEEK_END)

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """See `core.structure.medium`: all of it, where the file system does not know."""
        at, end = offset, min(offset + length, self.size())
        while at < end:
            try:
                begin = os.lseek(self._number, at, os.SEEK_DATA)
                stop = os.lseek(self._number, begin, os.SEEK_HOLE)
            except OSError as error:
                if error.errno == ENXIO:  # nothing but a hole
                    return
                if error.errno not in (EINVAL, EOPNOTSUPP):
                    raise
                begin, stop = at, end
            if begin >= end:
                return
            yield begin, min(stop, end) - begin
            at = stop

    def close(self) -> None:
        """Let go of the file."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        self.close()

    def _refused(self, what: str) -> OSError:
        return OSError(EROFS, f"{what}: open for reading alone", str(self.path))
