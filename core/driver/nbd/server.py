"""The NBD server: who listens, who is connected, and how it all ends."""

import logging
import socket
import ssl
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

from core.driver.nbd.admission import LOCAL, Admission, Caps, Peer
from core.driver.nbd.buffers import BufferPool
from core.driver.nbd.export import Export, Exports
from core.driver.nbd.listener import Listener, listen_tcp, listen_unix, refuse_plain
from core.driver.nbd.negotiation import Allowed, Negotiation, RefusedError
from core.driver.nbd.transmission import Transmission
from core.errors import CoreError
from core.wire.nbd.handshake import Serve
from core.wire.nbd.offer import Offer

_LOG: Final = logging.getLogger("isthmus.nbd")
_NO_DESCRIPTORS_PAUSE_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long a peer may take, and how long stopping may."""

    handshake_s: float = 10.0
    unread_reply_s: float = 120.0
    stop_grace_s: float = 1.0
    stop_s: float = 5.0


_CAPS: Final = Caps()
_TIMES: Final = Times()


class Server:
    """Serves exports to whoever connects, one thread for each connection."""

    def __init__(
        self,
        exports: Exports,
        *,
        tls: ssl.SSLContext | None = None,
        allowed: Allowed = lambda _peer, _name: True,
        caps: Caps = _CAPS,
        times: Times = _TIMES,
        pool: BufferPool | None = None,
    ) -> None:
        self._exports, self._tls, self._allowed = exports, tls, allowed
        self._times = times
        self._pool = pool or BufferPool()
        self._admission = Admission(caps)
        self._listeners: list[Listener] = []
        self._acceptors: list[Thread] = []
        self._stopping = Event()

    def listen_unix(self, path: Path) -> None:
        """Serve on a unix socket."""
        self._accept_on(listen_unix(path))

    def listen_tcp(self, host: str, port: int, *, plain_allowed: bool = False) -> tuple[str, ...]:
        """Serve on every address of a host; the addresses.

        Without TLS only the machine itself is served, unless somebody says that more is meant.
        """
        if self._tls is None and not plain_allowed:
            refuse_plain(host, port)
        listeners = listen_tcp(host, port)
        for each in listeners:
            self._accept_on(each)
        return tuple(each.address for each in listeners)

    def listen_on(self, listener: Listener) -> None:
        """Open a socket that was bound before, and serve on it."""
        listener.open()
        self._accept_on(listener)

    def counts(self) -> tuple[int, int]:
        """How many peers negotiate, and how many are served."""
        return self._admission.counts()

    def drop(self, export: str) -> None:
        """Hang up on everybody who uses an export."""
        self._admission.drop(export)

    def stop(self) -> int:
        """Close everything within a bound; how many connections are still stuck in a call."""
        self._stopping.set()
        for listener in self._listeners:
            listener.close()
        stuck = self._admission.close(grace_s=self._times.stop_grace_s, within_s=self._times.stop_s)
        for acceptor in self._acceptors:
            acceptor.join(self._times.stop_s)
        return stuck

    def _accept_on(self, listener: Listener) -> None:
        self._listeners.append(listener)
        thread = Thread(target=self._accept, args=(listener.sock,), name="nbd-accept", daemon=True)
        self._acceptors.append(thread)
        thread.start()

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                sock, name = listening.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                time.sleep(_NO_DESCRIPTORS_PAUSE_S)  # of which somebody will close one
                continue
            address = name[0] if sock.family != socket.AF_UNIX else LOCAL
            peer = Peer(sock, address)
            if not self._admission.admit(peer):
                sock.close()
                continue
            try:
                Thread(target=self._serve, args=(peer,), name="nbd", daemon=True).start()
            except RuntimeError:  # the system gives no more threads
                self._admission.leave(peer)
                sock.close()

    def _serve(self, peer: Peer) -> None:
        """The thread of one connection."""
        try:
            self._converse(peer)
        except RefusedError as refused:
            _LOG.debug("%s: %s", peer.address or "unix", refused)
        except OSError as error:
            _LOG.debug("%s: %s", peer.address or "unix", type(error).__name__)
        except CoreError as error:  # the export could not be opened
            _LOG.warning("%s: %s", peer.address or "unix", error)
        except Exception:
            _LOG.exception("%s: a connection ended by a fault of ours", peer.address or "unix")
        finally:
            # It is closed before it is forgotten: stopping waits for what is not forgotten.
            peer.sock.close()
            self._admission.leave(peer)

    def _converse(self, peer: Peer) -> None:
        opened: list[Export] = []

        def begin(offer: Offer) -> bool:
            export = self._exports.get(offer.name)
            if export is None or not self._admission.promote(peer, offer.name):
                return False
            export.attach()
            opened.append(export)
            return True

        negotiation = Negotiation(
            peer,
            self._exports,
            allowed=self._allowed,
            context=self._tls,
            seconds=self._times.handshake_s,
        )
        try:
            _hurry(peer.sock)
            chosen = negotiation.choice(begin)
            self._transmit(peer, chosen, opened[0])
        finally:
            for export in opened:
                export.detach()

    def _transmit(self, peer: Peer, chosen: Serve, export: Export) -> None:
        """Without timeouts of Python's, which would cost a call more for each one that waits."""
        peer.sock.settimeout(None)
        seconds = int(self._times.unread_reply_s)
        patience = struct.pack("ll", seconds, 0)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        Transmission(peer.sock, chosen, export, self._pool, self._stopping.is_set).run()


def _hurry(sock: socket.socket) -> None:
    """Replies leave at once, and a peer that vanished is noticed."""
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
