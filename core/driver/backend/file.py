"""A volume in a plain file: sparse, with holes where nothing was written or trimmed."""

import errno
import os
from pathlib import Path

from core.driver.backend.backend import DATA, data_run, seek_extents, write_zeroes
from core.driver.backend.commit import GroupCommit
from core.driver.backend.fallocate import Allocate, tried
from core.errors import CoreError
from core.units import size_text
from core.wire.nbd.replies import Extent

_PUNCH = Allocate.PUNCH_HOLE | Allocate.KEEP_SIZE
_ZERO = Allocate.ZERO_RANGE | Allocate.KEEP_SIZE


class FileBackend:
    """A regular file that has the size of its volume."""

    rotational = False

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        access = os.O_RDONLY if read_only else os.O_RDWR
        try:
            self.fd = os.open(path, access | os.O_CLOEXEC)
        except OSError as error:
            raise CoreError(f"cannot open the volume: {error.strerror}", where=str(path)) from error
        self._known = 0, 0
        self._size = os.fstat(self.fd).st_size
        self._commit = GroupCommit(lambda: os.fdatasync(self.fd))
        self.check, self.sync = self._commit.check, self._commit.wait

    @classmethod
    def create(cls, path: Path, size: int) -> "FileBackend":
        """A new file of one hole, durable by its name; one that is there already is not touched."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.ftruncate(fd, size)
                os.fsync(fd)
                _sync_names(path.parent)
            except BaseException:
                path.unlink()
                raise
            finally:
                os.close(fd)
        except OSError as error:
            raise CoreError(
                f"cannot create a volume of {size_text(size)}: {error.strerror}", where=str(path)
            ) from error
        return cls(path)

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        if size != self._size:
            self._size, self._known = size, (0, 0)

    def trim(self, offset: int, length: int) -> None:
        """Punch a hole; a file system without holes keeps the bytes."""
        tried(self.fd, _PUNCH, offset, length)
        self._known = 0, 0

    def zero(self, offset: int, length: int, *, allocated: bool, fast: bool) -> None:
        """Punch or convert the range, else write zeroes."""
        did_fast = (not allocated and tried(self.fd, _PUNCH, offset, length)) or tried(
            self.fd, _ZERO, offset, length
        )
        self._known = 0, 0
        if did_fast:
            return
        if fast:
            raise OSError(errno.ENOTSUP, "zeroes would have to be written")
        write_zeroes(self.fd, offset, length)

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What the file system knows; where it knows nothing, all is data.

        A file system in memory looks at each page up to the next hole, however far that is. So a
        run of data is remembered: what others punch into it since is zeroes, said to be data.
        """
        begin, stop = self._known
        if begin <= offset and offset + length <= stop:
            return [(length, DATA)]
        try:
            begin, stop = data_run(self.fd, offset)
            if begin <= offset and offset + length <= stop:
                self._known = begin, stop
                return [(length, DATA)]
            return seek_extents(self.fd, offset, length, most)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return [(length, DATA)]

    def prefetch(self, offset: int, length: int) -> None:
        """Advise the system."""
        os.posix_fadvise(self.fd, offset, length, os.POSIX_FADV_WILLNEED)

    def close(self) -> None:
        """Close the file."""
        os.close(self.fd)


def _sync_names(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
