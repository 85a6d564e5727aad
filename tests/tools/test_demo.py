"""The demonstration runs, and shows what it promises."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tree import ROOT

RUN_S = 240.0
CHAPTERS = (
    "Two versions of an interface",
    "What no tool can know fails the build",
    "What may explain a gap is suggested, with evidence, and off",
    "The plan, with what people decided",
    "The shim, generated",
    "Verified, with messages made from the specs",
    "A live old client and a live new server",
    "The other direction: a new client, an old server",
)
FACTS = (
    # The gate, the suggestion and the plan.
    " open gaps, nothing written",
    "(exit code 1)",
    "Stand-in, score ",
    " differences, no open gap, 1 accepted",
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
    assert [fact for fact in FACTS if fact not in done.stdout] == []
    assert list(tmp_path.iterdir()) == []
