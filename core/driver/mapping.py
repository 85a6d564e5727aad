"""Maps of files that are read, which need no descriptor: that of `mmap` keeps one open for each.

A long history has thousands of segments, and a process may have 1024 files open.
"""

import ctypes
import mmap
import os
import weakref
from typing import Final

_FAILED: Final = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.argtypes = (
    *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int),
    ctypes.c_int64,
)
_libc.mmap.restype = ctypes.c_void_p
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


def mapped(number: int, size: int, name: str) -> memoryview:
    """The first bytes of a file, as they are now; mapped for as long as somebody holds a view.

    `name` is for the error where that cannot be.
    """
    place = _libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, number, 0)
    if place == _FAILED:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno), name)
    held = (ctypes.c_ubyte * size).from_address(place)
    weakref.finalize(held, _libc.munmap, place, size).atexit = False
    return memoryview(held).cast("B").toreadonly()
