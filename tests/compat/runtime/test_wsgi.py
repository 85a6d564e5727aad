"""Callers of version 1 reach a WSGI app of version 2, in process."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, cast
from wsgiref.types import WSGIApplication
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import httpx
import pytest

from compat.emit.runtime.message import GapError
from compat.emit.runtime.negotiate import Negotiation
from compat.emit.runtime.wsgi import Environ, ShimMiddleware, StartResponse
from tests.compat.runtime.faces import GIGABYTE, V1_TO_V2
from tests.compat.runtime.server import WAIT, serving_wsgi

JSON = [("Content-Type", "application/json")]
OCTETS = [("Content-Type", "application/octet-stream")]


class Service:
    """Version 2 as a WSGI app; remembers the environs it was given."""

    def __init__(self) -> None:
        self.volumes: list[dict[str, object]] = []
        self.environs: list[Environ] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.environs.append(environ)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "POST", "/v2/volumes":
                self.volumes.append(json.loads(environ["wsgi.input"].read(length)))
                body = json.dumps(self.volumes[-1]).encode()
                start_response("201 Made Here", [*JSON, ("Content-Length", str(len(body)))])
            case _, "/v2/volumes":
                start = int((environ["QUERY_STRING"] or "token=0").partition("=")[2])
                more = {"next": str(start + 2)} if start + 2 < len(self.volumes) else {}
                body = json.dumps({"items": self.volumes[start : start + 2], **more}).encode()
                start_response("200 OK", JSON)
            case _, "/v2/events":
                start_response("200 OK", [("Content-Type", "application/x-ndjson")])
                return iter([b'{"type": "a"}\n{"ty', b'pe": "b"}\n'])
            case _, "/v2/objects":
                size = 0
                while size < length and (
                    piece := environ["wsgi.input"].read(min(65536, length - size))
                ):
                    size += len(piece)
                body = str(size).encode()
                start_response("200 Fine", [*OCTETS, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
            case _, path:
                body = path.encode("latin-1") + b"?" + environ["QUERY_STRING"].encode()
                start_response("200 Fine", [*OCTETS, ("Content-Length", str(len(body)))])
        return [body] if environ["REQUEST_METHOD"] != "HEAD" else []


@pytest.fixture
def service() -> Service:
    return Service()


def typed(app: object) -> WSGIApplication:
    return cast("WSGIApplication", app)


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """The validator of the standard library stands on both sides of the middleware."""
    shim = ShimMiddleware(cast("Any", validator(typed(service))), V1_TO_V2)
    with (
        serving_wsgi(validator(typed(shim))) as url,
        httpx.Client(base_url=url, timeout=WAIT) as client,
    ):
        yield client


def test_bodies_are_translated_both_ways(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/volumes", json={"name": "a", "size_gb": 3})
    assert (response.status_code, response.json()) == (201, {"name": "a", "size_gb": 3})
    assert service.volumes == [{"name": "a", "size_bytes": 3 * GIGABYTE}]


def test_the_app_is_called_once_for_each_page(client: httpx.Client, service: Service) -> None:
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(7)]
    assert client.get("/v1/volumes").json() == [{"size_gb": number} for number in range(7)]
    assert len(service.environs) == 4


def test_what_no_exchange_knows_passes(client: httpx.Client, service: Service) -> None:
    response = client.get("/v1/any/é?a=%7E&&b", headers=[("x-a", "1"), ("cookie", "c=1")])
    assert response.content == "/v2/any/é?a=%7E&&b".encode()
    assert response.reason_phrase == "Fine"
    environ = service.environs[0]
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1", "c=1")


def test_uploads_are_read_by_the_app_itself(client: httpx.Client, service: Service) -> None:
    response = client.post("/v1/objects", content=bytes(1_000_000))
    assert response.text == "1000000"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert service.environs[0]["CONTENT_LENGTH"] == "1000000"


def test_problems_are_answered(client: httpx.Client, service: Service) -> None:
    gap = client.get("/v1/gone")
    assert (gap.status_code, gap.headers["content-type"]) == (501, "application/problem+json")
    assert gap.json()["type"] == "urn:isthmus:difference:feedfacecafe"
    headers = {"content-type": "application/json"}
    refused = client.post("/v1/volumes", content=b"[" * 200_000, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (
        400,
        "urn:isthmus:problem:malformed-request",
    )
    assert service.environs == []


def test_records_are_translated(client: httpx.Client) -> None:
    assert client.get("/v1/events").text == '{"kind":"a"}\n{"kind":"b"}\n'


def test_head_has_no_body(client: httpx.Client) -> None:
    response = client.head("/v1/volumes")
    assert (response.status_code, response.content) == (200, b"")
    assert client.head("/v1/gone").content == b""


def test_the_version_in_a_header_decides(service: Service) -> None:
    table = Negotiation({"1": V1_TO_V2, "2": None}, default="2", header="api-version")
    with (
        serving_wsgi(typed(ShimMiddleware(service, table))) as url,
        httpx.Client(base_url=url, timeout=WAIT) as client,
    ):
        old, new = {"api-version": "1"}, {"api-version": "2"}
        assert client.post("/v1/volumes", json={"size_gb": 1}, headers=old).status_code == 201
        assert client.get("/v2/volumes", headers=new).json()["items"] == service.volumes
        assert client.get("/v1/volumes", headers={"api-version": "3"}).status_code == 400


class Talk:
    """One call as a server makes it; what was written or given, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None, /
    ) -> Callable[[bytes], object]:
        assert exc_info is None
        assert headers is not None
        self.said.append(status)
        return lambda data: self.said.append(f"written {data.decode()}")

    def with_app(self, app: Any, path: str, **environ: object) -> list[str]:
        told: Environ = {"PATH_INFO": path, **environ}
        setup_testing_defaults(told)
        shim = ShimMiddleware(app, V1_TO_V2, body_limit=1000)
        result = shim(told, cast("StartResponse", self.start_response))
        try:
            for piece in result:
                self.said.append(f"given {piece.decode()}")
        finally:
            close = getattr(result, "close", None)
            if close:
                close()
        return self.said


