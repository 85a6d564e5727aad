"""The toolkit's figures: conversions, requests beside Cadwyn, cold import, the proxy.

The change that is measured is the demonstration's: volumes whose size got another name and unit and
whose states changed case (`tests/data/appliance`).
"""

import asyncio
import importlib
import json
import marshal
import math
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from compat.emit.package import emit
from compat.intent.model import NO_INTENT
from compat.intent.read import read_intent
from compat.model.role import Role
from compat.plan.planner import plan
from compat.serve.package import load_package
from compat.serve.proxy import proxy_app
from compat.source import load_interface
from tools.appliance import SPECS, serving
from tools.benchmarks.cadwyn_peer import VOLUME, cadwyn_app, plain_app
from tools.benchmarks.measure import Clock, Figure, interleaved, table
from tools.benchmarks.plain_proxy import PlainProxy

TODAY = "2026-11-23"
ENGINE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "spec-pairs" / "moby"


FIGURES = ("conversion", "request", "import", "proxy")


def tables(figures: Collection[str], rounds: int) -> Iterator[str]:
    """The tables of those of the FIGURES, as they are measured."""
    with TemporaryDirectory() as folder:
        shim = _appliance(Path(folder))
        if "conversion" in figures:
            yield from _conversions(shim, rounds)
        if "request" in figures:
            yield from asyncio.run(_requests(shim, rounds))
        if "import" in figures:
            yield _cold_import(Path(folder), rounds)
        if "proxy" in figures:
            yield asyncio.run(_proxied(Path(folder) / shim.__name__, rounds))


def _appliance(folder: Path) -> ModuleType:
    path = SPECS / "intent.yaml"
    intent = read_intent(str(path), path.read_bytes())
    return _generate(folder, "bench_appliance", SPECS / "v1.yaml", SPECS / "v2.yaml", intent)


def _generate(folder: Path, name: str, old: Path, new: Path, intent: Any) -> ModuleType:
    ours, theirs = (load_interface(str(path), validate=False).interface for path in (old, new))
    made = emit(plan(ours, theirs, intent, today=TODAY), name, allow_gaps=True)
    for path, content in made.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    sys.path.insert(0, str(folder))
    return importlib.import_module(name)


# --- conversion -----------------------------------------------------------------------------------

Own = Callable[[object], Any]
GIB = 1 << 30
STATES = {
    "online": "ONLINE",
    "degraded": "DEGRADED",
    "offline": "OFFLINE",
    "rebuilding": "DEGRADED",
}


def _volumes(size: int) -> dict[str, Any]:
    """A page of volumes whose JSON is about `size` bytes."""
    one = {"id": "vol-1", "name": "mail", "capacity_bytes": 1 << 37, "thin": True}
    one |= {"state": "online", "node": "node-1"}
    count = round(size / len(json.dumps(one)))
    return {"entries": [{**one, "id": f"vol-{number}"} for number in range(count)]}


def by_hand(body: Any, own: Own) -> Any:
    """The new version's page as the old version's list: what an engineer would write.

    It keeps what the emitted conversion promises, but for counting. The body of the caller stays as
    it is and shares nothing with the answer (`own` copies; no other copy is as fast). What the spec
    does not allow passes: fields that are missing, values of other types.
    """
    page = own(body)
    if not isinstance(page, dict) or "entries" not in page:
        return page
    volumes = page["entries"]
    if not isinstance(volumes, list):
        return volumes
    for volume in volumes:
        if not isinstance(volume, dict):
            continue
        if "capacity_bytes" in volume:
            size = volume.pop("capacity_bytes")
            if type(size) is int:
                size //= GIB
            elif isinstance(size, float) and math.isfinite(size):
                size = math.floor(Fraction(repr(size)) / GIB)
            volume["size_gib"] = size
        state = volume.get("state")
        if isinstance(state, str) and state in STATES:
            volume["state"] = STATES[state]
        if volume.get("thin") is False:
            del volume["thin"]
    return volumes


