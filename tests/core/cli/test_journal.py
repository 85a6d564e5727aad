"""What a journal holds, who wrote what, what differs, how much, and whether all of it is whole."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from compat.errors import Exit
from core.cli.moments import moment_text
from core.driver.lock import WriterLock
from core.wire.note import Bookmark, Consistency, Gap, pack_note
from tests.core.cli.running import Here, isthmus
from tests.core.journals import START_NS, STEP_NS, Made, made

SIZES = (96 << 10, 64 << 10)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A hundred writes with notes among them."""
    found = made(tmp_path_factory.mktemp("made"), SIZES)
    writer, rng = found.opened(), Random(9)
    found.load(writer, rng, runs=40, resizes=True)
    writer.note(pack_note(Bookmark(name="monday", consistency=Consistency.APPLICATION)))
    writer.note(pack_note(Gap(reason="resync", first=3, last=9)))
    writer.note(b'{"note": "weather"}')
    found.load(writer, rng, runs=60, resizes=True)
    writer.close()
    return found


def test_the_list_tells_what_is_in_it(here: Here, journal: Made) -> None:
    told = here.json("journal", "list", journal.folder)
    assert told["state"] == "closed"
    assert told["window"]["from"] == {"sequence": 1, "time": "2026-01-01T00:00:00Z"}
    assert told["window"]["to"]["sequence"] == 100
    assert [each["size"] for each in told["volumes"]] == [
        len(each) for each in journal.recorder.states[-1]
    ]
    assert [each["path"] for each in told["volumes"]] == [str(each) for each in journal.images]
    (mark,) = told["bookmarks"]
    assert (mark["name"], mark["consistency"], mark["sequence"]) == ("monday", "application", 40)
    assert told["gaps"][0]["reason"] == "resync"
    assert told["notes"][0]["text"] == '{"note": "weather"}'
    assert told["disk_bytes"] >= told["segments"] * told["segment_bytes"]
    assert told["unreachable"] == 0


def test_the_list_is_for_people_too(here: Here, journal: Made) -> None:
    out = here("journal", "list", journal.folder).out
    for text in ("state     closed", "from      2026-01-01T00:00:00Z  sequence 1", "monday"):
        assert text in out
    assert "resync" in out
    assert '{"note": "weather"}' in out


def test_what_was_given_up_for_one_reason_is_one_row(here: Here, tmp_path: Path) -> None:
    found = made(tmp_path, (64 << 10,))
    writer = found.opened()
    found.write(writer, 0, 0, b"a" * 512)
    for reason, first, last in (
        ("for want of room", 0, 3),
        ("for want of room", 4, 9),
        ("resync", 10, 11),
        ("for want of room", 12, 12),
        ("for want of room", 14, 15),
    ):
        writer.note(pack_note(Gap(reason=reason, first=first, last=last)))
    writer.close()
    told = here.json("journal", "list", found.folder)["gaps"]
    assert [(each["first"], each["last"]) for each in told] == [
        (0, 9),
        (10, 11),
        (12, 12),
        (14, 15),
    ]
    assert here("journal", "list", found.folder).out.count("for want of room") == 3


def test_the_list_of_one_that_is_written_or_was_left(here: Here, tmp_path: Path) -> None:
    found = made(tmp_path, SIZES)
    with WriterLock(found.folder):
        writer = found.opened()
        assert here.json("journal", "list", found.folder)["window"]["from"] is None
        assert "no write yet" in here("journal", "list", found.folder).out
        found.load(writer, Random(1), runs=3)
        told = here.json("journal", "list", found.folder)
        assert (told["state"], told["window"]["latest"]) == ("live", 3)
        assert isinstance(told["writer"], int)
    told = here.json("journal", "list", found.folder)
    assert (told["state"], told["writer"], told["window"]["latest"]) == ("interrupted", None, 3)


