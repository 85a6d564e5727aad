"""A proxy on real sockets, between callers of version 1 and a service of version 2."""

import gzip
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from compat.emit.runtime.negotiate import Negotiation
from compat.emit.runtime.reading import Face
from compat.serve.proxy import Proxy, proxy_app
from compat.serve.upstream import Patience
from tests.compat.runtime.faces import GIGABYTE, V1_TO_V2
from tests.compat.runtime.server import WAIT, read_head, replying, scripted, serving
from tests.compat.runtime.service import Service

SHORT = 0.1  # seconds: the bound of waits that a test wants to see run out
JSON_HEAD = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n"


@contextmanager
def proxied(
    upstream: str,
    face: Face | Negotiation = V1_TO_V2,
    *,
    patience: Patience | None = None,
    body_limit: int = 1 << 20,
    own_host: bool = False,
) -> Iterator[tuple[httpx.Client, Proxy]]:
    app = proxy_app(face, upstream, patience=patience, body_limit=body_limit, own_host=own_host)
    with serving(app) as url, httpx.Client(base_url=url, timeout=WAIT) as client:
        yield client, app


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with serving(service.app) as url, proxied(url) as (client, _):
        yield client


def raw(client: httpx.Client, *pieces: bytes) -> socket.socket:
    """A connection to the proxy on which `pieces` were sent."""
    connection = socket.create_connection(("127.0.0.1", client.base_url.port or 0), WAIT)
    for piece in pieces:
        connection.sendall(piece)
    return connection


def to_the_end(connection: socket.socket) -> bytes:
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("urn:isthmus:problem:")


def test_bodies_are_translated_both_ways(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/volumes?dry=1", json={"name": "a", "size_gb": 3})
    assert (response.status_code, response.json()) == (201, {"name": "a", "size_gb": 3})
    assert service.volumes == [{"name": "a", "size_bytes": 3 * GIGABYTE}]


def test_one_call_becomes_as_many_as_there_are_pages(
    client: httpx.Client, service: Service
) -> None:
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(5)]
    assert client.get("/v1/volumes").json() == [{"size_gb": number} for number in range(5)]
    assert len(service.heads) == 3


def test_what_no_exchange_knows_passes_byte_for_byte(
    client: httpx.Client, service: Service
) -> None:
    query = "a=%7E&b=x+y&&c=%e9"
    headers = [("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")]
    url = f"/v1/any%2Fthing/é?{query}"
    assert client.post(url, content=b'{"a": 1.50}', headers=headers).content == b'{"a": 1.50}'
    assert service.heads[0][:3] == ("POST", "/v2/any%2Fthing/%C3%A9", query)
    assert service.header("x-a") == ["1", "2"]
    assert service.header("host") == [client.base_url.netloc.decode()]
    response = client.get("/v1/cookies")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2; Path=/"]
    assert not {"via", "server", "date", "x-forwarded-for"} & response.headers.keys()


def test_the_peer_can_be_called_by_its_own_name(service: Service) -> None:
    with serving(service.app) as url, proxied(url, own_host=True) as (client, _):
        client.get("/v1/any")
        assert service.header("host") == [url.removeprefix("http://")]


def test_a_path_of_the_upstream_comes_before_all_others(service: Service) -> None:
    with serving(service.app) as url, proxied(f"{url}/v2/base/") as (client, _):
        client.get("/v1/any?a")
        assert service.heads[0][:3] == ("GET", "/v2/base/v2/any", "a")


def test_headers_of_one_hop_go_no_further(client: httpx.Client, service: Service) -> None:
    connection = raw(
        client,
        b"POST /v1/any HTTP/1.1\r\nhost: x\r\nconnection: close, X-Hop\r\nx-hop: 1\r\n"
        b"keep-alive: timeout=5\r\nproxy-connection: close\r\nte: trailers\r\nx-end: 1\r\n"
        b"expect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n",
        b"3\r\nabc\r\n0\r\nx: y\r\n\r\n",
    )
    answered = to_the_end(connection)
    assert b"HTTP/1.1 200" in answered
    assert b"abc" in answered
    names = {name for name, _ in service.heads[0][3]}
    assert names == {"host", "x-end", "transfer-encoding"}


def test_headers_of_one_hop_of_the_peer_go_no_further() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nkeep-alive: timeout=5\r\n"
        b"x-end: 1\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n"
        b"3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n"
    )
    with scripted(replying(answer)) as url, proxied(url) as (client, _):
        response = client.get("/v1/any")
        assert response.text == "abc"
        assert list(response.headers) == ["x-end", "transfer-encoding"]


