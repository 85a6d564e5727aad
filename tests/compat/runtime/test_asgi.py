"""Callers of version 1 reach an ASGI app of version 2, in process."""

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from compat.emit.runtime.asgi import App, Message, Receive, Scope, Send, ShimMiddleware
from compat.emit.runtime.message import GapError
from compat.emit.runtime.negotiate import Negotiation
from compat.emit.runtime.records import RecordError
from tests.compat.runtime.faces import GIGABYTE, V1_TO_V2
from tests.compat.runtime.server import WAIT, serving
from tests.compat.runtime.service import Service


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with (
        serving(ShimMiddleware(service.app, V1_TO_V2)) as url,
        httpx.Client(base_url=url, timeout=WAIT) as client,
    ):
        yield client


def test_bodies_are_translated_both_ways(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/volumes?dry=1", json={"name": "a", "size_gb": 3})
    assert (response.status_code, response.json()) == (201, {"name": "a", "size_gb": 3})
    assert response.headers["etag"] == '"7"'
    assert service.volumes == [{"name": "a", "size_bytes": 3 * GIGABYTE}]
    assert service.heads[0][:3] == ("POST", "/v2/volumes", "dry=1")


def test_the_app_is_called_once_for_each_page(client: httpx.Client, service: Service) -> None:
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(7)]
    assert client.get("/v1/volumes").json() == [{"size_gb": number} for number in range(7)]
    assert len(service.heads) == 4


def test_what_no_exchange_knows_passes_byte_for_byte(
    client: httpx.Client, service: Service
) -> None:
    query = "a=%7E&b=x+y&&c"
    headers = [("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")]
    url = f"/v1/any%2Fthing/é?{query}"
    assert client.post(url, content=b'{"a": 1.50}', headers=headers).content == b'{"a": 1.50}'
    assert service.heads[0][:3] == ("POST", "/v2/any%2Fthing/%C3%A9", query)
    assert service.header("x-a") == ["1", "2"]
    assert client.get("/v1/cookies").headers.get_list("set-cookie") == ["a=1", "b=2; Path=/"]


def test_problems_are_answered(client: httpx.Client, service: Service) -> None:
    gap = client.get("/v1/gone")
    assert gap.json()["type"] == "urn:isthmus:difference:feedfacecafe"
    assert (gap.status_code, gap.headers["content-type"]) == (501, "application/problem+json")
    headers = {"content-type": "application/json"}
    for content, status in ((b"{", 400), (b"[" * 200_000, 400)):
        assert client.post("/v1/volumes", content=content, headers=headers).status_code == status
    assert service.heads == []


def test_bodies_are_bounded(service: Service) -> None:
    service.volumes = [{"name": "x" * 200}]
    app = ShimMiddleware(service.app, V1_TO_V2, body_limit=100)
    with serving(app) as url, httpx.Client(base_url=url, timeout=WAIT) as client:
        assert client.post("/v1/volumes", json={"name": "x" * 100}).status_code == 413
        assert client.get("/v1/volumes").status_code == 502
        assert client.put("/v1/objects", content=bytes(1000)).json() == {"received": 1000}


def test_uploads_stream_into_the_second_call(client: httpx.Client, service: Service) -> None:
    content = (bytes(100_000) for _ in range(100))
    assert client.put("/v1/objects", content=content).json() == {"received": 10_000_000}
    assert [head[1] for head in service.heads] == ["/v2/check", "/v2/objects"]


def test_a_body_cannot_be_sent_twice(client: httpx.Client) -> None:
    response = client.put("/v1/twice", content=b"abc")
    assert response.status_code == 501
    assert response.json()["type"] == "urn:isthmus:problem:body-spent"


def test_an_earlier_answer_can_be_the_callers(client: httpx.Client, service: Service) -> None:
    response = client.get("/v1/first")
    assert (response.text, response.headers["content-length"]) == ("the first", "9")
    assert [head[1] for head in service.heads] == ["/v2/first", "/v2/second"]


