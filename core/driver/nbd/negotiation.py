"""One peer's handshake over its socket, within its time."""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from core.driver.nbd.admission import Peer
from core.driver.nbd.export import Exports
from core.driver.nbd.tls import identity_of
from core.wire.nbd.handshake import (
    GREETING,
    Close,
    Event,
    Handshake,
    Send,
    Serve,
    StartTls,
    Tls,
)
from core.wire.nbd.offer import Offer

_RECEIVED_BYTES_MAX: Final = 4096

Allowed = Callable[[Peer, str], bool]  # may this peer know of the export of this name?


@dataclass(frozen=True, slots=True)
class _Visible:
    """The exports that one peer may know of. Others look as if they were not there."""

    exports: Exports
    peer: Peer
    allowed: Allowed

    def all(self) -> Sequence[Offer]:
        return [each for each in self.exports.offers() if self.allowed(self.peer, each.name)]

    def find(self, name: str) -> Offer | None:
        """The empty name is that of the only one."""
        found = [each for each in self.all() if each.name == name]
        if not found and name == "":
            found = [each for each in self.all() if not self.exports.is_another_name(each.name)]
            if len(found) > 1:
                return None
        return found[0] if found else None


class RefusedError(Exception):
    """The peer is hung up on; the text is ours."""


class Negotiation:
    """Drives a handshake until the peer has chosen an export."""

    def __init__(
        self,
        peer: Peer,
        exports: Exports,
        *,
        allowed: Allowed,
        context: ssl.SSLContext | None,
        seconds: float,
    ) -> None:
        self._peer, self._context = peer, context
        self._offers = _Visible(exports, peer, allowed)
        self._deadline = monotonic() + seconds
        tls = Tls.OFF if context is None else Tls.REQUIRED
        self._handshake = Handshake(self._offers, tls=tls)

    def choice(self, begin: Callable[[Offer], bool]) -> Serve:
        """What the peer has chosen, once it is told so.

        `begin` is asked before it is told: it opens the export, or says that it cannot be had.
        """
        self._send(GREETING)
        while True:
            self._limit()
            data = self._peer.sock.recv(_RECEIVED_BYTES_MAX)
            if not data:
                raise RefusedError("it left before it had chosen an export")
            events = self._handshake.receive(data)
            chosen = next((each for each in events if isinstance(each, Serve)), None)
            if chosen is not None and not begin(chosen.offer):
                raise RefusedError("the export cannot be had")
            self._follow(events)
            if chosen is not None:
                return chosen

    def _follow(self, events: Sequence[Event]) -> None:
        self._send(b"".join(each.data for each in events if isinstance(each, Send)))
        for event in events:
            match event:
                case Close(reason):
                    raise RefusedError(reason)
                case StartTls():
                    self._wrap()
                    self._handshake.secured(self._offers)

    def _wrap(self) -> None:
        """The peer has the new socket at once, so that whoever hangs up finds the one in use."""
        assert self._context is not None, "without a context there is no TLS to start"
        sock = self._context.wrap_socket(
            self._peer.sock, server_side=True, do_handshake_on_connect=False
        )
        self._peer.sock = sock
        self._limit()
        sock.do_handshake()
        self._peer.identity = identity_of(sock)

    def _send(self, data: bytes) -> None:
        if data:
            self._limit()
            self._peer.sock.sendall(data)

    def _limit(self) -> None:
        """No call may take longer than what is left of the time."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise RefusedError("it took too long to choose an export")
        self._peer.sock.settimeout(left)
