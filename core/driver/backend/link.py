"""One connection to an export of another NBD server."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from errno import EIO
from time import monotonic
from typing import Any, Final

from core.driver.backend import libnbd
from core.driver.backend.libnbd import NOTHING, library
from core.errors import CoreError
from core.wire.nbd.constants import CommandFlag, StatusFlag
from core.wire.nbd.replies import Extent


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server may take: to be connected to, and to answer a command."""

    connect_s: float = 10.0
    answer_s: float = 60.0


class LinkFailedError(OSError):
    """The server is gone, or answers no more: what it did of what it was told nobody knows."""


_KNOWN: Final = int(StatusFlag.HOLE | StatusFlag.ZERO)
_HEEDLESS_MS: Final = 250  # how long nothing else is heard, an interrupt among it


class Link:
    """A connection, for one thread at a time. Commands are begun, and each is waited for."""

    def __init__(self, uri: str, patience: Patience) -> None:
        """Raises CoreError where the server cannot be had."""
        self._nbd, self._uri, self._patience = library(), uri, patience
        self._kept: dict[int, object] = {}  # what commands that are on their way point to
        self._handle = self._nbd.nbd_create()
        if not self._handle:
            raise CoreError(f"libnbd: {self._told()}", where=uri)
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        nbd, handle = self._nbd, self._handle
        deadline = monotonic() + self._patience.connect_s
        if (
            nbd.nbd_set_uri_allow_local_file(handle, True) < 0
            or nbd.nbd_add_meta_context(handle, libnbd.ALLOCATION) < 0
            or nbd.nbd_aio_connect_uri(handle, self._uri.encode()) < 0
        ):
            raise self._refused(self._told())
        try:
            while not nbd.nbd_aio_is_ready(handle):
                self._step(deadline)
        except LinkFailedError as error:
            raise self._refused(str(error.strerror)) from error

    def _refused(self, told: str) -> CoreError:
        return CoreError(
            f"the NBD server cannot be used: {told}",
            where=self._uri,
            hint="try it with `nbdinfo`: is the server there, does it serve this export, "
            "and does it let one more client in?",
        )

    def ask(self, name: str, *arguments: Any) -> int:
        """What libnbd knows of the export: a size, or 1 and 0 for yes and no."""
        answer: int = getattr(self._nbd, name)(self._handle, *arguments)
        if answer < 0:
            raise CoreError(f"libnbd: {self._told()}", where=self._uri)
        return answer

    def read(self, target: memoryview, offset: int) -> int:
        """Begin to fill the target; the cookie of the command."""
        held = ctypes.c_char.from_buffer(target)
        address = ctypes.addressof(held)
        nbd = self._nbd
        return self._begun(
            nbd.nbd_aio_pread(self._handle, address, len(target), offset, NOTHING, 0), held
        )

    def write(self, data: memoryview, offset: int) -> int:
        """Begin to write."""
        held: Any
        if data.readonly:
            held = (ctypes.c_char * len(data)).from_buffer_copy(data)
        else:
            held = ctypes.c_char.from_buffer(data)
        address, nbd = ctypes.addressof(held), self._nbd
        return self._begun(
            nbd.nbd_aio_pwrite(self._handle, address, len(data), offset, NOTHING, 0), held
        )

    def zero(self, offset: int, length: int, *, allocated: bool) -> int:
        """Begin to make a range read as zeroes, with holes unless its space is to stay."""
        nbd, flags = self._nbd, int(CommandFlag.NO_HOLE) if allocated else 0
        return self._begun(nbd.nbd_aio_zero(self._handle, length, offset, NOTHING, flags))

    def cache(self, offset: int, length: int) -> int:
        """Begin to have the server read ahead."""
        return self._begun(self._nbd.nbd_aio_cache(self._handle, length, offset, NOTHING, 0))

    def flush(self) -> int:
        """Begin to make durable what was answered before."""
        return self._begun(self._nbd.nbd_aio_flush(self._handle, NOTHING, 0))

    def extents(self, offset: int, length: int) -> Sequence[Extent]:
        """What the server tells of the range from its beginning; at least of one extent."""
        found: list[Extent] = []

        def told(_: Any, context: bytes, _offset: int, words: Any, count: int, _error: Any) -> int:
            if context == libnbd.ALLOCATION:
                found.extend(
                    (words[at], StatusFlag(words[at + 1] & _KNOWN)) for at in range(0, count, 2)
                )
            return 0

        callback = libnbd.Extents(libnbd.ExtentFunction(told), None, None)
        cookie = self._nbd.nbd_aio_block_status(self._handle, length, offset, callback, NOTHING, 0)
        if error := self.wait(self._begun(cookie, callback)):
            raise OSError(error, "the server does not tell of its extents", self._uri)
        return found

    def wait(self, cookie: int) -> int:
        """The error of a command, 0 where it was done; raises LinkFailedError."""
        nbd, handle = self._nbd, self._handle
        deadline = monotonic() + self._patience.answer_s
        while not (state := nbd.nbd_aio_command_completed(handle, cookie)):
            self._step(deadline)
        number = 0 if state > 0 else nbd.nbd_get_errno() or EIO
        if number and (nbd.nbd_aio_is_dead(handle) or nbd.nbd_aio_is_closed(handle)):
            raise LinkFailedError(EIO, self._told(), self._uri)
        del self._kept[cookie]
        return int(number)

    def close(self) -> None:
        """Say goodbye, and wait for nothing."""
        handle, self._handle = self._handle, None
        if handle:
            if self._nbd.nbd_aio_is_ready(handle):
                self._nbd.nbd_aio_disconnect(handle, 0)
            self._nbd.nbd_close(handle)
            self._kept.clear()

    def _begun(self, cookie: int, kept: object = None) -> int:
        if cookie < 0:
            error, told = self._nbd.nbd_get_errno() or EIO, self._told()
            if self._nbd.nbd_aio_is_dead(self._handle) or self._nbd.nbd_aio_is_closed(self._handle):
                raise LinkFailedError(EIO, told, self._uri)
            raise OSError(error, told, self._uri)
        self._kept[cookie] = kept
        return cookie

    def _step(self, deadline: float) -> None:
        """Let the connection move on."""
        left_ms = int((deadline - monotonic()) * 1000)
        moved = self._nbd.nbd_poll(self._handle, min(max(left_ms, 0), _HEEDLESS_MS))
        if moved < 0:
            raise LinkFailedError(EIO, self._told(), self._uri)
        if moved == 0 and left_ms <= 0:
            raise LinkFailedError(EIO, "the server did not answer in time", self._uri)

    def _told(self) -> str:
        """Of the last error, without the names of libnbd's functions."""
        text = (self._nbd.nbd_get_error() or b"nothing is known").decode(errors="replace")
        return text.partition(": ")[2] or text
