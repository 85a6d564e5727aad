"""The interface over HTTP: who asks, whether it is a request of the spec, and what is answered.

In this order: nobody's body is read before it is known that he may ask, and no more of it than a
request can have; nothing is done for a request that the spec does not have; and what is answered is
held against the spec as well.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from core.driver.node.call import Call, Counts
from core.driver.node.clock import now_ns
from core.driver.node.config import is_loopback
from core.driver.node.events import Events
from core.driver.node.handlers import HANDLERS, STREAM, Handler
from core.driver.node.site import Site
from core.errors import CoreError
from core.site import retry, view
from core.site.access import Holder, bearer, holder_of
from core.site.contract import JSON, PROBLEM_JSON, Contract, Operation
from core.site.exposition import MEDIA_TYPE
from core.site.json_text import parse_json
from core.site.problem import Problem, as_problem
from core.site.retry import Answer
from core.site.store import StaleError, StoreFailedError

BODY_BYTES_MAX: Final = 1 << 20
BODY_S: Final = 10.0
SLOW_MAX: Final = 32  # that are done or wait to be
SLOW_THREADS: Final = 8
QUICK_THREADS: Final = 4

_LOG: Final = logging.getLogger("isthmus.node")
_DRAINED_BYTES_MAX: Final = 1 << 16
_DRAINED_S: Final = 1.0

Endpoint = Callable[[Request], Awaitable[Response]]


class Interface:
    """All operations of the spec, as one app."""

    def __init__(self, site: Site, contract: Contract) -> None:
        self._site, self._counts = site, Counts()
        self.events = Events(site)
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="quick")
        self._slow = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="slow")
        self._slow_count = 0
        paths: dict[str, dict[str, Operation]] = {}
        for each in contract.operations:
            paths.setdefault(each.path, {})[each.method] = each
        missing = {each.id for each in contract.operations} ^ {*HANDLERS, STREAM}
        assert not missing, missing
        self.app = Starlette(
            routes=[
                Route(path, self._endpoint(path, operations), methods=None)
                for path, operations in paths.items()
            ],
            exception_handlers={404: self._nowhere, HTTPException: self._nowhere},
        )

    def close(self) -> None:
        """Let go of the threads; what they do is waited for."""
        self._quick.shutdown(wait=True)
        self._slow.shutdown(wait=True)

    def _endpoint(self, path: str, operations: Mapping[str, Operation]) -> type:
        """A class, since of a function starlette takes it that it is for GET alone."""
        answered = self._answered

        class Endpoint:
            def __init__(self, scope: Any, receive: Any, send: Any) -> None:
                self._scope, self._receive, self._send = scope, receive, send

            def __await__(self) -> Any:
                return self._run().__await__()

            async def _run(self) -> None:
                request = Request(self._scope, self._receive)
                response = await answered(request, operations)
                await response(self._scope, self._receive, self._send)

        Endpoint.__name__ = path
        return Endpoint

    async def _nowhere(self, request: Request, _error: Exception) -> Response:
        try:
            self._refuse_host(request)
            self._holder(request)
            problem = Problem("not-found", "there is no such path")
        except Problem as error:
            problem = error
        self._counts.answers["-", problem.status] += 1
        return _refusal(problem, ends=_has_body(request))

    async def _answered(self, request: Request, operations: Mapping[str, Operation]) -> Response:
        """The answer to whatever was sent to a path, counted."""
        operation = operations.get(request.method)
        name, ends = operation.id if operation else "-", _has_body(request)
        try:
            self._refuse_host(request)
            if operation is None:
                self._holder(request)
                problem = Problem("method-not-allowed")
                response = _refusal(problem, ends=ends, allow=", ".join(sorted(operations)))
            else:
                response, ends = await self._done(request, operation)
        except Problem as error:
            response = _refusal(error, ends=ends and not await _drained(request))
        except StaleError:
            response = _refusal(Problem("stale", hint="look at it again"))
        except StoreFailedError:
            _LOG.exception("%s failed", name)
            response = _refusal(Problem("store-failed", hint="the node's log says more"))
        except CoreError as error:
            response = _refusal(as_problem(error))
        except ClientDisconnect:
            response = _refusal(Problem("malformed"), ends=True)
        except Exception:
            _LOG.exception("%s failed", name)
            response = _refusal(Problem("bug", hint="the node's log says more"), ends=ends)
        self._counts.answers[name, response.status_code] += 1
        return response

    async def _done(self, request: Request, operation: Operation) -> tuple[Response, bool]:
        holder = self._holder(request, operation)
        values = operation.parameters_of(
            request.path_params, request.query_params.multi_items(), dict(request.headers)
        )
        if operation.id == STREAM:
            return self.events.stream(values.get("Last-Event-ID")), False
        sent = await _body(request, is_json=operation.body is not None)
        handler, path = HANDLERS[operation.id], request.url.path

        def answered() -> Response:
            body = None
            if operation.body is not None:
                body = parse_json(sent)
                operation.check_body(body)
            key, caller = values.get("Idempotency-Key"), holder.name if holder else ""
            call = Call(
                site=self._site,
                counts=self._counts,
                values=values,
                body=body,
                retry=key and retry.Request.of(caller, key, operation.id, path, sent),
            )
            return self._response(operation, _once(handler, call))

        return await self._in_thread(answered, is_slow=handler.is_slow), False

    async def _in_thread(self, answered: Callable[[], Response], *, is_slow: bool) -> Response:
        """Nothing that takes long keeps others from being heard, nor what takes no time."""
        loop = asyncio.get_running_loop()
        if not is_slow:
            return await loop.run_in_executor(self._quick, answered)
        if self._slow_count >= SLOW_MAX:
            raise Problem("busy", hint="try again in a moment")
        self._slow_count += 1
        try:
            return await loop.run_in_executor(self._slow, answered)
        finally:
            self._slow_count -= 1

    def _response(self, operation: Operation, answer: Answer) -> Response:
        """The answer as it is sent, if it is one of the spec."""
        document, media_type = answer.document, JSON
        if isinstance(document, str):
            media_type = "text/plain"
        complaints = operation.complaints(
            answer.status, None if document is None else media_type, document
        )
        if complaints:
            self._counts.violated(operation.id)
            _LOG.error("an answer is not as the spec has it: %s", "; ".join(complaints))
            if self._site.config.strict:
                raise Problem("bug", complaints[0])
        headers = {}
        if answer.location is not None:
            headers["Location"] = answer.location
        if isinstance(document, dict) and "revision" in document:
            headers["ETag"] = view.etag(document["revision"])
        if document is None:
            return Response(status_code=answer.status, headers=headers)
        if isinstance(document, str):
            return Response(document, media_type=MEDIA_TYPE, headers=headers)
        return Response(_json(document), answer.status, headers, JSON)

    def _holder(self, request: Request, operation: Operation | None = None) -> Holder | None:
        """Who asks; raises Problem where nobody may do that, or he may not."""
        role = operation.role if operation else None
        if operation is not None and role is None:
            return None
        holders = self._site.config.holders
        if not holders:
            return None
        token = bearer(request.headers.get("authorization", ""))
        found = holder_of(token or "", holders, now_ns=now_ns())
        if found is None:
            raise _unauthenticated(token)
        if role is not None and found.role < role:
            raise Problem(
                "forbidden",
                f"this is for {role.name.lower()}, and {found.name} is {found.role.name.lower()}",
                hint="ask with a token of that role",
            )
        return found

    def _refuse_host(self, request: Request) -> None:
        """Without tokens a page from elsewhere must not use the browser of somebody here."""
        if self._site.config.holders:
            return
        host = request.headers.get("host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if not is_loopback(name.removeprefix("[").removesuffix("]").lower()):
            raise Problem("misdirected", f"this is not {host!r:.80}")


def _unauthenticated(token: str | None) -> Problem:
    if token is None:
        hint = "name it by --token-file, or in ISTHMUS_TOKEN; in HTTP, Authorization: Bearer TOKEN"
        return Problem("unauthenticated", hint=hint)
    return Problem(
        "unauthenticated",
        "the token is none of this node, or its time is over",
        hint="`isthmus node token` makes another, for the node's configuration; then start it anew",
    )


def _once(handler: Handler, call: Call) -> Answer:
    """Do it, unless it was done for an earlier request with the same key."""
    if call.retry is None:
        return handler.do(call)
    with call.site.turn(call.retry.key):
        known = call.retry.answered(call.site.store.get(call.retry.key))
        return known or handler.do(call)


async def _body(request: Request, *, is_json: bool) -> bytes:
    """What was sent, read no further than a request can go; raises Problem."""
    if is_json and request.headers.get("content-type", "").partition(";")[0].strip() != JSON:
        raise Problem("media-type", hint=f"send it as {JSON}")
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or int(told) > BODY_BYTES_MAX:
        raise Problem("too-large", f"a body has at most {BODY_BYTES_MAX} bytes")
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                received += piece
                if len(received) > BODY_BYTES_MAX:
                    raise Problem("too-large", f"a body has at most {BODY_BYTES_MAX} bytes")
    except TimeoutError:
        raise Problem("too-slow", f"its body did not come within {BODY_S:g} s") from None
    return bytes(received)


async def _drained(request: Request) -> bool:
    """Take a small body that nobody wants: its sender would be cut off before it hears why."""
    told = request.headers.get("content-length", "")
    if not told.isdigit() or int(told) > _DRAINED_BYTES_MAX:
        return False
    try:
        async with asyncio.timeout(_DRAINED_S):
            async for _ in request.stream():
                pass
    except (ClientDisconnect, TimeoutError, RuntimeError):  # or it was begun to be taken
        return False
    return True


def _has_body(request: Request) -> bool:
    """Is there one, so that the connection ends with an answer that does not wait for it?"""
    return (
        request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    )


def _refusal(problem: Problem, *, ends: bool = False, allow: str = "") -> Response:
    headers = {}
    if ends:
        headers["Connection"] = "close"
    if allow:
        headers["Allow"] = allow
    if problem.kind == "unauthenticated":
        headers["WWW-Authenticate"] = "Bearer"
    if problem.kind == "busy":
        headers["Retry-After"] = "1"
    return Response(_json(problem.document()), problem.status, headers, PROBLEM_JSON)


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(
        errors="backslashreplace"
    )
