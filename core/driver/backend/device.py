"""A volume on a block device."""

import errno
import fcntl
import os
import stat
import struct
from pathlib import Path
from typing import Final

from core.driver.backend.backend import DATA, write_zeroes
from core.driver.backend.commit import GroupCommit
from core.driver.backend.fallocate import UNSUPPORTED, Allocate, tried
from core.errors import CoreError
from core.wire.nbd.replies import Extent

_BLKGETSIZE64: Final = 0x80081272
_BLKROTATIONAL: Final = 0x127E
_BLKDISCARD: Final = 0x1277
_BLKZEROOUT: Final = 0x127F
_SECTOR: Final = 512


class DeviceBackend:
    """A block device, all of it."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        access = os.O_RDONLY if read_only else os.O_RDWR
        try:
            self.fd = os.open(path, access | os.O_CLOEXEC)
        except OSError as error:
            raise CoreError(f"cannot open the device: {error.strerror}", where=str(path)) from error
        if not stat.S_ISBLK(os.fstat(self.fd).st_mode):
            os.close(self.fd)
            raise CoreError("it is no block device", where=str(path))
        self.size = struct.unpack("Q", fcntl.ioctl(self.fd, _BLKGETSIZE64, bytes(8)))[0]
        self.rotational = self._is_rotational()
        self._commit = GroupCommit(lambda: os.fdatasync(self.fd))
        self.check, self.sync = self._commit.check, self._commit.wait

    def _is_rotational(self) -> bool:
        try:
            return bool(struct.unpack("H", fcntl.ioctl(self.fd, _BLKROTATIONAL, bytes(2)))[0])
        except OSError:
            return False

    def trim(self, offset: int, length: int) -> None:
        """Discard the whole sectors in the range, where the device can."""
        start = -(-offset // _SECTOR) * _SECTOR
        stop = (offset + length) // _SECTOR * _SECTOR
        if start < stop:
            self._ranged(_BLKDISCARD, start, stop - start)

    def zero(self, offset: int, length: int, *, allocated: bool, fast: bool) -> None:
        """Unmap where that reads as zeroes and may be; else have the device write them."""
        whole = not (offset | length) & (_SECTOR - 1)
        punch = Allocate.PUNCH_HOLE | Allocate.KEEP_SIZE
        if whole and not allocated and tried(self.fd, punch, offset, length):
            return
        if fast:
            raise OSError(errno.ENOTSUP, "zeroes would have to be written")
        if not whole or not self._ranged(_BLKZEROOUT, offset, length):
            write_zeroes(self.fd, offset, length)

    def _ranged(self, request: int, offset: int, length: int) -> bool:
        """An ioctl about a range of sectors; False where the device does not know it."""
        try:
            fcntl.ioctl(self.fd, request, struct.pack("QQ", offset, length))
        except OSError as error:
            if error.errno in UNSUPPORTED:
                return False
            raise
        return True

    def extents(self, offset: int, length: int, most: int) -> list[Extent]:
        """A device tells of no holes: all is data."""
        assert offset >= 0
        assert most > 0
        return [(length, DATA)]

    def prefetch(self, offset: int, length: int) -> None:
        """Advise the system."""
        os.posix_fadvise(self.fd, offset, length, os.POSIX_FADV_WILLNEED)

    def close(self) -> None:
        """Close the device."""
        os.close(self.fd)
