"""libnbd, the client that Debian, Fedora and others ship, called from Python.

The module `nbd` that comes with it is for the distribution's own Python alone, and this program
runs in any. ctypes finds the library from every one, gives up the interpreter's lock while a call
waits, and costs about a microsecond for each call, which is little beside a way over a network.

Nothing here waits without a bound: commands are only begun, and `nbd_poll` takes a time.
"""

import ctypes
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_bool,
    c_char_p,
    c_int,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from functools import cache
from typing import Any, Final

from core.errors import CoreError

ALLOCATION: Final = b"base:allocation"
MINIMUM: Final = 0  # which of the block sizes
MAXIMUM: Final = 2

_NAME: Final = "libnbd.so.0"

ExtentFunction = CFUNCTYPE(
    c_int, c_void_p, c_char_p, c_uint64, POINTER(c_uint32), c_size_t, POINTER(c_int)
)


class Completion(Structure):
    """What is called when a command is done: nothing, for we ask."""

    _fields_ = (("callback", c_void_p), ("user_data", c_void_p), ("free", c_void_p))


class Extents(Structure):
    """What is called with what a server tells of a range."""

    _fields_ = (("callback", ExtentFunction), ("user_data", c_void_p), ("free", c_void_p))


NOTHING: Final = Completion(None, None, None)

_HANDLE: Final = c_void_p
_FUNCTIONS: Final[dict[str, tuple[Any, ...]]] = {  # the result, then the arguments
    "nbd_create": (_HANDLE,),
    "nbd_close": (None, _HANDLE),
    "nbd_get_error": (c_char_p,),
    "nbd_get_errno": (c_int,),
    "nbd_set_uri_allow_local_file": (c_int, _HANDLE, c_bool),
    "nbd_add_meta_context": (c_int, _HANDLE, c_char_p),
    "nbd_aio_connect_uri": (c_int, _HANDLE, c_char_p),
    "nbd_aio_is_ready": (c_int, _HANDLE),
    "nbd_aio_is_dead": (c_int, _HANDLE),
    "nbd_aio_is_closed": (c_int, _HANDLE),
    "nbd_poll": (c_int, _HANDLE, c_int),
    "nbd_get_size": (c_int64, _HANDLE),
    "nbd_get_block_size": (c_int64, _HANDLE, c_int),
    "nbd_is_read_only": (c_int, _HANDLE),
    "nbd_is_rotational": (c_int, _HANDLE),
    "nbd_can_flush": (c_int, _HANDLE),
    "nbd_can_zero": (c_int, _HANDLE),
    "nbd_can_cache": (c_int, _HANDLE),
    "nbd_can_multi_conn": (c_int, _HANDLE),
    "nbd_can_meta_context": (c_int, _HANDLE, c_char_p),
    "nbd_aio_pread": (c_int64, _HANDLE, c_void_p, c_size_t, c_uint64, Completion, c_uint32),
    "nbd_aio_pwrite": (c_int64, _HANDLE, c_void_p, c_size_t, c_uint64, Completion, c_uint32),
    "nbd_aio_zero": (c_int64, _HANDLE, c_uint64, c_uint64, Completion, c_uint32),
    "nbd_aio_cache": (c_int64, _HANDLE, c_uint64, c_uint64, Completion, c_uint32),
    "nbd_aio_flush": (c_int64, _HANDLE, Completion, c_uint32),
    "nbd_aio_block_status": (
        c_int64,
        _HANDLE,
        c_uint64,
        c_uint64,
        Extents,
        Completion,
        c_uint32,
    ),
    "nbd_aio_command_completed": (c_int, _HANDLE, c_uint64),
    "nbd_aio_disconnect": (c_int, _HANDLE, c_uint32),
}

Function = Callable[..., Any]


@cache
def library() -> ctypes.CDLL:
    """The library with its functions declared; raises CoreError where it is not installed."""
    try:
        found = ctypes.CDLL(_NAME)
        for name, (result, *arguments) in _FUNCTIONS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise CoreError(
            f"a volume of another NBD server needs libnbd: {error}",
            hint="install it: apt-get install libnbd0, or dnf install libnbd",
        ) from error
    return found
