"""Replies of a connection, gathered in one buffer so that they leave in one call."""

import socket

from core.wire.nbd.constants import Mode
from core.wire.nbd.replies import READ_HEADER_BYTES, write_read_header
from core.wire.nbd.requests import Request


class Outbox:
    """A buffer that is sent when it is full or when somebody says so."""

    __slots__ = ("_at", "_buffer", "_header_bytes", "_mode", "_sock", "_view")

    def __init__(self, sock: socket.socket, buffer: bytearray, mode: Mode) -> None:
        self._sock, self._buffer, self._mode = sock, buffer, mode
        self._view = memoryview(buffer)
        self._at = 0
        self._header_bytes = READ_HEADER_BYTES[mode]

    def put(self, reply: bytes) -> None:
        """A whole reply."""
        if len(reply) > len(self._view) - self._at:
            self.send()
        after = self._at + len(reply)
        self._view[self._at : after] = reply
        self._at = after

    def read_target(self, request: Request) -> memoryview | None:
        """Where the data of a read goes, behind its header; None where there is never room.

        It is part of what is sent only once it is `kept`.
        """
        need = self._header_bytes + request[3]
        if need > len(self._view) - self._at:
            if need > len(self._view):
                return None
            self.send()
        data = write_read_header(self._buffer, self._at, request, self._mode)
        return self._view[data : data + request[3]]

    def keep(self, target: memoryview) -> None:
        """The read whose target this is has succeeded."""
        self._at += self._header_bytes + len(target)

    def send(self) -> None:
        """Hand all of it to the system."""
        if self._at:
            at, self._at = self._at, 0
            self._sock.sendall(self._view[:at])
