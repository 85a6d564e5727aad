"""A connection on which no request comes is closed."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from compat.serve.heads import bounded_heads
from tests.compat.runtime.server import WAIT, serving
from tests.compat.runtime.service import Service

SHORT = 0.1  # seconds
REQUEST = b"GET /v2/check HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    with serving(service.app, http=bounded_heads(SHORT)) as url:
        yield httpx.URL(url).port or 0


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), WAIT)


def read_to(end: bytes, connection: socket.socket) -> None:
    data = b""
    while not data.endswith(end):
        piece = connection.recv(65536)
        assert piece, data
        data += piece


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for_forever(port: int, begun: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(begun)
        assert connection.recv(1) == b""


def test_nor_is_the_second_one(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(REQUEST)
        read_to(b"fine", connection)
        connection.sendall(REQUEST[:20])
        assert connection.recv(1) == b""


def test_trickling_does_not_help(port: int) -> None:
    with connected(port) as connection:
        ended = threading.Event()

        def trickle() -> None:
            try:
                while not ended.wait(SHORT / 4):
                    connection.sendall(b"x: y\r\n")
            except OSError:
                return

        connection.sendall(b"GET / HTTP/1.1\r\n")
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            assert connection.recv(1) == b""
        except ConnectionError:
            pass
        finally:
            ended.set()
            thread.join(WAIT)


def test_calls_and_idle_connections_may_last_longer(port: int, service: Service) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT) as client:
        timer = threading.Timer(5 * SHORT, service.go.set)
        timer.start()
        assert len(client.get("/v2/events").text.splitlines()) == 2
        timer.join(WAIT)
    with connected(port) as connection:
        connection.sendall(REQUEST)
        read_to(b"fine", connection)
        connection.settimeout(3 * SHORT)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(WAIT)
        connection.sendall(REQUEST)
        read_to(b"fine", connection)


def test_without_a_bound_there_is_none(service: Service) -> None:
    with serving(service.app, http=bounded_heads(None)) as url:
        assert httpx.get(f"{url}/v2/check", timeout=WAIT).text == "fine"
