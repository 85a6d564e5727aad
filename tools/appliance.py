"""A storage appliance in two versions, small but strict: the servers of the demonstration.

Each speaks the version that `tests/data/appliance` specifies, and no other: what a client sends is
checked against the spec of the server's own version, as a real release would.
"""

import itertools
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from compat.emit.runtime.asgi import App

SPECS: Final = Path(__file__).resolve().parents[1] / "tests" / "data" / "appliance"
GIB: Final = 1 << 30
PAGE_ENTRIES: Final = 2  # what the new version sends at once, however much is asked for
WAIT_S: Final = 20.0

Body = dict[str, Any]


@dataclass(slots=True)
class Disks:
    """The volumes of an appliance; sizes in bytes."""

    volumes: dict[str, Body] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def make(self, name: str, size: int, *, thin: bool = False) -> Body:
        number = next(self._numbers)
        volume = {"id": f"vol-{number}", "name": name, "size": size, "thin": thin}
        volume |= {"state": "online", "node": f"node-{1 + number % 2}"}
        self.volumes[f"vol-{number}"] = volume
        return volume


@cache
def schemas(version: str) -> Mapping[str, Body]:
    """The schemas of a version's spec, by name."""
    document = yaml.safe_load((SPECS / f"{version}.yaml").read_text(encoding="utf-8"))
    found: Mapping[str, Body] = (
        document["definitions"] if "definitions" in document else document["components"]["schemas"]
    )
    return found


def complaint(version: str, name: str, body: object) -> str:
    """What the spec of `version` has against a request's body; empty where it is fine."""
    home = "#/definitions" if version == "v1" else "#/components/schemas"
    root: Body = {"$ref": f"{home}/{name}"}
    root |= {"definitions": schemas(version), "components": {"schemas": schemas(version)}}
    for error in jsonschema.Draft202012Validator(root).iter_errors(body):
        return str(error.message)
    assert isinstance(body, dict)
    unknown = sorted(body.keys() - schemas(version)[name]["properties"].keys())
    return f"unknown: {', '.join(unknown)}" if unknown else ""


def new_appliance() -> Starlette:
    """A server of v2 with three volumes."""
    disks = Disks()
    for name, size in (("boot", 32), ("logs", 64), ("mail", 128)):
        disks.make(name, size * GIB)
    disks.volumes["vol-3"]["state"] = "rebuilding"
    return Starlette(routes=[Mount("/v2", routes=_NewAppliance(disks).routes())])


def old_appliance() -> Starlette:
    """A server of v1 with two volumes."""
    disks = Disks()
    for name, size in (("home", 256), ("scratch", 512)):
        disks.make(name, size * GIB)
    return Starlette(routes=[Mount("/v1", routes=_OldAppliance(disks).routes())])


@dataclass(slots=True)
class _NewAppliance:
    disks: Disks

    def routes(self) -> list[Route]:
        return [
            Route("/volumes", self.list, methods=["GET"]),
            Route("/volumes", self.create, methods=["POST"]),
            Route("/volumes/{id}", self.get, methods=["GET"]),
            Route("/volumes/{id}/publish", self.publish, methods=["PUT"]),
            Route("/volumes/{id}/replication", self.replication, methods=["GET"]),
            Route("/health", self.health, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        node = request.query_params.get("node")
        found = [each for each in self.disks.volumes.values() if node in (None, each["node"])]
        start = int(request.query_params.get("starting_token", "0"))
        wanted = int(request.query_params.get("max_entries", "0")) or PAGE_ENTRIES
        end = start + min(wanted, PAGE_ENTRIES)
        page: Body = {"entries": [self._shown(each) for each in found[start:end]]}
        if end < len(found):
            page["next_token"] = str(end)
        return JSONResponse(page)

    async def create(self, request: Request) -> Response:
        body = await request.json()
        if wrong := complaint("v2", "VolumeSpec", body):
            return _failure(400, detail=wrong)
        made = self.disks.make(body["name"], body["capacity_bytes"], thin=body["thin"])
        return JSONResponse(self._shown(made), status_code=201)

    async def get(self, request: Request) -> Response:
        volume = self.disks.volumes.get(request.path_params["id"])
        if volume is None:
            return _failure(404, detail=f"no volume {request.path_params['id']}")
        return JSONResponse(self._shown(volume))

    async def publish(self, request: Request) -> Response:
        body = await request.json() if await request.body() else {}
        if wrong := complaint("v2", "PublishRequest", body):
            return _failure(400, detail=wrong)
        target = {"volume": request.path_params["id"], "protocol": body["protocol"]}
        return JSONResponse(target | {"portals": ["192.0.2.10:3260", "192.0.2.11:3260"]})

    async def replication(self, _request: Request) -> Response:
        return JSONResponse({"lag_ms": 4250})

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "nodes": 2})

    @staticmethod
    def _shown(volume: Body) -> Body:
        rest = {name: value for name, value in volume.items() if name != "size"}
        return rest | {"capacity_bytes": volume["size"]}


@dataclass(slots=True)
class _OldAppliance:
    disks: Disks

    def routes(self) -> list[Route]:
        return [
            Route("/volumes", self.list, methods=["GET"]),
            Route("/volumes", self.create, methods=["POST"]),
            Route("/volumes/{id}/publish", self.publish, methods=["PUT"]),
        ]

    async def list(self, _request: Request) -> Response:
        return JSONResponse([self._shown(each) for each in self.disks.volumes.values()])

    async def create(self, request: Request) -> Response:
        body = await request.json()
        if wrong := complaint("v1", "VolumeSpec", body):
            return _failure(400, message=wrong)
        return JSONResponse(self._shown(self.disks.make(body["name"], body["size_gib"] * GIB)))

    async def publish(self, request: Request) -> Response:
        if not {"host", "protocol"} <= request.query_params.keys():
            return _failure(400, message="host and protocol are needed")
        target = {"volume": request.path_params["id"], "portal": "192.0.2.20:3260"}
        return JSONResponse(target | {"protocol": request.query_params["protocol"]})

    @staticmethod
    def _shown(volume: Body) -> Body:
        kept = {name: volume[name] for name in ("id", "name", "node")}
        return kept | {"size_gib": volume["size"] // GIB, "state": volume["state"].upper()}


def _failure(status: int, **said: str) -> Response:
    code = {400: "invalid", 404: "not-found"}[status]
    return JSONResponse({"code": code} | said, status_code=status)


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Serve an ASGI app on the loopback; gives its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(WAIT_S)
