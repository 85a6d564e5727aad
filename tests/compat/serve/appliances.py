"""The two versions of the appliance under tests/data, as ASGI apps over the same kind of store."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

GIB = 1 << 30
PAGE = 2


class Appliance:
    """What both versions keep: volumes by id, in the words of version 2, and what was asked."""

    def __init__(self) -> None:
        self.volumes: dict[str, dict[str, object]] = {}
        self.asked: list[str] = []

    def add(self, spec: dict[str, object], *, node: str = "n1") -> dict[str, object]:
        name = f"v{len(self.volumes)}"
        self.volumes[name] = {"id": name, **spec, "state": "online", "node": node}
        return self.volumes[name]

    def note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")


def second_version(appliance: Appliance) -> Starlette:
    """Bytes, pages, and words in lower case."""

    async def volumes(request: Request) -> Response:
        appliance.note(request)
        if request.method == "POST":
            return JSONResponse(appliance.add(await request.json()), 201)
        node = request.query_params.get("node")
        found = [v for v in appliance.volumes.values() if node in (None, v["node"])]
        start = int(request.query_params.get("starting_token") or 0)
        page: dict[str, object] = {"entries": found[start : start + PAGE]}
        if start + PAGE < len(found):
            page["next_token"] = str(start + PAGE)
        return JSONResponse(page)

    async def volume(request: Request) -> Response:
        appliance.note(request)
        found = appliance.volumes.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"code": "absent", "detail": "no such volume"}, 404)
        return JSONResponse(found)

    async def publish(request: Request) -> Response:
        appliance.note(request)
        told = await request.json()
        target = {"volume": request.path_params["id"], "portals": ["10.0.0.1:3260", "10.0.0.2:1"]}
        return JSONResponse({**target, "protocol": told["protocol"]})

    return Starlette(
        routes=[
            Route("/v2/volumes", volumes, methods=["GET", "POST"]),
            Route("/v2/volumes/{id}", volume),
            Route("/v2/volumes/{id}/publish", publish, methods=["PUT"]),
        ]
    )


def first_version(appliance: Appliance) -> Starlette:
    """Gibibytes, everything at once, and words in upper case."""

    def told(volume: dict[str, object]) -> dict[str, object]:
        size = volume["capacity_bytes"]
        assert isinstance(size, int)
        names = {name: volume[name] for name in ("id", "name", "node")}
        return {**names, "size_gib": size // GIB, "state": str(volume["state"]).upper()}

    async def volumes(request: Request) -> Response:
        appliance.note(request)
        if request.method == "POST":
            spec = await request.json()
            made = {"name": spec["name"], "capacity_bytes": spec["size_gib"] * GIB}
            return JSONResponse(told(appliance.add(made)))
        return JSONResponse([told(volume) for volume in appliance.volumes.values()])

    async def volume(request: Request) -> Response:
        appliance.note(request)
        found = appliance.volumes.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"code": "absent", "message": "no such volume"}, 404)
        return JSONResponse(told(found))

    return Starlette(
        routes=[
            Route("/v1/volumes", volumes, methods=["GET", "POST"]),
            Route("/v1/volumes/{id}", volume),
        ]
    )
