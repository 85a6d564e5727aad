"""`isthmus compat generate` with more than two specs: one package, made in one step."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from compat.errors import Exit
from tests.compat.cli.running import Here


def spec(version: int, field: str) -> dict[str, Any]:
    """Volumes with a size under some name; the second version names a pool, too."""
    size = {"type": "integer", "minimum": 0}
    fields: dict[str, Any] = {field: size, "state": {"type": "string", "enum": ["up", "down"]}}
    if version > 1:
        fields["pool"] = {"type": "string"}
    volume = {"type": "object", "required": [*fields], "properties": fields}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Volume"}}}
    answers = {"200": {"description": "It is made.", "content": content}}
    post = {"operationId": "make", "requestBody": {"content": content}, "responses": answers}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Volumes", "version": str(version)},
        "servers": [{"url": f"/v{version}"}],
        "paths": {"/volumes": {"post": post}},
        "components": {"schemas": {"Volume": volume}},
    }


def intent(old: str, new: str, factor: str, default: dict[str, str]) -> dict[str, Any]:
    bridges: list[dict[str, Any]] = [
        {"at": "Volume", "rename": {old: new}, "default": default},
        {"at": f"Volume.{old}", "scale": factor},
    ]
    if not default:
        del bridges[0]["default"]
    return {"intent": 1, "bridges": bridges}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three versions in MiB, KiB and bytes, and the intents between them."""
    fields = ("size_mib", "size_kib", "size")
    for version, field in enumerate(fields, 1):
        (tmp_path / f"v{version}.yaml").write_text(yaml.safe_dump(spec(version, field)))
    for name, old, new, default in (
        ("i12", "size_mib", "size_kib", {"pool": "main"}),
        ("i23", "size_kib", "size", {}),
    ):
        text = yaml.safe_dump(intent(old, new, "1024", default))
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


SPECS = ("v1.yaml", "v2.yaml", "v3.yaml")
INTENTS = ("--intent", "i12.yaml", "--intent", "i23.yaml")
ORDER = (*SPECS, *INTENTS, "--out", ".", "--package", "volumes_v1_v3")


@pytest.fixture
def package(here: Here, folder: Path) -> Path:
    ended = here("generate", *ORDER)
    assert ended.code == Exit.OK, ended.out + ended.err
    return folder / "volumes_v1_v3"


def test_one_package_leads_from_the_oldest_to_the_newest(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(package.parent))
    shim = importlib.import_module("volumes_v1_v3")
    try:
        body = {"size_mib": 3, "state": "up"}
        flow = shim.old_client.exchange(shim.Request(method="POST", path="/v1/volumes", body=body))
        sent = next(flow)
        assert sent.path == "/v3/volumes"
        assert sent.body == {"size": 3 * 1024 * 1024, "state": "up", "pool": "main"}
        with pytest.raises(StopIteration) as ended:
            flow.send(shim.Response(status=200, body=sent.body))
        assert ended.value.value.body["size_mib"] == 3
    finally:
        for name in [each for each in sys.modules if each.startswith("volumes_v1_v3")]:
            del sys.modules[name]


def test_the_manifest_tells_every_input(package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_bytes())
    assert manifest["versions"] == {"old": "v1", "new": "v3"}
    assert manifest["recipe"]["specs"] == [f"../{name}" for name in SPECS]
    assert manifest["recipe"]["intents"] == ["../i12.yaml", "../i23.yaml"]
    first, second = manifest["inputs"]["steps"]
    assert first["new"] == second["old"]
    assert len({*first.values(), *second.values()}) == 5
    assert (first["old"], second["new"]) == (manifest["inputs"]["old"], manifest["inputs"]["new"])


def test_it_is_checked_and_made_again_from_its_manifest(here: Here, package: Path) -> None:
    assert here("generate", str(package), "--check").code == Exit.OK
    (package / "gaps.py").write_text("stale")
    assert here("generate", str(package), "--check").code == Exit.FINDINGS
    assert here("generate", str(package)).code == Exit.OK
    assert here("generate", str(package), "--check").code == Exit.OK


