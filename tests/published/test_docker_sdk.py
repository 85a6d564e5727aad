"""The public docker SDK works through the proxy against an engine of the other version."""

import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from compat.model.role import Role
from compat.serve.package import load_package
from compat.serve.proxy import proxy_app
from compat.source import load_interface
from tests.compat.runtime.server import serving
from tests.faithful import FaithfulServer
from tests.published.shims import Calls
from tests.shared import spec

ADDRESS = "02:42:ac:11:00:02"
LINES = [f"line {number}\n".encode() for number in range(100)]


def logs(_: Request) -> Response:
    """Output as the engine frames it: stream, three zeros, length, bytes."""

    def frames() -> Iterator[bytes]:
        for line in LINES:
            yield struct.pack(">BxxxI", 1, len(line)) + line

    return StreamingResponse(frames(), media_type="application/vnd.docker.multiplexed-stream")


@dataclass
class Engine:
    """An engine of one version, and a client of the other that reaches it through the proxy."""

    server: FaithfulServer
    client: docker.DockerClient


@contextmanager
def engine(shim: Calls, role: Role) -> Iterator[Engine]:
    caller, callee = ("1.51", "1.52") if role is Role.OLD_CLIENT else ("1.52", "1.51")
    ours, theirs = (
        load_interface(str(spec(f"moby/v{version}.yaml")), validate=False).interface
        for version in (caller, callee)
    )
    inspected: dict[str, object] = {"Id": "c1", "Config": {"Tty": False}, "Name": "/c1"}
    server = FaithfulServer(
        theirs,
        ours,
        handlers={
            "GET /containers/{id}/logs": logs,
            "GET /containers/{id}/json": lambda _: JSONResponse(inspected),
        },
    )
    package = load_package(str(Path(shim.shim.__path__[0])))
    with ExitStack() as stack:
        upstream = stack.enter_context(serving(server))
        address = stack.enter_context(serving(proxy_app(package.faces[role], upstream)))
        host = address.removeprefix("http://")
        client = docker.DockerClient(base_url=f"tcp://{host}", version=caller, timeout=20)
        stack.callback(client.close)
        yield Engine(server, client)


@pytest.fixture(params=[Role.OLD_CLIENT, Role.NEW_CLIENT], ids=lambda role: role.value)
def crossed(request: pytest.FixtureRequest, calls: Callable[[str], Calls]) -> Iterator[Engine]:
    with engine(calls("moby_v1.51_v1.52"), request.param) as found:
        yield found
        assert found.server.violations == []


def test_containers_are_listed_and_inspected(crossed: Engine) -> None:
    containers = crossed.client.containers.list(all=True)
    assert [one.id for one in containers] == ["c1"]
    assert crossed.client.containers.get("c1").name == "c1"


def test_a_container_is_created(crossed: Engine) -> None:
    created = crossed.client.api.create_container("alpine:3", command="true", name="c1")
    assert created["Id"]


def test_images_are_listed_and_inspected(crossed: Engine) -> None:
    assert crossed.client.images.list()
    assert crossed.client.images.get("library/alpine:3").id


def test_networks_are_listed(crossed: Engine) -> None:
    assert crossed.client.networks.list()


def test_logs_stream(crossed: Engine) -> None:
    container = crossed.client.containers.get("c1")
    assert list(container.logs(stream=True, follow=True)) == LINES


def test_an_old_client_s_address_reaches_the_new_engine_where_it_belongs(
    calls: Callable[[str], Calls],
) -> None:
    with engine(calls("moby_v1.51_v1.52"), Role.OLD_CLIENT) as found:
        created = found.client.api.create_container("alpine:3", mac_address=ADDRESS)
        assert created["Id"]
        assert found.server.violations == []


def test_without_the_proxy_the_same_client_is_refused(calls: Callable[[str], Calls]) -> None:
    with engine(calls("moby_v1.51_v1.52"), Role.OLD_CLIENT) as found, serving(found.server) as url:
        host = url.removeprefix("http://")
        client = docker.DockerClient(base_url=f"tcp://{host}", version="1.51", timeout=20)
        with pytest.raises(docker.errors.APIError):
            client.containers.list(all=True)
        client.close()
        assert found.server.violations