def trusting(body: Any) -> Any:
    """The same for pages that are as the spec says; it fails on others, or goes wrong."""
    page = marshal.loads(marshal.dumps(body))
    volumes = page["entries"]
    for volume in volumes:
        size = volume.pop("capacity_bytes")
        volume["size_gib"] = size // GIB
        state = volume["state"]
        if state in STATES:
            volume["state"] = STATES[state]
        if volume.get("thin") is False:
            del volume["thin"]
    return volumes


def _odd_pages() -> Iterator[Any]:
    """Pages as the spec would have them, and others, which the conversions treat alike."""
    one = _volumes(1 << 10)["entries"][0]
    numbers = (0, -1, 1 << 70, 1.5e9, math.inf)
    values: tuple[Any, ...] = (None, True, False, *numbers, "text", "offline", [], {})
    yield from ([], None, "page", 5, {}, {"entries": None}, {"entries": {}, "next_token": "a"})
    for name in one:
        yield {"entries": [one, {each: one[each] for each in one if each != name}]}
        for value in values:
            yield {"entries": [{**one, name: value, "other": [value]}, value]}
    yield {"entries": [one, one, {**one, "nested": [one]}]}


def _conversions(shim: ModuleType, rounds: int) -> Iterator[str]:
    lenses = importlib.import_module(f"{shim.__name__}.lenses.get_volumes_response_200")
    own: Own = importlib.import_module(f"{shim.__name__}.values").own
    down = lenses.get_volumes_response_200_down
    for page in _odd_pages():
        before, ours, theirs = repr(page), by_hand(page, own), down(own(page))
        assert written(ours) == written(theirs), (page, ours, theirs)
        assert repr(page) == before
    for size in (1 << 10, 100 << 10):
        body = _volumes(size)
        assert down(own(body)) == by_hand(body, own) == trusting(body)
        figures = interleaved(
            {
                "by hand": lambda body=body: by_hand(body, own),  # type: ignore[misc]
                "by hand, trusting the callee": lambda body=body: trusting(body),  # type: ignore[misc]
                "emitted": lambda body=body: down(own(body)),  # type: ignore[misc]
                "the copy alone": lambda body=body: own(body),  # type: ignore[misc]
                "a recursive copy": lambda body=body: recursive_copy(body),  # type: ignore[misc]
            },
            rounds,
        )
        yield table(f"Conversion of a {size >> 10} KiB answer (CPU time)", figures, "by hand")


def recursive_copy(value: Any) -> Any:
    """What `own` does with one `marshal` round trip."""
    if isinstance(value, dict):
        return {name: recursive_copy(member) for name, member in value.items()}
    return [recursive_copy(item) for item in value] if isinstance(value, list) else value


