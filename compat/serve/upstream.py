"""The peer behind the proxy as an ASGI app: everything passes, nothing is read.

Theory of operation

The request's body is pulled from the caller as the peer takes it, and the answer's from the peer as
the caller takes it, a piece at a time: a slow side slows the other down, and nothing piles up.
While the peer is silent a watcher waits for the caller to leave, which cancels the request to the
peer. Waits have the bounds of `Patience`; only an answer that the caller has begun to get may idle,
as a stream of events does, unless its length is known or `idle` says otherwise.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from compat.emit.runtime.asgi import Message, Receive, Scope, Send
from compat.emit.runtime.reading import Problem
from compat.errors import CompatError

RawHeaders = list[tuple[bytes, bytes]]

# RFC 9110, 7.6.1; RFC 9112, 7.1.2 makes the trailer field meaningless once trailers are dropped.
_HOP_BY_HOP: Final = frozenset(
    {
        *(b"connection", b"proxy-connection", b"keep-alive", b"te", b"transfer-encoding"),
        *(b"upgrade", b"trailer"),
    }
)
_ANSWERED_HERE: Final = frozenset({b"expect"})  # the server has said 100 by itself
_KEEPALIVE_MAX: Final = 100  # idle connections to the peer
HAS_BEGUN: Final = "isthmus.has_begun"  # in a scope: tells whether the caller's answer has begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds, before giving up; None: for ever.

    `read` is for the head of a request or an answer, for the next piece of a request's body, and
    for that of an answer which is read here or whose length is known; `idle` for that of any other.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    write: float | None = 60.0
    idle: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where the peer is: `http://host:port/base`, https alike, or `unix:/path/to/socket`."""

    scheme: str
    authority: str
    base: str
    socket: str | None = None

    @property
    def host(self) -> str:
        """Without the brackets of an IPv6 address."""
        return urlsplit(f"//{self.authority}").hostname or ""

    @property
    def port(self) -> int:
        usual = 443 if self.scheme == "https" else 80
        return urlsplit(f"//{self.authority}").port or usual


def parse_peer(text: str) -> Peer:
    """The peer that `text` stands for."""
    if path := text.removeprefix("unix:") if text.startswith("unix:") else "":
        return Peer(scheme="http", authority="localhost", base="", socket=path)
    try:
        parts = urlsplit(text)
        is_peer = parts.scheme in ("http", "https") and not parts.query and _is_host(parts)
    except ValueError:
        is_peer = False
    if not is_peer:
        hint = "write http://host:port, https://host or unix:/path/to/socket"
        raise CompatError("this is no upstream", where=text, hint=hint)
    authority = parts.netloc.rpartition("@")[2]
    return Peer(scheme=parts.scheme, authority=authority, base=parts.path.rstrip("/"))


def _is_host(parts: SplitResult) -> bool:
    """Whether a host is named that can be looked up; ValueError for what is no port or name."""
    host, _ = parts.hostname or "", parts.port
    return bool(host.encode("idna")) and not any(map(str.isspace, host))


