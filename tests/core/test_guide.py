"""The guide to protecting volumes, followed as it stands."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

GUIDE = ROOT / "core" / "README.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_S = 240.0
ISTHMUS = f'#!/bin/sh\nexec "{sys.executable}" -W error -m core "$@"\n'


def test_the_guide_can_be_followed_as_it_stands(tmp_path: Path) -> None:
    for client in ("qemu-io", "nbdcopy"):
        if not shutil.which(client):
            pytest.skip(f"needs {client}; tools/packages installs it")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "isthmus").write_text(ISTHMUS, encoding="utf-8")
    (commands / "isthmus").chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    story = "".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-m", "-c", story],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{commands}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verification failed" not in done.stdout
    assert (here / "restored.img").read_bytes()[: 1 << 20] == b"\xaa" * (1 << 20)
