"""The proxy as a process of its own."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from compat.errors import CompatError
from compat.model.role import Role
from compat.serve.server import serve
from tests.compat.runtime.server import WAIT, read_head, scripted, serving
from tests.compat.runtime.service import Service
from tests.compat.serve.packages import write_package

ROOT = Path(__file__).parents[3]
MEGABYTE = 1 << 20
MUCH = 200 * MEGABYTE
GROWTH_MAX = 32 * MEGABYTE
PROGRAM = """
import logging, sys
from compat.model.role import Role
from compat.serve.server import serve
from compat.serve.upstream import Patience
logging.basicConfig(level=logging.INFO, format="%(message)s")
def ready(told):
    print(told.callers, told.metrics, flush=True)
folder, upstream, listen, metrics, read = sys.argv[1:]
serve([folder], Role.OLD_CLIENT, upstream=upstream, listen=listen, metrics=metrics,
      patience=Patience(read=float(read)), access_log=True, grace=1.0, ready=ready)
"""


class Process:
    """A running proxy; `url` and `metrics` are where it listens."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        assert popen.stdout is not None
        callers, metrics = popen.stdout.readline().split()
        self.url, self.metrics = f"http://{callers}", f"http://{metrics}"
        self.port = httpx.URL(self.url).port or 0

    def peak(self) -> int:
        """The most memory that it ever had, in bytes."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found.group(1)) * 1024

    def end(self) -> tuple[int, str]:
        """Ask it to end; gives its exit code and its log."""
        self.popen.send_signal(signal.SIGTERM)
        _, log = self.popen.communicate(timeout=WAIT)
        return self.popen.returncode, log


@contextmanager
def running(
    folder: Path, upstream: str, listen: str = "127.0.0.1:0", *, read: float = WAIT
) -> Iterator[Process]:
    metrics = "127.0.0.1:0"
    command = [sys.executable, "-c", PROGRAM, str(folder), upstream, listen, metrics, str(read)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_package(tmp_path, "shim_served")


def test_it_serves_shows_metrics_and_ends_when_asked(folder: Path) -> None:
    service = Service()
    with serving(service.app) as upstream, running(folder, upstream) as proxy:
        response = httpx.post(f"{proxy.url}/v1/volumes", json={"size_gb": 1}, timeout=WAIT)
        assert response.json() == {"size_gb": 1}
        shown = httpx.get(f"{proxy.metrics}/metrics", timeout=WAIT).text
        assert (
            'isthmus_bridged_total{package="shim_served",peer="1",'
            'difference="0123456789ab",flow="down"} 4'
        ) in shown
        assert (
            'isthmus_difference_info{package="shim_served",difference="0123456789ab",'
            'kind="field-renamed",subject="Volume.size"} 1'
        ) in shown
        assert 'isthmus_proxy_answers_total{status="201"} 1' in shown
        assert httpx.get(f"{proxy.url}/metrics", timeout=WAIT).status_code == 404
        code, log = proxy.end()
    assert code == 0
    assert "POST /v1/volumes 201 13 B" in log


def test_a_unix_socket_is_removed_at_the_end(folder: Path, tmp_path: Path) -> None:
    service = Service()
    path = tmp_path / "proxy.sock"
    with (
        serving(service.app, unix=str(tmp_path / "up.sock")) as upstream,
        running(folder, upstream, f"unix:{path}") as proxy,
    ):
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(transport=transport, timeout=WAIT) as client:
            assert client.get("http://x/v1/check").text == "fine"
        code, _ = proxy.end()
    assert code == 0
    assert not path.exists()


def test_calls_under_way_may_end_after_it_was_asked_to(folder: Path) -> None:
    """New connections are refused at once; an answer that has begun is completed."""
    service = Service()
    with serving(service.app) as upstream, running(folder, upstream) as proxy:
        with httpx.stream("GET", f"{proxy.url}/v1/events", timeout=WAIT) as response:
            lines = response.iter_lines()
            next(lines)
            proxy.popen.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + WAIT
            while time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", proxy.port), WAIT).close()
                except ConnectionError:
                    break
            service.go.set()
            assert next(lines) == '{"kind":"deleted","id":2}'
        proxy.popen.communicate(timeout=WAIT)
        assert proxy.popen.returncode == 0


def test_an_answer_without_end_does_not_keep_it(folder: Path) -> None:
    left = threading.Event()

    def never_end(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}")
        while connection.recv(1):
            pass
        left.set()

    with scripted(never_end) as upstream, running(folder, upstream) as proxy:
        with httpx.stream("GET", f"{proxy.url}/v1/events", timeout=WAIT) as response:
            pieces = response.iter_raw()
            assert next(pieces) == b"{}"
            code, _ = proxy.end()
        assert left.wait(WAIT)
    assert code == 0


def test_half_a_request_does_not_keep_a_connection(folder: Path) -> None:
    with running(folder, "http://127.0.0.1:1", read=0.1) as proxy:
        for url in (proxy.url, proxy.metrics):
            address = ("127.0.0.1", httpx.URL(url).port or 0)
            with socket.create_connection(address, WAIT) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n")
                assert connection.recv(1) == b""


def stalled(moved: list[int]) -> int:
    """How much was moved once nothing moves any more."""
    deadline = time.monotonic() + WAIT
    before = -1
    while sum(moved) != before and time.monotonic() < deadline:
        before = sum(moved)
        time.sleep(0.2)
    return sum(moved)


def test_a_slow_reader_holds_a_fast_peer_back(folder: Path) -> None:
    """200 MB pass; while the reader rests, only what fits into buffers leaves the peer."""
    sent: list[int] = []

    def pour(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % MUCH)
        piece = bytes(MEGABYTE)
        for _ in range(MUCH // MEGABYTE):
            connection.sendall(piece)
            sent.append(MEGABYTE)

    def warm(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + bytes(MEGABYTE))

    with scripted(warm, pour) as upstream, running(folder, upstream) as proxy:
        httpx.get(f"{proxy.url}/v1/any", timeout=WAIT)
        before = proxy.peak()
        with httpx.stream("GET", f"{proxy.url}/v1/any", timeout=WAIT) as response:
            assert stalled(sent) < GROWTH_MAX
            assert sum(map(len, response.iter_raw())) == MUCH
        assert proxy.peak() - before < GROWTH_MAX
        assert proxy.end()[0] == 0


def test_a_slow_peer_holds_a_fast_caller_back(folder: Path) -> None:
    given: list[int] = []
    go = threading.Event()
    received: list[int] = []

    def rest(connection: socket.socket) -> None:
        data = read_head(connection)
        received.append(len(data.partition(b"\r\n\r\n")[2]))
        assert go.wait(WAIT)
        while sum(received) < MUCH and (piece := connection.recv(MEGABYTE)):
            received.append(len(piece))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def pieces() -> Iterator[bytes]:
        for _ in range(MUCH // MEGABYTE):
            given.append(MEGABYTE)
            yield bytes(MEGABYTE)

    def put() -> None:
        headers = {"content-length": str(MUCH)}
        answers.append(
            httpx.put(f"{proxy.url}/v1/any", content=pieces(), headers=headers, timeout=WAIT)
        )

    answers: list[httpx.Response] = []
    with scripted(rest) as upstream, running(folder, upstream) as proxy:
        httpx.get(f"{proxy.url}/v1/gone", timeout=WAIT)
        before = proxy.peak()
        caller = threading.Thread(target=put)
        caller.start()
        assert stalled(given) < GROWTH_MAX
        go.set()
        caller.join(WAIT)
        assert [answer.status_code for answer in answers] == [204]
        assert sum(received) == MUCH
        assert proxy.peak() - before < GROWTH_MAX


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"upstream": "nowhere"}, "no upstream"),
        ({"listen": "nowhere"}, "no address"),
        ({"metrics": "nowhere"}, "no address"),
        ({"packages": ["shim_nowhere"]}, "cannot be loaded"),
    ],
)
def test_what_cannot_begin_is_said_before_anything_listens(
    folder: Path, told: dict[str, object], what: str
) -> None:
    packages = told.get("packages", [str(folder)])
    assert isinstance(packages, list)
    with pytest.raises(CompatError, match=what):
        serve(
            packages,
            Role.OLD_CLIENT,
            upstream=str(told.get("upstream", "http://127.0.0.1:1")),
            listen=str(told.get("listen", "127.0.0.1:0")),
            metrics=str(told.get("metrics", "")),
        )
