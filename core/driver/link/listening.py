"""Where a copy waits for production."""

import logging
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.incoming import Incoming
from core.driver.link.peers import LinkPlace, refuse_open_network
from core.driver.link.reception import Reception
from core.driver.nbd.listener import Listener, listen_tcp, listen_unix
from core.errors import CoreError

_LOG: Final = logging.getLogger("isthmus.link")

_PATIENCE_S: Final = 10.0
_JOIN_S: Final = 5.0


class Listening:
    """Accepts links until it is stopped; a new one takes the place of the one before."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._listeners: list[Listener] = []
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._channel: Channel | None = None
        self._serving: Thread | None = None
        self._stopping = False

    @property
    def is_connected(self) -> bool:
        """Is production there?"""
        return self._serving is not None and self._serving.is_alive()

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
        self._stopping = True
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(_JOIN_S)
        self._replace(None)

    def _accept(self, listener: Listener) -> None:
        while not self._stopping:
            try:
                sock, _ = listener.sock.accept()
            except OSError:
                return
            self._replace(Channel(sock, patience_s=_PATIENCE_S))

    def _replace(self, channel: Channel | None) -> None:
        """End the link that there is, and serve another one if there is one."""
        with self._lock:
            before, serving = self._channel, self._serving
            self._channel, self._serving = channel, None
            if before is not None:
                before.end()
            if serving is not None:
                serving.join()
            if channel is not None:
                self._serving = Thread(
                    target=self._serve, args=(channel,), name="link", daemon=True
                )
                self._serving.start()

    def _serve(self, channel: Channel) -> None:
        try:
            Reception(channel, self._incoming).run()
        except (OSError, CoreError) as error:
            if not self._stopping:
                _LOG.warning("the link ended: %s", error)
        finally:
            with suppress(OSError):
                channel.close()
