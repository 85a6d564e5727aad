"""A service of version 2, as ASGI and as WSGI apps."""

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.compat.runtime.server import WAIT

EVENTS = (
    {"type": "created", "id": 1},
    {"type": "deleted", "id": 2},
)


class Service:
    """Keeps volumes, and what it was asked. `go` lets streams send their second piece."""

    def __init__(self) -> None:
        self.volumes: list[dict[str, object]] = []
        self.heads: list[tuple[str, str, str, list[tuple[str, str]]]] = []
        self.received = 0
        self.go = threading.Event()
        self.left = threading.Event()
        self.app = Starlette(
            routes=[
                Route("/v2/volumes", self.create, methods=["POST"]),
                Route("/v2/volumes", self.listed, methods=["GET"]),
                Route("/v2/events", self.events),
                Route("/v2/blob", self.blob),
                Route("/v2/objects", self.upload, methods=["PUT", "POST"]),
                Route("/v2/check", self.check),
                Route("/v2/first", self.first),
                Route("/v2/second", self.check),
                Route("/v2/label", self.label),
                Route("/v2/cookies", self.cookies),
                Route("/v2/status/{status:int}", self.status),
                Route("/v2/{rest:path}", self.echo, methods=["GET", "POST", "OPTIONS"]),
            ]
        )

    def _note(self, request: Request) -> None:
        headers = [(name.decode(), value.decode("latin-1")) for name, value in request.headers.raw]
        path = request.scope["raw_path"].decode()
        query = request.scope["query_string"].decode()
        self.heads.append((request.method, path, query, headers))

    def header(self, name: str) -> list[str]:
        """The values of a header of the last request."""
        return [value for key, value in self.heads[-1][3] if key == name]

    async def create(self, request: Request) -> Response:
        self._note(request)
        volume = json.loads(await request.body())
        self.volumes.append(volume)
        answer = JSONResponse(volume, 201, headers={"etag": '"7"', "content-digest": "sha-256=:x:"})
        if request.headers.get("accept-encoding") == "gzip" or "gzipped" in request.query_params:
            answer.body = gzip.compress(answer.body)
            answer.headers["content-length"] = str(len(answer.body))
            answer.headers["content-encoding"] = "gzip"
        return answer

    async def listed(self, request: Request) -> Response:
        self._note(request)
        start = int(request.query_params.get("token", "0"))
        page = {"items": self.volumes[start : start + 2]}
        more = {"next": str(start + 2)} if start + 2 < len(self.volumes) else {}
        return JSONResponse({**page, **more})

    async def events(self, request: Request) -> Response:
        """Two events; the second waits for `go`. `kind` says the media type."""
        self._note(request)
        kind = request.query_params.get("kind", "application/x-ndjson")
        texts = [json.dumps(event) for event in EVENTS]
        if request.query_params.get("last") == "secret":
            texts[1] = '{"type":"secret"}'
        if request.query_params.get("last") == "broken":
            texts[1] = '{"type":}'
        form = "event: change\ndata: {}\n\n" if kind == "text/event-stream" else "{}\n"

        async def pieces() -> AsyncIterator[bytes]:
            yield form.replace("{}", texts[0]).encode()
            await asyncio.to_thread(self.go.wait, WAIT)
            yield form.replace("{}", texts[1]).encode()

        return StreamingResponse(pieces(), media_type=kind)

    async def blob(self, request: Request) -> Response:
        """`size` bytes in pieces."""
        self._note(request)
        size = int(request.query_params["size"])

        async def pieces() -> AsyncIterator[bytes]:
            try:
                for start in range(0, size, 65536):
                    await asyncio.sleep(0)  # let the server notice that the caller has gone
                    yield bytes(min(65536, size - start))
            except BaseException:
                self.left.set()
                raise

        return StreamingResponse(pieces(), media_type="application/octet-stream")

    async def upload(self, request: Request) -> Response:
        self._note(request)
        self.received = 0
        async for piece in request.stream():
            self.received += len(piece)
        return JSONResponse({"received": self.received})

    async def check(self, request: Request) -> Response:
        self._note(request)
        return Response(b"fine", media_type="text/plain")

    async def first(self, request: Request) -> Response:
        self._note(request)
        return Response(b"the first", media_type="text/plain", headers={"x-order": "1"})

    async def label(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse({"label": request.query_params.get("text", "näme \u65e5")})

    async def cookies(self, request: Request) -> Response:
        self._note(request)
        answer = Response(b"cookies")
        answer.raw_headers.append((b"set-cookie", b"a=1"))
        answer.raw_headers.append((b"set-cookie", b"b=2; Path=/"))
        return answer

    async def status(self, request: Request) -> Response:
        self._note(request)
        return Response(status_code=request.path_params["status"])

    async def echo(self, request: Request) -> Response:
        self._note(request)
        return Response(await request.body(), media_type=request.headers.get("content-type"))
