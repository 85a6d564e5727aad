"""A package that was really generated, behind every adapter."""

import re
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from compat.emit.package import emit
from compat.emit.runtime.chain import chain
from compat.emit.runtime.reading import Face
from compat.intent.read import read_intent
from compat.model.role import Role
from compat.plan.planner import plan
from compat.serve.package import Package, load_package
from compat.serve.proxy import proxy_app
from compat.source import load_interface
from tests.compat.runtime.server import WAIT, serving
from tests.compat.serve.appliances import GIB, Appliance, first_version, second_version

DATA = Path(__file__).parents[2] / "data" / "appliance"
SPEC = {"name": "db", "size_gib": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    old, new = (load_interface(str(DATA / f"{version}.yaml")).interface for version in ("v1", "v2"))
    intent = read_intent("intent.yaml", (DATA / "intent.yaml").read_bytes())
    made = plan(old, new, intent, today="2026-01-01")
    folder = tmp_path_factory.mktemp("generated") / "shim_appliance"
    for name, content in emit(made, "shim_appliance", allow_gaps=False).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def package(folder: Path) -> Package:
    return load_package(str(folder))


@pytest.fixture
def appliance() -> Appliance:
    return Appliance()


def old_client_through(client: httpx.Client, appliance: Appliance) -> None:
    """What a client of version 1 does, and what it must see."""
    made = client.post("/v1/volumes", json=SPEC)
    assert made.status_code == 200, made.text
    assert made.json() == {"id": "v0", **SPEC, "state": "ONLINE", "node": "n1"}
    assert appliance.volumes["v0"]["capacity_bytes"] == 3 * GIB
    assert appliance.volumes["v0"]["thin"] is False
    for number in range(1, 5):
        appliance.add({"name": f"n{number}", "capacity_bytes": GIB, "thin": True}, node="n2")
    assert [volume["id"] for volume in client.get("/v1/volumes").json()] == [
        *("v0", "v1", "v2", "v3", "v4")
    ]
    assert [volume["id"] for volume in client.get("/v1/nodes/n1/volumes").json()] == ["v0"]
    absent = client.get("/v1/volumes/none")
    assert (absent.status_code, absent.json()) == (
        404,
        {"code": "absent", "message": "no such volume"},
    )
    target = client.put("/v1/volumes/v0/publish", params={"host": "h", "protocol": "ISCSI"})
    assert target.json() == {"volume": "v0", "portal": "10.0.0.1:3260", "protocol": "ISCSI"}
    assert len([line for line in appliance.asked if line.startswith("GET /v2/volumes?")]) == 4


def test_an_httpx_client_through_the_packages_own_transport(
    package: Package, appliance: Appliance
) -> None:
    transport = import_module(f"{package.name}.httpx").ShimTransport(package.faces[Role.OLD_CLIENT])
    with (
        serving(second_version(appliance)) as url,
        httpx.Client(base_url=url, transport=transport, timeout=WAIT) as client,
    ):
        old_client_through(client, appliance)


def test_the_app_behind_the_packages_own_middleware(package: Package, appliance: Appliance) -> None:
    shim = import_module(f"{package.name}.asgi").ShimMiddleware
    app = shim(second_version(appliance), package.faces[Role.OLD_CLIENT])
    with serving(app) as url, httpx.Client(base_url=url, timeout=WAIT) as client:
        old_client_through(client, appliance)


def test_the_proxy(package: Package, appliance: Appliance) -> None:
    before = sum(package.totals().values())
    with (
        serving(second_version(appliance)) as upstream,
        serving(proxy_app(package.faces[Role.OLD_CLIENT], upstream)) as url,
        httpx.Client(base_url=url, timeout=WAIT) as client,
    ):
        old_client_through(client, appliance)
    assert sum(package.totals().values()) > before


@pytest.fixture
def there_and_back(package: Package) -> Face:
    """A client of version 1, by way of version 2, to a server of version 1."""
    return chain(package.faces[Role.OLD_CLIENT], package.faces[Role.NEW_CLIENT])


def test_a_chain_there_and_back_is_as_if_it_were_not_there(
    there_and_back: Face, appliance: Appliance
) -> None:
    with (
        serving(first_version(appliance)) as upstream,
        serving(proxy_app(there_and_back, upstream)) as url,
        httpx.Client(base_url=url, timeout=WAIT) as client,
        httpx.Client(base_url=upstream, timeout=WAIT) as direct,
    ):
        assert client.post("/v1/volumes", json=SPEC).json()["size_gib"] == 3
        client.post("/v1/volumes", json={**SPEC, "name": "e"})
        for path in ("/v1/volumes", "/v1/volumes/v1", "/v1/volumes/none"):
            through, past = client.get(path), direct.get(path)
            assert (through.status_code, through.json()) == (past.status_code, past.json())
    assert {line.partition("?")[0].split()[1][:3] for line in appliance.asked} == {"/v1"}


def test_gaps_of_the_package_are_answered_by_the_proxy(
    package: Package, appliance: Appliance
) -> None:
    """They are errors of the package's own class, not of the toolkit's."""
    face = package.faces[Role.NEW_CLIENT]
    with (
        serving(first_version(appliance)) as upstream,
        serving(proxy_app(face, upstream)) as url,
    ):
        spec = {"name": "a", "capacity_bytes": GIB + 1, "thin": True}
        response = httpx.post(f"{url}/v2/volumes", json=spec, timeout=WAIT)
    assert response.status_code == 501, response.text
    assert response.json()["type"].startswith("urn:isthmus:difference:")
    assert appliance.asked == []


def test_the_toolkit_is_not_imported_by_a_package(folder: Path) -> None:
    """Its adapters stand on their own copy of what they share."""
    sources = {path: path.read_text() for path in folder.rglob("*.py")}
    assert sources
    for path, source in sources.items():
        assert re.search(r"^\s*(?:from|import)\s+compat\b", source, re.MULTILINE) is None, path
