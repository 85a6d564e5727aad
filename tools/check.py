"""The checks that every change passes; `tools/test` sets up and runs them.

Every step runs even where an earlier one failed, so that one run shows everything there is to mend.
The tests come last: their own closing line is then among the last lines of the whole output.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = "2"
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Commands that must all succeed; `idle` says what it means that there are none."""

    name: str
    commands: tuple[Command, ...]
    idle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step went; `seconds` is wall time."""

    name: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} {'ok' if self.passed else 'FAILED'} {self.seconds:.1f} s"


def python(*arguments: str) -> Command:
    """A module run by the interpreter that runs this."""
    return (sys.executable, "-m", *arguments)


def freshness(generated: Path) -> tuple[Command, ...]:
    """One command for each package under `generated`: is it what its inputs give today?"""
    isthmus = str(Path(sys.executable).with_name("isthmus"))
    packages = sorted(manifest.parent for manifest in generated.glob("*/manifest.json"))
    return tuple((isthmus, "compat", "generate", str(folder), "--check") for folder in packages)


def static_steps() -> tuple[Step, ...]:
    """What can be said without running the product's tests."""
    return (
        Step(name="format", commands=(python("ruff", "format", "--check", "."),)),
        Step(name="lint", commands=(python("ruff", "check", "."),)),
        Step(name="types", commands=(python("mypy"),)),
        Step(
            name="generated", commands=freshness(ROOT / "generated"), idle="nothing generated yet"
        ),
    )


def test_step(*, paths: Sequence[str], fast: bool, long: bool) -> Step:
    """The tests under `paths`, or all of them."""
    options = ["-n", PROCESSES]
    if fast:
        options += ["-m", "not slow"]
    if long:
        options += ["--hypothesis-profile", "long", "-o", "faulthandler_timeout=0"]
    return Step(name="tests", commands=(python("pytest", *options, *paths),))


def shown(command: Command) -> str:
    """The command as a person would type it."""
    words = command[2:] if command[:2] == (sys.executable, "-m") else command
    return " ".join(f"'{word}'" if " " in word else word for word in words)


def surroundings() -> Mapping[str, str]:
    """The environment, in which modules stay compiled: tests start a thousand processes.

    What is compiled lies apart, so that the checkout stays as it is.
    """
    compiled = {"PYTHONPYCACHEPREFIX": str(ROOT / ".venv" / "compiled")}
    inherited = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return compiled | inherited


def run_commands(step: Step) -> bool:
    """Run each command of a step to its end, on the caller's terminal."""
    if not step.commands:
        click.echo(step.idle)
    codes, around = [], surroundings()
    for command in step.commands:
        click.secho(f"$ {shown(command)}", dim=True)
        codes.append(subprocess.run(command, cwd=ROOT, env=around, check=False).returncode)
    return not any(codes)


def outcomes(steps: Sequence[Step]) -> Iterator[Outcome]:
    """Run the steps in order, each to its end, whatever became of those before it."""
    for step in steps:
        click.secho(f"== {step.name}", bold=True)
        started = time.perf_counter()
        passed = run_commands(step)
        outcome = Outcome(name=step.name, passed=passed, seconds=time.perf_counter() - started)
        click.secho(f"-- {outcome}", fg="green" if passed else "red")
        yield outcome


def verdict(done: Sequence[Outcome]) -> str:
    """The last line: what failed, or all that passed."""
    failed = [outcome.name for outcome in done if not outcome.passed]
    word, names = ("FAILED", failed) if failed else ("passed", [each.name for each in done])
    return f"{word}: {', '.join(names)}"


@click.command()
@click.option("--fast", is_flag=True, help="Leave out the tests marked slow.")
@click.option("--long", is_flag=True, help="Generate many more examples, new ones in each run.")
@click.argument("paths", nargs=-1)
def main(fast: bool, long: bool, paths: tuple[str, ...]) -> None:
    """Check format, lint, types and generated packages, then run all tests.

    With PATHS (files, folders or pytest's file.py::test_name), run those tests and nothing else.
    """
    tests = test_step(paths=paths, fast=fast, long=long)
    steps = (tests,) if paths else (*static_steps(), tests)
    done = tuple(outcomes(steps))
    click.echo(" | ".join(str(outcome) for outcome in done))
    click.echo(verdict(done))
    sys.exit(not all(outcome.passed for outcome in done))


if __name__ == "__main__":
    main(prog_name="./tools/test")
