"""A journal that is at its size is thinned out, as its ladder says, before anything is dropped."""

from functools import partial

import pytest

from core.machine.journal.consolidation import NotWorthwhileError, draft, draft_pre_images
from core.machine.journal.ladder import Ladder, parse_ladder
from core.machine.journal.shelf import SEGMENTS_MIN, JournalFullError, Retention
from core.machine.journal.thinning import Task, stock_of, tasks
from core.stream.folding import last_of_each
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import Place, place_of
from core.stream.segment import file_bytes
from core.units import NANOSECONDS_PER_SECOND
from core.wire.segment import Head, Stream
from tests.core.machine.test_folding import Group
from tests.core.recorder import WRITE, Request, run_of
from tests.core.world import state_at

COST = file_bytes(SEGMENT_BYTES_MIN)
LADDER = parse_ladder("4m:all 1h:1m")
HOT_BYTES = 16 << 10


class Steady(Group):
    """A journal under a steady load of what is written again and again."""

    def __init__(self, segments: int, ladder: Ladder) -> None:
        super().__init__(3, Retention(size=segments * COST, window_ns=1 << 62, ladder=ladder))
        self.declined: set[tuple[Place, int]] = set()
        self.largest = 0

    def write(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += NANOSECONDS_PER_SECOND
            offset = 4096 * self.rng.randrange(HOT_BYTES // 4096)
            request = Request(WRITE, offset, 4096, self.rng.randbytes(4096))
            self.journal.write(2, run_of([request]), client=1)
            self.recorder.write(2, request)
            self.largest = max(self.largest, self.taken)

    @property
    def taken(self) -> int:
        """Bytes of all files of segments and drafts."""
        return sum(
            len(blob.content)
            for name, blob in self.folder.blobs.items()
            if name.endswith((".data", ".meta", ".new"))
        )

    @property
    def covered(self) -> int:
        """Seconds of history."""
        return (self.now - self.shelf.heads(Stream.DO)[0].time_ns) // NANOSECONDS_PER_SECOND

    def thin(self) -> None:
        """Fold all that is to be folded, as the thread beside the hosts does."""
        while found := [
            *tasks(stock_of(self.shelf, 1), now_ns=self.now, declined=self.declined),
        ]:
            self.shelf.reserved = max(task.bytes_max for task in found)
            assert self.shelf.size <= self.retention.size
            for task in found:
                try:
                    self.carry_out(task)
                    break
                except NotWorthwhileError:
                    self.declined.add(task.key)
            self.shelf.reserved = 0

    def carry_out(self, task: Task) -> None:
        epoch = draft(
            self.folder,
            [*map(place_of, task.job.heads)],
            partial(last_of_each, step_ns=task.job.step_ns),
            group=bytes(16),
            where="journal",
            step_ns=task.job.step_ns,
            bytes_max=task.epoch_bytes_max,
        )
        self.put(epoch)
        if task.pre_images:
            left = draft_pre_images(
                self.folder,
                [*map(place_of, task.pre_images)],
                task.firsts,
                group=bytes(16),
                where="journal",
                bytes_max=task.pre_images_bytes_max,
            )
            self.put(left, epoch)

    def put(self, head: Head, after: Head | None = None) -> None:
        self.largest = max(self.largest, self.taken)
        for name in self.shelf.adopt(head, after=after):
            self.folder.remove(name)


def test_a_journal_at_its_size_reaches_back_further_with_a_ladder() -> None:
    plain, thinned = Steady(32, ()), Steady(32, LADDER)
    for _ in range(150):
        plain.write(8)
        thinned.write(8)
        thinned.thin()
    assert plain.covered > 200
    assert thinned.covered > 2.5 * plain.covered
    assert max(plain.largest, thinned.largest) <= thinned.retention.size
    history = thinned.history()
    for point in [history.first, *history.points()["sequence"].tolist()]:
        assert state_at(history, thinned.volumes, point) == thinned.recorder.states[point]
    assert not thinned.findings()


def test_what_is_for_drafts_is_the_writers_where_no_epoch_may_go() -> None:
    """Points are not given up, nor is a host refused, for what might be folded."""
    group = Steady(32, LADDER)
    group.shelf.keep("a reader", 1)
    while group.shelf.size + COST <= group.retention.size:
        group.write(1)
    with pytest.raises(JournalFullError):
        group.write(100)
    assert group.shelf.heads(Stream.DO)[0].number == 1
    assert group.largest <= group.retention.size


@pytest.mark.parametrize("segments", [SEGMENTS_MIN, SEGMENTS_MIN + 1, 14, 20, 32, 64])
def test_a_journal_of_few_segments_needs_them_itself(segments: int) -> None:
    group = Steady(segments, LADDER)
    assert 0 <= group.shelf.reserve <= group.retention.size - SEGMENTS_MIN * COST
    if segments >= 14:
        assert group.shelf.reserve >= max(2 * COST, group.retention.size // 8)
    for _ in range(segments * 2):
        group.write(8)
        group.thin()
    assert group.largest <= group.retention.size