class Upstream:
    """An ASGI app that forwards every request to `peer`.

    The caller's Host is kept, as links in answers are made of it, unless `own_host` is set: then
    the peer is called by its own name.
    """

    def __init__(
        self,
        peer: Peer,
        *,
        patience: Patience,
        verify: ssl.SSLContext | bool = True,
        own_host: bool = False,
    ) -> None:
        self._patience = patience
        self._base = peer.base.encode()
        self._url = httpx.URL(f"{peer.scheme}://{peer.authority}/")
        self._host = peer.authority.encode() if own_host else None
        self._transport = httpx.AsyncHTTPTransport(
            uds=peer.socket,
            verify=verify,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_KEEPALIVE_MAX),
        )

    async def close(self) -> None:
        await self._transport.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with _Departure(receive) as departure:
            request = self._request(scope, receive, departure)
            answer = await self._head(request)
            assert isinstance(answer.stream, httpx.AsyncByteStream)
            headers = end_to_end(answer.headers.raw)
            length = _length(headers)
            async with aclosing(answer):
                start = {"type": "http.response.start", "status": answer.status_code}
                await send({**start, "headers": headers})
                may_idle = length is None and scope.get(HAS_BEGUN, _yes)()
                patience = self._patience.idle if may_idle else self._patience.read
                # The transport looks it up when it reads the first piece.
                request.extensions["timeout"]["read"] = patience
                last = await _forward(answer.stream, length, send)
            departure.end()
            await send({"type": "http.response.body", "body": last, "more_body": False})

    def _request(self, scope: Scope, receive: Receive, departure: "_Departure") -> httpx.Request:
        headers = [pair for pair in end_to_end(scope["headers"]) if pair[0] not in _ANSWERED_HERE]
        if self._host is not None:
            headers = [pair for pair in headers if pair[0] != b"host"]
            headers.insert(0, (b"host", self._host))
        names = {name for name, _ in headers}
        if b"host" not in names:
            headers.insert(0, (b"host", self._url.netloc))
        stream: httpx.AsyncByteStream = httpx.ByteStream(b"")
        if _has_body(scope["headers"]):
            stream = _Upload(receive, departure)
            if b"content-length" not in names:
                headers.append((b"transfer-encoding", b"chunked"))
        else:
            departure.watch()
        query = scope["query_string"]
        target = self._base + scope["raw_path"] + (b"?" + query if query else b"")
        patience = self._patience
        timeout = {"connect": patience.connect, "read": patience.read, "write": patience.write}
        return httpx.Request(
            scope["method"],
            self._url,
            headers=headers,
            stream=stream,
            extensions={"target": target, "timeout": timeout},
        )

    async def _head(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            raise _problem(error) from error


async def _forward(stream: httpx.AsyncByteStream, length: int | None, send: Send) -> bytes:
    """Send all pieces but the last, where the length tells which one that is; gives the last."""
    last, passed = b"", 0
    try:
        async for piece in stream:
            passed += len(piece)
            if passed == length:
                last = piece
            else:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
    except httpx.TransportError as error:
        raise _problem(error) from error
    return last


@dataclass(slots=True)
class _Upload(httpx.AsyncByteStream):
    """The caller's body; `departure` takes over the caller when it is complete."""

    _receive: Receive
    _departure: "_Departure"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            more = message.get("more_body", False)
            if body := message.get("body", b""):
                yield body
        self._departure.watch()


class CallerLeft(Exception):  # noqa: N818 -- an event, not an error
    """The caller has gone away before its request or its answer was complete."""


@dataclass(slots=True)
class _Departure:
    """A block that ends with CallerLeft when the caller leaves while it is watched."""

    _receive: Receive
    _task: asyncio.Task[object] | None = None
    _watcher: asyncio.Task[None] | None = None
    _left: bool = False
    _cancelling: int = field(default=0)

    async def __aenter__(self) -> "_Departure":
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        return self

    def watch(self) -> None:
        """From now on nothing else listens to the caller."""
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())

    def end(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    async def _watch(self) -> None:
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            try:
                message = await self._receive()
            except Problem:  # a body that does not come, and which nobody here waits for
                return
        assert self._task is not None
        self._left = True
        self._task.cancel()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        if self._left and self._task is not None:
            ours = self._task.uncancel() <= self._cancelling
            if ours and exc_type is asyncio.CancelledError:
                raise CallerLeft from exc_value


def end_to_end(headers: RawHeaders) -> RawHeaders:
    """The headers without those that are meant for one hop (RFC 9110, 7.6.1).

    Beside a transfer coding a length says nothing, and must not go on (RFC 9112, 6.3).
    """
    lowered = [(name.lower(), value) for name, value in headers]
    dropped = set(_HOP_BY_HOP)
    for name, value in lowered:
        if name == b"connection":
            dropped |= {token.strip().lower() for token in value.split(b",")}
        elif name == b"transfer-encoding":
            dropped.add(b"content-length")
    return [pair for pair in lowered if pair[0] not in dropped]


def _has_body(headers: RawHeaders) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


def _length(headers: RawHeaders) -> int | None:
    return next((int(value) for name, value in headers if name == b"content-length"), None)


def _yes() -> bool:
    return True


def _problem(error: httpx.TransportError) -> Problem:
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return Problem.of(504, "upstream-timeout", "The upstream did not answer in time", detail)
    if isinstance(error, httpx.LocalProtocolError):
        return Problem.of(502, "unsendable", "The request cannot be sent to the upstream", detail)
    return Problem.of(502, "upstream-down", "The upstream cannot be reached", detail)