def written(value: Any) -> str:
    """The value as text, in which 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


# --- requests beside Cadwyn -----------------------------------------------------------------------


async def _volume(_: Request) -> JSONResponse:
    return JSONResponse({**VOLUME, "thin": False})


async def _requests(shim: ModuleType, rounds: int) -> list[str]:
    """One volume, asked for by an old client; the apps are called as a server would call them."""
    middleware = importlib.import_module(f"{shim.__name__}.asgi").ShimMiddleware
    plain = Starlette(routes=[Route("/v2/volumes/{id}", _volume)])
    apps = {
        "FastAPI, one version": Asked(plain_app(), "/v2/volumes"),
        "FastAPI with Cadwyn": Asked(cadwyn_app(), "/volumes", "2025-01-01"),
        "FastAPI behind the shim": Asked(middleware(plain_app(), shim.old_client), "/v1/volumes"),
        "Starlette, one version": Asked(plain, "/v2/volumes"),
        "Starlette behind the shim": Asked(middleware(plain, shim.old_client), "/v1/volumes"),
    }
    for name, asked in apps.items():
        answer = json.loads(await asked.answer())
        assert ("size_gib" in answer) == ("one version" not in name), (name, answer)
    # Many short rounds: what the machine does besides then hits a few of them, and all apps alike.
    figures = await _interleaved_async(
        {name: asked.answer for name, asked in apps.items()}, rounds * 20, calls=20
    )
    added = {
        "Cadwyn": figures["FastAPI with Cadwyn"] - figures["FastAPI, one version"],
        "the shim, on FastAPI": figures["FastAPI behind the shim"]
        - figures["FastAPI, one version"],
        "the shim, on Starlette": figures["Starlette behind the shim"]
        - figures["Starlette, one version"],
    }
    return [
        table("One request in process (CPU time)", figures, "Starlette behind the shim"),
        table("What the old version adds to it (CPU time)", added, "the shim, on Starlette"),
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests to an ASGI app, made without a client or a server around it."""

    app: Any
    collection: str  # the path of it
    version: str = ""
    numbers: Iterator[int] = field(default_factory=count)

    async def answer(self) -> bytes:
        """The answer's body; every time that of another volume."""
        path = f"{self.collection}/{next(self.numbers)}"
        headers = [(b"host", b"localhost")]
        if self.version:
            headers.append((b"x-api-version", self.version.encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "server": ("localhost", 80),
            "client": ("localhost", 1),
        }
        body = b""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal body
            body += message.get("body", b"")

        await self.app(scope, receive, send)
        return body


async def _interleaved_async(
    contenders: dict[str, Callable[[], Awaitable[object]]],
    rounds: int,
    clock: Clock = time.process_time,
    calls: int = 300,
) -> dict[str, Figure]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            began = clock()
            for _ in range(calls):
                await call()
            times[name].append((clock() - began) / calls * 1e6)
    return {name: Figure(tuple(found)) for name, found in times.items()}


# --- cold import ----------------------------------------------------------------------------------

COLD = """
import sys; sys.path.insert(0, {folder!r})
from {name} import Request, Response, old_client
flow = old_client.exchange(Request(method="GET", path={path!r}))
next(flow)
try:
    flow.send(Response(status=200, body={{"Id": "i", "Author": None}}))
except StopIteration as stop:
    assert stop.value.body == {{"Id": "i"}}
"""


def _cold_import(folder: Path, rounds: int) -> str:
    """A new process each: the interpreter alone, and with the container engine's shim."""
    title = "A cold process: the engine API's shim imported, one message converted"
    if not ENGINE.exists():
        return f"{title}\nnot measured: needs the published specs beside the checkout"
    _generate(folder, "bench_engine", ENGINE / "v1.51.yaml", ENGINE / "v1.52.yaml", NO_INTENT)
    code = COLD.format(folder=str(folder), name="bench_engine", path="/v1.51/images/a/json")
    figures = interleaved(
        {"the interpreter alone": _process("pass"), "with the shim": _process(code)},
        rounds,
        time.perf_counter,
    )
    return table(title, figures, "the interpreter alone")


def _process(code: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-I", "-c", code], check=True)


# --- proxy ----------------------------------------------------------------------------------------


async def _proxied(package: Path, rounds: int) -> str:
    server = Starlette(routes=[Route("/v2/volumes/{id}", _volume)])
    face = load_package(str(package)).faces[Role.OLD_CLIENT]
    with serving(server) as upstream:
        plain = PlainProxy(upstream)
        shim = proxy_app(face, upstream)
        with serving(plain) as passing, serving(shim) as shimming:
            async with httpx.AsyncClient() as client:
                figures = await _interleaved_async(
                    {
                        "no proxy": lambda: client.get(f"{upstream}/v2/volumes/1"),
                        "a plain proxy": lambda: client.get(f"{passing}/v2/volumes/1"),
                        "isthmus compat proxy": lambda: client.get(f"{shimming}/v1/volumes/1"),
                    },
                    rounds,
                    time.perf_counter,
                )
    return table(
        "One request over TCP on the loopback, uvicorn and httpx", figures, "a plain proxy"
    )
