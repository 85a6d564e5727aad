"""Middleware for ASGI 3: callers of another version reach an app of this version, in process.

    app = ShimMiddleware(app, old_client)

Nothing runs beside the app: its messages are translated as it sends them, so that back pressure,
cancellation and context variables are those of the server. An exchange that makes several requests
of one calls the app once for each, one after another. The server's loop is asyncio's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

from .crossing import Answer, Crossing, Outgoing, Step, refusal
from .fields import Headers
from .intake import Intake
from .negotiate import Negotiation, choose
from .reading import BODY_LIMIT, RECORD_LIMIT, Collector, Face, Problem, has_body, header

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_ENCODING: Final = "latin-1"
_PATH_SAFE: Final = "/:@!$&'()*+,;=~"  # pchar and the slash (RFC 3986, 3.3)
_UNREAD: Final = object()  # what a body is for the crossing while it passes
# With these an app names a file in place of its bytes, which nothing here could translate.
_FILE_EXTENSIONS: Final = ("http.response.pathsend", "http.response.zerocopysend")


class ShimMiddleware:
    """The app as callers of the other version see it. Limits are in bytes.

    Web sockets and the lifespan pass. With a `Negotiation` in place of a face the version of each
    request decides.
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        root, path = _split_path(scope)
        headers = _text(scope["headers"])
        try:
            face = choose(self._face, path, headers)
        except Problem as problem:
            await send_whole(refusal(problem, scope["method"]), send)
            return
        if face is None:
            await self._app(scope, receive, send)
            return
        crossing = Crossing(
            face,
            scope["method"],
            path,
            scope.get("query_string", b"").decode(_ENCODING),
            headers,
            self._body_limit,
            self._record_limit,
        )
        try:
            call = _Call(self._app, scope, root, receive, send, crossing, self._body_limit)
            await call.run(headers)
        finally:
            crossing.close()


class _Gone(Exception):  # noqa: N818 -- an event, not an error
    """The caller has left before the request was complete."""


class _Call:
    """One call of a caller's, which may become several of the app.

    Of a body that is kept for a later request one piece is looked at.
    """

    def __init__(
        self,
        app: App,
        scope: Scope,
        root: str,
        receive: Receive,
        send: Send,
        crossing: Crossing,
        body_limit: int,
    ) -> None:
        self._app, self._scope, self._root = app, scope, root
        self._receive, self._send = receive, send
        self._crossing, self._body_limit = crossing, body_limit
        self._ahead: Message | None = None
        self._keeps_body = False

    async def run(self, headers: Headers) -> None:
        try:
            collector = self._crossing.request_collector()
            if collector is None:
                there = has_body(headers)
                if not there and self._scope.get("http_version", "1.1") >= "2":
                    there = await self._comes_unannounced(headers)
                self._keeps_body = there
                body = _UNREAD if there else None
                step: Step | None = self._crossing.begin(body, read=False)
            else:
                step = self._crossing.begin(await self._collected(collector), read=True)
        except Problem as problem:
            step = self._crossing.refuse(problem)
        except _Gone:
            return
        while isinstance(step, Outgoing):
            step = await self._ask(step)
        if step is not None:
            await send_whole(step, self._send)

    async def _comes_unannounced(self, headers: Headers) -> bool:
        """Has the request a body without saying so, as from HTTP/2 on (RFC 9113, 8.1)?"""
        if header(headers, "content-length"):
            return False
        self._ahead = first = await self._receive()
        if first["type"] == "http.disconnect":
            raise _Gone
        return bool(first.get("body")) or bool(first.get("more_body"))

    async def _collected(self, collector: Collector) -> object:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            collector.feed(message.get("body", b""))
            more = message.get("more_body", False)
        return collector.finish()

    async def _ask(self, outgoing: Outgoing) -> Step | None:
        """What follows the app's answer; None when the caller has been answered, or cannot be."""
        sender = _Sender(self._send, self._crossing, self._body_limit)
        if outgoing.body is _UNREAD:
            self._keeps_body = False
            receive: Receive = self.receive
        else:
            assert outgoing.body is None or isinstance(outgoing.body, bytes)
            receive = _Body(outgoing.body or b"", self)
        try:
            await self._app(self._scope_of(outgoing), receive, sender.send)
        except Exception:
            if sender.failure is None and not sender.refused:
                raise
        if sender.failure is not None:
            raise sender.failure
        return sender.step if sender.complete and not sender.started else None

    async def receive(self) -> Message:
        """The caller's next message."""
        if self._ahead is not None:
            message, self._ahead = self._ahead, None
            return message
        return await self._receive()

    async def departure(self) -> Message:
        """The message that the caller has left."""
        while True:
            if self._ahead is not None:  # as long as that waits, nobody can see behind it
                await asyncio.get_running_loop().create_future()
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return message
            if self._keeps_body:
                self._ahead = message

    def _scope_of(self, outgoing: Outgoing) -> Scope:
        below, _, query = outgoing.target.partition("?")
        path = self._root + below
        scope = dict(self._scope)
        scope["method"] = outgoing.method
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = path.encode(_ENCODING)
        scope["query_string"] = query.encode(_ENCODING)
        scope["headers"] = _raw(outgoing.headers)
        extensions = scope.get("extensions")
        if extensions and self._crossing.opens_answers:
            kept = {name: each for name, each in extensions.items() if name not in _FILE_EXTENSIONS}
            scope["extensions"] = kept
        return scope


