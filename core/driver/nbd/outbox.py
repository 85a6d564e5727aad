"""Replies of a connection, gathered in one buffer so that they leave in one call."""

import socket
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from core.driver.nbd.buffers import LARGE_HELD_S, BufferPool
from core.wire.nbd.constants import Mode
from core.wire.nbd.replies import READ_HEADER_BYTES, error_of, failed, read_header_writer
from core.wire.nbd.requests import READ_HEADS, Request

_PIECE_BYTES: Final = 1 << 20
Read = Callable[[memoryview, int], None]


class Outbox:
    """A buffer that is sent when it is full or when somebody says so."""

    __slots__ = ("_at", "_buffer", "_header_bytes", "_mode", "_pool", "_sock", "_view", "_write")

    def __init__(
        self, sock: socket.socket, buffer: bytearray, mode: Mode, pool: BufferPool
    ) -> None:
        self._sock, self._buffer, self._mode, self._pool = sock, buffer, mode, pool
        self._view = memoryview(buffer)
        self._at = 0
        self._header_bytes = READ_HEADER_BYTES[mode]
        self._write = read_header_writer(mode)

    def put(self, reply: bytes) -> None:
        """A whole reply."""
        if len(reply) > len(self._view) - self._at:
            self.send()
        after = self._at + len(reply)
        self._view[self._at : after] = reply
        self._at = after

    def fail(self, request: Request, errno: int | None) -> None:
        """That a request has failed."""
        self.put(failed(request, error_of(errno), self._mode))

    def put_reads(self, requests: Iterable[Request], read: Read) -> None:
        """What the reads among the requests ask for, read straight behind their headers.

        This is the loop that every block that is read goes through.
        """
        buffer, view, header, write = self._buffer, self._view, self._header_bytes, self._write
        at, room = self._at, len(view)
        for request in requests:
            head, cookie, offset, length = request
            if head not in READ_HEADS:
                continue
            data = at + header
            end = data + length
            if end > room:
                self._at = at
                self.send()
                at, data, end = 0, header, header + length
                if end > room:
                    self._put_large(request, read)
                    at = self._at
                    continue
            try:
                read(view[data:end], offset)
            except OSError as error:
                self._at = at
                self.fail(request, error.errno)
                at = self._at
                continue
            write(buffer, at, cookie, offset, length)
            at = end
        self._at = at

    def _put_large(self, request: Request, read: Read) -> None:
        """A read that has never room: all of it is read before its first byte leaves."""
        _, cookie, offset, length = request
        with self._pool.large() as buffer, memoryview(buffer) as view:
            end = self._header_bytes + length
            self._write(buffer, 0, cookie, offset, length)
            try:
                read(view[self._header_bytes : end], offset)
            except OSError as error:
                self.fail(request, error.errno)
            else:
                self._send_large(view[:end])

    def _send_large(self, view: memoryview) -> None:
        """The buffer is not ours for long, so a client that hardly reads is given up."""
        deadline = monotonic() + LARGE_HELD_S
        while view:
            if monotonic() > deadline:
                raise TimeoutError
            view = view[self._sock.send(view[:_PIECE_BYTES]) :]

    def send(self) -> None:
        """Hand all of it to the system."""
        if self._at:
            at, self._at = self._at, 0
            self._sock.sendall(self._view[:at])
