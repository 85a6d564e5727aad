"""Middleware for WSGI (PEP 3333): callers of another version reach an app of this version.

app = ShimMiddleware(app, old_client)
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from http import HTTPStatus
from io import BufferedReader, BytesIO, RawIOBase
from types import TracebackType
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from .crossing import Answer, Crossing, Outgoing, Step, refusal
from .fields import Headers
from .intake import Intake
from .negotiate import Negotiation, choose
from .reading import BODY_LIMIT, RECORD_LIMIT, Collector, Face, Fault, Problem, body_problem

Environ: TypeAlias = dict[str, Any]
ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
)
Write: TypeAlias = Callable[[bytes], object]


class StartResponse(Protocol):
    def __call__(
        self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /
    ) -> Write: ...


App: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

_ENCODING: Final = "latin-1"  # the texts of an environ are bytes in disguise
_PATH_SAFE: Final = "/:@!$&'()*+,;=~"  # pchar and the slash (RFC 3986, 3.3)
_PIECE: Final = 64 << 10
_DIGITS: Final = 20  # no length has more
_RAW_PATHS: Final = ("RAW_URI", "REQUEST_URI")  # what servers add; stale once the path is another


class ShimMiddleware:
    """The app as callers of the other version see it. Limits are in bytes.

    With a `Negotiation` in place of a face the version of each request decides.
    """

    def __init__(
        self,
        app: App,
        face: Face | Negotiation,
        *,
        body_limit: int = BODY_LIMIT,
        record_limit: int = RECORD_LIMIT,
    ) -> None:
        self._app, self._face = app, face
        self._body_limit, self._record_limit = body_limit, record_limit

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = quote(environ.get("PATH_INFO", "").encode(_ENCODING), safe=_PATH_SAFE)
        headers = _headers(environ)
        method = environ["REQUEST_METHOD"]
        try:
            face = choose(self._face, path, headers)
        except Problem as problem:
            return _whole(refusal(problem, method), start_response)
        if face is None:
            return self._app(environ, start_response)
        crossing = Crossing(
            face,
            method=method,
            path=path,
            query=environ.get("QUERY_STRING", ""),
            headers=headers,
            body_limit=self._body_limit,
            record_limit=self._record_limit,
        )
        return self._run(crossing, dict(environ), start_response)

    def _run(
        self, crossing: Crossing, environ: Environ, start_response: StartResponse
    ) -> Iterator[bytes]:
        try:
            step: Step | None = _begin(crossing, environ)
            while isinstance(step, Outgoing):
                call = _Call(start_response, Intake(crossing, self._body_limit))
                step = yield from call.run(self._app, _environ(environ, step))
            if step is not None:
                yield from _whole(step, start_response)
        finally:
            crossing.close()


def _begin(crossing: Crossing, environ: Environ) -> Step:
    length = (environ.get("CONTENT_LENGTH") or "").strip(" \t")
    ends_by_itself = _ends_by_itself(environ)
    try:
        collector = crossing.request_collector()
        if collector is None:
            if not length and ends_by_itself:
                environ["wsgi.input"] = _opened(environ["wsgi.input"])
                there = bool(environ["wsgi.input"].peek(1))
            else:
                there = length not in ("", "0")
            return crossing.begin(environ["wsgi.input"] if there else None, read=False)
        if length and not (length.isascii() and length.isdecimal() and len(length) < _DIGITS):
            detail = f"the length {length[:40]!r} is no number"
            raise body_problem(Fault.MALFORMED, detail, None)
        if length:
            _collect(collector, environ["wsgi.input"], int(length))
        elif ends_by_itself:
            _collect(collector, environ["wsgi.input"], None)
        return crossing.begin(collector.finish(), read=True)
    except Problem as problem:
        return crossing.refuse(problem)


class _Input(RawIOBase):
    """The server's input, to be looked into before it is read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data: bytes = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _opened(stream: Any) -> BufferedReader:
    return stream if isinstance(stream, BufferedReader) else BufferedReader(_Input(stream), 1)


def _ends_by_itself(environ: Environ) -> bool:
    """Does the input end without a length? Then the server has undone the chunks."""
    return bool(environ.get("HTTP_TRANSFER_ENCODING") or environ.get("wsgi.input_terminated"))


