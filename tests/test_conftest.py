"""What holds for every run of the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.house.tree import ROOT


def run_without_shared(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Pytest over our settings and one test, in a checkout with nothing beside it."""
    tests = folder / "checkout" / "tests"
    tests.mkdir(parents=True)
    for name in ("__init__.py", "conftest.py", "shared.py"):
        shutil.copy(ROOT / "tests" / name, tests)
    (tests / "test_one.py").write_text(
        "from tests.shared import spec\n\ndef test_one() -> None:\n    spec('moby/v1.51.yaml')\n"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTHONPATH")}
    settings_of_ours = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tests.parent))
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", *settings_of_ours, str(tests)],
        cwd=tests.parent,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_the_published_specs_a_laptop_skips_and_says_so(tmp_path: Path) -> None:
    result = run_without_shared(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "needs the published spec moby/v1.51.yaml" in result.stdout


def test_without_the_published_specs_continuous_integration_fails(tmp_path: Path) -> None:
    result = run_without_shared(tmp_path, CI="true")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI is set, but the published specs are not in" in result.stderr


def test_examples_are_the_same_in_each_run_unless_asked_otherwise() -> None:
    assert settings.get_profile("default").derandomize
    long = settings.get_profile("long")
    assert not long.derandomize
    assert long.max_examples > settings.get_profile("default").max_examples
    assert long.deadline is None