def test_a_length_beside_chunks_goes_no_further(service: Service) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\n"
    )
    with scripted(replying(answer)) as url, proxied(url) as (client, _):
        response = client.get("/v1/any")
        assert (response.text, list(response.headers)) == ("abc", ["transfer-encoding"])
    with serving(service.app) as url, proxied(url) as (client, _):
        request = (
            b"PUT /v2/objects HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n"
            b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        assert b'{"received":3}' in to_the_end(raw(client, request))
        assert service.header("content-length") == []


def test_a_caller_cannot_have_the_length_of_a_body_taken_away(
    client: httpx.Client, service: Service
) -> None:
    headers = {"connection": "close, content-length"}
    assert client.put("/v2/objects", content=b"abc", headers=headers).json() == {"received": 3}
    assert service.header("transfer-encoding") == ["chunked"]


def test_head_and_empty_answers_have_no_body(client: httpx.Client) -> None:
    assert client.get("/v1/status/204").status_code == 204
    assert client.get("/v1/status/304").status_code == 304
    response = client.head("/v1/blob?size=10")
    assert (response.status_code, response.content) == (200, b"")
    assert client.head("/v1/volumes").status_code == 200
    assert client.get("/v1/check").text == "fine"


def test_uploads_stream_in_chunks_and_with_a_length(client: httpx.Client, service: Service) -> None:
    content = (bytes(100_000) for _ in range(100))
    assert client.put("/v1/objects", content=content).json() == {"received": 10_000_000}
    assert client.put("/v1/objects", content=bytes(3_000_000)).json() == {"received": 3_000_000}
    assert service.header("content-length") == ["3000000"]


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/event-stream"])
def test_records_arrive_one_by_one(client: httpx.Client, service: Service, kind: str) -> None:
    with client.stream("GET", "/v1/events", params={"kind": kind}) as response:
        lines = (line for line in response.iter_lines() if "{" in line)
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "created", "id": 1}
        service.go.set()
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "deleted", "id": 2}
        assert next(lines, None) is None


def test_a_silent_stream_outlives_the_patience_for_answers(service: Service) -> None:
    patience = Patience(read=SHORT)
    with serving(service.app) as url, proxied(url, patience=patience) as (client, _):
        timer = threading.Timer(5 * SHORT, service.go.set)
        timer.start()
        assert len(client.get("/v1/events").text.splitlines()) == 2
        timer.join(WAIT)


def test_a_caller_that_leaves_in_mid_answer_ends_the_request(
    client: httpx.Client, service: Service
) -> None:
    with client.stream("GET", "/v1/blob?size=100000000000") as response:
        next(response.iter_raw())
    assert service.left.wait(WAIT)


def waiting_for_the_end(left: threading.Event, answer: bytes) -> Callable[[socket.socket], None]:
    """Reads a request, sends `answer`, then waits for the other side to close."""

    def script(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)
        while connection.recv(65536):
            pass
        left.set()

    return script


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\nsome"])
def test_a_caller_that_leaves_while_the_peer_is_silent_ends_the_request(answer: bytes) -> None:
    left = threading.Event()
    with scripted(waiting_for_the_end(left, answer)) as url, proxied(url) as (client, app):
        connection = raw(client, b"GET /v1/any HTTP/1.1\r\nhost: x\r\n\r\n")
        if answer:
            connection.recv(65536)
        connection.close()
        assert left.wait(WAIT)
    assert app.metrics.in_flight == 0


