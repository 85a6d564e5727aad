"""The command line, run in this process and as a real one."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from os import environ
from pathlib import Path

import pytest

from compat.cli.program import run

ROOT = Path(__file__).resolve().parents[3]
APPLIANCE = ROOT / "tests" / "data" / "appliance"
V1, V2, INTENT = (str(APPLIANCE / name) for name in ("v1.yaml", "v2.yaml", "intent.yaml"))
PROCESS_S = 60.0
QUIET = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "ISTHMUS_DEBUG", "PYTHONOPTIMIZE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Here:
    """Runs commands in this process; nothing they print is mixed with anything else."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Ended:
        self._capsys.readouterr()
        code = run(["compat", *words])
        out, err = self._capsys.readouterr()
        return Ended(code=code, out=out, err=err)


def environment(**more: str) -> Mapping[str, str]:
    """The environment of a process that nothing around the tests influences."""
    told = {name: value for name, value in environ.items() if name not in QUIET}
    return {**told, "ISTHMUS_CACHE": "", **more}


def isthmus(*words: str, stdin: str = "", cwd: Path = ROOT, **more: str) -> Ended:
    """A real process: `isthmus` with these words."""
    done = subprocess.run(
        [sys.executable, "-m", "compat", *words],
        input=stdin,
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_S,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def on_terminal(*words: str, cwd: Path = ROOT, **more: str) -> str:
    """What a run shows on a terminal, standard error included."""
    master, slave = pty.openpty()
    environ = environment(PYTHONPATH=str(ROOT), TERM="xterm-256color", COLUMNS="100", **more)
    process = subprocess.Popen(
        [sys.executable, "-m", "compat", *words],
        cwd=cwd,
        env=environ,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = bytearray()
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:  # the terminal's other end is closed
        pass
    finally:
        process.wait(PROCESS_S)
        os.close(master)
    return shown.decode()
