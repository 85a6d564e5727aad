"""A journal is checked while it is written: what goes meanwhile is no damage."""

from collections.abc import Callable, Iterator

import pytest

from core.machine.journal.shelf import SEGMENTS_MIN, Retention
from core.stream.finding import Finding
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import place_of
from core.stream.noted import noted
from core.stream.segment import file_bytes
from core.stream.verify import Progress, verify
from core.wire.note import Bookmark, pack_note
from core.wire.segment import Stream
from tests.core.machine.test_folding import Group

SIZE = 2 * SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)
FULL = Retention(size=SIZE, window_ns=1 << 62)


def dropped(group: Group) -> None:
    """The oldest epochs go, and their files become others."""
    group.load(60, all_kinds=False)


def expired(group: Group) -> None:
    """All epochs go but the one that is open."""
    group.shelf.retention = Retention(size=SIZE, window_ns=0)
    group.load(20, all_kinds=False)


def folded(group: Group) -> None:
    """Others stand for most."""
    group.fold(0, len(group.shelf.heads(Stream.DO)) - 2, 0.2)
    group.load(20, all_kinds=False)


def folded_and_dropped(group: Group) -> None:
    """Others stand for some, and go."""
    group.fold(1, 4, 0.2)
    group.load(200, all_kinds=False)


def opened_again(group: Group) -> None:
    """It is ended, and goes on."""
    group.journal.close()
    group.open()
    group.load(20, all_kinds=False)


HAPPENINGS = (dropped, expired, folded, folded_and_dropped, opened_again)


def meeting(found: Iterator[Finding | Progress], nth: int, happens: Callable[[], None]) -> str:
    """What is found, where something happens once so many segments are checked."""
    told, seen = [], 0
    for each in found:
        if isinstance(each, Finding):
            told.append(str(each))
            continue
        if seen == nth:
            happens()
        seen += 1
    assert seen > nth
    return "\n".join(told)


@pytest.mark.parametrize("nth", [0, 4, 11])
@pytest.mark.parametrize("happening", HAPPENINGS, ids=lambda each: each.__name__)
def test_what_goes_while_it_is_checked_is_no_damage(
    happening: Callable[[Group], None], nth: int
) -> None:
    group = Group(3, FULL)
    group.load(300, all_kinds=False)
    assert not meeting(verify(group.folder, where="j"), nth, lambda: happening(group))
    assert not group.findings()


def test_what_is_taken_away_while_it_is_checked_is_found() -> None:
    group = Group(3, FULL)
    group.load(300, all_kinds=False)
    lost = place_of(group.shelf.heads(Stream.DO)[2])

    def take_away() -> None:
        group.folder.remove(lost.meta)
        group.folder.remove(lost.data)

    told = meeting(verify(group.folder, where="j"), 3, take_away)
    assert f"{lost.data} is lost" in told


def test_what_is_damaged_is_found_beside_what_goes() -> None:
    group = Group(3, FULL)
    group.load(300, all_kinds=False)
    damaged = place_of(group.shelf.heads(Stream.DO)[-2]).data
    group.folder.blobs[damaged].content[20_000] ^= 1
    told = meeting(verify(group.folder, where="j"), 3, lambda: group.load(6, all_kinds=False))
    assert told.startswith(f"j/{damaged} at ")
    assert len(told.splitlines()) == 1


def test_a_note_that_goes_while_it_is_read_is_no_damage() -> None:
    group = Group(3, FULL)
    for nth in range(40):
        group.journal.note(pack_note(Bookmark(name=f"{nth}")))
        group.load(8, all_kinds=False)
    history = History(group.folder, where="journal", live=True)
    there = len([*noted(history)])
    group.load(12, all_kinds=False)
    assert 0 < len([*noted(history)]) < there
    assert not history.findings
