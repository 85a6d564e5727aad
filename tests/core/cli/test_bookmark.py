"""Points get names: from the process that writes the journal, or from the command itself."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from compat.errors import Exit
from core.driver.control import ControlServer, Document
from core.driver.lock import WriterLock
from core.errors import CoreError
from tests.compat.cli.running import ROOT, environment
from tests.core.cli.running import Here
from tests.core.journals import Made, loaded, made

SIZES = (64 << 10,)
SERVING = """
import sys
from pathlib import Path
from random import Random
from core.driver.control import ControlServer
from core.driver.lock import WriterLock
from core.wire.note import Bookmark, Consistency, pack_note
from tests.core.journals import made

found = made(Path(sys.argv[1]), (65536,))
with WriterLock(found.folder):
    journal = found.opened()
    found.load(journal, Random(1), runs=25)

    def bookmark(request):
        mark = Bookmark(name=request["name"], consistency=Consistency(request["consistency"]))
        return {"point": journal.note(pack_note(mark)), "time_ns": found.clock.now}

    with ControlServer(found.folder, {"bookmark": bookmark}):
        print("ready", flush=True)
        sys.stdin.read()
    journal.close()
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """The folder of a journal that another process writes."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVING, str(tmp_path)],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield tmp_path / "journal"
        process.communicate("", timeout=30)
        assert process.returncode == 0
    finally:
        process.kill()


def test_the_process_that_writes_the_journal_is_asked(here: Here, served: Path) -> None:
    told = here.json("bookmark", "add", served, "monday", "--consistency", "application")
    assert (told["name"], told["sequence"]) == ("monday", 25)
    (mark,) = here.json("bookmark", "list", served)["bookmarks"]
    assert (mark["name"], mark["sequence"], mark["consistency"]) == ("monday", 25, "application")
    assert mark["time"] == told["time"]
    assert here("journal", "verify", served).code == Exit.OK


def test_what_the_process_refuses_is_told(here: Here, tmp_path: Path) -> None:
    def refused(_: Document) -> Document:
        raise CoreError("not now", hint="ask later")

    found = loaded(tmp_path, SIZES, seed=2, runs=3)
    with WriterLock(found.folder):
        assert "was not reached" in here("bookmark", "add", found.folder, "a").err
        with ControlServer(found.folder, {"bookmark": refused}):
            ended = here("bookmark", "add", found.folder, "a")
    assert ended.code == Exit.BAD_INPUT
    assert ended.err == "isthmus: not now\n  ask later\n"


def test_without_a_writer_the_end_gets_the_name(here: Here, tmp_path: Path) -> None:
    found = loaded(tmp_path, SIZES, seed=2, runs=20)
    before = found.images[0].read_bytes()
    ended = here("bookmark", "add", found.folder, "before the upgrade")
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert ended.err.startswith("before the upgrade: sequence 20, 20")
    assert here.json("bookmark", "add", found.folder, "again")["sequence"] == 20
    out = here("bookmark", "list", found.folder).out.splitlines()
    assert [line.split("  ")[0] for line in out] == ["name", "before the upgrade", "again"]
    assert found.images[0].read_bytes() == before
    assert here.json("journal", "list", found.folder)["state"] == "closed"
    writer = found.opened()
    found.load(writer, Random(1), runs=5)
    writer.close()
    target = tmp_path / "a.img"
    words = ("--at", "bookmark:before the upgrade", "--output", target)
    assert here("journal", "restore", found.folder, *words).code == Exit.OK
    assert target.read_bytes() == found.recorder.states[20][0]


def test_a_name_is_given_once(here: Here, tmp_path: Path) -> None:
    found = loaded(tmp_path, SIZES, seed=2, runs=3)
    assert here("bookmark", "add", found.folder, "a").code == Exit.OK
    ended = here("bookmark", "add", found.folder, "a")
    assert ended.code == Exit.BAD_INPUT
    assert "there is a bookmark that is called 'a'" in ended.err
    assert len(here.json("bookmark", "list", found.folder)["bookmarks"]) == 1


def test_a_journal_that_has_to_be_recovered_is_left_alone(here: Here, tmp_path: Path) -> None:
    found: Made = made(tmp_path, SIZES)
    found.load(found.opened(), Random(1), runs=3)
    names = sorted(each.name for each in found.folder.iterdir())
    ended = here("bookmark", "add", found.folder, "a")
    assert ended.code == Exit.BAD_INPUT
    assert "its volumes have to be recovered first" in ended.err
    assert "isthmus protect" in ended.err
    assert sorted({each.name for each in found.folder.iterdir()} - {"lock"}) == names


def test_what_is_no_name_or_has_no_image_is_told(here: Here, tmp_path: Path) -> None:
    found = loaded(tmp_path, SIZES, seed=2, runs=3)
    assert "is no name of a bookmark" in here("bookmark", "add", found.folder, "a\nb").err
    found.images[0].rename(tmp_path / "moved")
    assert "the image of disk0 is not there" in here("bookmark", "add", found.folder, "a").err
    words = ("--image", f"disk0={tmp_path / 'moved'}")
    assert here("bookmark", "add", found.folder, "a", *words).code == Exit.OK
