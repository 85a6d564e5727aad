"""Who is slow, or sends too much, or what is no request: it is cut, and others are served."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import httpx
import pytest

from core.driver.node.interface import BODY_BYTES_MAX
from core.driver.node.listening import HEAD_S
from tests.core.node.running import MIB, Node, ended, new_group, node, until_state

CUT_S: Final = 12.0
CONNECTIONS: Final = 40
POST: Final = b"POST /v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def crowded() -> Iterator[Node]:
    with node(f"[limits]\nconnections = {CONNECTIONS}\n") as found:
        yield found


@contextmanager
def connected(found: Node, *, takes: int = 1 << 20) -> Iterator[socket.socket]:
    """Somebody for whom the system takes so many bytes before he does."""
    url = httpx.URL(found.url)
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        mine.settimeout(15.0)
        mine.connect((url.host, url.port or 0))
        yield mine


def answer(mine: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    received = b""
    try:
        while piece := mine.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def large_answer(found: Node) -> str:
    """The path of one of several megabytes."""
    with found.client() as client:
        body = new_group(found, "large", "v", size=256 * MIB)
        group = client.post("/v1/groups", json=body).json()
        until_state(client, group["id"], "protected")
        path = f"/v1/groups/{group['id']}/volumes/v/signature"
        done = ended(client, client.post(path, json={"granularity": 4096}).json())
        assert done["state"] == "succeeded", done
        return f"/v1/operations/{done['id']}/signatures"


def test_whoever_is_slow_is_cut_and_meanwhile_others_are_served(crowded: Node) -> None:
    """All at once, since each of them takes its time."""
    large = large_answer(crowded)
    with ExitStack() as stack, crowded.client() as client:
        deaf = stack.enter_context(connected(crowded, takes=4096))
        for _ in range(3):
            deaf.sendall(f"GET {large} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert deaf.recv(1) == b"H"
        begun = time.monotonic()
        silent = [stack.enter_context(connected(crowded)) for _ in range(CONNECTIONS // 2)]
        heads = [stack.enter_context(connected(crowded)) for _ in range(4)]
        bodies = [stack.enter_context(connected(crowded)) for _ in range(4)]
        for each in bodies:
            each.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
        while time.monotonic() - begun < HEAD_S - 1:
            for each in heads:
                each.sendall(b"G" if each is heads[0] else b"GET / HTTP/1.1\r\nX")
                break
            for each in bodies:
                each.sendall(b" ")
            asked = time.monotonic()
            assert client.get("/healthz").status_code == 200
            assert time.monotonic() - asked < 1
            time.sleep(1)
        for each in (*silent, *heads):
            assert answer(each) == b""
        for each in bodies:
            told = answer(each)
            assert told.startswith(b"HTTP/1.1 408 "), told
            assert b"urn:isthmus:problem:too-slow" in told
        assert time.monotonic() - begun < CUT_S
        time.sleep(1)
        assert len(answer(deaf)) < 3 * len(client.get(large).content)


def test_where_there_are_too_many_whoever_says_something_is_served(crowded: Node) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connected(crowded)) for _ in range(CONNECTIONS * 2)]
        with crowded.client() as client:
            asked = time.monotonic()
            assert client.get("/healthz").status_code == 200
            assert time.monotonic() - asked < 1
        silent[0].settimeout(5)
        assert answer(silent[0]) == b""


@pytest.mark.parametrize(
    "head", [f"Content-Length: {BODY_BYTES_MAX + 1}\r\n", "Transfer-Encoding: chunked\r\n"]
)
def test_a_body_that_is_too_large_is_not_read_on(crowded: Node, head: str) -> None:
    with connected(crowded) as mine:
        mine.sendall(POST + head.encode() + b"\r\n")
        sent = 0
        piece = b" " * 65536
        chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        try:
            while sent < 64 << 20:
                mine.sendall(chunk if "chunked" in head else piece)
                sent += len(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 32 << 20
    if "chunked" not in head:
        with connected(crowded) as mine:
            mine.sendall(POST + head.encode() + b"\r\n")
            told = answer(mine)
            assert told.startswith(b"HTTP/1.1 413 ")
            assert b"connection: close" in told.lower()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"[" * 200_000, "deep"),
        (b'{"a":' * 200_000, "deep"),
        (b'{"name": "a", "name": "b"}', "twice"),
        (b'{"n": ' + b"9" * 5000 + b"}", "digits"),
        (b'{"n": 1e999}', "beyond"),
        (b'{"n": NaN}', "NaN"),
        (b'{"n": "\xff"}', "UTF-8"),
        (b"{", "JSON"),
        (b"", "JSON"),
        (b'"\\ud800', "JSON"),
        (b'{"name": "a"}', "volumes"),
    ],
)
def test_what_is_no_request_is_refused_at_once(crowded: Node, body: bytes, what: str) -> None:
    with crowded.client() as client:
        begun = time.monotonic()
        told = client.post("/v1/groups", content=body, headers={"Content-Type": "application/json"})
        assert time.monotonic() - begun < 1
        assert told.status_code == 400
        assert told.headers["content-type"] == "application/problem+json"
        assert what in told.text


def test_what_is_not_json_and_what_is_no_parameter_is_refused(crowded: Node) -> None:
    with crowded.client() as client:
        assert client.post("/v1/groups", content=b"x").status_code == 415
        for path in (
            "/v1/groups?limit=0",
            "/v1/groups?limit=1e2",
            "/v1/groups?limit=99999999999999999999999",
            "/v1/groups?limit=1&limit=2",
            "/v1/groups?strange=1",
            "/v1/groups?cursor=../../etc",
            "/v1/groups/..%2f..%2fetc%2fpasswd",
            "/v1/images/019a2f5e3c7d4b8a9e0f1c2d%0a",
            "/v1/operations/%00",
        ):
            told = client.get(path)
            assert told.status_code in (400, 404), path
            assert told.json()["status"] == told.status_code
        put = client.put("/v1/groups")
        assert (put.status_code, put.headers["allow"]) == (405, "GET, POST")
        assert client.get("/v2/groups").json()["type"].endswith(":not-found")


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, b"GET / HTTP/1.1\r\n\r\n"],
)
def test_what_is_no_http_is_a_problem_too(crowded: Node, sent: bytes) -> None:
    with connected(crowded) as mine:
        mine.sendall(sent)
        head, _, told = answer(mine).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert json.loads(told)["type"] == "urn:isthmus:problem:malformed"


def test_it_ends_while_somebody_listens_and_somebody_is_silent() -> None:
    with (
        node() as found,
        connected(found),
        found.client() as client,
        client.stream("GET", "/v1/events") as stream,
    ):
        assert stream.status_code == 200
        begun = time.monotonic()
        found.end()
        assert time.monotonic() - begun < 10
