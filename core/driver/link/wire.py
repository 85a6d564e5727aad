"""Bytes between both sides of a link: as they are, or in TLS.

Theory of operation
-------------------
One thread sends while another receives, and OpenSSL allows one call at a time on what stands for a
connection. So that never sees a socket: it is given what came, and gives what is to be sent, with a
lock for as long as a piece is ciphered. Nobody waits for the other side with the lock. Only who
sends takes what is to be sent, so that records leave in the order in which they were made.

That a socket can be read does not say that there is a byte for whoever reads: a record may be about
the connection itself. What is readable is looked into, therefore, until a byte is there.
"""

import select
import socket
import ssl
import struct
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Final, Protocol, cast

from core.errors import CoreError
from core.wire.link import BrokenLinkError

_VECTOR_MAX: Final = 512
_RECORD_BYTES: Final = 1 << 14
_PIECE_BYTES: Final = 1 << 18
"""What is ciphered before it is sent: so long waits at most who wants to receive."""


class ClosedError(ConnectionError):
    """The other side has left."""


def waited(within_s: float, *numbers: int, events: int = select.POLLIN) -> bool:
    """Is one of these descriptors ready, or broken, within a time?"""
    poll = select.poll()
    for each in numbers:
        poll.register(each, events)
    return bool(poll.poll(within_s * 1000))


class Wire(Protocol):
    """A connection; one thread sends at a time, and one receives."""

    @property
    def sock(self) -> socket.socket:
        """What carries it."""

    def be_patient(self, within_s: float) -> None:
        """No wait takes longer, in which nothing moves: it ends in a TimeoutError."""

    def send(self, buffers: Sequence[memoryview]) -> int:
        """Some of what is in them, from the beginning; how many bytes."""

    def receive_into(self, target: memoryview) -> int:
        """Some of what comes; how many bytes, of which there is one at least."""

    def is_readable(self, within_s: float) -> bool:
        """Is there something to be received, within a time?"""


