"""The guide to planned configurations, followed as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

GUIDE = ROOT / "core" / "cli" / "plan" / "configuration" / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_S = 240.0


@pytest.mark.long
def test_the_guide_can_be_followed_as_it_stands(tmp_path: Path) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    program = commands / "isthmus"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W error -m core "$@"\n', "utf-8")
    program.chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    story = "".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", story],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{commands}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all goals are kept" in done.stdout
    assert "hosts may not be held up, and none is expected; so the lag keeps to 1s" in done.stdout
    assert (here / "plan.html").is_file()