def test_epochs_that_cannot_be_reached_are_told(here: Here, tmp_path: Path) -> None:
    found = made(tmp_path, SIZES)
    writer = found.opened()
    found.load(writer, Random(1), runs=60)
    writer.close()
    (found.folder / "do-00000002.data").unlink()
    told = here.json("journal", "list", found.folder)
    assert told["unreachable"] == 0
    assert ["do-00000002.data" in each for each in told["findings"]] == [True]
    assert "do-00000002.data at 0: the file is missing" in here("journal", "list", found.folder).out
    (found.folder / "do-00000002.meta").unlink()
    assert here.json("journal", "list", found.folder)["unreachable"] == 1
    assert "1 older epoch cannot be reached" in here("journal", "list", found.folder).out


def test_who_wrote_a_range_is_shown(here: Here, journal: Made) -> None:
    everything = here.json("journal", "show", journal.folder)
    assert (everything["total"], everything["shown"]) == (100, 100)
    words = ("--volume", "disk1", "--range", "4096+8KiB")
    told = here.json("journal", "show", journal.folder, *words)
    touching = [
        each
        for each in everything["writes"]
        if each["volume"] == "disk1"
        and (
            min(each["offset"], each["length"]) < 12_288
            and max(each["offset"], each["length"]) > 4096
            if each["kind"] == "resize"
            else each["offset"] < 12_288 and each["offset"] + each["length"] > 4096
        )
    ]
    assert told["writes"] == touching
    assert 0 < len(touching) < 100
    newest = here.json("journal", "show", journal.folder, *words, "--newest")
    assert newest["writes"] == touching[::-1]


def test_what_is_shown_has_bounds_in_time_and_number(here: Here, journal: Made) -> None:
    words = ("journal", "show", journal.folder, "--from", "bookmark:monday", "--to", "sequence:60")
    told = here.json(*words)
    assert [each["sequence"] for each in told["writes"]] == list(range(41, 61))
    assert told["writes"][0]["client"] in (0, 1, 2, 3)
    ended = here(*words, "--limit", "5")
    assert len(ended.out.splitlines()) == 6
    assert "5 of 20 writes" in ended.err
    assert here(*words, "--limit", "0").err == ""


@pytest.mark.parametrize("extent", ["4096", "1+0", "x+1", "+"])
def test_what_is_no_range_is_told(here: Here, journal: Made, extent: str) -> None:
    ended = here("journal", "show", journal.folder, "--range", extent)
    assert ended.code == Exit.BAD_INPUT
    assert "is no" in ended.err


@pytest.mark.parametrize(("since", "until"), [(0, 100), (10, 12), (40, 40), (90, 20), (55, 80)])
def test_what_differs_is_what_the_recorder_saw(
    here: Here, journal: Made, since: int, until: int
) -> None:
    words = ("--from", f"sequence:{since}", "--to", f"sequence:{until}")
    told = here.json("journal", "diff", journal.folder, *words)
    for number, each in enumerate(told["volumes"]):
        one, other = (journal.recorder.states[point][number] for point in (since, until))
        assert each["sizes"] == [len(one), len(other)]
        found = [(row["offset"], row["length"]) for row in each["ranges"]]
        assert found == differing(one, other)
        assert each["bytes"] == sum(length for _, length in found)


def differing(one: bytes, other: bytes) -> list[tuple[int, int]]:
    """Runs of sectors that differ, by the simplest means."""
    found: list[tuple[int, int]] = []
    for at in range(0, max(len(one), len(other)), 512):
        if one[at : at + 512] != other[at : at + 512]:
            if found and sum(found[-1]) == at:
                found[-1] = found[-1][0], found[-1][1] + 512
            else:
                found.append((at, 512))
    return found


def test_what_differs_is_for_people_too(here: Here, journal: Made) -> None:
    ended = here("journal", "diff", journal.folder, "--from", "sequence:98", "--volume", "disk0")
    assert ended.out.startswith("from sequence 98, 2026-01-01T00:01:")
    assert "disk0: " in ended.out
    assert "disk1: " not in ended.out


