"""The program with the core's commands, run in this process and as a real one."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.cli.program import run
from tests.compat.cli.running import PROCESS_S, ROOT, Ended, environment


class Here:
    """Runs commands in this process; nothing they print is mixed with anything else."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> Ended:
        self._capsys.readouterr()
        code = run([str(each) for each in words])
        out, err = self._capsys.readouterr()
        return Ended(code=code, out=out, err=err)

    def json(self, *words: object) -> Any:
        """The document that a command prints."""
        ended = self(*words, "--format", "json")
        assert ended.err == ""
        return orjson.loads(ended.out)


def isthmus(*words: object, cwd: Path = ROOT, **more: str) -> Ended:
    """A real process: `isthmus` with these words."""
    done = subprocess.run(
        [sys.executable, "-m", "core", *map(str, words)],
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=PROCESS_S,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


def on_terminal(*words: object, **more: str) -> str:
    """What a run shows on a terminal, standard error included."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *map(str, words)],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT), TERM="xterm-256color", COLUMNS="100", **more),
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
