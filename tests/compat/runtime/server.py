"""Real servers on the loopback, each for one test."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

import uvicorn

WAIT = 20.0  # seconds: the bound of every wait in these tests


@contextmanager
def serving(app: Any, *, unix: str = "", http: Any = "auto") -> Iterator[str]:
    """Serve an ASGI app, on a Unix socket if one is named; gives its base URL."""
    family = socket.AF_UNIX if unix else socket.AF_INET
    with socket.create_server(unix or ("127.0.0.1", 0), family=family) as listener:
        if not unix:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(
            app,
            http=http,
            log_level="critical",
            ws="none",
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"unix:{unix}" if unix else f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(WAIT)
            assert not thread.is_alive()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving_wsgi(app: WSGIApplication) -> Iterator[str]:
    """Serve a WSGI app; gives its base URL."""
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(WAIT)
            assert not thread.is_alive()


@contextmanager
def scripted(*scripts: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers its first connections as `scripts` say, in order, then closes them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT)

        def serve() -> None:
            for script in scripts:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(WAIT)
                    script(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.close()
            thread.join(WAIT)
            assert not thread.is_alive()


def read_head(connection: socket.socket) -> bytes:
    """Everything up to the empty line, and what came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    return data


def replying(data: bytes) -> Callable[[socket.socket], None]:
    """A script: read a request's head, then send these bytes."""

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(data)

    return script