def test_pieces_go_on_one_by_one_and_the_app_is_closed() -> None:
    talk = Talk()

    class Pieces:
        def __iter__(self) -> Iterator[bytes]:
            for piece in (b"", b"a", b"", b"b"):
                talk.said.append("taken")
                yield piece

        def close(self) -> None:
            talk.said.append("closed")

    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", OCTETS)
        return Pieces()

    assert talk.with_app(app, "/v1/x") == [
        *("taken", "taken", "200 OK", "given a", "taken", "given ", "taken", "given b", "closed"),
    ]


def test_a_server_that_stops_early_closes_the_app() -> None:
    closed: list[bool] = []

    def app(_environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        try:
            start_response("200 OK", OCTETS)
            while True:
                yield b"piece"
        finally:
            closed.append(True)

    told: Environ = {"PATH_INFO": "/v1/x"}
    setup_testing_defaults(told)
    result = ShimMiddleware(app, V1_TO_V2)(told, cast("StartResponse", Talk().start_response))
    pieces = iter(result)
    assert [next(pieces), next(pieces)] == [b"piece", b"piece"]
    cast("Any", pieces).close()
    assert closed == [True]


def test_what_an_app_writes_goes_on_at_once() -> None:
    talk = Talk()

    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "application/x-ndjson")])
        write(b'{"type": 1}')
        talk.said.append("returned")
        return [b"{}"]

    assert talk.with_app(app, "/v1/events") == [
        *("200 OK", 'written {"kind":1}', "returned", "given {}"),
    ]


def test_what_an_app_writes_is_collected_where_it_must_be_read() -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", JSON)
        write(b'{"items"')
        return [b": [", b"1]}"]

    assert Talk().with_app(app, "/v1/volumes") == ["200 OK", "given [1]"]


def test_an_app_may_replace_an_answer_that_has_not_begun() -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", OCTETS)
        try:
            raise LookupError
        except LookupError:
            start_response("500 Sorry", OCTETS, sys.exc_info())
        yield b"sorry"

    assert Talk().with_app(app, "/v1/x") == ["500 Sorry", "given sorry"]


def test_an_answer_that_has_begun_cannot_be_replaced() -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", OCTETS)
        yield b"a"
        try:
            raise LookupError("too late")
        except LookupError:
            start_response("500 Sorry", OCTETS, sys.exc_info())
        yield b"b"

    with pytest.raises(LookupError, match="too late"):
        Talk().with_app(app, "/v1/x")


@pytest.mark.parametrize("twice", [True, False])
def test_start_response_is_called_once(twice: bool) -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if twice:
            start_response("200 OK", OCTETS)
            start_response("200 OK", OCTETS)
        return [b"a"]

    with pytest.raises(AssertionError, match="start_response"):
        Talk().with_app(app, "/v1/x")


