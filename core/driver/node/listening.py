"""Connections of clients: how many there may be, and how long anything on one may take."""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from compat.serve.heads import bounded_heads
from core.driver.nbd.tls import TlsFiles, server_context
from core.errors import CoreError
from core.site.contract import PROBLEM_JSON
from core.site.problem import Problem

HEAD_S: Final = 10.0
HEAD_BYTES_MAX: Final = 32 << 10
TAKEN_S: Final = 10.0
IDLE_S: Final = 30
GRACE_S: Final = 5
BACKLOG: Final = 256


def bounded_connections(count: int) -> type[H11Protocol]:
    """A protocol for so many connections at once.

    Where there is one too many, the one that has waited longest for a request's head goes: whoever
    sends one is served, however many there are that do not.
    """
    waiting: dict[H11Protocol, None] = {}

    class Bounded(bounded_heads(HEAD_S)):  # type: ignore[misc]
        _taking: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            waiting[self] = None
            if len(self.connections) > count:
                next(iter(waiting)).transport.abort()

        def data_received(self, data: bytes) -> None:
            waiting.pop(self, None)
            super().data_received(data)
            if self.conn.their_state is h11.IDLE:
                waiting[self] = None

        def connection_lost(self, exc: Exception | None) -> None:
            waiting.pop(self, None)
            self._is_taken()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            """Much is sent that the client has not taken yet."""
            super().pause_writing()
            self._taking = self.loop.call_later(TAKEN_S, self.transport.abort)

        def resume_writing(self) -> None:
            self._is_taken()
            super().resume_writing()

        def _is_taken(self) -> None:
            if self._taking is not None:
                self._taking.cancel()
                self._taking = None

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if not self.transport.is_closing():
                waiting[self] = None

        def send_400_response(self, msg: str) -> None:
            text = json.dumps(Problem("malformed", msg).document()).encode()
            headers = [
                (b"content-type", PROBLEM_JSON.encode()),
                (b"content-length", str(len(text)).encode()),
                (b"connection", b"close"),
            ]
            for each in (
                h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
                h11.Data(data=text),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(each))
            self.transport.close()

    return Bounded


class Loop(asyncio.SelectorEventLoop):
    """One whose servers do not wait long for somebody to say who he is."""

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        """As ever."""
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", HEAD_S)
            options.setdefault("ssl_shutdown_timeout", HEAD_S)
        return await super().create_server(*args, **options)


class Server(uvicorn.Server):
    """A server that says when it has begun, and leaves signals to the process."""

    def __init__(
        self, app: ASGIApp, listener: socket.socket, tls: TlsFiles | None, connections: int
    ) -> None:
        config = uvicorn.Config(
            app,
            http=bounded_connections(connections),
            loop="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            ws="none",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        )
        config.load()
        config.ssl = server_context(tls) if tls else None
        super().__init__(config)
        self.began = asyncio.Event()
        self._listener = listener

    async def run_here(self) -> None:
        """Serve until it is told that it should exit."""
        await self.serve(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As ever, and say so."""
        await super().startup(sockets)
        self.began.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's."""
        yield


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises CoreError."""
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        found = socket.socket(family, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(BACKLOG)
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise CoreError(
            f"cannot listen there: {error.strerror}",
            where=f"{host}:{port}",
            hint="another program may: choose another port",
        ) from None
    return found