def test_downloads_stream_until_the_caller_leaves(client: httpx.Client, service: Service) -> None:
    with client.stream("GET", "/v1/blob?size=100000000000") as response:
        next(response.iter_raw())
    assert service.left.wait(WAIT)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_records_arrive_one_by_one(client: httpx.Client, service: Service, kind: str) -> None:
    with client.stream("GET", "/v1/events", params={"kind": kind}) as response:
        lines = (line for line in response.iter_lines() if "{" in line)
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "created", "id": 1}
        service.go.set()
        assert json.loads(next(lines).removeprefix("data:")) == {"kind": "deleted", "id": 2}
        assert next(lines, None) is None


@pytest.mark.parametrize("last", ["broken", "secret"])
def test_a_stream_that_cannot_go_on_is_cut_off(
    client: httpx.Client, service: Service, last: str
) -> None:
    """The caller must not take what it has got for the whole."""
    service.go.set()
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        client.get(f"/v1/events?last={last}")


def test_head_and_empty_answers_have_no_body(client: httpx.Client) -> None:
    assert client.get("/v1/status/204").status_code == 204
    response = client.head("/v1/volumes")
    assert (response.status_code, response.content) == (200, b"")
    assert client.head("/v1/gone").status_code == 501


def test_the_version_in_the_path_decides(service: Service) -> None:
    table = Negotiation({"1": V1_TO_V2, "2": None}, default="2", by_path=True)
    app = ShimMiddleware(service.app, table)
    with serving(app) as url, httpx.Client(base_url=url, timeout=WAIT) as client:
        assert client.post("/v1/volumes", json={"size_gb": 1}).json() == {"size_gb": 1}
        assert client.get("/v2/volumes").json() == {"items": [{"size_bytes": GIGABYTE}]}
        unknown = client.get("/v3/volumes")
        assert (unknown.status_code, unknown.json()["supported"]) == (400, ["1", "2"])


