"""Epochs that were folded: every point that is kept is what an outside recorder saw."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from errno import EIO
from functools import partial
from random import Random

import numpy as np
import pytest

from core.errors import CoreError
from core.machine.journal.consolidation import (
    Choice,
    NotWorthwhileError,
    draft,
    draft_pre_images,
)
from core.machine.journal.ladder import Job
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL, Retention, Shelf
from core.machine.journal.writer import Journal
from core.sim.faults import REMOVE, SYNC_NAMES, Nth, WatchedFolder, error
from core.sim.medium import MemoryFile, MemoryFolder, MemoryVolume, blank_volume
from core.stream.finding import DamagedError, Finding
from core.stream.folding import last_of_each
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.names import place_of
from core.stream.verify import verify
from core.stream.view import PointView
from core.structure.painting import Integers
from core.wire.note import Bookmark, pack_note
from core.wire.record import Records
from core.wire.segment import Head, Stream
from tests.core.folds import adopt, adopted, fold, fold_pre_images
from tests.core.recorder import Recorder, random_request, run_of
from tests.core.world import state_at

SIZES = (96 << 10, 64 << 10, 33 << 10)


def none(_: Records) -> Integers:
    return np.empty(0, np.int64)


class Group:
    """A journal in memory with its recorder; `kept` are the points that there are."""

    def __init__(self, seed: int, retention: Retention = KEEP_ALL) -> None:
        self.rng = Random(seed)
        self.folder = MemoryFolder()
        self.volumes: Sequence[MemoryVolume] = [blank_volume(size) for size in SIZES]
        members = tuple(
            Member(name=f"volume{nth}", path=f"/images/{nth}", size=size)
            for nth, size in enumerate(SIZES)
        )
        identity = Identity(group=bytes(16), volumes=members, segment_bytes=SEGMENT_BYTES_MIN)
        write_identity(self.folder, identity)
        self.recorder, self.kept = Recorder.of(SIZES), {0}
        self.notes: list[tuple[int, bytes]] = []
        self.now, self.retention = 0, retention
        self.journal = self.open()

    def open(self) -> Journal:
        self.journal, _ = open_journal(
            self.folder,
            self.volumes,
            where="journal",
            clock=lambda: self.now,
            retention=self.retention,
        )
        return self.journal

    @property
    def shelf(self) -> Shelf:
        return self.journal.shelf

    def load(self, runs: int, *, all_kinds: bool = True) -> None:
        for _ in range(runs):
            self.now += self.rng.randint(0, 20)
            number = self.rng.randrange(len(SIZES))
            chance = self.rng.random() if all_kinds else 1
            if chance < 0.02:
                size = 512 * self.rng.randint(40, 250)
                self.journal.resize(number, size)
                self.recorder.resize(number, size)
            elif chance < 0.03:
                text = pack_note(Bookmark(name=f"at {self.journal.end}"))
                self.notes.append((self.journal.note(text), text))
            else:
                size = len(self.recorder.states[-1][number])
                requests = [random_request(self.rng, size) for _ in range(self.rng.randint(1, 4))]
                self.journal.write(number, run_of(requests), client=self.rng.randint(1, 3))
                for each in requests:
                    self.recorder.write(number, each)
            self.kept |= {*range(max(self.kept), self.journal.end + 1)}

    def history(self) -> History:
        return History(self.folder, where="journal", live=True)

    def fold(self, begin: int, stop: int, share: float) -> Head:
        """Make one of some epochs, keeping about so much of their points."""

        def some(records: Records) -> Integers:
            points = np.unique(records["sequence"])
            chosen = points[np.array([self.rng.random() < share for _ in points], bool)]
            self.chosen = self.kept & {*chosen.tolist()}
            found: Integers = chosen
            return found

        head = fold(self.folder, self.shelf, begin, stop, some)
        history = self.history()
        offered = {history.first, *history.points()["sequence"].tolist()}
        assert self.chosen <= offered <= self.kept
        self.kept = offered
        return head

    def draft(
        self, heads: Sequence[Head], wanted: Choice, *, step_ns: int = 1, bytes_max: int = 1 << 30
    ) -> Head:
        return draft(
            self.folder,
            [*map(place_of, heads)],
            wanted,
            group=bytes(16),
            where="journal",
            step_ns=step_ns,
            bytes_max=bytes_max,
        )

    def adopt(self, head: Head) -> None:
        adopt(self.folder, self.shelf, head)

    def check(self) -> None:
        """Every point is right, and those around notes and between epochs are there."""
        history = self.history()
        assert not history.findings
        assert history.end == self.journal.end == len(self.recorder.states) - 1
        offered = {history.first, *history.points()["sequence"].tolist()}
        assert offered <= self.kept
        assert {part.head.first - 1 for part in history.do} | {history.end} <= offered
        assert {point for point, _ in self.notes if point > history.first} <= offered
        for point in range(history.first, history.end + 1):
            if point in offered:
                state = state_at(history, self.volumes, point)
                assert state == self.recorder.states[point], point
            else:
                with pytest.raises(CoreError, match="was thinned out") as raised:
                    history.epoch_of(point)
                before = max(each for each in offered if each < point)
                after = min(each for each in offered if each > point)
                assert f"sequence:{before} and sequence:{after}" in raised.value.hint
        notes = [(point, text) for point, _, text in history.notes() if point > history.first]
        assert notes == [each for each in self.notes if each[0] > history.first]
        history.close()
        self.kept = offered

    def findings(self) -> list[Finding]:
        return [each for each in verify(self.folder, where="j") if isinstance(each, Finding)]


@pytest.mark.parametrize("seed", range(4))
def test_every_point_that_is_kept_is_what_the_recorder_saw(seed: int) -> None:
    group = Group(seed)
    for share in (0.3, 0.0, 1.0, 0.1):
        group.load(60)
        epochs = len(group.shelf.heads(Stream.DO)) - 1
        begin = group.rng.randrange(max(1, epochs - 3))
        group.fold(begin, group.rng.randint(begin + 1, epochs), share)
        group.check()
        assert not group.findings()
        group.journal.close()
        group.open()
        assert not group.findings()


def test_what_was_folded_is_folded_again() -> None:
    group = Group(5)
    group.load(200)
    epochs = len(group.shelf.heads(Stream.DO)) - 1
    sizes = [group.shelf.size]
    for nth in range(epochs // 3):
        group.fold(nth, nth + 3, 0.2)
        group.check()
        sizes.append(group.shelf.size)
    while len(heads := group.shelf.heads(Stream.DO)) > 2:
        group.fold(0, min(3, len(heads) - 1), 0.3)
        sizes.append(group.shelf.size)
    group.check()
    assert [head.rounds > 1 for head in group.shelf.heads(Stream.DO)] == [True, False]
    assert [head.rounds > 1 for head in group.shelf.heads(Stream.UNDO)] == [True, False]
    assert sizes == sorted(sizes, reverse=True)
    group.load(50)
    group.check()
    assert not group.findings()


def test_of_points_the_last_in_each_step_is_kept() -> None:
    group = Group(6)
    group.load(150, all_kinds=False)
    heads = group.shelf.heads(Stream.DO)[:-1]
    before = group.history().points()
    group.adopt(group.draft(heads, lambda all_: last_of_each(all_, 100), step_ns=100))
    points = group.history().points()
    old = points[points["sequence"] < heads[-1].first]
    steps = (old["time_ns"] // 100).tolist()
    assert len(steps) == len({*steps}) > 5
    for point, step in zip(old["sequence"].tolist(), steps, strict=True):
        assert point == before["sequence"][before["time_ns"] // 100 == step].max()
    group.check()


def test_an_epoch_that_is_folded_goes_as_any_other() -> None:
    group = Group(7, Retention(size=1 << 62, window_ns=2000))
    group.load(150)
    group.fold(0, 4, 0.2)
    group.fold(1, 3, 0.2)
    group.now += 1500
    group.load(120)
    group.check()
    first = group.history().do[0].head
    assert first.rounds == 0
    assert not any(
        "." in name.removesuffix(".data")
        for name in group.folder.names()
        if "do-" in name and name.endswith(".data")
    )
    assert not group.findings()


def test_an_epoch_that_is_needed_is_not_folded() -> None:
    group = Group(8)
    group.load(120)
    heads = group.shelf.heads(Stream.DO)
    with group.journal.keeping("a reader", heads[2].first):
        head = group.draft(heads[1:3], none)
        left = fold_pre_images(group.folder, group.shelf, Job(heads[0:2], 1, heads[2].first))
        assert left is not None
        undone = group.shelf.heads(Stream.UNDO)
        places = place_of(head), place_of(left)
        assert adopted(group.shelf, head, left) == [
            f"{name}.new" for place in places for name in (place.data, place.meta)
        ]
        assert group.shelf.heads(Stream.DO) == heads
        assert group.shelf.heads(Stream.UNDO) == undone
        adopt(group.folder, group.shelf, head, left)
        group.fold(0, 2, 0.0)
    group.check()


def test_what_is_written_or_gone_is_not_folded() -> None:
    group = Group(9)
    group.load(120)
    heads = group.shelf.heads(Stream.DO)
    with pytest.raises(DamagedError, match="not sealed"):
        group.fold(len(heads) - 2, len(heads), 0.5)
    head = group.draft(heads[0:2], none)
    group.retention = group.shelf.retention = Retention(size=1 << 62, window_ns=0)
    group.shelf.expire(heads[1].time_ns)
    assert group.shelf.heads(Stream.DO) == heads[1:]
    group.adopt(head)
    assert group.shelf.heads(Stream.DO) == heads[1:]
    assert group.folder.names() == tuple(
        name for name in group.folder.names() if not name.endswith(".new")
    )
    group.check()


def test_what_would_take_more_than_there_is_room_is_left() -> None:
    group = Group(10)
    group.load(120)
    heads = group.shelf.heads(Stream.DO)[:3]
    names = group.folder.names()
    with pytest.raises(NotWorthwhileError, match="they would take"):
        group.draft(heads, none, bytes_max=9000)
    assert group.folder.names() == names


def test_damage_is_not_folded_into_what_looks_whole() -> None:
    group = Group(11)
    group.load(120)
    blob = group.folder.blobs[place_of(group.shelf.heads(Stream.DO)[1]).data]
    blob.content[20_000] ^= 1
    with pytest.raises(DamagedError, match="what was written is not what is read"):
        group.fold(0, 3, 0.1)
    group.load(10)


def test_points_that_need_no_damaged_pre_images_are_not_folded_with_those_that_do() -> None:
    group = Group(12)
    group.load(150)
    stop = group.shelf.heads(Stream.DO)[4]
    undone = [*group.shelf.heads(Stream.UNDO)]
    spoilt = max(nth for nth, head in enumerate(undone) if head.first < stop.first) - 1
    group.folder.blobs[place_of(undone[spoilt]).data].content[20_000] ^= 1
    heads = group.shelf.heads(Stream.DO)
    with pytest.raises(DamagedError, match="what was written is not what is read"):
        group.draft(heads[:6], none)
    after = heads.index(stop) + 2
    group.draft(heads[after : after + 2], none)


@pytest.mark.parametrize("spoilt", ["bits", "data", "meta"])
@pytest.mark.parametrize("stream", [Stream.DO, Stream.UNDO])
def test_damage_to_what_was_folded_costs_what_needs_it(stream: Stream, spoilt: str) -> None:
    group = Group(13)
    group.load(150)
    group.fold(2, 6, 0.3)
    group.journal.close()
    place = place_of(next(head for head in group.shelf.heads(stream) if head.rounds))
    if spoilt == "bits":
        blob = group.folder.blobs[place.data]
        for at in range(4096, len(blob.content), 4096):
            blob.content[at + 7] ^= 1
    else:
        group.folder.remove(getattr(place, spoilt))
    assert group.findings()
    history = group.history()
    had = 0
    for point in [history.first, *history.points()["sequence"].tolist()]:
        try:
            state = state_at(history, group.volumes, point)
        except DamagedError:
            continue
        assert state == group.recorder.states[point], point
        had += 1
    assert had > 10


def test_a_view_goes_on_while_its_epoch_is_folded() -> None:
    group = Group(12)
    group.load(120)
    history = group.history()
    point = group.shelf.heads(Stream.DO)[2].first + 2
    views = [
        PointView(history, image, volume=number, point=point)
        for number, image in enumerate(group.volumes)
    ]
    group.fold(0, 5, 0.0)
    group.load(60)
    for number, view in enumerate(views):
        whole = bytearray(view.size)
        view.read_into(whole, 0)
        assert bytes(whole) == group.recorder.states[point][number]
    history.refresh()
    with pytest.raises(CoreError, match="was thinned out"):
        history.epoch_of(point)


def test_whoever_goes_from_segment_to_segment_is_not_led_astray() -> None:
    """A view knows pre-images up to a segment; behind that it looks for the next by its number."""
    group = Group(14)
    group.load(40)
    history = group.history()
    view = PointView(history, group.volumes[0], volume=0, point=history.end)
    state, known = group.recorder.states[-1][0], history.undo[-1].head.number
    group.load(150)
    undone = group.shelf.heads(Stream.UNDO)
    behind = [head for head in undone[:-1] if head.number > known]
    firsts = [head.first for head in group.shelf.heads(Stream.DO)]
    head = draft_pre_images(
        group.folder,
        [*map(place_of, behind)],
        firsts,
        group=bytes(16),
        where="journal",
        bytes_max=1 << 30,
    )
    adopt(group.folder, group.shelf, group.draft(group.shelf.heads(Stream.DO)[:1], none), head)
    assert group.shelf.heads(Stream.UNDO) == undone
    whole = bytearray(view.size)
    view.read_into(whole, 0)
    assert bytes(whole) == state


def test_what_was_stood_for_goes_with_what_stands_for_it() -> None:
    """Files that nobody came to remove must not be taken for history again."""
    group = Group(15)
    group.load(120)
    heads = group.shelf.heads(Stream.DO)
    head = group.draft(heads[:4], none)
    assert group.shelf.adopt(head)
    group.check()
    group.shelf.retention = Retention(size=1 << 62, window_ns=0)
    group.shelf.expire(heads[4].time_ns)
    assert place_of(heads[0]).data not in group.folder.names()
    group.check()
    assert group.history().first == heads[4].first - 1


@pytest.mark.parametrize("stream", [Stream.DO, Stream.UNDO])
def test_a_draft_that_an_error_left_half_named_is_no_segment(stream: Stream) -> None:
    """What it was to stand for goes, be it folded with others, and its records are left alone."""
    group = Group(17)
    group.load(150)
    heads = group.shelf.heads(Stream.DO)
    job = Job(heads[:2], 1, heads[2].first)
    epoch, left = group.draft(heads[:2], none), None
    if stream is Stream.UNDO:
        group.adopt(epoch)
        left = fold_pre_images(group.folder, group.shelf, job)
        assert left is not None
    draft_of = place_of(left or epoch)
    group.folder.remove(f"{draft_of.data}.new")
    with pytest.raises(OSError, match="not there"):
        group.shelf.adopt(left or epoch)
    assert draft_of.meta in group.folder.names()
    assert not group.history().findings
    group.retention = group.shelf.retention = Retention(size=1 << 62, window_ns=0)
    group.shelf.expire(heads[4].time_ns)
    group.kept = {*range(heads[4].first - 1, group.journal.end + 1)}
    assert draft_of.meta not in group.folder.names()
    group.check()
    assert not group.findings()


@pytest.mark.parametrize("nth", range(8))
def test_an_epoch_that_was_going_when_its_group_was_left_is_no_damage(nth: int) -> None:
    """The files of an epoch that was folded, and of its pre-images, go one by one."""
    group = Group(18)
    group.load(150)
    group.fold(0, 2, 0.2)
    group.fold(1, 3, 0.2)
    heads = group.shelf.heads(Stream.DO)
    group.journal.flush()
    group.folder.sync()
    group.shelf.retention = Retention(size=1 << 62, window_ns=0)
    watch = Nth(nth, error(EIO, "Input/output error"), (REMOVE, SYNC_NAMES))
    group.shelf._folder = WatchedFolder(group.folder, watch)
    with suppress(OSError):
        group.shelf.expire(heads[2].time_ns)
    group.open()
    assert group.history().end == len(group.recorder.states) - 1
    assert not group.findings()


class Slow(MemoryFolder):
    """A folder in which something happens behind a list of its names."""

    def __init__(self, inner: MemoryFolder, happens: list[Callable[[], object]]) -> None:
        super().__init__()
        self._inner, self._happens = inner, happens

    def names(self) -> tuple[str, ...]:
        listed = self._inner.names()
        if self._happens:
            self._happens.pop()()
        return listed

    def open(self, name: str, *, writable: bool) -> MemoryFile:
        return self._inner.open(name, writable=writable)


@pytest.mark.parametrize("live", [True, False])
def test_a_list_that_is_out_of_date_is_made_again(live: bool) -> None:
    group = Group(16)
    group.load(150)
    group.journal.flush()
    group.kept = {*range(group.journal.end + 1)}
    slow = Slow(group.folder, [partial(group.fold, 1, 6, 0.2), object])
    history = History(slow, where="journal", live=live)
    assert not history.findings
    for point in [history.first, *history.points()["sequence"].tolist()]:
        assert state_at(history, group.volumes, point) == group.recorder.states[point]
    assert history.first == 0


class Mixed(Slow):
    """A folder whose list, once, lacks names that were there before others that it has."""

    def __init__(self, inner: MemoryFolder, missed: tuple[str, ...]) -> None:
        super().__init__(inner, [])
        self._missed = [missed, ()]

    def names(self) -> tuple[str, ...]:
        missed = self._missed.pop() if self._missed else ()
        return tuple(name for name in super().names() if name not in missed)


def test_a_list_that_is_of_no_one_moment_is_made_again() -> None:
    """It has pre-images that were folded after the epochs, and misses that these were."""
    group = Group(17)
    group.load(150)
    shelf = group.shelf
    heads = shelf.heads(Stream.DO)
    left = fold_pre_images(group.folder, shelf, Job(heads[:6], 1, heads[6].first))
    assert left is not None
    head = group.draft(heads[:6], none)
    assert adopted(shelf, head, left)
    place = place_of(head)
    history = History(Mixed(group.folder, (place.data, place.meta)), where="journal", live=True)
    assert history.do[0].head == head
