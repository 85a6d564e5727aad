"""A journal that has no room goes on without its oldest points, and tells which and why."""

import errno
import itertools
from random import Random

import pytest

from core.machine.journal.shelf import SEGMENTS_MIN, JournalFullError, Retention
from core.sim.faults import CREATE, Nth, error
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.noted import noted
from core.stream.segment import file_bytes
from core.wire.note import Gap
from core.wire.segment import Stream
from tests.core import worlds
from tests.core.machine.scenarios import rolls
from tests.core.machine.test_folding import Group
from tests.core.world import World, bare_machine, check_points, written_world

FULL = error(errno.ENOSPC, "No space left on device")


def gaps(history: History) -> list[Gap]:
    return [each.note for each in noted(history) if isinstance(each.note, Gap)]


def test_what_a_journal_at_its_size_gives_up_is_told() -> None:
    size = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)
    group = Group(1, Retention(size=size, window_ns=1 << 62))
    group.load(400)
    history = group.history()
    found = gaps(history)
    assert {gap.reason for gap in found} == {"the journal had reached its size"}
    assert found[-1].last == history.first - 1
    for one, other in itertools.pairwise(found):
        assert one.last + 1 == other.first


def test_what_the_window_asks_for_is_no_gap() -> None:
    """A reader had it kept; then the journal needs the room before it looks at the window again."""
    size = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)
    group = Group(3, Retention(size=size, window_ns=1))
    group.shelf.keep("a reader", 1)
    while group.shelf.size < size:
        group.load(1, all_kinds=False)
    group.shelf.keep("a reader", None)
    while not (history := group.history()).first:
        group.load(1, all_kinds=False)
    assert gaps(history) == []


def test_a_run_that_fills_a_segment_is_written_when_points_are_given_up() -> None:
    """What is noted of them must not take the room of what is written."""
    world = worlds.full()
    for at in range(6):
        world.write(0, world.data(512 * at, SEGMENT_BYTES_MIN - 4096 - 56 - 28))
    world.write(0, world.data(0, 512))
    assert gaps(check_points(world))


def test_a_write_that_was_done_is_not_refused_for_what_is_to_be_noted() -> None:
    """The segment is full, and there is no room for another one to note in what made room."""
    world = worlds.full()
    world.journal.shelf.keep("a reader", world.journal.shelf.heads(Stream.DO)[3].first)
    world.write(0, world.data(0, SEGMENT_BYTES_MIN - 4096 - 56 - 28))
    assert world.journal.shelf.given_up
    check_points(world)


@pytest.mark.parametrize("watch", [Nth(0, FULL, (CREATE,), sticky=True), Nth(1, FULL, (CREATE,))])
def test_where_the_disk_is_full_the_oldest_epoch_makes_room(watch: Nth) -> None:
    world = written_world()
    for _ in range(2):
        world.begin_epoch()
        world.write(0, world.data(0, 8192))
    first = world.journal.shelf.heads(Stream.DO)[0].first
    world.watch = watch
    rolls(world)
    history = check_points(world)
    assert history.first > first
    found = gaps(history)
    assert {gap.reason for gap in found} == {"the disk of the journal was full"}
    assert found[-1].last == history.first - 1
    assert not [name for name in world.machine.folder.names() if name.endswith(".new")]


def test_where_the_disk_is_full_and_nothing_may_go_the_journal_is_full() -> None:
    world = World(bare_machine(), Random(3))
    world.identify()
    world.open()
    world.write(0, world.data(0, 8192))
    world.watch = Nth(0, FULL, kinds=(CREATE,), sticky=True)
    with pytest.raises(JournalFullError, match="the disk has no room"):
        world.begin_epoch()


def test_an_epoch_that_a_reader_needs_does_not_make_room() -> None:
    world = written_world()
    world.watch = Nth(0, FULL, kinds=(CREATE,), sticky=True)
    with (
        world.journal.keeping("a reader", world.journal.shelf.heads(Stream.DO)[0].first),
        pytest.raises(JournalFullError, match="the disk has no room"),
    ):
        world.begin_epoch()
