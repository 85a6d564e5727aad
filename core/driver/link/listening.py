"""Where a copy waits for production."""

import logging
import socket
import time
from contextlib import suppress
from pathlib import Path
from threading import BoundedSemaphore, Condition, Event, Thread
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.incoming import Incoming
from core.driver.link.peers import LinkPlace, expect, parse_hello, refuse_open_network
from core.driver.link.reception import Reception
from core.driver.nbd.listener import Listener, listen_tcp, listen_unix
from core.errors import CoreError
from core.wire.link import Kind

_LOG: Final = logging.getLogger("isthmus.link")

_PATIENCE_S: Final = 10.0
_JOIN_S: Final = 5.0
_PAUSE_S: Final = 0.2
_GREETING_MAX: Final = 8
"""Connections that have not said who they are."""


class Listening:
    """Accepts links until it is stopped; a new one takes the place of the one before."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._listeners: list[Listener] = []
        self._threads: list[Thread] = []
        self._turn, self._greeting = Condition(), BoundedSemaphore(_GREETING_MAX)
        self._channel: Channel | None = None
        self._stopping = Event()

    @property
    def is_connected(self) -> bool:
        """Is production there?"""
        return self._channel is not None

    def listen(self, place: LinkPlace) -> tuple[str, ...]:
        """Begin to listen; returns the addresses."""
        if place.path:
            found = [listen_unix(Path(place.path))]
        else:
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
                sock, _ = listener.sock.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                _LOG.warning("no link is accepted: %s", error)
                time.sleep(_PAUSE_S)
                continue
            if not self._greeting.acquire(blocking=False):
                sock.close()
                continue
            Thread(target=self._greet, args=(sock,), name="link", daemon=True).start()

    def _greet(self, sock: socket.socket) -> None:
        """Serve production, once it has said who it is: nobody else takes the place of a link."""
        channel = Channel(sock, patience_s=_PATIENCE_S)
        try:
            try:
                hello = parse_hello(expect(channel, Kind.HELLO))
            finally:
                self._greeting.release()
            if self._replace(channel):
                Reception(channel, self._incoming).run(hello)
        except (OSError, CoreError) as error:
            if not self._stopping.is_set():
                _LOG.warning("the link ended: %s", error)
        except Exception:  # the next link is to be accepted, whatever this was
            _LOG.exception("the link ended by a mistake of ours")
        finally:
            with suppress(OSError):
                channel.close()
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