def test_a_caller_that_leaves_in_mid_upload_ends_the_request() -> None:
    """The peer must not take what it has got for the whole."""
    received: list[bytes] = []

    def script(connection: socket.socket) -> None:
        received.extend(iter(lambda: connection.recv(65536), b""))

    with scripted(script) as url, proxied(url) as (client, app):
        raw(
            client,
            b"PUT /v1/any HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        ).close()
    body = b"".join(received).partition(b"\r\n\r\n")[2]
    assert body in (b"", b"3\r\nabc\r\n")
    assert app.metrics.answers == {499: 1}


def test_gaps_and_bad_requests_are_answered(client: httpx.Client, service: Service) -> None:
    assert client.get("/v1/gone").json()["type"] == "urn:isthmus:difference:feedfacecafe"
    headers = {"content-type": "application/json"}
    for content in (b"{", b"[" * 200_000):
        response = client.post("/v1/volumes", content=content, headers=headers)
        assert problem(response) == (400, "malformed-request")
    coded = client.post("/v1/volumes", content=b"{}", headers={**headers, "content-encoding": "br"})
    assert problem(coded) == (415, "request-coding")
    assert service.heads == []


def test_bodies_that_are_read_are_bounded(service: Service) -> None:
    service.volumes = [{"name": "x" * 2000}]
    with serving(service.app) as url, proxied(url, body_limit=1000) as (client, _):
        bomb = gzip.compress(bytes(10_000_000))
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        response = client.post("/v1/volumes", content=bomb, headers=headers)
        assert problem(response) == (413, "request-too-large")
        assert problem(client.get("/v1/volumes")) == (502, "unreadable-answer")
        assert client.put("/v1/objects", content=bytes(5000)).json() == {"received": 5000}


def test_a_body_that_does_not_come_is_not_waited_for_forever() -> None:
    head = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    left = threading.Event()
    patience = Patience(read=SHORT)
    with (
        scripted(waiting_for_the_end(left, b"")) as url,
        proxied(url, patience=patience) as (client, _),
    ):
        for path in (b"/v1/volumes", b"/v1/any"):  # one is read, the other passes
            connection = raw(client, head % path + b"content-length: 10\r\n\r\n{")
            answer = to_the_end(connection)
            assert answer.startswith(b"HTTP/1.1 408")
            assert b"\r\nconnection: close\r\n" in answer
            assert b"urn:isthmus:problem:request-timeout" in answer
        assert left.wait(WAIT)


def test_a_peer_that_is_down_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with proxied(url) as (client, _):
        for path in ("/v1/any", "/v1/volumes"):
            assert problem(client.get(path)) == (502, "upstream-down")
        assert client.head("/v1/any").status_code == 502


def test_a_peer_that_is_silent_is_a_gateway_timeout() -> None:
    left = threading.Event()
    with (
        scripted(waiting_for_the_end(left, b"")) as url,
        proxied(url, patience=Patience(read=SHORT)) as (client, _),
    ):
        assert problem(client.get("/v1/any")) == (504, "upstream-timeout")
        assert left.wait(WAIT)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-huge: " + b"x" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000,
    ],
)
def test_a_peer_that_talks_nonsense_is_a_bad_gateway(answer: bytes) -> None:
    with scripted(replying(answer)) as url, proxied(url) as (client, _):
        assert problem(client.get("/v1/any")) == (502, "upstream-down")


TRUNCATED = (
    b"transfer-encoding: chunked\r\n\r\n5\r\n[1, 2\r\n",
    b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    b"content-length: 100\r\n\r\n[1, 2",
)


@pytest.mark.parametrize("rest", TRUNCATED)
def test_an_answer_cut_short_is_a_bad_gateway_where_it_is_read(rest: bytes) -> None:
    answer = JSON_HEAD % b"200 OK" + rest
    with scripted(replying(answer)) as url, proxied(url) as (client, _):
        assert problem(client.get("/v1/volumes")) == (502, "upstream-down")