def _collect(collector: Collector, stream: Any, length: int | None) -> None:
    """Read `length` bytes, or to the end; PEP 3333 forbids to read on."""
    left = length
    while left is None or left > 0:
        data: bytes = stream.read(_PIECE if left is None else min(left, _PIECE))
        if not data:
            break
        collector.feed(data)
        left = None if left is None else left - len(data)
    if left:
        raise body_problem(Fault.MALFORMED, f"{left} of {length} bytes are missing", None)


class _Call:
    """One call of the app.

    An answer begins for the caller when its first byte goes on, or when it is complete: until then
    the app may replace it (`start_response` with `exc_info`).
    """

    def __init__(self, start_response: StartResponse, intake: Intake) -> None:
        self._start_response, self._intake = start_response, intake
        self._head: tuple[str, Headers] | None = None
        self._seen = False  # the intake has the head
        self._write: Write | None = None  # the server's, once the caller's answer has begun
        self._failure: Exception | None = None  # why an answer that has begun cannot go on

    def run(self, app: App, environ: Environ) -> Generator[bytes, None, Step | None]:
        """Gives what goes to the caller, and returns what follows; None when all is said."""
        pieces = app(environ, self._start)
        try:
            for piece in pieces:
                out = self._take(piece) if piece else b""
                if self._write is not None:
                    yield out
                elif isinstance(self._intake.step, Answer):
                    return self._intake.step
            if rest := self._end():
                yield rest
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        return None if self._write is not None else self._intake.step

    def _start(self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /) -> Write:
        if exc_info and exc_info[1] is not None and self._seen:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._head is not None and not exc_info:
            raise AssertionError("start_response was called twice")
        self._head = status, list(headers)
        return self._written

    def _written(self, data: bytes) -> None:
        out = self._take(data) if data else b""
        if self._write is not None and out:
            self._write(out)

    def _take(self, data: bytes) -> bytes:
        self._take_head()
        try:
            out = self._intake.piece(data, last=False)
        except Exception as failure:  # of a record, or of a person's function that is given one
            self._failure = failure
            raise
        self._begin()
        return out

    def _end(self) -> bytes:
        if self._failure is not None:  # it went through `write`, and the app let it drop
            raise self._failure
        self._take_head()
        rest = self._intake.piece(b"", last=True)
        self._begin()
        return rest

    def _take_head(self) -> None:
        if self._head is None:
            raise AssertionError("the app did not call start_response")
        if not self._seen:
            self._seen = True
            status, headers = self._head
            self._intake.head(int(status[:3]), headers)

    def _begin(self) -> None:
        """Begin the caller's answer if it is the app's, piece by piece."""
        answer = self._intake.step
        if self._write is None and self._intake.forwards and isinstance(answer, Answer):
            assert self._head is not None
            line = self._head[0]
            if answer.status != int(line[:3]):
                line = _status_line(answer.status)
            self._write = self._start_response(line, answer.headers)


def _whole(answer: Answer, start_response: StartResponse) -> Iterator[bytes]:
    start_response(_status_line(answer.status), answer.headers)
    yield answer.body if isinstance(answer.body, bytes) else b""


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _headers(environ: Environ) -> Headers:
    """The request's headers, as far as an environ still has them (RFC 3875, 4.1.18)."""
    headers = [
        (key[5:].replace("_", "-").lower(), value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    ]
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers.append((name, environ[key]))
    return headers


def _environ(environ: Environ, outgoing: Outgoing) -> Environ:
    """The environ that makes the app see `outgoing`."""
    path, _, query = outgoing.target.partition("?")
    copied = {key: value for key, value in environ.items() if not key.startswith("HTTP_")}
    copied.pop("CONTENT_TYPE", None)
    copied.pop("CONTENT_LENGTH", None)
    for name, value in outgoing.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        copied[key] = f"{copied[key]}{separator}{value}" if key in copied else value
    copied["REQUEST_METHOD"] = outgoing.method
    copied["PATH_INFO"] = unquote_to_bytes(path).decode(_ENCODING)
    copied["QUERY_STRING"] = query
    if outgoing.body is not environ["wsgi.input"]:
        body = outgoing.body if isinstance(outgoing.body, bytes) else b""
        copied["wsgi.input"] = BytesIO(body)
    seen = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if seen != (copied["PATH_INFO"], query):
        for key in _RAW_PATHS:
            copied.pop(key, None)
    return copied
