"""Where a demonstration is told: chapters, and the commands that are run in them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from compat.cli.console import abandon_output
from compat.errors import Exit

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND_S: Final = 120.0
CLIENT_S: Final = 60.0
COLUMNS: Final = 110  # where no terminal says how wide it is


class Screen(Console):
    """Ends the program as any of ours where whoever read the output went away."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(width=width, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        abandon_output()
        raise SystemExit(Exit.OUTPUT_CLOSED)


def command(words: Sequence[str], width: int) -> str:
    """A command in lines of a shell that go on, so that it can be pasted."""
    lines = ["$ isthmus"]
    for word in map(shlex.quote, words):
        if len(lines[-1]) + len(word) + len("  \\") > width:
            lines.append("   ")
        lines[-1] += f" {word}"
    return " \\\n".join(lines)


def output_of(words: Sequence[str]) -> str:
    """What a program that is not ours says."""
    done = subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_S,
    )
    if done.returncode:
        raise click.ClickException(f"{words[0]}: {done.stdout}{done.stderr}")
    return done.stdout


class Stage:
    """Where the story is told; `folder` holds what it makes, and `sockets` has a short name."""

    def __init__(self, console: Console, folder: Path, sockets: Path) -> None:
        self.console, self.folder, self.sockets = console, folder, sockets
        self._chapter = 0

    def chapter(self, title: str) -> None:
        self._chapter += 1
        self.console.print()
        self.console.print(Rule(Text(f"{self._chapter}. {title}", style="bold"), align="left"))
        self.console.print()

    def run(self, *words: str, code: int = 0) -> str:
        """A command of the product, as a user would run it from the root of the checkout."""
        self.show(*words)
        done = self._done(*words)
        output = self.named(done.stdout + done.stderr).strip()
        if done.returncode != code:
            raise click.ClickException(f"exit code {done.returncode} for {code}:\n{output}")
        return output

    def quietly(self, *words: str) -> str:
        """What a command says, whatever its exit code; it is not shown."""
        return self._done(*words).stdout.strip()

    def _done(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=os.environ | {"COLUMNS": str(self.console.width)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_S,
        )

    def client(self, *words: str) -> str:
        """A program that is not ours."""
        quoted = (f"'{word}'" if " " in word or "?" in word else word for word in words)
        self.say(self.named("$ " + " ".join(quoted)), "magenta")
        return output_of(words)

    @contextmanager
    def serving(self, *words: str) -> Iterator[dict[str, Any]]:
        """A command that serves until it is told to end; what it says when it is ready."""
        self.show(*words)
        process = subprocess.Popen(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise click.ClickException(process.communicate(timeout=CLIENT_S)[1])
            self.say(self.named(line.strip()), "dim")
            yield json.loads(line)
        finally:
            process.terminate()
            process.communicate(timeout=CLIENT_S)

    def show(self, *words: str) -> None:
        """A command of the product, in lines that can be pasted."""
        self.say(command([*map(self.named, words)], self.console.width), "cyan")

    def named(self, text: str) -> str:
        """What a text says, with a name of the folders that says what is in them."""
        return text.replace(str(self.folder), "generated").replace(str(self.sockets), "generated")

    def say(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style))
