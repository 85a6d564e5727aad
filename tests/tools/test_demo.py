"""The demonstration runs, and shows what it promises."""

import os
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

RUN_S = 240.0


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demonstration prints where there is no terminal."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        env=kept | {"TMPDIR": str(folder), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert list(folder.iterdir()) == []
    return done.stdout


def test_it_tells_the_whole_story_in_order(shown: str) -> None:
    chapters = (
        "1. Two versions of an interface",
        "2. What no tool can know fails the build",
        "3. What may explain a gap is suggested, with evidence, and off",
        "4. The plan, with what people decided",
        "5. The shim, generated",
        "6. A live old client and a live new server",
        "7. The other direction: a new client, an old server",
    )
    places = [shown.index(chapter) for chapter in chapters]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "fact",
    [
        # The gate, the suggestion and the plan.
        "16 open gaps, nothing written",
        "(exit code 1)",
        "gibibytes before, bytes now",
        "29 differences, no open gap, 1 accepted",
        # The shim's source.
        "def volume_spec_up(value: Json) -> Json:",
        'value["capacity_bytes"] = value.pop("size_gib")',
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
        "a default supplied",
        "something may be lost",
        "field-added VolumeSpec.thin",
        # A new client asks for what an old server lacks.
        "urn:isthmus:difference:",
        "1 call was refused by name, and the old server not asked",
    ],
)
def test_it_shows(shown: str, fact: str) -> None:
    assert fact in shown

