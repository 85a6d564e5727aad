"""Real clients of others; tests that need one skip where it is absent, and say so."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

PATIENCE_S: Final = 120.0
_HOMES: Final = "/usr/bin"


def needs(*names: str) -> None:
    """Skip the test unless these programs are there."""
    path = environment()["PATH"]
    if missing := [name for name in names if shutil.which(name, path=path) is None]:
        pytest.skip(f"needs {', '.join(missing)} on the PATH")


def environment() -> dict[str, str]:
    """Programs of the system come first: some start a Python by name, and need the system's."""
    return {**os.environ, "PATH": f"{_HOMES}{os.pathsep}{os.environ.get('PATH', '')}"}


def run(
    *command: str | Path, code: int = 0, folder: Path | None = None, within_s: float = PATIENCE_S
) -> str:
    """What a program prints; it must end in time, and as expected."""
    needs(str(command[0]))
    done = subprocess.run(
        [str(each) for each in command],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
        cwd=folder,
    )
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
