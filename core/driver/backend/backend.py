"""What a volume lies on, as the server sees it."""

import errno
import os
from typing import Final, Protocol

from core.wire.nbd.constants import StatusFlag
from core.wire.nbd.replies import Extent

DATA: Final = StatusFlag(0)
HOLE: Final = StatusFlag.HOLE | StatusFlag.ZERO

_ZEROES: Final = memoryview(bytes(1 << 20))


class Writable(Protocol):
    """What runs of requests are carried out on.

    `fd` is read and written at positions by several threads at once.
    """

    fd: int

    def trim(self, offset: int, length: int) -> None:
        """The bytes are not needed any more; what they read as afterwards is not said."""

    def zero(self, offset: int, length: int, *, allocated: bool, fast: bool) -> None:
        """Make the bytes read as zeroes.

        `allocated` asks that their space stays theirs; with `fast` it fails with ENOTSUP rather
        than take as long as writing them.
        """


class Backend(Writable, Protocol):
    """Bytes at offsets."""

    size: int
    rotational: bool

    def check(self) -> None:
        """Raise EIO where a sync has failed before: nothing is acknowledged again."""

    def sync(self) -> None:
        """Make every write that has returned durable; callers at the same time share one sync."""

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """What is known of at most `most` consecutive extents; at least of one."""

    def prefetch(self, offset: int, length: int) -> None:
        """The bytes may be read soon."""

    def close(self) -> None:
        """Let go of it; nothing else may be called afterwards."""


def read_exactly(fd: int, target: memoryview, offset: int) -> None:
    """Fill the target from a position, however many calls it takes."""
    got = os.preadv(fd, (target,), offset)
    while got < len(target):
        more = os.preadv(fd, (target[got:],), offset + got)
        if more == 0:
            raise OSError(errno.EIO, "the file ends before the volume does")
        got += more


def write_exactly(fd: int, data: memoryview, offset: int) -> None:
    """Write all of the data at a position, however many calls it takes."""
    done = 0
    while done < len(data):
        done += os.pwrite(fd, data[done:], offset + done)


def write_zeroes(fd: int, offset: int, length: int) -> None:
    """Zero a range the slow way, where the system knows no other."""
    while length:
        step = min(length, len(_ZEROES))
        write_exactly(fd, _ZEROES[:step], offset)
        offset, length = offset + step, length - step


def data_run(fd: int, offset: int) -> tuple[int, int]:
    """The (begin, end) of the next run of data from there on; nothing where there is none."""
    begin = _sought(fd, offset, os.SEEK_DATA, -1)
    return (0, 0) if begin < 0 else (begin, _sought(fd, begin, os.SEEK_HOLE, begin))


def seek_extents(fd: int, offset: int, length: int, most: int) -> list[Extent]:
    """Data and holes as the file system knows them."""
    found: list[Extent] = []
    end = offset + length
    while offset < end and len(found) < most:
        start = min(_sought(fd, offset, os.SEEK_DATA, end), end)
        if start > offset:
            found.append((start - offset, HOLE))
            offset = start
            continue
        stop = min(_sought(fd, offset, os.SEEK_HOLE, end), end)
        if stop <= offset:  # it was punched in between; data is never a lie
            stop = end
        found.append((stop - offset, DATA))
        offset = stop
    return found


def _sought(fd: int, offset: int, whence: int, end: int) -> int:
    try:
        return os.lseek(fd, offset, whence)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return end
        raise
