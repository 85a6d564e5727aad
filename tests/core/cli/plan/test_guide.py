"""The guide to plans, followed as it stands."""

import os
import subprocess
from pathlib import Path

import orjson

from tests.core.test_guide import BLOCK, ISTHMUS, RUN_S
from tests.house.tree import ROOT

GUIDE = ROOT / "core" / "cli" / "plan" / "README.md"


def test_the_guide_can_be_followed_as_it_stands(tmp_path: Path) -> None:
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "isthmus").write_text(ISTHMUS, encoding="utf-8")
    (commands / "isthmus").chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(BLOCK.findall(GUIDE.read_text("utf-8")))],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{commands}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the worst crash is that of h4: 1m16s, 2 groups" in done.stdout
    assert "1 volume with 500GiB exposed" in done.stdout
    assert "100MiB/s are written, and appliances take 90MiB/s all together" in done.stderr
    plan = orjson.loads((here / "plan.json").read_bytes())
    assert plan["order"]["within_limit"]
