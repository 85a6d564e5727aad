"""Files of a real folder: the body of the seam in `core/structure/medium.py`.

Transfers that the system cuts short are finished here. A file that was let go of stays mapped for
as long as somebody holds a view of it, so that no reader is ever left with memory that went away.
"""

import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from errno import EBADF, EINVAL, EIO, EOPNOTSUPP
from pathlib import Path
from typing import Final

from core.driver.mapping import mapped
from core.structure.medium import Buffer

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700

_VECTOR_MAX: Final = min(1024, os.sysconf("SC_IOV_MAX"))
_ZEROES: Final = bytes(1 << 20)


class DiskFile:
    """A file that is open; `name` is for errors."""

    __slots__ = ("_map", "_number", "_writable", "name")

    def __init__(self, number: int, name: str, *, writable: bool) -> None:
        """It owns the descriptor from now on."""
        self._number, self.name, self._writable = number, name, writable
        self._map: mmap.mmap | memoryview | None = None

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        """See `core.structure.medium`."""
        read_fully(self._number, memoryview(buffer).cast("B"), offset, self.name)

    def write(self, buffers: Sequence[Buffer], offset: int) -> None:
        """See `core.structure.medium`."""
        if len(buffers) <= _VECTOR_MAX:
            written = os.pwritev(self._number, buffers, offset)
            if written == sum(map(len, buffers)):
                return
        self._write_on(buffers, offset)

    def _write_on(self, buffers: Sequence[Buffer], offset: int) -> None:
        """All of it again, however many calls it takes: the first was cut short, or too long."""
        waiting = [view for each in buffers if len(view := memoryview(each))]
        waiting.reverse()
        while waiting:
            vector = waiting[: -_VECTOR_MAX - 1 : -1]
            written = os.pwritev(self._number, vector, offset)
            if written <= 0:
                raise OSError(EIO, "the system wrote nothing", self.name)
            offset += written
            while waiting and written >= len(waiting[-1]):
                written -= len(waiting.pop())
            if written:
                waiting[-1] = waiting[-1][written:]

    def sync(self) -> None:
        """See `core.structure.medium`; one that was let go of is an error of its own (EBADF)."""
        number = self._number
        if number < 0:
            raise OSError(EBADF, os.strerror(EBADF), self.name)
        os.fdatasync(number)

    def size(self) -> int:
        """See `core.structure.medium`."""
        return os.fstat(self._number).st_size

    def map(self) -> memoryview:
        """See `core.structure.medium`."""
        if self._map is None:
            size = self.size()
            if not size:
                return memoryview(b"")
            self._map = (
                mmap.mmap(self._number, size)
                if self._writable
                else mapped(self._number, size, self.name)
            )
        return memoryview(self._map)

    def close(self) -> None:
        """See `core.structure.medium`: a map goes with the last view of it."""
        number, self._number, self._map = self._number, -1, None
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        self.close()


class DiskFolder:
    """A folder of the file system, held open; `path` is where it was found."""

    __slots__ = ("_number", "path")

    def __init__(self, path: str | Path, *, make: bool = False) -> None:
        """With `make` a folder that is not there is made, for its owner alone."""
        self._number = -1
        self.path = Path(path)
        if make:
            _make(self.path)
        self._number = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def names(self) -> tuple[str, ...]:
        """See `core.structure.medium`."""
        return tuple(sorted(os.listdir(self._number)))  # noqa: PTH208 -- of what is held open

    def create(self, name: str, size: int) -> DiskFile:
        """See `core.structure.medium`."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        number = os.open(name, flags, FILE_MODE, dir_fd=self._number)
        file = DiskFile(number, str(self.path / name), writable=True)
        try:
            _allocate(file, number, size)
        except BaseException:
            file.close()
            with suppress(OSError):
                self.remove(name)
            raise
        return file

    def reserve(self, name: str, size: int) -> None:
        """See `core.structure.medium`."""
        file = self.create(name, size)
        try:
            _write_zeroes(file, size)
            file.sync()
        finally:
            file.close()

    def open(self, name: str, *, writable: bool) -> DiskFile:
        """See `core.structure.medium`."""
        flags = (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC | os.O_NOFOLLOW
        number = os.open(name, flags, dir_fd=self._number)
        return DiskFile(number, str(self.path / name), writable=writable)

    def rename(self, name: str, new: str) -> None:
        """See `core.structure.medium`."""
        os.rename(name, new, src_dir_fd=self._number, dst_dir_fd=self._number)

    def remove(self, name: str) -> None:
        """See `core.structure.medium`."""
        os.unlink(name, dir_fd=self._number)

    def sync(self) -> None:
        """See `core.structure.medium`."""
        os.fsync(self._number)

    def close(self) -> None:
        """Let go of the folder; its files stay open."""
        number, self._number = self._number, -1
        if number >= 0:
            os.close(number)

    def __del__(self) -> None:
        self.close()


def read_fully(number: int, view: memoryview, offset: int, name: str) -> None:
    """Fill the view from a descriptor; `name` is for the error where that ends before."""
    at = 0
    while at < len(view):
        got = os.preadv(number, (view[at:],), offset + at)
        if got <= 0:
            raise OSError(EIO, f"ends at {offset + at}, before {offset + len(view)}", name)
        at += got


def _allocate(file: DiskFile, number: int, size: int) -> None:
    """Space for all of the file: what is mapped must not meet a full disk later."""
    if not size:
        return
    try:
        os.posix_fallocate(number, 0, size)
    except OSError as error:
        if error.errno not in (EINVAL, EOPNOTSUPP):
            error.filename = file.name
            raise
        _write_zeroes(file, size)


def _write_zeroes(file: DiskFile, size: int) -> None:
    for at in range(0, size, len(_ZEROES)):
        file.write((memoryview(_ZEROES)[: size - at],), at)


def _make(path: Path) -> None:
    """The folder, durable in the one around it."""
    try:
        path.mkdir(FOLDER_MODE)
    except FileExistsError:
        return
    around = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(around)
    finally:
        os.close(around)
