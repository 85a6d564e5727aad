"""Where a copy waits for production."""

import logging
import socket
import time
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.greeting import greeted
from core.driver.link.incoming import Incoming
from core.driver.link.peers import LinkPlace, refuse_open_network
from core.driver.link.reception import Reception
from core.driver.link.tls import LinkTls
from core.driver.nbd.admission import LOCAL, Admission, Caps, Peer
from core.driver.nbd.listener import Listener, listen_tcp, listen_unix
from core.errors import CoreError

_LOG: Final = logging.getLogger("isthmus.link")

_PATIENCE_S: Final = 10.0
_JOIN_S: Final = 5.0
_PAUSE_S: Final = 0.2
_GREETING: Final = Caps(negotiating=64, per_address=32)
"""Connections that have not said who they are: the oldest makes room for a new one."""
_TOLD_MAX: Final = 20
_TOLD_S: Final = 60.0


class _Refusals:
    """Tells of links that were refused, of few in a minute: strangers are to fill no disk."""

    def __init__(self) -> None:
        self._lock, self._since_s, self._count = Lock(), 0.0, 0

    def tell(self, peer: Peer, error: Exception) -> None:
        """Have the log say so, or count it."""
        with self._lock:
            now_s = time.monotonic()
            if now_s - self._since_s >= _TOLD_S:
                if self._count > _TOLD_MAX:
                    _LOG.warning("%d more links were refused", self._count - _TOLD_MAX)
                self._since_s, self._count = now_s, 0
            self._count += 1
            if self._count <= _TOLD_MAX:
                _LOG.warning("a link was refused (%s): %s", peer.address or "unix", error)


class Listening:
    """Accepts links until it is stopped; a new one takes the place of the one before."""

    def __init__(self, incoming: Incoming, tls: LinkTls | None) -> None:
        self._incoming, self._tls = incoming, tls
        self._listeners: list[Listener] = []
        self._threads: list[Thread] = []
        self._turn, self._greeting = Condition(), Admission(_GREETING)
        self._channel: Channel | None = None
        self._stopping, self._refusals = Event(), _Refusals()

    @property
    def is_connected(self) -> bool:
        """Is production there?"""
        return self._channel is not None

    def listen(self, place: LinkPlace) -> tuple[str, ...]:
        """Begin to listen; returns the addresses."""
        if place.path:
            found = [listen_unix(Path(place.path))]
        else:
            if self._tls is None:
                refuse_open_network(place.host)
            found = listen_tcp(place.host, place.port)
        for listener in found:
            thread = Thread(target=self._accept, args=(listener,), name="links", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._listeners += found
        scheme = "unix:" if place.path else ""
        return tuple(f"{scheme}{each.address}" for each in found)

    def stop(self) -> None:
        """No link any more."""
        self._stopping.set()
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(_JOIN_S)
        with self._turn:
            if self._channel is not None:
                self._channel.end()
            self._turn.wait_for(lambda: self._channel is None, _JOIN_S)

    def _accept(self, listener: Listener) -> None:
        while not self._stopping.is_set():
            try:
                sock, name = listener.sock.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                _LOG.warning("no link is accepted: %s", error)
                time.sleep(_PAUSE_S)
                continue
            peer = Peer(sock, name[0] if sock.family != socket.AF_UNIX else LOCAL)
            if not self._greeting.admit(peer):
                sock.close()
                continue
            try:
                Thread(target=self._serve, args=(peer,), name="link", daemon=True).start()
            except RuntimeError:  # the system gives no more threads
                self._greeting.leave(peer)
                sock.close()

    def _serve(self, peer: Peer) -> None:
        """Serve production, once it has said who it is: nobody else takes the place of a link."""
        channel: Channel | None = None
        try:
            try:
                channel, hello = greeted(peer.sock, self._tls, _PATIENCE_S)
            finally:
                self._greeting.leave(peer)
            if self._replace(channel):
                Reception(channel, self._incoming).run(hello)
        except (OSError, CoreError) as error:
            if self._stopping.is_set():
                pass
            elif channel is None:
                self._refusals.tell(peer, error)
            else:
                _LOG.warning("the link ended (%s): %s", peer.address or "unix", error)
        except Exception:  # the next link is to be accepted, whatever this was
            _LOG.exception("the link ended by a mistake of ours")
        finally:
            peer.hang_up()
            peer.sock.close()
            if channel is not None:
                self._left(channel)

    def _replace(self, channel: Channel) -> bool:
        """End the link that there is; says whether it has ended, so that another may begin."""
        with self._turn:
            if self._channel is not None:
                self._channel.end()
            if self._stopping.is_set() or not self._turn.wait_for(
                lambda: self._channel is None, _JOIN_S
            ):
                return False
            self._channel = channel
            return True

    def _left(self, channel: Channel) -> None:
        with self._turn:
            if self._channel is channel:
                self._channel = None
            self._turn.notify_all()