def test_the_rate_adds_up(here: Here, journal: Made) -> None:
    told = here.json("journal", "rate", journal.folder, "--every", "10s")
    writes = [
        each
        for each in here.json("journal", "show", journal.folder)["writes"]
        if each["kind"] != "resize"
    ]
    assert told["writes"] == sum(each["writes"] for each in told["rows"]) == len(writes)
    assert told["bytes"] == sum(each["bytes"] for each in told["rows"])
    first = [each for each in writes if each["time"] < moment_text(START_NS + 10 * STEP_NS)]
    marks = {name: np.zeros(1 << 20, bool) for name in ("disk0", "disk1")}
    for each in first:
        marks[each["volume"]][each["offset"] : each["offset"] + each["length"]] = True
    row = told["rows"][0]
    assert row["time"] == "2026-01-01T00:00:00Z"
    assert row["writes"] == len(first)
    assert row["distinct_bytes"] == sum(int(each.sum()) for each in marks.values())
    assert row["bytes_per_second"] == row["bytes"] // 10


def test_the_rate_chooses_a_round_length(here: Here, journal: Made) -> None:
    told = here.json("journal", "rate", journal.folder, "--volume", "disk1")
    assert told["every_ns"] == 5_000_000_000
    assert "rows of 5s" in here("journal", "rate", journal.folder).out
    for every, text in (("1ns", "too short"), ("0s", "too short"), ("soon", "is no duration")):
        assert text in here("journal", "rate", journal.folder, "--every", every).err


def test_a_whole_journal_is_found_whole(here: Here, journal: Made) -> None:
    ended = here("journal", "verify", journal.folder)
    assert (ended.code, ended.out) == (Exit.OK, "")
    assert ended.err.endswith("segments, 0 findings\n")
    assert here.json("journal", "verify", journal.folder)["findings"] == []


@pytest.mark.parametrize("live", [True, False])
def test_one_that_is_written_or_was_left_is_whole_too(
    here: Here, tmp_path: Path, *, live: bool
) -> None:
    found = made(tmp_path, SIZES)
    lock = WriterLock(found.folder)
    found.load(found.opened(), Random(1), runs=30)
    if not live:
        lock.release()
    assert here("journal", "verify", found.folder).code == Exit.OK
    lock.release()


@pytest.mark.parametrize("name", ["do-00000002.data", "undo-00000001.data", "do-00000001.meta"])
def test_a_byte_that_changed_is_found(here: Here, tmp_path: Path, name: str) -> None:
    found = made(tmp_path, SIZES)
    writer = found.opened()
    found.load(writer, Random(1), runs=60)
    writer.close()
    with (found.folder / name).open("r+b") as file:
        file.seek(4096 + 100)
        held = file.read(1)
        file.seek(4096 + 100)
        file.write(bytes((held[0] ^ 1,)))
    ended = here("journal", "verify", found.folder)
    assert ended.code == Exit.FINDINGS
    place = f"{found.folder}/{name.replace('.meta', '.data')}"
    what = "not sealed, or are damaged" if name.endswith(".meta") else "damaged from here on"
    assert ended.out.startswith(f"{place} at ")
    assert what in ended.out
    (told,) = here.json("journal", "verify", found.folder)["findings"]
    assert told["where"] == place


@pytest.mark.parametrize("name", ["do-00000002.data", "undo-00000003.data"])
def test_a_segment_that_is_gone_is_found(here: Here, tmp_path: Path, name: str) -> None:
    found = made(tmp_path, SIZES)
    writer = found.opened()
    found.load(writer, Random(1), runs=60)
    writer.close()
    (found.folder / name).unlink()
    ended = here("journal", "verify", found.folder)
    assert ended.code == Exit.FINDINGS
    assert f"{name} at 0: the file is missing" in ended.out


def test_a_real_process_says_the_same(journal: Made, here: Here) -> None:
    for words in (
        ("journal", "list"),
        ("journal", "show"),
        ("journal", "verify"),
        ("journal", "diff"),
        ("journal", "rate"),
        ("bookmark", "list"),
        ("timeline",),
    ):
        assert isthmus(*words, journal.folder) == here(*words, journal.folder)
