"""Transports for httpx: a client of one version talks to a peer of the other.

    client = httpx.Client(base_url=..., transport=ShimTransport(old_client))

The client's errors are httpx's own, except GapError out of a stream of records which is under way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType

import httpx

from .crossing import Answer, Crossing, Outgoing, Step
from .fields import Headers
from .reading import BODY_LIMIT, RECORD_LIMIT, Collector, Face, Problem
from .records import RecordError, Translator

_ENCODING = "latin-1"


class ShimTransport(httpx.BaseTransport):
    """Sends what `face` makes of a request through `inner`, and gives what it makes of the answer.

    Limits are in bytes; without `inner` it is a plain `httpx.HTTPTransport`.
    """

    def __init__(
        self,
        face: Face,
        inner: httpx.BaseTransport | None = None,
        *,
        body_limit: int = BODY_LIMIT,
        record_limit: int = RECORD_LIMIT,
    ) -> None:
        self._face, self._inner = face, inner or httpx.HTTPTransport()
        self._body_limit, self._record_limit = body_limit, record_limit

    def __enter__(self) -> ShimTransport:
        self._inner.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._inner.__exit__(exc_type, exc_value, traceback)

    def close(self) -> None:
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        crossing = _crossing(self._face, request, self._body_limit, self._record_limit)
        opened: list[httpx.Response] = []
        answer: Answer | None = None
        try:
            step = self._begin(crossing, request)
            while isinstance(step, Outgoing):
                response = self._inner.handle_request(_outgoing(step, request))
                opened.append(response)
                step = self._answered(crossing, response)
            answer = step
        finally:
            crossing.close()
            for response in opened:
                if answer is None or response.stream is not answer.body:
                    response.close()
        return _answer(answer, opened)

    def _begin(self, crossing: Crossing, request: httpx.Request) -> Step:
        try:
            collector = crossing.request_collector()
            if collector is None or not _has_body(request):
                return crossing.begin(_unread_body(request), read=False)
            assert isinstance(request.stream, httpx.SyncByteStream)
            return crossing.begin(_collected(collector, request.stream), read=True)
        except Problem as problem:
            return crossing.refuse(problem)

    def _answered(self, crossing: Crossing, response: httpx.Response) -> Step:
        status, headers = response.status_code, _headers(response.headers)
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            collector = crossing.collector(status, headers)
            if collector is None:
                return crossing.answered(status, headers, response.stream, read=False)
            body = _collected(collector, response.stream)
        except Problem as problem:
            return crossing.refuse(problem)
        response.close()  # before the next request, which may want its connection
        return crossing.answered(status, headers, body, read=True)


class AsyncShimTransport(httpx.AsyncBaseTransport):
    """The same as `ShimTransport` for `httpx.AsyncClient`."""

    def __init__(
        self,
        face: Face,
        inner: httpx.AsyncBaseTransport | None = None,
        *,
        body_limit: int = BODY_LIMIT,
        record_limit: int = RECORD_LIMIT,
    ) -> None:
        self._face, self._inner = face, inner or httpx.AsyncHTTPTransport()
        self._body_limit, self._record_limit = body_limit, record_limit

    async def __aenter__(self) -> AsyncShimTransport:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(exc_type, exc_value, traceback)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        crossing = _crossing(self._face, request, self._body_limit, self._record_limit)
        opened: list[httpx.Response] = []
        answer: Answer | None = None
        try:
            step = await self._begin(crossing, request)
            while isinstance(step, Outgoing):
                response = await self._inner.handle_async_request(_outgoing(step, request))
                opened.append(response)
                step = await self._answered(crossing, response)
            answer = step
        finally:
            crossing.close()
            for response in opened:
                if answer is None or response.stream is not answer.body:
                    await response.aclose()
        return _answer(answer, opened)

    async def _begin(self, crossing: Crossing, request: httpx.Request) -> Step:
        try:
            collector = crossing.request_collector()
            if collector is None or not _has_body(request):
                return crossing.begin(_unread_body(request), read=False)
            assert isinstance(request.stream, httpx.AsyncByteStream)
            return crossing.begin(await _collected_async(collector, request.stream), read=True)
        except Problem as problem:
            return crossing.refuse(problem)

    async def _answered(self, crossing: Crossing, response: httpx.Response) -> Step:
        status, headers = response.status_code, _headers(response.headers)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            collector = crossing.collector(status, headers)
            if collector is None:
                return crossing.answered(status, headers, response.stream, read=False)
            body = await _collected_async(collector, response.stream)
        except Problem as problem:
            return crossing.refuse(problem)
        await response.aclose()  # before the next request, which may want its connection
        return crossing.answered(status, headers, body, read=True)


class _Translated(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, translator: Translator) -> None:
        self._inner, self._translator = inner, translator

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._inner:
                if translated := self._translator.feed(piece):
                    yield translated
            if rest := self._translator.finish():
                yield rest
        except RecordError as error:
            raise httpx.DecodingError(str(error)) from error

    def close(self) -> None:
        self._inner.close()


class _AsyncTranslated(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, translator: Translator) -> None:
        self._inner, self._translator = inner, translator

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._inner:
                if translated := self._translator.feed(piece):
                    yield translated
            if rest := self._translator.finish():
                yield rest
        except RecordError as error:
            raise httpx.DecodingError(str(error)) from error

    async def aclose(self) -> None:
        await self._inner.aclose()


def _crossing(face: Face, request: httpx.Request, body_limit: int, record_limit: int) -> Crossing:
    path, _, query = request.url.raw_path.decode(_ENCODING).partition("?")
    return Crossing(
        face,
        method=request.method,
        path=path,
        query=query,
        headers=_headers(request.headers),
        body_limit=body_limit,
        record_limit=record_limit,
    )


def _headers(headers: httpx.Headers) -> Headers:
    return [(name.decode(_ENCODING), value.decode(_ENCODING)) for name, value in headers.raw]


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.encode(_ENCODING), value.encode(_ENCODING)) for name, value in headers]


def _has_body(request: httpx.Request) -> bool:
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _unread_body(request: httpx.Request) -> object:
    """The body as one object: bytes, which may be sent several times, where they are at hand."""
    if not _has_body(request):
        return None
    return request.read() if isinstance(request.stream, httpx.ByteStream) else request.stream


def _outgoing(outgoing: Outgoing, request: httpx.Request) -> httpx.Request:
    body = outgoing.body
    if body is None or isinstance(body, bytes):
        body = httpx.ByteStream(body or b"")
    return httpx.Request(
        outgoing.method,
        request.url.copy_with(raw_path=outgoing.target.encode(_ENCODING)),
        headers=_raw(outgoing.headers),
        stream=body,  # type: ignore[arg-type]
        extensions=request.extensions,
    )


def _answer(answer: Answer, opened: list[httpx.Response]) -> httpx.Response:
    stream = answer.body
    if stream is None or isinstance(stream, bytes):
        stream = httpx.ByteStream(stream or b"")
    elif answer.translator is not None and isinstance(stream, httpx.SyncByteStream):
        stream = _Translated(stream, answer.translator)
    elif answer.translator is not None and isinstance(stream, httpx.AsyncByteStream):
        stream = _AsyncTranslated(stream, answer.translator)
    extensions = dict(opened[-1].extensions) if opened else {}
    if opened and opened[-1].status_code != answer.status:
        extensions.pop("reason_phrase", None)
    return httpx.Response(
        answer.status,
        headers=_raw(answer.headers),
        stream=stream,  # type: ignore[arg-type]
        extensions=extensions,
    )


def _collected(collector: Collector, stream: httpx.SyncByteStream) -> object:
    for piece in stream:
        collector.feed(piece)
    return collector.finish()


async def _collected_async(collector: Collector, stream: httpx.AsyncByteStream) -> object:
    async for piece in stream:
        collector.feed(piece)
    return collector.finish()
