"""The guide to nodes, followed as it stands."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.core.driver.programs import needs
from tests.core.node.running import words_of
from tests.core.node.test_links import free_port
from tests.core.test_guide import BLOCK, ISTHMUS, RUN_S
from tests.house.tree import ROOT

PORTS = ("7480", "7490")
LONG = settings.default is settings.get_profile("long")
BACK = "\n## Back, and changing places\n"
"""From there on it is followed in the long mode."""

GUIDE = ROOT / "core" / "cli" / "site" / "README.md"


@pytest.fixture
def here() -> Iterator[Path]:
    """A folder whose name is short; nothing that was begun in it is left."""
    folder = Path(tempfile.mkdtemp(prefix="isg"))
    yield folder
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        if str(folder).encode() in words_of(path):
            os.kill(int(path.parent.name), signal.SIGKILL)
    shutil.rmtree(folder)


def test_the_guide_can_be_followed_as_it_stands(here: Path, tmp_path: Path) -> None:
    needs("qemu-io")
    (tmp_path / "isthmus").write_text(ISTHMUS, encoding="utf-8")
    (tmp_path / "isthmus").chmod(0o755)
    text = GUIDE.read_text(encoding="utf-8")
    assert text.count(BACK) == 1
    story = "".join(BLOCK.findall(text if LONG else text.partition(BACK)[0]))
    for port in PORTS:  # somebody else may have those that the guide names
        assert port in story
        story = story.replace(port, str(free_port()))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-m", "-c", story],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verification failed" not in done.stdout
    assert "256KiB differ" in done.stdout or "1MiB differ" in done.stdout
    assert re.search(r"^state +closed$", done.stdout, re.MULTILINE)
    if LONG:
        assert re.search(
            r"^shop is production here, in epoch 3; it lacks 0 writes$", done.stderr, re.M
        )
