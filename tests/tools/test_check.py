"""The command that checks everything: what it runs, and what it says of it."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import check
from tools.check import Outcome, Step


def exits(code: int) -> check.Command:
    return (sys.executable, "-c", f"raise SystemExit({code})")


def test_every_step_runs_although_an_earlier_one_failed() -> None:
    steps = (
        Step(name="first", commands=(exits(3),)),
        Step(name="second", commands=(exits(0),)),
    )
    assert [(each.name, each.passed) for each in check.outcomes(steps)] == [
        ("first", False),
        ("second", True),
    ]


def test_a_step_fails_with_any_of_its_commands() -> None:
    assert not check.run_commands(Step(name="two", commands=(exits(1), exits(0))))
    assert check.run_commands(Step(name="two", commands=(exits(0), exits(0))))


def test_a_step_without_commands_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run_commands(Step(name="generated", commands=(), idle="nothing generated yet"))
    assert capsys.readouterr().out == "nothing generated yet\n"


def test_the_last_line_names_what_failed() -> None:
    good = Outcome(name="lint", passed=True, seconds=0.1)
    bad = Outcome(name="types", passed=False, seconds=2.0)
    assert check.verdict([good, good]) == "passed: lint, lint"
    assert check.verdict([good, bad]) == "FAILED: types"
    assert str(bad) == "types FAILED 2.0 s"


def test_each_generated_package_is_checked_against_its_inputs(tmp_path: Path) -> None:
    assert check.freshness(tmp_path) == ()
    for name in ("moby_v1_v2", "appliance_v1_v2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    commands = check.freshness(tmp_path)
    assert [command[1:] for command in commands] == [
        ("compat", "generate", str(tmp_path / "appliance_v1_v2"), "--check"),
        ("compat", "generate", str(tmp_path / "moby_v1_v2"), "--check"),
    ]


def test_the_modes_choose_the_tests() -> None:
    def options(*, fast: bool = False, long: bool = False, paths: tuple[str, ...] = ()) -> str:
        (command,) = check.test_step(paths=paths, fast=fast, long=long).commands
        return check.shown(command)

    assert options() == "pytest -n 2"
    assert options(fast=True) == "pytest -n 2 -m 'not slow'"
    assert options(long=True) == "pytest -n 2 --hypothesis-profile long -o faulthandler_timeout=0"
    assert options(paths=("tests/a.py",)) == "pytest -n 2 tests/a.py"


@pytest.mark.parametrize(("code", "last"), [(0, "passed: tests"), (1, "FAILED: tests")])
def test_the_exit_code_is_that_of_the_worst_step(
    monkeypatch: pytest.MonkeyPatch, code: int, last: str
) -> None:
    def only(**_modes: object) -> Step:
        return Step(name="tests", commands=(exits(code),))

    monkeypatch.setattr(check, "test_step", only)
    result = CliRunner().invoke(check.main, ["tests/a.py"])
    assert result.exit_code == code
    assert result.output.splitlines()[-1] == last
    assert "lint" not in result.output


def test_modules_stay_compiled_from_one_process_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    words = "import sys; sys.exit(sys.dont_write_bytecode or not sys.pycache_prefix)"
    assert check.run_commands(Step(name="compiled", commands=((sys.executable, "-c", words),)))
