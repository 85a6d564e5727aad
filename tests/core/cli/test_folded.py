"""The commands over a journal in which points were thinned out."""

from functools import partial
from pathlib import Path
from random import Random

import pytest

from compat.errors import Exit
from core.driver.folder import DiskFolder
from core.driver.lock import WriterLock
from core.machine.journal.consolidation import draft
from core.stream.folding import last_of_each
from core.stream.history import History
from core.stream.names import place_of
from core.wire.note import Bookmark, Gap, pack_note
from core.wire.segment import Stream
from tests.core.cli.running import Here
from tests.core.journals import STEP_NS, Made, made

MINUTE_NS = 60 * STEP_NS
BOOKED = 100


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A write in each second; of all but the last two epochs a point in each minute."""
    found = made(tmp_path_factory.mktemp("folded"), (96 << 10, 64 << 10))
    rng = Random(7)
    with WriterLock(found.folder):
        journal = found.opened()
        found.load(journal, rng, runs=BOOKED)
        journal.note(pack_note(Bookmark(name="kept")))
        for first in (1, 11, 31):
            journal.note(pack_note(Gap(reason="no room", first=first, last=first + 9)))
        found.load(journal, rng, runs=250)
        heads = journal.shelf.heads(Stream.DO)[:-2]
        folder = DiskFolder(found.folder)
        head = draft(
            folder,
            [*map(place_of, heads)],
            partial(last_of_each, step_ns=MINUTE_NS),
            group=heads[0].group,
            where="journal",
            step_ns=MINUTE_NS,
            bytes_max=1 << 30,
        )
        for name in journal.shelf.adopt(head):
            folder.remove(name)
        journal.close()
    return found


def points(journal: Made) -> list[int]:
    history = History(DiskFolder(journal.folder), where="journal")
    return [history.first, *history.points()["sequence"].tolist()]


def second_of(sequence: int) -> int:
    """When it was written: four notes took a second each."""
    return sequence - 1 if sequence <= BOOKED else sequence + 3


def restored(here: Here, journal: Made, at: str, top: Path) -> tuple[bytes, ...]:
    targets = [top / "one.img", top / "two.img"]
    ended = here("journal", "restore", journal.folder, "--at", at, "--force", "--output", *targets)
    assert ended.code == Exit.OK, ended.err
    return tuple(target.read_bytes() for target in targets)


def test_a_point_that_was_thinned_out_is_told_with_its_neighbours(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    kept = points(journal)
    gone = next(each for each in range(kept[1] + 1, kept[2]))
    words = ("journal", "restore", journal.folder, "--output", tmp_path / "x", tmp_path / "y")
    ended = here(*words, "--at", f"sequence:{gone}")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f"point {gone} was thinned out" in ended.err
    assert f"sequence:{kept[1]} and sequence:{kept[2]}" in ended.err
    assert not [*tmp_path.iterdir()]


def test_a_time_means_the_last_point_that_was_kept(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    kept = points(journal)
    assert BOOKED in kept
    for second in (0, 59, 60, 118, 119, 200, 349):
        point = max((each for each in kept[1:] if second_of(each) <= second), default=None)
        at = f"2026-01-01T00:{second // 60:02}:{second % 60:02}.5Z"
        if point is None:
            words = ("journal", "show", journal.folder, "--to", at)
            assert "before the history" in here(*words).err
        else:
            assert restored(here, journal, at, tmp_path) == journal.recorder.states[point]


def test_all_that_is_told_is_of_what_was_kept(here: Here, journal: Made, tmp_path: Path) -> None:
    kept, states = points(journal), journal.recorder.states
    for point in (kept[0], *kept[1:-1:17], kept[-1]):
        assert restored(here, journal, f"sequence:{point}", tmp_path) == states[point]
    assert restored(here, journal, "bookmark:kept", tmp_path) == states[BOOKED]
    out = tmp_path / "one.raw"
    at = f"sequence:{kept[2]}"
    words = ("journal", "export", journal.folder, "--at", at, "--volume", "disk0")
    assert here(*words, "--output", out).code == Exit.OK
    assert out.read_bytes() == states[kept[2]][0]
    assert here.json("journal", "verify", journal.folder)["findings"] == []
    listed = here.json("journal", "list", journal.folder)
    assert listed["folded"]["segments"] == 1
    assert listed["folded"]["of"] > 10
    assert listed["folded"]["bytes"] < listed["folded"]["bytes_before"] // 2
    assert "folded    " in here("journal", "list", journal.folder).out
    shown = here.json("journal", "show", journal.folder, "--limit", 0)["writes"]
    assert {each["sequence"] for each in shown} >= {*kept[1:]}
    rate = here.json("journal", "rate", journal.folder, "--every", "1m")
    assert rate["bytes"] == sum(each["length"] for each in shown)


def test_what_differs_between_two_points_is_what_the_recorder_saw(
    here: Here, journal: Made
) -> None:
    kept = points(journal)
    one, other = kept[1], kept[3]
    words = ("--from", f"sequence:{one}", "--to", f"sequence:{other}")
    told = here.json("journal", "diff", journal.folder, *words)
    for number, volume in enumerate(told["volumes"]):
        before, after = (journal.recorder.states[point][number] for point in (one, other))
        differing = bytearray(before)
        for each in volume["ranges"]:
            end = each["offset"] + each["length"]
            differing[each["offset"] : end] = after[each["offset"] : end]
        assert bytes(differing) == after


def test_the_timeline_shows_how_dense_points_are(here: Here, journal: Made) -> None:
    kept = points(journal)
    told = here.json("timeline", journal.folder)
    assert sum(each["writes"] for each in told["spans"]) == 350
    assert sum(each["points"] for each in told["spans"]) == len(kept) - 1
    assert [(each["first"], each["last"]) for each in told["gaps"]] == [(1, 20), (31, 40)]
    lines = here("timeline", journal.folder).out.splitlines()
    line = next(each for each in lines if "╌" in each and "─" in each)
    assert line.strip("╌").strip("─") == ""
    said = [each for each in lines if each.startswith("╌ 2026")]
    assert len(said) == 1
    assert " points of " in said[0]
    picture = here("timeline", journal.folder, "--format", "svg").out
    assert 'class="bar thinned"' in picture
    assert 'class="bar"' in picture
    assert "points of" in picture
    assert "Points</th>" in here("timeline", journal.folder, "--format", "html").out
