"""Frames over a socket."""

import math
import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core.driver.link.wire import Wire
from core.structure.medium import Buffer
from core.wire.link import HEADER_BYTES, BrokenLinkError, Frame, parse_frame

_BUFFER_BYTES: Final = 4 << 20
_UNSENT_BYTES_MAX: Final = 1 << 20
"""What waits for the network in the kernel: with more than that nothing can be written."""


class Channel:
    """One connection; one thread sends at a time, and one receives."""

    def __init__(self, wire: Wire, *, patience_s: float) -> None:
        """`patience_s` bounds every wait in which nothing moves."""
        self._wire, self.sock = wire, (sock := wire.sock)
        wire.be_patient(patience_s)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES_MAX)
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start = self._stop = 0
        self._writable = select.poll()
        self._writable.register(sock.fileno(), select.POLLOUT)
        self._seen: Frame | None = None  # what is next, if that was looked at

    def send(self, buffers: Sequence[Buffer], *, deadline: float = math.inf) -> None:
        """All of them, in order; `deadline` is of the monotonic clock."""
        waiting = [memoryview(each) for each in buffers if len(each)]
        while waiting:
            if time.monotonic() > deadline:
                raise TimeoutError("what is sent is not taken in time")
            sent = self._wire.send(waiting)
            while waiting and sent >= len(waiting[0]):
                sent -= len(waiting.pop(0))
            if sent:
                waiting[0] = waiting[0][sent:]

    def is_readable(self, within_s: float) -> bool:
        """Is there something to be received, within a time?"""
        return self.has_more() or self._wire.is_readable(within_s)

    def is_writable(self) -> bool:
        """May something small be sent without waiting?"""
        return bool(self._writable.poll(0))

    def has_more(self) -> bool:
        """Is another frame here already?"""
        held = self._stop - self._start
        return held >= HEADER_BYTES and held >= HEADER_BYTES + self._next().size

    def receive(self, payload_max: int, *, deadline: float = math.inf) -> tuple[Frame, memoryview]:
        """The next frame; its payload is there until the next call."""
        self._need(HEADER_BYTES, deadline)
        frame, self._seen = self._next(), None
        if frame.size > payload_max:
            raise BrokenLinkError(f"a payload of {frame.size} bytes, at most {payload_max}")
        self._need(HEADER_BYTES + frame.size, deadline)
        begin = self._start + HEADER_BYTES
        self._start = begin + frame.size
        return frame, self._view[begin : self._start]

    def end(self) -> None:
        """Wake whoever waits, on both sides; nothing is sent or received any more."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The same, where nobody else uses it any more."""
        self.end()
        self.sock.close()

    def _next(self) -> Frame:
        if self._seen is None:
            self._seen = parse_frame(self._view[self._start : self._start + HEADER_BYTES])
        return self._seen

    def _need(self, size: int, deadline: float) -> None:
        """Have so many bytes at the start of what is held."""
        if self._start == self._stop:
            self._start = self._stop = 0
        if self._start + size > len(self._view):
            self._make_room(size)
        while self._stop - self._start < size:
            if time.monotonic() > deadline:
                raise TimeoutError("what is to come first does not come in time")
            self._stop += self._wire.receive_into(self._view[self._stop :])

    def _make_room(self, size: int) -> None:
        held = bytes(self._view[self._start : self._stop])
        if size > len(self._buffer):
            self._buffer = bytearray(size + _BUFFER_BYTES)
            self._view = memoryview(self._buffer)
        self._view[: len(held)] = held
        self._start, self._stop = 0, len(held)