class Plain:
    """A socket as it is.

    The system bounds its waits: Python would ask for each call first whether it has to wait.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._within_ms: float | None = None
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(sock.fileno(), select.POLLIN)
        self._writable.register(sock.fileno(), select.POLLOUT)

    def be_patient(self, within_s: float) -> None:
        self._within_ms = within_s * 1000
        self.sock.settimeout(None)
        micros = max(1, int(within_s * 1e6))
        bound = struct.pack("@ll", *divmod(micros, 1_000_000))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)

    def send(self, buffers: Sequence[memoryview]) -> int:
        while True:
            try:
                return self.sock.sendmsg(buffers[:_VECTOR_MAX], (), socket.MSG_DONTWAIT)
            except BlockingIOError:
                if not self._writable.poll(self._within_ms):
                    raise TimeoutError("timed out") from None

    def receive_into(self, target: memoryview) -> int:
        try:
            return _some(self.sock.recv_into(target))
        except BlockingIOError:
            raise TimeoutError("timed out") from None

    def is_readable(self, within_s: float) -> bool:
        return bool(self._readable.poll(within_s * 1000))


class Secured:
    """A socket, and TLS in it; its handshake is the first to use it."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, name: str | None) -> None:
        """`name` is whom the certificate of the other side is to be of; None where it comes."""
        self.sock = sock
        self._came, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._came, self._leaving, server_side=name is None, server_hostname=name
        )
        self._lock = Lock()
        self._scratch = memoryview(bytearray(_PIECE_BYTES))
        self._early = memoryview(bytearray(_RECORD_BYTES))
        self._held = self._early[:0]  # was received when somebody asked whether it can be

    def be_patient(self, within_s: float) -> None:
        self.sock.settimeout(within_s)

    def shake_hands(self, deadline: float) -> None:
        """Until both sides know each other; `deadline` is of the monotonic clock.

        Raises ssl.SSLError where they do not, after the other side was told.
        """
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._answer(deadline)
                self._hurry(deadline)
                self._fill()
            except ssl.SSLError:
                with suppress(OSError):
                    self._answer(deadline)
                raise
        self._answer(deadline)

    @property
    def names(self) -> frozenset[str]:
        """What the certificate of the other side calls it: the common name, and all others."""
        found: dict[str, Any] = self._tls.getpeercert() or {}
        subject = [pair for part in found.get("subject", ()) for pair in part]
        common = [value for kind, value in subject if kind == "commonName"]
        return frozenset((*common, *(value for _, value in found.get("subjectAltName", ()))))

    def send(self, buffers: Sequence[memoryview]) -> int:
        with self._lock:
            if sum(map(len, buffers)) <= _RECORD_BYTES:
                size = self._tls.write(b"".join(buffers))
            else:
                size = self._cipher(buffers)
            sealed = self._leaving.read()
        self._send_all(sealed)
        return size

    def receive_into(self, target: memoryview) -> int:
        size = min(len(self._held), len(target))
        target[:size] = self._held[:size]
        self._held = self._held[size:]
        while not size:
            size = self._opened(target)
            if not size:
                self._fill()
        return size

    def is_readable(self, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while not len(self._held):
            self._held = self._early[: self._opened(self._early)]
            if not len(self._held):
                if not waited(max(0.0, deadline - time.monotonic()), self.sock.fileno()):
                    return False
                self._fill()
        return True

    def _cipher(self, buffers: Sequence[memoryview]) -> int:
        """A piece of what is in them."""
        size = 0
        for each in buffers:
            stop = min(len(each), _PIECE_BYTES - size)
            for at in range(0, stop, _RECORD_BYTES):
                size += self._tls.write(each[at : min(stop, at + _RECORD_BYTES)])
        return size

    def _opened(self, target: memoryview) -> int:
        """Put there what is in records that came whole; how much that is."""
        size = 0
        with self._lock, suppress(ssl.SSLWantReadError):
            while size < len(target) and (self._came.pending or self._tls.pending()):
                try:
                    size += cast("int", self._tls.read(len(target) - size, target[size:]))
                except ssl.SSLWantReadError:
                    raise
                except ssl.SSLError as error:
                    if size:  # that first; it is raised again
                        break
                    raise ended(error) from error
        return size

    def _fill(self) -> None:
        size = _some(self.sock.recv_into(self._scratch))
        with self._lock:
            self._came.write(self._scratch[:size])

    def _answer(self, deadline: float) -> None:
        self._hurry(deadline)
        self._send_all(self._leaving.read())

    def _send_all(self, sealed: bytes) -> None:
        """The bound of a wait is for each of them: the other side takes some of it each time."""
        left = memoryview(sealed)
        while left:
            left = left[self.sock.send(left) :]

    def _hurry(self, deadline: float) -> None:
        """No call may take longer than what is left of the time."""
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the handshake takes too long")
        self.sock.settimeout(left_s)


def ended(error: ssl.SSLError) -> CoreError:
    """Why there is no link any more, or none at all, in words."""
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CoreError(
            f"the certificate of the other side is not taken: {error.verify_message}", hint=_LOOK
        )
    if "ALERT" in reason:
        words = reason.rpartition("ALERT_")[2].replace("_", " ").lower()
        return CoreError(f"the other side refuses this one: {words}", hint=_LOOK)
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return CoreError("the other side shows no certificate", hint=_LOOK)
    if reason in _NO_TLS:
        return CoreError(
            "the other side does not speak TLS", hint="give certificates to both sides, or to none"
        )
    return BrokenLinkError(f"TLS is broken: {reason.replace('_', ' ').lower() or error}")


_LOOK: Final = "look at the certificates of both sides, their names and times, and who signed them"
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE"})


def _some(size: int) -> int:
    if not size:
        raise ClosedError("the other side has left")
    return size
