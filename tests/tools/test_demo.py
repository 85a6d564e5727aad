"""The demonstration runs, and shows what it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

from compat.errors import Exit
from tests.house.tree import ROOT
from tools.stage import command

RUN_S = 240.0
CHAPTER_LINES_MAX = 110  # two screens
CHAPTERS = (
    "Two versions of an interface",
    "What no tool can know fails the build",
    "What may explain a gap is suggested, with evidence, and off",
    "The plan, with what people decided",
    "The shim, generated",
    "Verified, with messages made from the specs",
    "A live old client and a live new server",
    "The other direction: a new client, an old server",
    "A volume, protected: any second of it again",
    "Two sites: one is lost, and no write with it",
)
FACTS = (
    # The gate, the suggestion and the plan.
    " open gaps, nothing written",
    "(exit code 1)",
    "operation-removed GET /nodes/{node}/volumes",
    "Stand-in, score ",
    " differences, no open gap, 1 accepted",
    "is supplied: false",
    "(here, in a temporary folder in the place of generated/)",
    # The shim's source.
    "def volume_spec_up(value: Json) -> Json:",
    'value["capacity_bytes"] = value.pop("size_gib")',
    "volumes_v1_v2: sound (between v1 and v2, seed 0)",
    # What the old client sent and the new server saw, and the other way round.
    "without the shim: GET /v1/volumes is answered with 404",
    '{"name": "db", "size_gib": 16}',
    '{"host": "web-1", "protocol": "iscsi"}',
    "GET /v2/volumes?starting_token=2",
    "GET /v2/volumes?node=node-2",
    '{"lag_seconds": 4}',
    '{"lag_ms": 4250}',
    '{"code": "not-found", "message": "no volume vol-9"}',
    # What was bridged, defaulted and lost.
    "bridged without loss",
    "supplied by default",
    "with a possible loss",
    "field-added VolumeSpec.thin",
    # A new client asks for what an old server lacks.
    "urn:isthmus:difference:",
    "1 call was refused by name, and the old server not asked",
    'export PATH="$PWD/.venv/bin:$PATH"',
    # A volume is spoilt, looked at as it was, and taken back.
    "isthmus image open",
    "$ debugfs -R 'cat letter' generated/disk.img\nDear reader",
    "to undo it: isthmus rewind",
    # A link is cut and heals, a site is lost and comes back, and both change places.
    "the copy at right is not connected",
    "shop is production here, in epoch 2; it lacks 0 writes",
    "; 1MiB were copied",
    "shop is production here, in epoch 3; it lacks 0 writes",
)


def test_the_demonstration_tells_its_story_and_cleans_up(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        env=kept | {"TMPDIR": str(tmp_path), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    places = [done.stdout.find(f"{number}. {title}") for number, title in enumerate(CHAPTERS, 1)]
    assert -1 not in places
    assert places == sorted(places)
    told = done.stdout + " ".join(done.stdout.split())  # a line may break in the midst of one
    assert [fact for fact in FACTS if fact not in told] == []
    assert list(tmp_path.iterdir()) == []
    chapters = re.split(r"^\d+\. ", done.stdout, flags=re.MULTILINE)
    assert max(len(each.splitlines()) for each in chapters) <= CHAPTER_LINES_MAX


def test_what_it_ran_can_be_pasted_into_a_shell() -> None:
    words = ("compat", "plan", "old.yaml", "new.yaml", "--intent", "what we said.yaml", "--all")
    shown = command(words, 40)
    assert max(map(len, shown.splitlines())) <= 40
    assert len(shown.splitlines()) > 2
    script = f"isthmus() {{ printf '%s\\n' \"$@\"; }}\n{shown.removeprefix('$ ')}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*words]


def test_it_ends_as_told_when_nobody_reads_on(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        demo.stdout.readline()
        demo.stdout.close()
        said = demo.stderr.read()
        code = demo.wait(RUN_S)
    assert (code, said) == (Exit.OUTPUT_CLOSED, "")
    assert list(tmp_path.iterdir()) == []