class _Sender(Intake):
    """The `send` that the app is given."""

    def __init__(self, send: Send, crossing: Crossing, body_limit: int) -> None:
        Intake.__init__(self, crossing, body_limit)  # at a third of what `super` would cost
        self._send = send
        self._start: Message = {}
        self.started = False  # the caller's answer has begun
        self.complete = False  # the app's answer has ended
        self.refused = False  # what else the app has is not wanted
        self.failure: Exception | None = None  # why an answer that has begun cannot go on

    async def send(self, message: Message) -> None:
        more, out = True, b""
        match message["type"]:
            case "http.response.body":
                body, more = message.get("body", b""), message.get("more_body", False)
                self.complete = self.complete or not more
                if self.refused:
                    if body and more:
                        raise ConnectionResetError("the caller has been answered without this")
                    return
                try:
                    out = self.piece(body, last=not more)
                except Exception as failure:  # of a record, or of a person's function
                    self.failure, self.refused = failure, True
                    raise ConnectionResetError("the caller's answer cannot go on") from failure
            case "http.response.start":
                if self._start:
                    raise RuntimeError("the app began its answer twice")
                self._start = message
                self.head(message["status"], _text(message.get("headers", ())))
            case "http.response.trailers" if not self.forwards:
                return
            case _:
                await self._send(message)
                return
        answer = self.step
        if not isinstance(answer, Answer):
            return
        if self.forwards:
            await self._forward(answer, out, more=more)
            return
        self.refused = more
        if not self.started:
            self.started = True
            await send_whole(answer, self._send)

    async def _forward(self, answer: Answer, out: bytes, *, more: bool) -> None:
        if not self.started:
            self.started = True
            headers = _raw(answer.headers)
            await self._send({**self._start, "status": answer.status, "headers": headers})
        if out or not more:
            await self._send({"type": "http.response.body", "body": out, "more_body": more})


class _Body:
    """The `receive` that gives a body made here, and then only the caller's leaving."""

    def __init__(self, body: bytes, call: _Call) -> None:
        self._body: bytes | None = body
        self._call = call

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._call.departure()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _split_path(scope: Scope) -> tuple[str, str]:
    """The percent-encoded root path and the path below it; `path` starts with `root_path`."""
    raw = scope.get("raw_path")
    path: str = raw.decode(_ENCODING) if raw else quote(scope["path"], safe=_PATH_SAFE)
    if scope.get("root_path"):
        root = quote(scope["root_path"], safe=_PATH_SAFE)
        if path.startswith(f"{root}/"):
            return root, path[len(root) :]
    return "", path


def _text(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    texts = []
    for name, value in headers:
        texts.append((name.decode(_ENCODING), value.decode(_ENCODING)))
    return texts


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    raw = []
    for name, value in headers:
        raw.append((name.lower().encode(_ENCODING), value.encode(_ENCODING)))
    return raw


async def send_whole(answer: Answer, send: Send) -> None:
    """Send an answer whose body is bytes, or none."""
    headers = _raw(answer.headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body or b"", "more_body": False})