def test_a_caller_that_leaves_in_mid_request_ends_it(service: Service) -> None:
    head = (
        b"POST /v1/volumes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"content-length: 100\r\n\r\n{"
    )
    with serving(ShimMiddleware(service.app, V1_TO_V2)) as url:
        port = httpx.URL(url).port
        with socket.create_connection(("127.0.0.1", port), WAIT) as connection:
            connection.sendall(head)
        assert httpx.get(f"{url}/v1/first", timeout=WAIT).text == "the first"
    assert service.volumes == []


class Talk:
    """One ASGI conversation, message by message."""

    def __init__(self, *incoming: Message) -> None:
        self.incoming, self.sent = list(incoming), list[Message]()

    async def receive(self) -> Message:
        return self.incoming.pop(0) if self.incoming else {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def with_app(self, app: App, **scope: Any) -> list[Message]:
        told = {"type": "http", "method": "GET", "path": "/v1/x", "headers": [], **scope}
        asyncio.run(app(told, self.receive, self.send))  # type: ignore[arg-type]
        return self.sent


def recording(scopes: list[Scope], *answer: Message) -> App:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        scopes.append(scope)
        for message in answer:
            await send(message)

    return app


START: Message = {"type": "http.response.start", "status": 200, "headers": []}
JSON_START: Message = {**START, "headers": [(b"content-type", b"application/json")]}
END: Message = {"type": "http.response.body", "body": b""}


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_kinds_of_connection_pass(kind: str) -> None:
    scopes: list[Scope] = []
    Talk().with_app(ShimMiddleware(recording(scopes), V1_TO_V2), type=kind)
    assert scopes[0]["path"] == "/v1/x"


def test_a_root_path_is_left_alone() -> None:
    scopes: list[Scope] = []
    app = ShimMiddleware(recording(scopes, START, END), V1_TO_V2)
    Talk().with_app(app, path="/api/v1/a b", root_path="/api")
    assert (scopes[0]["path"], scopes[0]["raw_path"]) == ("/api/v2/a b", b"/api/v2/a%20b")


def test_the_head_goes_on_before_there_is_a_body() -> None:
    sent: list[list[str]] = []
    talk = Talk()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        sent.append([message["type"] for message in talk.sent])
        await send(END)

    talk.with_app(ShimMiddleware(app, V1_TO_V2))
    assert sent == [["http.response.start"]]


def test_trailers_and_other_messages_pass() -> None:
    start = {**START, "trailers": True}
    trailers = {"type": "http.response.trailers", "headers": [], "more_trailers": False}
    hint = {"type": "http.response.early_hint", "links": []}
    app = ShimMiddleware(recording([], hint, start, END, trailers), V1_TO_V2)
    assert Talk().with_app(app) == [hint, start, {**END, "more_body": False}, trailers]


def test_trailers_of_a_translated_answer_are_dropped() -> None:
    body = {"type": "http.response.body", "body": b'{"items": []}'}
    trailers = {"type": "http.response.trailers", "headers": [], "more_trailers": False}
    app = ShimMiddleware(recording([], {**JSON_START, "trailers": True}, body, trailers), V1_TO_V2)
    start, sent = Talk().with_app(app, path="/v1/volumes")
    assert "trailers" not in start
    assert (sent["body"], sent["more_body"]) == (b"[]", False)


def test_an_app_may_name_a_file_only_where_its_answer_is_not_read() -> None:
    scopes: list[Scope] = []
    offered: dict[str, object] = {"http.response.pathsend": {}, "http.response.push": {}}
    for path in ("/v1/x", "/v1/volumes"):
        app = ShimMiddleware(recording(scopes, START, END), V1_TO_V2)
        Talk().with_app(app, path=path, extensions=offered)
    assert [list(scope["extensions"]) for scope in scopes] == [
        ["http.response.pathsend", "http.response.push"],
        ["http.response.push"],
    ]


def test_a_file_that_is_named_passes() -> None:
    path = {"type": "http.response.pathsend", "path": "/x"}
    app = ShimMiddleware(recording([], START, path), V1_TO_V2)
    assert Talk().with_app(app) == [START, path]


def test_the_body_of_http2_needs_no_length() -> None:
    received: list[bytes] = []

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        received.append((await receive())["body"])
        await send(START)
        await send(END)

    talk = Talk({"type": "http.request", "body": b"abc", "more_body": False})
    talk.with_app(ShimMiddleware(app, V1_TO_V2), method="POST", http_version="2")
    assert received == [b"abc"]


def test_an_app_with_a_translated_body_sees_the_caller_leave() -> None:
    seen: list[str] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.extend([(await receive())["type"], (await receive())["type"]])

    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    talk = Talk({"type": "http.request", "body": b"{}"})
    talk.with_app(ShimMiddleware(app, V1_TO_V2), method="POST", path="/v1/volumes", headers=headers)
    assert seen == ["http.request", "http.disconnect"]
    assert talk.sent == []


def test_an_earlier_call_that_listens_for_the_caller_takes_nothing_of_the_body() -> None:
    """The first of two calls goes on while its app waits for the caller to leave."""
    received = b""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal received
        message = await receive()
        if scope["path"] == "/v2/check":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(receive(), 0.01)
        else:
            received = message["body"]
            while message.get("more_body"):
                message = await receive()
                received += message["body"]
        await send(START)
        await send(END)

    pieces = (b"one", b"two", b"three", b"")
    talk = Talk(*({"type": "http.request", "body": b, "more_body": b != b""} for b in pieces))
    headers = [(b"content-length", b"11")]
    talk.with_app(ShimMiddleware(app, V1_TO_V2), method="PUT", path="/v1/objects", headers=headers)
    assert received == b"onetwothree"


def test_background_work_of_the_app_does_not_delay_the_answer() -> None:
    sent_before_work: list[int] = []
    talk = Talk()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(JSON_START)
        await send({"type": "http.response.body", "body": b'{"items": []}'})
        sent_before_work.append(len(talk.sent))

    talk.with_app(ShimMiddleware(app, V1_TO_V2), path="/v1/volumes")
    assert sent_before_work == [2]


def test_an_app_is_told_to_stop_once_its_answer_is_refused() -> None:
    """Else one that never ends would be called for ever."""
    sends: list[int] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(JSON_START)
        while True:
            await send({"type": "http.response.body", "body": b" " * 100, "more_body": True})
            sends.append(1)

    sent = Talk().with_app(ShimMiddleware(app, V1_TO_V2, body_limit=1000), path="/v1/volumes")
    assert (sent[0]["status"], len(sends)) == (502, 11)


@pytest.mark.parametrize(
    ("record", "error"), [(b'{"type": "secret"}', GapError), (b"{]", RecordError)]
)
def test_an_app_that_hides_a_broken_stream_cannot_complete_it(
    record: bytes, error: type[Exception]
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(JSON_START)
        for body in (b'{"type": 1}', record, b"{}"):
            try:
                await send({"type": "http.response.body", "body": body, "more_body": True})
            except OSError:
                continue
        await send(END)

    talk = Talk()
    with pytest.raises(error):
        talk.with_app(ShimMiddleware(app, V1_TO_V2), path="/v1/events")
    assert [message.get("body") for message in talk.sent[1:]] == [b'{"kind":1}']


def test_an_app_that_fails_does_so_as_ever() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise LookupError("no app")

    with pytest.raises(LookupError, match="no app"):
        Talk().with_app(ShimMiddleware(app, V1_TO_V2), path="/v1/volumes")


def test_an_app_that_answers_half_leaves_the_rest_to_the_server() -> None:
    app = ShimMiddleware(recording([], JSON_START), V1_TO_V2)
    for path in ("/v1/volumes", "/v1/first"):
        assert Talk().with_app(app, path=path) == []


def test_an_answer_that_is_kept_for_later_is_bounded() -> None:
    body = {"type": "http.response.body", "body": bytes(200)}
    app = ShimMiddleware(recording([], START, body), V1_TO_V2, body_limit=100)
    sent = Talk().with_app(app, path="/v1/first")
    assert sent[0]["status"] == 502


def paged(calls: list[Scope], *after: Message) -> App:
    """Two pages, and what is sent behind each."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        calls.append(scope)
        more = b', "next": "1"' if len(calls) == 1 else b""
        await send(JSON_START)
        await send({"type": "http.response.body", "body": b'{"items": []' + more + b"}"})
        for message in after:
            await send(message)

    return app


def test_a_request_of_http2_without_a_body_may_become_several() -> None:
    calls: list[Scope] = []
    talk = Talk({"type": "http.request", "body": b"", "more_body": False})
    sent = talk.with_app(
        ShimMiddleware(paged(calls), V1_TO_V2), path="/v1/volumes", http_version="2"
    )
    assert (sent[0]["status"], sent[1]["body"], len(calls)) == (200, b"[]", 2)


def test_a_caller_of_http2_that_leaves_before_its_body_ends_it() -> None:
    scopes: list[Scope] = []
    app = ShimMiddleware(recording(scopes), V1_TO_V2)
    assert Talk().with_app(app, method="POST", http_version="2") == []
    assert scopes == []


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("DELETE", 204), ("GET", 304), ("GET", 204)]
)
def test_an_app_goes_on_behind_an_answer_without_a_body(method: str, status: int) -> None:
    done: list[int] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({**JSON_START, "status": status})
        await send({"type": "http.response.body", "body": b"{}" if method == "HEAD" else b""})
        done.append(1)

    sent = Talk().with_app(ShimMiddleware(app, V1_TO_V2), method=method, path="/v1/volumes")
    assert ([message.get("status") for message in sent], done) == ([status, None], [1])


def test_a_piece_behind_the_last_changes_nothing() -> None:
    calls: list[Scope] = []
    behind = {"type": "http.response.body", "body": b"", "more_body": True}
    app = ShimMiddleware(paged(calls, behind), V1_TO_V2)
    sent = Talk().with_app(app, path="/v1/volumes")
    assert (sent[0]["status"], sent[1]["body"], len(calls)) == (200, b"[]", 2)


def test_an_app_that_begins_twice_is_told() -> None:
    app = ShimMiddleware(recording([], JSON_START, JSON_START), V1_TO_V2)
    with pytest.raises(RuntimeError, match="began its answer twice"):
        Talk().with_app(app, path="/v1/volumes")
