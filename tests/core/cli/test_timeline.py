"""The picture of a history, in every form."""

import json
import os
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from compat.errors import Exit
from core.wire.note import Bookmark, Gap, pack_note
from tests.core.cli.running import Here
from tests.core.cli.test_protect import MIB, connected, isthmus, serving
from tests.core.journals import Made, made

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> & \u201cmonday\u201d"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Fifty writes, half an hour of nothing, and fifty more."""
    found = made(tmp_path_factory.mktemp("made"), (64 << 10, 32 << 10))
    writer, rng = found.opened(), Random(9)
    found.load(writer, rng, runs=50)
    writer.note(pack_note(Bookmark(name=HOSTILE)))
    writer.note(pack_note(Gap(reason="resync <b>", first=3, last=9)))
    writer.note(b'{"note": "\x1b[2J"}')
    found.clock.now += 1800 * 1_000_000_000
    found.load(writer, rng, runs=50)
    writer.close()
    return found


def test_the_picture_for_a_terminal(here: Here, journal: Made) -> None:
    ended = here("timeline", journal.folder)
    assert (ended.code, ended.err) == (Exit.OK, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("2 volumes: 100 writes, ")
    bars = lines[3:7]
    assert all(len(line) <= 100 for line in lines[:10])
    assert bars[-1][0] != " "
    assert bars[-1].strip("▁▂▃▄▅▆▇█").strip() == ""
    assert set(bars[-1][10:90]) == {" "}
    assert lines[7] == "─" * 100
    assert lines[8].strip() == "▲"
    assert lines[9].strip() == "✗"
    assert lines[8].index("▲") in (2, 3)
    assert "sequence 50" in ended.out
    assert HOSTILE in ended.out
    assert "\x1b" not in ended.out
    assert "sequences 3 to 9  resync <b>" in ended.out


def test_the_document_for_programs(here: Here, journal: Made) -> None:
    told = here.json("timeline", journal.folder)
    assert told["volumes"] == ["disk0", "disk1"]
    assert told["window"]["from"] == {"sequence": 1, "time": "2026-01-01T00:00:00Z"}
    assert told["window"]["to"]["sequence"] == 100
    assert sum(each["writes"] for each in told["spans"]) == 100
    assert len(told["spans"]) <= 120
    assert all(
        one["to"] == other["from"]
        for one, other in zip(told["spans"], told["spans"][1:], strict=False)
    )
    assert [each["name"] for each in told["bookmarks"]] == [HOSTILE]
    assert [(each["first"], each["last"]) for each in told["gaps"]] == [(3, 9)]


def test_the_picture_is_svg_that_says_what_it_shows(here: Here, journal: Made) -> None:
    out = here("timeline", journal.folder, "--format", "svg").out
    picture = ElementTree.fromstring(out)
    assert picture.tag == f"{SVG}svg"
    assert picture.get("role") == "img"
    named = picture.get("aria-labelledby", "").split()
    assert [picture.find(f"*[@id='{each}']") is not None for each in named] == [True, True]
    assert len(picture.findall(f"{SVG}rect[@class='bar']")) >= 2
    assert len(picture.findall(f"{SVG}line[@class='mark']")) == 1
    assert len(picture.findall(f"{SVG}line[@class='gap']")) == 1
    for bar in picture.findall(f"{SVG}rect[@class='bar']"):
        title = bar.find(f"{SVG}title")
        assert title is not None
        assert "writes" in str(title.text)
        assert 0 <= float(bar.get("x", "")) <= 960


def test_the_page_stands_alone_and_trusts_nobody(here: Here, journal: Made) -> None:
    out = here("timeline", journal.folder, "--format", "html").out
    assert out.startswith("<!DOCTYPE html>")
    assert "<script" not in out
    assert "&lt;script&gt;" in out
    assert "resync &lt;b&gt;" in out
    assert "default-src &#39;none&#39;" in out or "default-src 'none'" in out
    assert "http://" not in out.replace("http://www.w3.org/2000/svg", "")
    page = ElementTree.fromstring(out.partition("\n")[2])
    assert page.get("lang") == "en"
    assert {each.get("id") for each in page.iter("table")} == {"bookmarks", "gaps", "spans"}
    assert page.find(f".//{SVG}svg") is not None
    assert all(cell.get("scope") for cell in page.iter("th"))


@pytest.mark.parametrize("form", ["text", "json", "svg", "html"])
def test_a_file_gets_what_would_be_printed(
    here: Here, journal: Made, tmp_path: Path, form: str
) -> None:
    words = ("timeline", journal.folder, "--format", form)
    target = tmp_path / "timeline"
    ended = here(*words, "--output", target)
    assert (ended.code, ended.out, ended.err) == (Exit.OK, "", f"{target}: written\n")
    assert target.read_text("utf-8") == here(*words).out


@pytest.mark.parametrize("form", ["text", "json", "svg", "html"])
def test_a_history_without_a_write_is_drawn_too(here: Here, tmp_path: Path, form: str) -> None:
    found = made(tmp_path, (4096,))
    writer = found.opened()
    writer.note(pack_note(Bookmark(name="empty")))
    writer.close()
    ended = here("timeline", found.folder, "--format", form)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert "empty" in ended.out
    if form == "svg":
        ElementTree.fromstring(ended.out)


def test_one_write_is_drawn_at_its_place(here: Here, tmp_path: Path) -> None:
    found = made(tmp_path, (4096,))
    writer = found.opened()
    found.write(writer, 0, 0, b"x" * 512)
    writer.close()
    lines = here("timeline", found.folder).out.splitlines()
    assert lines[0] == "disk0: 1 write, 512B, in 0ms"
    assert lines[3] == "█"


def test_what_went_for_want_of_room_is_told_whole_and_before_all_that_is_left(
    tmp_path: Path,
) -> None:
    words = ("protect", "disk.img", "--create", "1MiB", "--journal", "journal")
    size = ("--listen", "unix:disk.sock", "--journal-size", "22MiB")
    with serving(tmp_path, *words, *size), connected(tmp_path / "disk.sock") as client:
        assert client.put(0, os.urandom(MIB)) == 0
        assert isthmus(tmp_path, "bookmark", "add", "journal", "b1").returncode == 0
        for _ in range(60):
            assert client.put(0, os.urandom(MIB)) == 0
    drawn = json.loads(isthmus(tmp_path, "timeline", "journal", "--format", "json").stdout)
    first = drawn["window"]["from"]["sequence"]
    assert [(each["first"], each["last"]) for each in drawn["gaps"]] == [(0, first - 2)]
    told = isthmus(tmp_path, "timeline", "journal").stdout
    assert any(line.startswith("✗ sequences 0 to ") for line in told.splitlines())
    assert "✗" in [line.rstrip() for line in told.splitlines()], "where the picture begins"
    refused = isthmus(
        tmp_path, "journal", "export", "journal", "--at", "bookmark:b1", "--output", "x"
    )
    assert refused.returncode == 2
    assert f"those of points before sequence {first - 1} are gone with these" in refused.stderr
