"""An httpx client of version 1 talks to a server of version 2."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from compat.emit.runtime.httpx import AsyncShimTransport, ShimTransport
from compat.emit.runtime.message import GapError
from tests.compat.runtime.faces import GIGABYTE, V1_TO_V2
from tests.compat.runtime.server import WAIT, read_head, replying, scripted, serving
from tests.compat.runtime.service import Service

BOMB = b"[" * 200_000


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with serving(service.app) as url, shimmed(url) as client:
        yield client


def shimmed(url: str, *, body_limit: int = 1 << 20) -> httpx.Client:
    transport = ShimTransport(V1_TO_V2, body_limit=body_limit)
    return httpx.Client(base_url=url, transport=transport, timeout=WAIT)


def problem(response: httpx.Response, status: int, kind: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document["type"] == f"urn:isthmus:{kind}"
    return document


def test_bodies_are_translated_both_ways(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/volumes?dry=1", json={"name": "näme", "size_gb": 3})
    assert response.status_code == 201
    assert response.json() == {"name": "näme", "size_gb": 3}
    assert service.volumes == [{"name": "näme", "size_bytes": 3 * GIGABYTE}]
    assert service.heads[0][:3] == ("POST", "/v2/volumes", "dry=1")


def test_headers_speak_of_the_translated_body(client: httpx.Client, service: Service) -> None:
    headers = {"content-digest": "sha-256=:x:", "x-kept": "1"}
    response = client.post("/v1/volumes", json={"size_gb": 3}, headers=headers)
    assert response.headers["content-length"] == str(len(response.content))
    assert response.headers["etag"] == '"7"'
    assert "content-digest" not in response.headers
    assert service.header("content-length") == [str(len('{"size_bytes":3000000000}'))]
    assert service.header("content-digest") == []
    assert service.header("x-kept") == ["1"]


def test_one_call_becomes_as_many_as_there_are_pages(
    client: httpx.Client, service: Service
) -> None:
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(5)]
    response = client.get("/v1/volumes?all=a%2Bb", headers={"accept": "x/y"})
    assert response.json() == [{"size_gb": number} for number in range(5)]
    assert [head[2] for head in service.heads] == [
        "all=a%2Bb",
        "all=a%2Bb&token=2",
        "all=a%2Bb&token=4",
    ]


def test_what_no_exchange_knows_passes_byte_for_byte(
    client: httpx.Client, service: Service
) -> None:
    query = "a=%7E&b=x+y&&c&a=%20;d"
    response = client.post(
        f"/v1/any%2Fthing/é?{query}",
        content=b'{"a": 1.50}',
        headers=[("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")],
    )
    assert response.content == b'{"a": 1.50}'
    assert service.heads[0][:3] == ("POST", "/v2/any%2Fthing/%C3%A9", query)
    assert service.header("x-a") == ["1", "2"]


def test_equal_headers_stay_apart(client: httpx.Client) -> None:
    response = client.get("/v1/cookies")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2; Path=/"]


def test_a_gap_is_answered_before_anything_is_sent(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/volumes", json={"encrypted": True})
    document = problem(response, 501, "difference:0123456789ab")
    assert document["detail"] == "version 2 has no encryption"
    assert document["operation"] == "POST /volumes"
    assert service.heads == []


def test_a_gap_answers_head_without_a_body(client: httpx.Client) -> None:
    response = client.head("/v1/gone")
    assert (response.status_code, response.content) == (501, b"")


@pytest.mark.parametrize(
    ("content", "detail"), [(b"{", "no valid JSON"), (BOMB, "nested too deeply"), (b"\xff", "utf")]
)
def test_malformed_json_is_the_callers_fault(
    client: httpx.Client, service: Service, content: bytes, detail: str
) -> None:
    headers = {"content-type": "application/json"}
    response = client.post("/v1/volumes", content=content, headers=headers)
    document = problem(response, 400, "problem:malformed-request")
    assert detail in str(document["detail"])
    assert service.heads == []


def test_a_body_that_is_not_json_passes_unread(client: httpx.Client, service: Service) -> None:
    headers = {"content-type": "text/plain"}
    client.post("/v1/volumes", content=b'{"size_gb":1}', headers=headers)
    assert service.volumes == [{"size_gb": 1}]


def test_a_compressed_request_is_read_and_sent_plain(
    client: httpx.Client, service: Service
) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    content = gzip.compress(b'{"size_gb": 1}')
    assert client.post("/v1/volumes", content=content, headers=headers).status_code == 201
    assert service.volumes == [{"size_bytes": GIGABYTE}]
    assert service.header("content-encoding") == []


def test_a_compressed_answer_is_read_whether_asked_for_or_not(client: httpx.Client) -> None:
    for path, accept in (("/v1/volumes", "gzip"), ("/v1/volumes?gzipped=1", "br")):
        headers = {"accept-encoding": accept}
        response = client.post(path, json={"size_gb": 1}, headers=headers)
        assert response.json() == {"size_gb": 1}
        assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("br, gzip;q=0.5, deflate", "gzip, deflate"),
        ("br", "identity"),
        ("gzip;q=0, deflate;q=0.000", "identity"),
        (None, "identity"),
    ],
)
def test_only_codings_that_can_be_undone_are_asked_for(
    client: httpx.Client, service: Service, accept: str | None, sent: str
) -> None:
    request = client.build_request("GET", "/v1/volumes")
    del request.headers["accept-encoding"]
    if accept is not None:
        request.headers["accept-encoding"] = accept
    client.send(request)
    assert service.header("accept-encoding") == [sent]


def test_codings_of_what_passes_are_the_callers_affair(
    client: httpx.Client, service: Service
) -> None:
    client.get("/v1/any", headers={"accept-encoding": "br"})
    assert service.header("accept-encoding") == ["br"]


def test_a_request_that_is_too_large_is_refused(service: Service) -> None:
    with serving(service.app) as url, shimmed(url, body_limit=100) as client:
        response = client.post("/v1/volumes", json={"name": "x" * 100})
        problem(response, 413, "problem:request-too-large")
        assert service.heads == []
        assert client.put("/v1/objects", content=bytes(1000)).json() == {"received": 1000}


def test_an_answer_that_is_too_large_is_the_upstreams_fault(service: Service) -> None:
    service.volumes = [{"name": "x" * 200}]
    with serving(service.app) as url, shimmed(url, body_limit=100) as client:
        document = problem(client.get("/v1/volumes"), 502, "problem:unreadable-answer")
        assert document["detail"] == "more than 100 bytes (the upstream's status was 200)"


JSON_HEAD = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (JSON_HEAD % b"500 No" + b"content-length: 6\r\n\r\n<html>", "no valid JSON"),
        (JSON_HEAD % b"200 OK" + b"connection: close\r\n\r\n" + BOMB, "nested too deeply"),
        (JSON_HEAD % b"206 Part" + b"content-length: 2\r\n\r\n{}", "a part of a JSON text"),
        (JSON_HEAD % b"200 OK" + b"content-encoding: br\r\ncontent-length: 1\r\n\r\nx", "br"),
        (JSON_HEAD % b"200 OK" + b"content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx", "gzip"),
    ],
)
def test_an_unreadable_answer_is_the_upstreams_fault(answer: bytes, detail: str) -> None:
    with scripted(replying(answer)) as url, shimmed(url) as client:
        document = problem(client.get("/v1/volumes"), 502, "problem:unreadable-answer")
        assert detail in str(document["detail"])
        assert f"the upstream's status was {answer[9:12].decode()}" in str(document["detail"])


def test_an_answer_cut_short_is_the_clients_usual_error() -> None:
    answer = JSON_HEAD % b"200 OK" + b"transfer-encoding: chunked\r\n\r\n5\r\n[1, 2\r\n"
    with (
        scripted(replying(answer)) as url,
        shimmed(url) as client,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        client.get("/v1/volumes")


def test_answers_without_a_body_have_none(client: httpx.Client, service: Service) -> None:
    assert client.get("/v1/status/204").status_code == 204
    assert client.get("/v1/status/304").content == b""
    response = client.head("/v1/volumes")
    assert (response.status_code, response.content) == (200, b"")
    assert "content-length" not in response.headers  # that of the translated body is not known
    assert service.heads[-1][0] == "HEAD"


def test_null_is_a_body() -> None:
    answer = JSON_HEAD % b"200 OK" + b"content-length: 4\r\n\r\nnull"
    with scripted(replying(answer)) as url, shimmed(url) as client:
        response = client.get("/v1/volumes")
        assert (response.content, response.headers["content-length"]) == (b"null", "4")


def test_a_text_of_the_body_can_become_a_header(client: httpx.Client) -> None:
    response = client.get("/v1/label")
    assert (response.status_code, response.reason_phrase) == (204, "No Content")
    raw = dict(response.headers.raw)[b"x-label"]
    assert raw.decode() == "näme \u65e5"


def test_a_line_end_never_gets_into_a_header(client: httpx.Client) -> None:
    response = client.get("/v1/label", params={"text": "a\r\nset-cookie: b=1"})
    document = problem(response, 502, "problem:unreadable-answer")
    assert "cannot carry a line end" in str(document["detail"])


def test_uploads_stream(client: httpx.Client, service: Service) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield bytes(100_000)

    assert client.put("/v1/objects", content=pieces()).json() == {"received": 10_000_000}
    assert service.header("transfer-encoding") == ["chunked"]
    assert [head[1] for head in service.heads] == ["/v2/check", "/v2/objects"]


def test_a_streamed_body_cannot_be_sent_twice_but_one_at_hand_can(
    client: httpx.Client, service: Service
) -> None:
    response = client.put("/v1/twice", content=iter([b"a", b"b"]))
    problem(response, 501, "problem:body-spent")
    assert (
        client.put("/v1/twice", content=b"abc").status_code == 405
    )  # the service has no PUT there
    assert [head[1] for head in service.heads] == []


def test_a_body_at_hand_survives_redirects_and_other_transports() -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/old":
            return httpx.Response(307, headers={"location": "/v1/new"})
        return httpx.Response(200, content=request.content)

    twice = ShimTransport(V1_TO_V2, ShimTransport(V1_TO_V2, httpx.MockTransport(moved)))
    with httpx.Client(transport=twice, follow_redirects=True, base_url="http://a") as client:
        assert client.put("/v1/old", content=b"hey").content == b"hey"


def test_an_earlier_answer_can_be_the_callers(client: httpx.Client, service: Service) -> None:
    response = client.get("/v1/first")
    assert (response.text, response.headers["x-order"]) == ("the first", "1")
    assert [head[1] for head in service.heads] == ["/v2/first", "/v2/second"]


def test_no_connection_is_kept_from_the_next_request(service: Service) -> None:
    """Answers that were read are given back before the next one, the others at the end."""
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(5)]
    timeout = httpx.Timeout(WAIT, pool=0.5)
    with serving(service.app) as url:
        for connections, path in ((1, "/v1/volumes"), (2, "/v1/first"), (1, "/v1/label")):
            limits = httpx.Limits(max_connections=connections)
            transport = ShimTransport(V1_TO_V2, httpx.HTTPTransport(limits=limits))
            with httpx.Client(base_url=url, transport=transport, timeout=timeout) as client:
                for _ in range(3):
                    assert client.get(path).is_success


def test_downloads_stream(client: httpx.Client, service: Service) -> None:
    with client.stream("GET", "/v1/blob?size=100000000000") as response:
        pieces = response.iter_raw()
        assert sum(len(next(pieces)) for _ in range(100)) > 100
    assert service.left.wait(WAIT)  # closing the answer closes the connection


@pytest.mark.parametrize("kind", ["application/json", "application/x-ndjson", "text/event-stream"])
def test_records_arrive_one_by_one(client: httpx.Client, service: Service, kind: str) -> None:
    """The second is not sent before the first has been read."""
    with client.stream("GET", "/v1/events", params={"kind": kind}) as response:
        assert response.headers["content-type"].startswith(kind)
        lines = (line for line in response.iter_lines() if "{" in line)
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "created", "id": 1}
        service.go.set()
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "deleted", "id": 2}
        assert next(lines, None) is None


def test_records_are_asked_for_uncompressed(client: httpx.Client, service: Service) -> None:
    service.go.set()
    client.get("/v1/events", headers={"accept-encoding": "gzip"})
    assert service.header("accept-encoding") == ["identity"]


def test_a_stream_without_records_passes(client: httpx.Client, service: Service) -> None:
    service.go.set()
    response = client.get("/v1/events?kind=application/octet-stream")
    assert response.text == '{"type": "created", "id": 1}\n{"type": "deleted", "id": 2}\n'


def test_a_record_that_is_no_json_breaks_the_stream(client: httpx.Client, service: Service) -> None:
    service.go.set()
    with pytest.raises(httpx.DecodingError, match="no valid JSON"):
        client.get("/v1/events?last=broken")


def test_a_record_that_cannot_be_bridged_breaks_the_stream(
    client: httpx.Client, service: Service
) -> None:
    service.go.set()
    with pytest.raises(GapError, match="version 1 has no secrets"):
        client.get("/v1/events?last=secret")


def test_a_peer_that_is_down_is_the_clients_usual_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with shimmed(url) as client, pytest.raises(httpx.ConnectError):
        client.get("/v1/volumes")


def test_the_clients_timeouts_hold() -> None:
    def silent(connection: socket.socket) -> None:
        read_head(connection)
        connection.recv(1)

    with scripted(silent) as url, shimmed(url) as client, pytest.raises(httpx.ReadTimeout):
        client.get("/v1/volumes", timeout=0.05)


async def _async_calls(url: str, service: Service) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes(100_000)

    transport = AsyncShimTransport(V1_TO_V2)
    async with httpx.AsyncClient(base_url=url, transport=transport, timeout=WAIT) as client:
        for size in (1, 2, 3):
            response = await client.post("/v1/volumes", json={"size_gb": size})
            assert response.json() == {"size_gb": size}
        listed = await client.get("/v1/volumes")
        assert listed.json() == [{"size_gb": 1}, {"size_gb": 2}, {"size_gb": 3}]
        problem(await client.get("/v1/gone"), 501, "difference:feedfacecafe")
        refused = await client.post(
            "/v1/volumes", content=b"{", headers={"content-type": "application/json"}
        )
        problem(refused, 400, "problem:malformed-request")
        stored = await client.put("/v1/objects", content=pieces())
        assert stored.json() == {"received": 1_000_000}
        assert (await client.get("/v1/first")).text == "the first"
        async with client.stream("GET", "/v1/events") as events:
            lines = events.aiter_lines()
            assert json.loads(await anext(lines))["kind"] == "created"
            service.go.set()
            assert json.loads(await anext(lines))["kind"] == "deleted"
        with pytest.raises(httpx.DecodingError, match="no valid JSON"):
            await client.get("/v1/events?last=broken")
        async with client.stream("GET", "/v1/blob?size=100000000000") as blob:
            await anext(blob.aiter_raw())
        assert await asyncio.to_thread(service.left.wait, WAIT)


def test_the_asynchronous_transport_does_the_same(service: Service) -> None:
    with serving(service.app) as url:
        asyncio.run(_async_calls(url, service))


def test_an_answer_that_is_unreadable_reaches_the_asynchronous_client_too() -> None:
    async def call(url: str) -> httpx.Response:
        transport = AsyncShimTransport(V1_TO_V2, body_limit=3)
        async with httpx.AsyncClient(base_url=url, transport=transport, timeout=WAIT) as client:
            return await client.get("/v1/volumes")

    with scripted(replying(JSON_HEAD % b"200 OK" + b"content-length: 6\r\n\r\n<html>")) as url:
        problem(asyncio.run(call(url)), 502, "problem:unreadable-answer")
