"""fallocate(2), which the standard library offers without its modes."""

import ctypes
import errno
import os
from enum import IntFlag
from typing import Final


class Allocate(IntFlag):
    """How a range of a file is changed without writing it."""

    KEEP_SIZE = 0x01
    PUNCH_HOLE = 0x02
    ZERO_RANGE = 0x10


_libc = ctypes.CDLL(None, use_errno=True)
_fallocate = _libc.fallocate
_fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
_fallocate.restype = ctypes.c_int

UNSUPPORTED: Final = frozenset({errno.EOPNOTSUPP, errno.ENOSYS, errno.ENODEV, errno.ENOTTY})


def fallocate(fd: int, mode: int, offset: int, length: int) -> None:
    """Change the range in one call of the system, or raise what the system says."""
    while _fallocate(fd, mode, offset, length):
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def tried(fd: int, mode: Allocate, offset: int, length: int) -> bool:
    """Change the range where the file can do it; it says whether it could."""
    try:
        fallocate(fd, mode, offset, length)
    except OSError as error:
        if error.errno in UNSUPPORTED:
            return False
        raise
    return True
