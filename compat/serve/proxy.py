"""A proxy between callers of one version and a peer of the other.

It answers by itself only what cannot be passed on: gaps, bodies that cannot be read, versions it
does not know, a peer that is down (502) or late (504), and requests to upgrade the connection
(501), as docker's attach and exec make them: they end HTTP, and with it all that can be translated.
An `Upgrade: h2c` with HTTP2-Settings is merely an offer, and is left aside.
"""

import asyncio
import logging
import ssl
import time
from typing import Final

from compat.emit.runtime.asgi import App, Message, Receive, Scope, Send, ShimMiddleware, send_whole
from compat.emit.runtime.crossing import refusal
from compat.emit.runtime.negotiate import Negotiation
from compat.emit.runtime.reading import BODY_LIMIT, RECORD_LIMIT, Face, Problem, gap_problem
from compat.emit.runtime.records import RecordError
from compat.serve.metrics import Metrics
from compat.serve.upstream import HAS_BEGUN, CallerLeft, Patience, Upstream, parse_peer

_LOG: Final = logging.getLogger("isthmus.proxy")
_ACCESS: Final = logging.getLogger("isthmus.proxy.access")
_CALLER_LEFT: Final = 499  # the status that logs and metrics use for it, by custom


def proxy_app(
    face: Face | Negotiation,
    upstream: str,
    *,
    patience: Patience | None = None,
    body_limit: int = BODY_LIMIT,
    record_limit: int = RECORD_LIMIT,
    verify: ssl.SSLContext | bool = True,
    own_host: bool = False,
    metrics: Metrics | None = None,
) -> "Proxy":
    """The ASGI app of a proxy to `upstream` (a URL, or `unix:/path/to/socket`).

    Limits are in bytes. `verify` is for the peer's certificate; with `own_host` the peer is called
    by its own name instead of the one that the caller used. The app wants the lifespan protocol.
    """
    peer = Upstream(
        parse_peer(upstream), patience=patience or Patience(), verify=verify, own_host=own_host
    )
    shim = ShimMiddleware(peer, face, body_limit=body_limit, record_limit=record_limit)
    return Proxy(shim, peer, patience or Patience(), metrics or Metrics())


class Proxy:
    """The outermost app: what fails inside is answered, counted and logged here."""

    def __init__(self, app: App, peer: Upstream, patience: Patience, metrics: Metrics) -> None:
        self.metrics = metrics
        self._app, self._peer, self._patience = app, peer, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._serve(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1003})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._peer.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
            await send({"type": "lifespan.startup.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        sender = _Sender(send)
        began = time.perf_counter()
        self.metrics.in_flight += 1
        try:
            await self._answer(scope, receive, sender)
        finally:
            self.metrics.in_flight -= 1
            status = sender.status or _CALLER_LEFT
            self.metrics.answers[status] += 1
            if _ACCESS.isEnabledFor(logging.INFO):
                _ACCESS.info(access_line(scope, status, sender.size, time.perf_counter() - began))

    async def _answer(self, scope: Scope, receive: Receive, sender: "_Sender") -> None:
        """Answer, or leave an answer that has begun incomplete: then the server cuts it off."""
        try:
            refuse_unpassable(scope)
            told = {**scope, HAS_BEGUN: lambda: sender.status != 0}
            await self._app(told, _Patient(receive, self._patience.read), sender)
        except CallerLeft:
            return
        except Exception as error:
            problem = error if isinstance(error, Problem) else gap_problem(error)
            if problem is None and not isinstance(error, RecordError):
                _LOG.exception("%s %s failed", scope["method"], _path(scope))
                problem = Problem.of(500, "failure", "The proxy failed", "its log says more")
            if sender.status == 0 and problem is not None:
                await send_whole(refusal(problem, scope["method"]), sender)
            else:
                self.metrics.broken += 1
                _LOG.warning("%s %s was cut off: %s", scope["method"], _path(scope), error)


class _Sender:
    """Keeps what the log and the metrics say of an answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.status == 408:  # the rest of the request is not waited for (RFC 9110, 15.5.9)
                close = (b"connection", b"close")
                message = {**message, "headers": [*message["headers"], close]}
        else:
            self.size += len(message.get("body", b""))
        await self._send(message)


class _Patient:
    """The caller's messages; each piece of a body must come within `seconds`."""

    def __init__(self, receive: Receive, seconds: float | None) -> None:
        self._receive, self._seconds = receive, seconds
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            detail = f"nothing came for {self._seconds} s"
            raise Problem.of(
                408, "request-timeout", "The request's body does not come", detail
            ) from None
        self._complete = not message.get("more_body", False)
        return message


def refuse_unpassable(scope: Scope) -> None:
    """Raise the problem of a request which no proxy of messages can pass on."""
    if scope["method"] == "CONNECT" or not scope["raw_path"].startswith(b"/"):
        detail = "only requests for a path of this server are served"
        raise Problem.of(400, "request-target", "This request's target is not served", detail)
    headers = dict(scope["headers"])
    upgrade = headers.get(b"upgrade", b"").decode("latin-1")
    wanted = upgrade and b"upgrade" in headers.get(b"connection", b"").lower()
    if wanted and not (upgrade.lower() == "h2c" and b"http2-settings" in headers):
        raise Problem.of(
            501,
            "upgrade",
            "Connections cannot be upgraded here",
            f"an upgrade to {upgrade} ends HTTP on the connection; call the upstream directly",
            upgrade=upgrade,
        )


def access_line(scope: Scope, status: int, size: int, seconds: float) -> str:
    """What the access log says: no header, and of the query only the names."""
    query = scope["query_string"].decode("latin-1")
    names = "&".join(part.partition("=")[0] for part in query.split("&") if part)
    target = f"{_path(scope)}?{names}" if names else _path(scope)
    return f"{scope['method']} {target} {status} {size} B {seconds * 1000:.1f} ms"


def _path(scope: Scope) -> str:
    text: str = scope["raw_path"].decode("latin-1")
    return text.encode("ascii", "backslashreplace").decode()
