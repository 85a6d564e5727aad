"""Specs whose names are those of Python, of the emitted modules, or of nothing at all."""

import builtins
import importlib
import json
import keyword
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from compat.emit.package import emit, runtime_parts
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from compat.source import load_interface

ROOT = Path(__file__).resolve().parents[3]
PYTHON = [*keyword.kwlist, *keyword.softkwlist, *filter(str.islower, dir(builtins))]
OURS = [path.removesuffix(".py") for path in runtime_parts()]
MADE = ["value", "answer", "captured", "joined", "request", "exchanges", "lenses", "hooks", "gaps"]
ODD = ["", " ", "Ünïcödé", "列表", "a" * 300, "1st", "..", "x-y", "l", "_private", "con", "\n"]
ALIKE = ["Volume", "volume", "VOLUME", "x_up", "count_size", "CountSize", "scaled", "lens_scaled"]
TESTS = ["test", "TestResult", "load_test"]
# Those that have clashed: typing a package of all names takes too long.
AWKWARD = ["list", "type", "class", "print", "match", "own", "json", "asgi", "lenses", *ODD, *ALIKE]
AWKWARD += TESTS


def spec(names: Sequence[str], *, new: bool) -> dict[str, Any]:
    """Operations, schemas, fields, parameters and headers of these names; all differ in both."""
    text = {"type": "string"} if new else {"type": "integer"}
    schemas, paths = {}, {}
    for number, name in enumerate(names):
        other = names[(number * 5 + 1) % len(names)]
        reference = {"$ref": f"#/components/schemas/{name.replace('/', '~1')}"}
        fields = {
            name: text,
            f"{other}_": {"type": "array", "items": {"enum": ["on"] if new else ["ON"]}},
            "within": {"type": "object", "properties": {name: {"properties": {other: text}}}},
            "next": {"$ref": f"#/components/schemas/{other.replace('/', '~1')}"},
        }
        schemas[name] = {"type": "object", "properties": fields}
        content = {"application/json": {"schema": reference}}
        path = {"name": "here" if new else "there", "in": "path", "schema": text}
        segment = "".join(letter for letter in name if letter.isalnum() or letter in "_-")
        paths[f"/{segment}/{number}/{{{path['name']}}}"] = {
            "post": {
                "operationId": name,
                "parameters": [
                    {**path, "required": True},
                    {"name": name or "none", "in": "query", "schema": text},
                    {"name": name or "none", "in": "header", "schema": text},
                ],
                "requestBody": {"content": content},
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {name or "none": {"schema": text}},
                        "content": content,
                    }
                },
            }
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Names", "version": "2" if new else "1"},
        "servers": [{"url": "/v2" if new else "/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def planned(names: Sequence[str], folder: Path) -> BridgePlan:
    for version in ("v1", "v2"):
        text = json.dumps(spec(names, new=version == "v2"))
        (folder / f"{version}.json").write_text(text, "utf-8")
    old, new = (
        load_interface(str(folder / f"{version}.json"), validate=False).interface
        for version in ("v1", "v2")
    )
    return plan(old, new, today="2026-01-01")


def written(names: Sequence[str], folder: Path, package: str) -> Sequence[str]:
    """The modules of the package made for these names, which is in the folder then."""
    files = emit(planned(names, folder), package, allow_gaps=True)
    assert len({path.lower() for path in files}) == len(files)
    for path, content in files.items():
        target = folder / package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    parts = [path for path in files if path.endswith(".py")]
    return [f"{package}.{path[:-3]}".replace("/", ".").removesuffix(".__init__") for path in parts]


def test_every_module_of_a_package_with_awkward_names_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    names = list(dict.fromkeys([*PYTHON, *OURS, *MADE, *AWKWARD]))
    for module in written(names, tmp_path, "awkward_all"):
        importlib.import_module(module)
    role = importlib.import_module("awkward_all.old_client")
    places = [route.exchange for route in role.ROUTES]
    assert len(set(places)) == len(names)
    for place in places:
        module, _, function = place.partition(".")
        assert callable(
            getattr(importlib.import_module(f"awkward_all.exchanges.{module}"), function)
        )


def test_the_linter_and_the_type_checker_mind_no_name(tmp_path: Path) -> None:
    written(AWKWARD, tmp_path, "shim")
    settings = ("--config", str(ROOT / "pyproject.toml"), "--no-cache")
    cache = f"--cache-dir={tmp_path / 'cache'}"
    for command in (
        ("ruff", "check", *settings, "shim"),
        ("ruff", "format", "--check", *settings, "shim"),
        ("mypy", "--strict", "--python-version=3.11", cache, "-p", "shim"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def test_a_test_runner_takes_no_module_for_tests(tmp_path: Path) -> None:
    for module in written(AWKWARD, tmp_path, "shim"):
        last = module.rpartition(".")[2]
        assert not last.startswith("test_")
        assert not last.endswith("_test")