@pytest.mark.parametrize("rest", TRUNCATED)
def test_an_answer_cut_short_is_cut_short_where_it_passes(
    rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = JSON_HEAD % b"200 OK" + rest
    with (
        scripted(replying(answer)) as url,
        proxied(url) as (client, app),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get("/v1/any")
    assert app.metrics.broken == 1
    assert "GET /v1/any was cut off" in caplog.text


@pytest.mark.parametrize("last", ["broken", "secret"])
def test_a_stream_that_cannot_go_on_is_cut_off(
    client: httpx.Client, service: Service, last: str
) -> None:
    service.go.set()
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        client.get(f"/v1/events?last={last}")


def test_a_peer_that_dawdles_within_an_answer_of_known_length_is_cut_off() -> None:
    left = threading.Event()
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"
    with (
        scripted(waiting_for_the_end(left, answer)) as url,
        proxied(url, patience=Patience(read=SHORT)) as (client, _),
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/v1/any")
        assert left.wait(WAIT)


def test_a_peer_that_dawdles_within_an_answer_that_is_read_is_a_gateway_timeout() -> None:
    left = threading.Event()
    answer = JSON_HEAD % b"200 OK" + b"transfer-encoding: chunked\r\n\r\n5\r\n[1, 2\r\n"
    with (
        scripted(waiting_for_the_end(left, answer)) as url,
        proxied(url, patience=Patience(read=SHORT)) as (client, _),
    ):
        assert problem(client.get("/v1/volumes")) == (504, "upstream-timeout")
        assert left.wait(WAIT)


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /v1/any HTTP/1.1\r\nhost: x\r\n" + b"x-huge: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"GET /v1/any HTTP/1.1\r\n" + b"x: y\r\n" * 100_000 + b"\r\n",
        b"nonsense\r\n\r\n",
        b"POST /v1/volumes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_nonsense_of_callers_is_refused_and_the_next_one_served(
    client: httpx.Client, request_head: bytes
) -> None:
    with raw(client) as connection:
        try:
            connection.sendall(request_head)
            answer = to_the_end(connection)
        except ConnectionError:  # the answer was lost with the connection
            answer = b"HTTP/1.1 400"
    assert answer.startswith(b"HTTP/1.1 400")
    assert client.get("/v1/check").text == "fine"


@pytest.mark.parametrize("protocol", ["tcp", "websocket", "h2c"])
def test_upgrades_are_refused_by_name(
    client: httpx.Client, service: Service, protocol: str
) -> None:
    headers = {"connection": "Upgrade", "upgrade": protocol}
    response = client.post("/v1/any/attach", headers=headers)
    assert problem(response) == (501, "upgrade")
    assert response.json()["upgrade"] == protocol
    assert service.heads == []


def test_an_offer_of_http2_is_left_aside(client: httpx.Client, service: Service) -> None:
    headers = {
        "connection": "Upgrade, HTTP2-Settings",
        "upgrade": "h2c",
        "http2-settings": "AAMAAABk",
    }
    assert client.get("/v1/check", headers=headers).text == "fine"
    assert not {"upgrade", "http2-settings"} & {name for name, _ in service.heads[0][3]}


@pytest.mark.parametrize("line", [b"CONNECT x:80", b"OPTIONS *", b"GET http://x/v1/any"])
def test_only_paths_are_served(client: httpx.Client, line: bytes) -> None:
    sent = line + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert b"urn:isthmus:problem:request-target" in to_the_end(raw(client, sent))


def test_a_connection_that_the_peer_closed_is_not_used_again(service: Service) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    with scripted(replying(answer), replying(answer)) as url, proxied(url) as (client, _):
        assert client.get("/v1/any").text == "ok"
        assert client.get("/v1/any").text == "ok"
    assert service.heads == []


def test_unix_sockets_serve_both_sides(service: Service, tmp_path: Path) -> None:
    with ExitStack() as stack:
        upstream = stack.enter_context(serving(service.app, unix=str(tmp_path / "up")))
        app = proxy_app(V1_TO_V2, upstream)
        stack.enter_context(serving(app, unix=str(tmp_path / "down")))
        transport = httpx.HTTPTransport(uds=str(tmp_path / "down"))
        client = stack.enter_context(httpx.Client(transport=transport, timeout=WAIT))
        assert client.post("http://x/v1/volumes", json={"size_gb": 1}).json() == {"size_gb": 1}
        assert service.header("host") == ["x"]


def test_several_versions_are_told_apart(service: Service) -> None:
    table = Negotiation({"1": V1_TO_V2, "2": None}, default="2", by_path=True)
    with serving(service.app) as url, proxied(url, table) as (client, _):
        assert client.post("/v1/volumes", json={"size_gb": 1}).json() == {"size_gb": 1}
        assert client.get("/v2/volumes").json() == {"items": [{"size_bytes": GIGABYTE}]}
        assert problem(client.get("/v3/volumes")) == (400, "version-unknown")


def test_a_failure_of_our_own_is_a_500_without_its_reason(
    client: httpx.Client, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Version 1's sizes are numbers: the face of these tests fails on a text."""
    response = client.post("/v1/volumes", json={"size_gb": {"secret": 1}})
    assert problem(response) == (500, "failure")
    assert "secret" not in response.text
    assert "POST /v1/volumes failed" in caplog.text
    assert service.heads == []


def test_the_access_log_tells_no_secrets(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"authorization": "geheim", "cookie": "a=geheim"}
    with (
        caplog.at_level(logging.INFO, "isthmus.proxy.access"),
        serving(service.app) as url,
        proxied(url) as (client, _),
    ):
        client.get("/v1/any?token=geheim&b", headers=headers)
        client.get("/v1/status/204")
    first, second = (record.getMessage() for record in caplog.records if "access" in record.name)
    assert first.startswith("GET /v1/any?token&b 200 0 B ")
    assert second.startswith("GET /v1/status/204 204 0 B ")
    assert "geheim" not in caplog.text


def test_calls_are_counted_by_what_became_of_them(service: Service) -> None:
    with serving(service.app) as url, proxied(url) as (client, app):
        for path in ("/v1/check", "/v1/check", "/v1/gone"):
            client.get(path)
    assert (app.metrics.answers, app.metrics.in_flight) == ({200: 2, 501: 1}, 0)
