"""The image of a volume, to be read: a raw file, a block device, or another server's export."""

import os
from collections.abc import Iterator
from errno import EINVAL, ENXIO, EOPNOTSUPP
from pathlib import Path

from core.driver.backend.kinds import refuse_other_kinds
from core.driver.backend.place import Place, Uri
from core.driver.backend.remote import RemoteVolume
from core.driver.folder import read_fully


def open_image(place: Place) -> "OpenImage":
    """The image that is there."""
    if isinstance(place, Uri):
        return RemoteVolume(place.text, read_only=True)
    return DiskImage(place)


class DiskImage:
    """A `SparseImage` on the disk."""

    __slots__ = ("_number", "path")

    def __init__(self, path: str | Path) -> None:
        self._number = -1
        self.path = Path(path)
        refuse_other_kinds(self.path)  # a FIFO would be waited for
        self._number = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        read_fully(self._number, memoryview(buffer).cast("B"), offset, str(self.path))

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


OpenImage = DiskImage | RemoteVolume
