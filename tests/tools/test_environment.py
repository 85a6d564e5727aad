"""The set-up that the commands share, run by a shell as they run it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SHELL = "/bin/sh"
ENVIRONMENT = ROOT / "tools" / "environment.sh"


def python(folder: Path, name: str, *, version_fits: bool, has_venv: bool) -> None:
    """A stand-in that answers the two questions which finding an interpreter asks."""
    script = folder / name
    script.write_text(
        f'#!{SHELL}\ncase "$2" in\n'
        f"*version_info*) exit {int(not version_fits)} ;;\n"
        f"*ensurepip*) exit {int(not has_venv)} ;;\nesac\n"
    )
    script.chmod(0o755)


def found(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the shell finds where `folder` is all there is on the PATH."""
    command = f'. "{ENVIRONMENT}"; find_python'
    return subprocess.run(
        [SHELL, "-euc", command],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_newest_python_that_works_is_taken(tmp_path: Path) -> None:
    python(tmp_path, "python3.13", version_fits=False, has_venv=True)  # a shim of nothing
    python(tmp_path, "python3.12", version_fits=True, has_venv=False)
    python(tmp_path, "python3.11", version_fits=True, has_venv=True)
    python(tmp_path, "python3", version_fits=True, has_venv=True)
    assert found(tmp_path).stdout == "python3.11\n"


def test_without_a_python_that_is_new_enough_it_says_what_to_install(tmp_path: Path) -> None:
    python(tmp_path, "python3", version_fits=False, has_venv=True)
    result = found(tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "no Python 3.11 or newer on the PATH" in result.stderr


def test_without_venv_it_says_what_to_install(tmp_path: Path) -> None:
    python(tmp_path, "python3", version_fits=True, has_venv=False)
    result = found(tmp_path)
    assert result.returncode == 1
    assert "found python3, but without the modules venv and ensurepip" in result.stderr
    assert "apt-get install python3-venv" in result.stderr


@pytest.mark.parametrize("name", ["tools/test", "tools/demo", ".ci/run"])
def test_the_commands_can_be_run(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)
