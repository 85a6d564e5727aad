"""What a group makes of its copies at other sites while none of them is there."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.driver.folder import DiskFolder
from core.driver.group.copies import is_continued
from core.driver.group.protection import protected
from core.driver.link.copying import Copying
from core.driver.link.peers import LinkPlace
from core.driver.link.snapshots import Snapshots
from core.machine.link.flights import Flights
from core.machine.link.mode import Mode
from core.stream.identity import LINK, SEGMENT_BYTES_MIN, Identity, Member
from core.stream.phases import State
from core.stream.standing import Course, write_standing
from tests.core.driver.test_protection import wanted


def nowhere(top: Path, name: str) -> Copying:
    return Copying(place=LinkPlace("", 0, str(top / f"{name}.sock")))


def test_of_one_excess_a_copy_is_marked_once(tmp_path: Path) -> None:
    """It is not there, and hosts write on: that it is behind is seen again and again."""
    what = wanted(tmp_path)
    with protected(what, lambda _name, _done, _size: None):
        pass
    what = replace(what, copies=(nowhere(tmp_path, "a"),))
    with protected(what, lambda _name, _done, _size: None) as group:
        (copy,) = group.copies
        before = copy._production.standing.course.generation
        copy._mark_behind()
        marked = copy._production.standing.course.generation
        copy._mark_behind()
        assert before < marked == copy._production.standing.course.generation


def test_a_window_that_becomes_narrower_has_what_was_acknowledged_before(tmp_path: Path) -> None:
    copies = (replace(nowhere(tmp_path, "a"), mode=Mode.SEMI_SYNC, within=4 << 20),)
    what = replace(wanted(tmp_path), copies=copies)
    with protected(what, lambda _name, _done, _size: None) as group:
        (copy,) = group.copies
        for end in range(1, 33):
            assert copy._window.wrote(end, 1 << 17) == 0
        copy.switch(Mode.SEMI_SYNC, 1 << 20)
        assert copy._window.wrote(33, 1 << 17) == 25


def test_that_a_copy_takes_no_snapshots_is_told_while_they_are_wanted() -> None:
    here: Any = SimpleNamespace(is_folding=True, journal=SimpleNamespace(end=7))
    taken: Any = SimpleNamespace(is_folding=False, fold=lambda **_: None, wants_epoch=False)
    snapshots = Snapshots(here, here, Flights())
    for here.is_folding in (True, False):
        snapshots.attend(taken)
        told = snapshots.status()
        assert (told["shipping"], told["refused"]) == (False, here.is_folding)


@pytest.mark.parametrize("stands", [True, False])
def test_history_goes_on_at_the_copy_that_a_journal_began_with(
    tmp_path: Path, *, stands: bool
) -> None:
    """Its place is in `journal.json` alone where nobody has numbered copies yet."""
    folder = DiskFolder(tmp_path / "journal", make=True)
    try:
        first, other = nowhere(tmp_path, "a"), nowhere(tmp_path, "b")
        member = Member(name="v", path="/v.img", size=4096, replica=f"{LINK}{first.place}")
        identity = Identity(group=bytes(16), volumes=(member,), segment_bytes=SEGMENT_BYTES_MIN)
        if stands:
            course = Course(generation=1, state=State.RESYNCING, since=0, sizes=(4096,))
            write_standing(folder, course)
        assert is_continued((other, first), folder, identity)
        assert not is_continued((other,), folder, identity)
    finally:
        folder.close()
