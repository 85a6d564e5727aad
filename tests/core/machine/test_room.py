"""A journal that has no room goes on without its oldest points, and tells which and why."""

import errno
import itertools
import re
from random import Random

import pytest

from core.machine.journal.failing import JournalFailedError
from core.machine.journal.shelf import KEEP_ALL, SEGMENTS_MIN, JournalFullError, Retention
from core.sim.faults import CREATE, RESIZE, Fault, Nth, PowerLostError, error, power_off
from core.sim.medium import Blob, MemoryFolder, MemoryVolume, blank_volume
from core.sim.power import Machine
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.noted import noted
from core.stream.segment import file_bytes
from core.stream.timeline import gaps_of
from core.wire.note import Gap
from core.wire.segment import Stream
from tests.core import fed, worlds
from tests.core.machine.scenarios import long_run, rolls
from tests.core.machine.test_folding import Group
from tests.core.recorder import Recorder, run_of
from tests.core.world import (
    SIZES,
    World,
    bare,
    bare_machine,
    begun,
    check_points,
    held,
    written_world,
)

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
    assert (found[-1].first, found[-1].last) == (0, history.first - 1)
    for one, other in itertools.pairwise(found):
        assert (one.first, one.last < other.last) == (0, True)


def test_what_was_given_up_is_told_whole_by_whoever_goes_on() -> None:
    """The notes of what went first have gone themselves, and another process has written since."""
    world = large_world(LEAST)
    for _ in range(3):
        for at in (*range(0, LARGE, SEGMENT_BYTES_MIN // 2),) * 2:
            world.write(0, world.data(at, SEGMENT_BYTES_MIN // 4))
        world.close()
        world.open()
    world.close()
    history = check_points(world, last=5)
    (_, gap), *others = gaps_of(noted(history))
    assert (gap.first, gap.last, others) == (0, history.first - 1, [])


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


LEAST = Retention(size=SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
LARGE = 16 * SEGMENT_BYTES_MIN


def large_world(retention: Retention) -> World:
    """A volume whose end, if it were cut off, a journal of the least size could not keep."""
    rng = Random(4)
    volumes = MemoryVolume(Blob(rng.randbytes(LARGE))), blank_volume(SEGMENT_BYTES_MIN)
    world = World(Machine(MemoryFolder(), volumes), rng, retention=retention)
    world.identify()
    world.recorder = Recorder([held(volumes)])
    world.open()
    world.write(0, world.data(512, 4096))
    world.write(1, world.data(512, 4096))
    world.flush()
    return world


def test_a_shrink_that_the_journal_cannot_keep_is_refused_before_it_begins() -> None:
    world = large_world(LEAST)
    with pytest.raises(JournalFullError, match="more of the journal would be needed") as refused:
        world.journal.resize(0, 4096)
    assert held(world.volumes) == world.recorder.states[-1]
    world.write(0, world.data(LARGE - 8192, 8192))
    world.resize(0, LARGE - 4096)
    world.close()
    check_points(world)
    told = re.search(r"--journal-size (\d+)MiB", refused.value.hint)
    assert told
    world.retention = Retention(size=int(told[1]) << 20, window_ns=1 << 62)
    world.open()
    world.resize(0, 4096)
    check_points(world)
    world.retention = LEAST
    world.open()
    check_points(world)


def test_a_shrink_of_which_nothing_has_to_be_kept_needs_no_room() -> None:
    """It is zero, and so is a few records of the stream of pre-images."""
    world = large_world(LEAST)
    before = held(world.volumes)[0]
    world.journal.resize(0, 48 << 20)
    world.journal.shelf.keep("a reader", 1)
    world.journal.resize(0, 16 << 20)
    assert held(world.volumes)[0] == before.ljust(16 << 20, b"\0")


def test_what_a_shrink_would_need_is_told_as_it_is_kept() -> None:
    """A hole is kept whole where it is short, as it is between blocks that were captured."""
    world = large_world(LEAST)
    before = held(world.volumes)[0]
    world.journal.resize(0, 24 << 20)
    world.journal.begin_epoch()
    for at in range(16 << 20, 24 << 20, 3 << 20):
        world.journal.write(0, run_of([world.data(at, 512)]), client=1)
    with pytest.raises(JournalFullError, match="more of the journal would be needed"):
        world.journal.resize(0, 16 << 20)
    world.journal.begin_epoch()
    world.journal.resize(0, 16 << 20)
    assert held(world.volumes)[0] == before.ljust(16 << 20, b"\0")


@pytest.mark.parametrize("fault", [FULL, power_off()], ids=["full", "off"])
def test_a_shrink_that_is_interrupted_needs_no_room_afterwards(fault: Fault) -> None:
    """The budget is less from then on, and the disk is full."""
    for nth in range(0, 1000, 3):
        world = large_world(KEEP_ALL)
        world.watch = watch = Nth(nth, fault)
        states = len(world.recorder.states)
        try:
            world.resize(0, 4096)
        except (JournalFullError, JournalFailedError, PowerLostError):
            pass
        else:
            assert nth > LARGE // SEGMENT_BYTES_MIN
            return
        assert watch.seen
        again = world.again(world.machine)
        again.retention = LEAST
        found = again.open()
        assert found.end in (states - 1, states)
        assert held(again.volumes) == world.recorder.states[found.end]
        again.write(0, again.data(0, 512))
        check_points(again)


@pytest.mark.parametrize("seed", range(3))
def test_a_write_has_room_for_what_it_overwrites_or_nothing_of_it_is_done(seed: int) -> None:
    """Blocks are overwritten that take a segment of pre-images in the midst of an epoch."""
    rng, world = Random(seed), worlds.full()
    shelf, refused = world.journal.shelf, 0
    while refused < 20:
        shelf.keep("a reader", shelf.heads(Stream.DO)[rng.randint(1, 3)].first)
        for _ in range(rng.randint(1, 12)):
            request = world.data(512 * rng.randrange(32), 512 * rng.randint(1, 8))
            end = world.journal.end
            try:
                world.journal.write(0, run_of([request]), client=1)
            except JournalFullError:
                refused += 1
                assert world.journal.end == end
            else:
                world.recorder.write(0, request)
        if rng.random() < 0.3:
            shelf.keep("a reader", None)
            world.write(0, world.data(0, 512))
    check_points(world)


def test_writes_that_share_blocks_have_need_of_each_block_once() -> None:
    world = worlds.full()
    long_run(world)
    check_points(world)


def test_a_shrink_of_which_nothing_was_kept_is_recovered_with_what_room_it_needs() -> None:
    """It was journaled by a release that kept what is cut off afterwards."""
    world = large_world(LEAST)
    keeper = world.journal._keeper
    keeper.segments_for = lambda *_: 0  # type: ignore[method-assign]
    keeper.capture = lambda *_: None  # type: ignore[method-assign]
    world.watch = Nth(0, power_off(), kinds=(RESIZE,))
    with pytest.raises(PowerLostError):
        world.resize(0, 4096)
    again = world.again(world.machine)
    again.open()
    assert again.journal.shelf.size > LEAST.size
    check_points(again)
    again.begin_epoch()
    assert again.journal.shelf.size <= LEAST.size
    check_points(again)


def test_a_rewind_that_took_more_than_the_budget_is_within_it_when_it_is_over() -> None:
    world = large_world(LEAST)
    shelf = world.journal.shelf
    while not shelf.given_up and shelf.heads(Stream.DO)[0].first == 1:
        for at in range(0, LARGE, SEGMENT_BYTES_MIN):
            world.write(0, world.data(at, SEGMENT_BYTES_MIN // 4))
    world.rewind(shelf.heads(Stream.DO)[0].first - 1)
    assert shelf.size <= LEAST.size
    history = History(world.machine.folder, where="journal", live=True)
    assert gaps(history)[-1].last == history.first - 1
    history.close()
    check_points(world)


def test_what_a_rewind_took_is_durable_before_anything_goes_for_it() -> None:
    """Every power loss in it leaves the point that it was to, or what the rewind has written."""
    is_beyond = False
    for nth in range(1, 4000, 5):
        world = large_world(LEAST)
        for at in (*range(0, LARGE, SEGMENT_BYTES_MIN // 2),) * 2:
            world.write(0, world.data(at, SEGMENT_BYTES_MIN // 4))
        world.flush()
        point = world.journal.shelf.heads(Stream.DO)[0].first - 1
        world.watch = Nth(nth, power_off())
        try:
            world.rewind(point)
        except PowerLostError:
            pass
        else:
            assert is_beyond
            return
        left = bare(world.machine)
        history = History(left.folder, where="journal")
        if history.first > point:
            is_beyond = True
            again = world.again(left)
            again.open()
            assert held(again.volumes) == world.recorder.states[point]
        history.close()
    raise AssertionError("it does not come to its end")


def test_what_a_replica_gives_up_for_want_of_room_is_told_once() -> None:
    """What was overwritten on it takes more than what hosts wrote."""
    world = fed.FedWorld(fed.fed_machine(), Random(7), retention=fed.BUDGET)
    begun(world)
    times = 0
    for _ in range(60):
        for at in range(0, SIZES[0], 4096):
            world.write(0, world.data(at, 512))
        while world.step():
            pass
        world.begin_epoch()
        with_pre_images = History(world.machine.folder, where="journal", live=True).first
        if world.production.lacks(with_pre_images):
            times += 1
            assert world.production.note_gap() is not None
        assert world.production.note_gap() is None
        assert not world.production.lacks(with_pre_images)
        if times == 3:
            world.open()
    history = check_points(world, last=20)
    found = gaps(history)
    assert times > 10
    assert {gap.reason for gap in found} == {
        "the pre-images of the replicas had reached their size",
    }
    assert found[-1].last == history.first - 1
    for one, other in itertools.pairwise(found):
        assert (one.first, one.last < other.last) == (other.first, True)