@pytest.mark.parametrize("name", ["v2.yaml", "i12.yaml", "i23.yaml"])
def test_a_change_of_any_input_makes_it_stale_and_unsound(
    here: Here, package: Path, name: str
) -> None:
    path = package.parent / name
    path.write_text(path.read_text() + "\n# changed\n")
    assert here("generate", str(package), "--check").code == Exit.FINDINGS
    ended = here("verify", str(package), "--examples", "0")
    assert ended.code == Exit.FINDINGS
    assert "the package was made from" in ended.out


def test_it_keeps_its_promises(here: Here, package: Path) -> None:
    ended = here("verify", str(package), "--examples", "2")
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert ended.out.startswith("volumes_v1_v3: sound (between v1 and v3, seed 0)\n")


def test_its_tests_can_be_written(here: Here, package: Path) -> None:
    words = ("--examples", "1", "--write-tests", "tests", "--format", "json")
    ended = here("verify", str(package), *words)
    assert ended.code == Exit.OK
    assert json.loads(ended.out)["written"] == [
        "tests/test_volumes_v1_v3.py",
        "tests/test_volumes_v1_v3.json",
    ]


def test_a_step_without_decisions_is_an_empty_intent(here: Here, folder: Path) -> None:
    (folder / "v3.yaml").write_text((folder / "v2.yaml").read_text().replace("/v2", "/v3"))
    words = ("--intent", "i12.yaml", "--intent", "", "--out", ".", "--package", "short")
    assert here("generate", *SPECS, *words).code == Exit.OK
    manifest = json.loads((folder / "short" / "manifest.json").read_bytes())
    assert manifest["recipe"]["intents"] == ["../i12.yaml", ""]
    assert here("generate", "short", "--check").code == Exit.OK


def test_gaps_are_told_step_by_step(here: Here, folder: Path) -> None:
    words = (*SPECS, "--out", ".", "--package", "gaps")
    ended = here("generate", *words)
    assert ended.code == Exit.FINDINGS
    first, second = ended.out.index("from v1 to v2:"), ended.out.index("from v2 to v3:")
    assert first < ended.out.index("pool") < second
    assert not (folder / "gaps").exists()


@pytest.mark.parametrize(
    ("intents", "said"),
    [
        (("--intent", "i12.yaml"), "3 specs make 2 steps, and --intent is given 1 times"),
        ((*INTENTS, "--intent", "x"), "3 specs make 2 steps, and --intent is given 3 times"),
    ],
)
def test_an_intent_belongs_to_each_step(
    here: Here, folder: Path, intents: tuple[str, ...], said: str
) -> None:
    for words in (("generate", "--out", ".", "--package", "p"), ("plan",)):
        ended = here(*words, *SPECS, *intents)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert said in " ".join(ended.err.split())
    assert not (folder / "p").exists()


def test_the_plan_of_several_steps_is_that_of_their_package(here: Here, package: Path) -> None:
    manifest = json.loads((package / "manifest.json").read_bytes())
    found = json.loads(here("plan", *SPECS, *INTENTS, "--format", "json").out)
    assert (found["old"]["name"], found["new"]["name"]) == ("v1", "v3")
    assert found["intent"] == manifest["inputs"]["intent"]
    told = [(each["id"], each["subject"]) for each in manifest["differences"]]
    assert [(each["id"], each["subject"]) for each in found["differences"]] == told


def test_without_any_intent_the_plan_of_several_steps_has_the_gaps_of_each(
    here: Here, folder: Path
) -> None:
    assert folder.is_dir()
    ended = here("plan", *SPECS)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "Volume" in ended.out
    document = json.loads(here("plan", *SPECS, "--format", "json").out)
    gaps = {each["subject"] for each in document["differences"] if each["open"]}
    assert {"Volume.size_mib", "Volume.size_kib"} <= gaps


def test_what_takes_more_than_one_step_is_left_to_a_chain(here: Here, folder: Path) -> None:
    old = spec(1, "size_mib")
    old["paths"]["/gone"] = {"get": {"responses": {"200": {"description": "It was."}}}}
    (folder / "v1.yaml").write_text(yaml.safe_dump(old))
    decided = yaml.safe_load((folder / "i12.yaml").read_text())
    decided["operations"] = [{"old": "GET /gone", "hook": "drive"}]
    (folder / "i12.yaml").write_text(yaml.safe_dump(decided))
    ended = here("generate", *ORDER)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "more than one step: GET /gone" in ended.err
    assert "NAME.chain.chain(a, b)" in ended.err
    assert not (folder / "volumes_v1_v3").exists()