def test_an_empty_answer_is_still_an_answer() -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("202 Taken", OCTETS)
        return []

    assert Talk().with_app(app, "/v1/x") == ["202 Taken"]


def test_an_answer_without_end_is_refused_and_the_app_closed() -> None:
    closed: list[bool] = []

    def app(_environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        try:
            start_response("200 OK", JSON)
            while True:
                yield b" " * 100
        finally:
            closed.append(True)

    said = Talk().with_app(app, "/v1/volumes")
    assert said[0] == "502 Bad Gateway"
    assert closed == [True]


def test_an_app_that_hides_a_broken_stream_cannot_complete_it() -> None:
    def app(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", JSON)
        for body in (b'{"type": 1}', b'{"type": "secret"}'):
            with suppress(GapError):
                write(body)
        return []

    talk = Talk()
    with pytest.raises(GapError):
        talk.with_app(app, "/v1/events")
    assert talk.said == ["200 OK", 'written {"kind":1}']


def posted(body: bytes, **environ: object) -> dict[str, object]:
    return {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "wsgi.input": BytesIO(body),
        **environ,
    }


def test_a_body_ends_where_its_length_says(service: Service) -> None:
    environ = posted(b'{"size_gb":1}GET /next', CONTENT_LENGTH="13")
    Talk().with_app(service, "/v1/volumes", **environ)
    assert service.volumes == [{"size_bytes": GIGABYTE}]


def test_a_body_that_is_cut_short_is_refused(service: Service) -> None:
    said = Talk().with_app(service, "/v1/volumes", **posted(b"{}", CONTENT_LENGTH="3"))
    assert said[0] == "400 Bad Request"
    assert service.volumes == []


def test_an_input_that_ends_by_itself_and_has_nothing_is_no_body(service: Service) -> None:
    """Else a call that becomes several would have used it up."""
    service.volumes = [{"size_bytes": number * GIGABYTE} for number in range(5)]
    environ = {"wsgi.input": BytesIO(b""), "wsgi.input_terminated": True}
    assert Talk().with_app(service, "/v1/volumes", **environ)[0] == "200 OK"
    assert len(service.environs) == 3


def test_an_input_that_ends_by_itself_reaches_the_app_whole() -> None:
    seen: list[bytes] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        seen.extend([stream.read(2), stream.readline(), stream.read()])
        start_response("204 No Content", [])
        return []

    body = BytesIO(b"one\ntwo\n" + b"x" * 100_000)
    environ = {"REQUEST_METHOD": "PUT", "wsgi.input": body, "wsgi.input_terminated": True}
    Talk().with_app(app, "/v1/other", **environ)
    assert seen == [b"on", b"e\n", b"two\n" + b"x" * 100_000]


def test_spaces_beside_a_length_do_not_count(service: Service) -> None:
    Talk().with_app(service, "/v1/volumes", **posted(b'{"size_gb":1}', CONTENT_LENGTH="13 "))
    assert service.volumes == [{"size_bytes": GIGABYTE}]


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "²", "+5", "9" * 5000])
def test_a_length_that_is_no_number_is_the_callers_error(service: Service, length: str) -> None:
    said = Talk().with_app(service, "/v1/volumes", **posted(b"{}", CONTENT_LENGTH=length))
    assert said[0] == "400 Bad Request"
    assert not service.environs


def test_without_a_length_only_an_input_that_ends_by_itself_is_read(service: Service) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    Talk().with_app(service, "/v1/volumes", **posted(b'{"size_gb":2}', **chunked))
    assert service.volumes == [{"size_bytes": 2 * GIGABYTE}]
    assert service.environs[0]["CONTENT_LENGTH"] == "25"
    assert "HTTP_TRANSFER_ENCODING" not in service.environs[0]
    with pytest.raises(ValueError, match="Expecting value"):  # the app's: it got no body
        Talk().with_app(service, "/v1/volumes", **posted(b"never read"))


def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    body = b'"' + b"x" * 2000 + b'"'
    said = Talk().with_app(service, "/v1/volumes", **posted(body, CONTENT_LENGTH="2002"))
    assert said[0] == "413 Request Entity Too Large"


def test_what_servers_add_of_the_raw_path_goes_when_it_is_no_longer_true(
    service: Service,
) -> None:
    raw = {"RAW_URI": "/v1/x", "REQUEST_URI": "/v1/x"}
    Talk().with_app(service, "/v1/x", **raw)
    Talk().with_app(service, "/other", **raw)
    assert ["RAW_URI" in environ for environ in service.environs] == [False, True]
