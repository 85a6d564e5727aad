"""Breaking a package line by line: every break is noticed, and one that is not is shown."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from compat.cli.program import run
from compat.errors import CompatError, Exit
from tests.compat.plan.specs import spec
from tools import mutate
from tools.mutants import mutants
from tools.mutate import emitted, prepared

ROOT = Path(__file__).parents[2]
RUN_S = 120.0
INTENT = """
intent: 1
bridges:
  - at: Job
    rename: {size: bytes}
"""
TRIES_NOTHING = """
from tools import mutate

mutate.all_cases = lambda *_: []
mutate.lens_agreement = mutate.edits = lambda *_: iter(())
mutate.main()
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package, generated from files, with a lens and an exchange each way."""
    versions = {"v1": "{Job: {size!: integer, state: ON|OFF}}"}
    versions["v2"] = "{Job: {bytes!: integer, state: on|off, limit: integer}}"
    for name, components in versions.items():
        document = spec({"PUT /jobs": "{body!: Job, 200: Job}"}, components, base=f"/{name}")
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(document))
    (tmp_path / "intent.yaml").write_text(INTENT)
    old, new, intent = (str(tmp_path / f"{name}.yaml") for name in ("v1", "v2", "intent"))
    words = ("--intent", intent, "--out", str(tmp_path), "--package", "jobs")
    assert run(["compat", "generate", old, new, *words]) == Exit.OK
    return tmp_path / "jobs"


def mutated(*words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, for it forks."""
    return subprocess.run(
        [sys.executable, *words, "--jobs", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )


def figures(printed: str) -> dict[str, int]:
    """The numbers of the last line."""
    found = re.search(
        r"(\d+) mutants: (\d+) noticed, (\d+) make no difference, (\d+) survive; \d+ s\n$", printed
    )
    assert found, printed
    names = ("mutants", "noticed", "equivalent", "survive")
    return dict(zip(names, map(int, found.groups()), strict=True))


def test_every_broken_line_of_a_small_package_is_noticed(package: Path) -> None:
    ended = mutated("-m", "tools.mutate", str(package))
    assert ended.returncode == Exit.OK, ended.stdout + ended.stderr
    counts = figures(ended.stdout)
    assert counts["mutants"] > 80
    assert counts["survive"] == 0
    assert counts["equivalent"] <= 4
    assert "noticed by lenses" in ended.stdout
    assert "noticed by agreement" in ended.stdout
    assert "noticed by wholeness" in ended.stdout


def test_a_verifier_that_tries_too_little_leaves_survivors(package: Path) -> None:
    ended = mutated("-c", TRIES_NOTHING, str(package), "--only", "lenses")
    assert ended.returncode == Exit.FINDINGS, ended.stdout + ended.stderr
    counts = figures(ended.stdout)
    assert counts["survive"] > 10
    assert "SURVIVES: lenses/job.py" in ended.stdout


def test_a_package_that_is_not_sound_to_begin_with_is_not_broken_further(package: Path) -> None:
    lens = package / "lenses" / "job.py"
    lens.write_text(lens.read_text("utf-8").replace('value["bytes"]', 'value["byte"]'), "utf-8")
    with pytest.raises(CompatError, match=r"is not sound \(agreement\)"):
        prepared(package)


def test_what_is_the_same_in_every_package_is_not_broken(package: Path) -> None:
    names = [str(path) for path in emitted(package)]
    assert {"__init__.py", "old_client.py", "new_client.py", "lenses/job.py"} <= set(names)
    assert not {"values.py", "routing.py", "hooks.py"} & set(names)


PUBLISH = """
def publish(request: Request) -> Flow:
    body = own(request.body)
    if isinstance(body, dict) and "host" in body:
        query["host"] = body.pop("host")
        if not body:
            body = None
    if same(body, {}):
        body = None
    answer = yield Request(method="PUT", path="/publish", query=query, body=body)
    if 400 <= answer.status < 500:
        return revised(answer, body=error_up(own(answer.body)))
    if 500 <= answer.status < 600:
        return revised(answer, body=error_up(own(answer.body)))
    return passed(answer)
"""


def argued(file: str, source: str) -> dict[tuple[int, str], str]:
    """Why a mutant makes no difference, by its line and what it does."""
    return {
        (each.line, f"{each.before} -> {each.after}"): reason
        for each in mutants(Path(file), source)
        if (reason := mutate._argument(each))
    }


def test_only_what_somebody_argued_for_makes_no_difference() -> None:
    assert argued("exchanges/volumes.py", PUBLISH) == {
        (7, "body = None -> pass"): (
            "a body that holds nothing goes just before the request is sent, too"
        ),
        (11, "500 -> 501"): "the next range, which begins with 500, is led the same way",
    }


def test_an_argument_holds_only_where_all_it_speaks_of_is_there() -> None:
    assert argued("a.py", PUBLISH.replace("    if same(body, {}):\n        body = None\n", "")) == {
        (9, "500 -> 501"): "the next range, which begins with 500, is led the same way",
    }
    otherwise = PUBLISH.replace("if 500 <= answer.status < 600", "if 501 <= answer.status < 600")
    assert {line for line, _ in argued("a.py", otherwise)} == {7}


def test_words_for_people_are_those_of_the_package_s_front_alone() -> None:
    source = 'raise AttributeError(f"module {name} has no attribute {name}")\n'
    assert len(argued("__init__.py", source)) == 2
    assert argued("lenses/__init__.py", source) == {}
