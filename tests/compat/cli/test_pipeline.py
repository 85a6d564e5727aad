"""The guide of the gate and the definition of the hook, done as they stand."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from compat.cli.settings import read_settings
from tests.compat.cli.repository import Repository, lamps
from tests.compat.cli.running import PROCESS_S, ROOT, Ended, environment

READ, DROP = "GET /lamps", "DELETE /lamps"
GUIDE: Final = (ROOT / "compat" / "cli" / "README.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOOKS: Final[list[dict[str, Any]]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
KNOWN_TO_PRE_COMMIT: Final = frozenset(
    (
        *("id", "name", "entry", "language", "files", "exclude", "types", "types_or", "args"),
        *("exclude_types", "always_run", "fail_fast", "verbose", "pass_filenames", "stages"),
        *("require_serial", "description", "language_version", "minimum_pre_commit_version"),
    )
)
STAGED: Final = ("diff", "--staged", "--name-only", "--no-ext-diff", "-z")
SUFFIXES: Final = {"yaml": (".yaml", ".yml"), "json": (".json",)}


def block(language: str, start: str) -> str:
    [found] = [text for of, text in BLOCK.findall(GUIDE) if of == language and start in text]
    text: str = found
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A clone of a repository whose `main` has two specs, with `isthmus` and `pip` at hand."""

    repository: Repository
    summary: Path
    path: str

    def run(self, *words: str, **more: str) -> Ended:
        done = subprocess.run(
            words,
            cwd=self.repository.folder,
            env={**environment(PYTHONPATH=str(ROOT)), "PATH": self.path, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=PROCESS_S,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def change(self, *operations: str) -> None:
        self.repository.write({"specs/lamps.yaml": lamps("2", *operations)})
        self.repository.git("add", "specs")


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    script(bin_ / "isthmus", f'exec {shlex.quote(sys.executable)} -m compat "$@"')
    script(bin_ / "pip", 'test "$1" = install && grep -q \'^name = "isthmus"\' "$2/pyproject.toml"')
    repository = Repository(tmp_path / "repository", monkeypatch)
    repository.write({".gitignore": ".isthmus\n", "specs/parts.yaml": "{type: string}\n"})
    repository.commit("Begin", {"specs/lamps.yaml": lamps("1", READ, DROP)})
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin"))
    repository.git("remote", "add", "origin", str(tmp_path / "origin"))
    repository.git("fetch", "--quiet", "origin")
    repository.git("checkout", "--quiet", "-b", "change")
    (repository.folder / ".isthmus").symlink_to(ROOT)
    return Machine(
        repository=repository,
        summary=tmp_path / "summary.md",
        path=f"{bin_}{os.pathsep}{os.environ['PATH']}",
    )


def followed(machine: Machine) -> Mapping[str, Ended]:
    """Every step of the workflow by its name, run as GitHub does it, up to one that fails."""
    workflow = yaml.safe_load(block("yaml", "runs-on"))
    [job] = workflow["jobs"].values()
    known = {"${{ github.base_ref }}": "main"}
    values = dict(job["env"])
    for name, value in values.items():
        for expression, meant in known.items():
            values[name] = value = value.replace(expression, meant)
        assert "${{" not in value
    found: dict[str, Ended] = {}
    for step in job["steps"]:
        if "run" in step:
            words = ("bash", "-e", "-c", step["run"])
            ended = machine.run(*words, GITHUB_STEP_SUMMARY=str(machine.summary), **values)
            found[step["name"]] = ended
            if ended.code:
                break
    return found


def test_the_workflow_lets_pass_what_breaks_nobody(machine: Machine) -> None:
    machine.change(READ, DROP, "PUT /lamps")
    machine.repository.commit("More", {})
    found = followed(machine)
    assert {name: ended.code for name, ended in found.items()} == {
        "Install": 0,
        "What changed": 0,
        "Where it breaks": 0,
        "Gate": 0,
    }
    assert found["Where it breaks"].out == ""
    assert machine.summary.read_text().startswith("**1 change in 1 document for an old client")


def test_the_workflow_fails_at_the_gate_on_what_breaks(machine: Machine) -> None:
    machine.change(READ)
    machine.repository.commit("Less", {})
    found = followed(machine)
    assert [name for name, ended in found.items() if ended.code] == ["Gate"]
    assert found["Where it breaks"].out.startswith("::error file=specs/lamps.yaml,line=6,")
    assert found["Gate"].out.startswith("without a shim: 1 error, 0 warnings\n")
    assert f"lamps.yaml: {DROP}" in machine.summary.read_text()


def test_the_workflow_lets_pass_what_is_accepted_as_the_guide_says(machine: Machine) -> None:
    machine.change(READ)
    machine.repository.commit("Less", {})
    gate = followed(machine)["Gate"].out
    [fingerprint] = re.findall(r" ([0-9a-f]{16}) ", gate)
    accepted = re.sub(r"\b[0-9a-f]{16}\b", fingerprint, block("toml", "accept"))
    machine.repository.commit("Mean it", {"pyproject.toml": accepted})
    assert len(read_settings("pyproject.toml").accepted) == 1
    assert followed(machine)["Gate"].code == 0


def test_the_hook_and_the_gate_are_one(machine: Machine) -> None:
    """What is accepted as the guide says, by the name below the folder, passes both."""
    machine.change(READ)
    told = hooked(machine)
    [fingerprint] = re.findall(r" ([0-9a-f]{16}) ", told.out)
    accepted = re.sub(r"\b[0-9a-f]{16}\b", fingerprint, block("toml", "accept"))
    machine.repository.write({"pyproject.toml": accepted})
    ended = hooked(machine)
    assert (told.code, ended.code) == (1, 0), ended
    assert f"accepted: ERR {DROP}: API removed without deprecation {fingerprint}" in ended.out
    assert "by lighting team until 2999-12-31: no client has used it since 2024" in ended.out
    machine.repository.commit("Less", {})
    assert followed(machine)["Gate"].code == 0


def test_the_definition_of_the_hook_says_what_pre_commit_knows() -> None:
    [hook] = HOOKS
    assert hook.keys() <= KNOWN_TO_PRE_COMMIT
    assert {"id", "name", "entry", "language"} <= hook.keys()
    config = yaml.safe_load(block("yaml", "hooks:"))
    assert [[each["id"] for each in repo["hooks"]] for repo in config["repos"]] == [[hook["id"]]]


def hooked(machine: Machine) -> Ended:
    """The hook's entry with the staged files of its types that the guide's pattern has."""
    [hook] = HOOKS
    [repo] = yaml.safe_load(block("yaml", "hooks:"))["repos"]
    [chosen] = repo["hooks"]
    suffixes = tuple(suffix for each in hook["types_or"] for suffix in SUFFIXES[each])
    listed = machine.repository.git(*STAGED, "--diff-filter=ACMRTUXB").split("\0")
    names = [
        name for name in listed if re.search(chosen["files"], name) and name.endswith(suffixes)
    ]
    assert names
    return machine.run(*shlex.split(hook["entry"]), *chosen.get("args", ()), *names)


def test_the_hook_fails_on_what_breaks_and_passes_on_the_rest(machine: Machine) -> None:
    machine.repository.write({"specs/rooms.json": "{}", "specs/parts.yaml": "{type: integer}\n"})
    machine.repository.write({"specs/new one.yaml": lamps("1", READ)})
    machine.change(READ, DROP, "PUT /lamps")
    ended = hooked(machine)
    assert (ended.code, ended.err) == (0, "")
    machine.change(READ)
    ended = hooked(machine)
    assert (ended.code, ended.err) == (1, "")
    assert f"{DROP}\n  ERR  API removed without deprecation" in ended.out


def hook_of_ones_own(machine: Machine) -> None:
    hook = machine.repository.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(block("sh", "pre-commit"), encoding="utf-8")
    hook.chmod(0o755)


@pytest.mark.parametrize("words", [(), ("-a",), ("specs/lamps.yaml",)])
def test_a_hook_of_one_s_own_stops_a_commit(machine: Machine, words: tuple[str, ...]) -> None:
    """Also where git has an index of its own for the commit."""
    hook_of_ones_own(machine)
    commit = ("git", "commit", "--quiet", "-m", "Change", *words)
    for operations, code in (((READ,), 1), ((READ, DROP, "PUT /lamps"), 0)):
        machine.change(*operations)
        if words:
            machine.repository.git("reset", "--quiet")
        ended = machine.run(*commit)
        assert bool(ended.code) is bool(code), ended
        assert ("API removed without deprecation" in ended.out + ended.err) is bool(code)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mv", "specs/lamps.yaml", "specs/lights.yaml"), 1),
        (("rm", "--quiet", "specs/lamps.yaml"), 1),
        (("rm", "--quiet", "specs/parts.yaml"), 0),
    ],
)
def test_a_hook_of_one_s_own_sees_what_was_renamed_or_removed(
    machine: Machine, words: tuple[str, ...], code: int
) -> None:
    machine.repository.git("config", "diff.renames", "copies")
    hook_of_ones_own(machine)
    machine.repository.git(*words)
    ended = machine.run("git", "commit", "--quiet", "-m", "Change")
    assert ended.code == code, ended
    assert ("ERR  API document removed" in ended.out + ended.err) is bool(code)


def test_every_command_of_the_guide_is_one(machine: Machine) -> None:
    for line in re.findall(r"`(isthmus compat [^`]+)`", GUIDE):
        assert machine.run(*shlex.split(line)).code == 0, line
