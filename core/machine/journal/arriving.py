"""The journal of a copy: its DO stream is that of production at another site, as it comes.

Chunks and their records are written where they stood there, so that nothing is made anew; segments
begin and end where they did there. What a crash leaves is the beginning of what came, and what
comes again is the same: so replicas may have more than is left of the stream, for what they held
before is kept. Whoever feeds the replicas makes points of it, as it does beside
production.

Production begins a *generation* where it cannot tell by the stream what the copy lacks. Then
regions are copied, and the stream begins after them. What came before is taken for something that
the copy has. So it is given to the replicas before the streams go, where it was not yet: without
pre-images, and once it is written down that no point of theirs is offered any more.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final

from core.errors import CoreError
from core.machine.journal.access import recover_access
from core.machine.journal.arrived import chunks_in
from core.machine.journal.coming import Coming, begin
from core.machine.journal.failing import Failing
from core.machine.journal.gaps import owed_gaps
from core.machine.journal.recovery import make_durable, seal_stream, seal_undo, shelf_of
from core.machine.journal.reopening import epoch_after, write_again
from core.machine.journal.replicated import half
from core.machine.journal.shelf import EVERY_POINT, Retention
from core.machine.journal.sizing import refuse_other_replicas
from core.machine.journal.stale import forget_copied, make_stale
from core.machine.journal.writer import Volume
from core.stream import regions
from core.stream.backlog import Backlog
from core.stream.history import History
from core.stream.identity import Identity, read_identity
from core.stream.noted import noted
from core.stream.part import Part, written_bytes
from core.stream.phases import COPYING
from core.stream.segment import Segment, file_bytes
from core.stream.standing import Course, Lost, Standing, read_standing, write_standing
from core.stream.tail import Spot
from core.stream.waiting import waiting
from core.structure.medium import Folder
from core.wire.chunk import Form
from core.wire.link import BrokenLinkError
from core.wire.note import Gap
from core.wire.record import RECORD_BYTES, SEGMENT_BYTES_MAX
from core.wire.segment import HEAD_BYTES, Head, Stream

_GRAIN_BYTES: Final = 1 << 20
_COVER_SHARE: Final = 4
"""Such a part of the stream's room is what one segment may take that stands for several."""
_ANEW: Final = "or remove this copy, and have one kept anew"
_RESYNC: Final = "resync: production could not tell by the stream what the copy lacked"


class Arriving(Failing):
    """What is there, and how more comes to it. Callers hold one lock around every method."""

    def __init__(
        self, folder: Folder, replicas: Sequence[Volume], *, where: str, retention: Retention
    ) -> None:
        """Recover what a crash left; nobody feeds the replicas."""
        self._folder, self._replicas, self._where = folder, tuple(replicas), where
        self._retention = half(retention)
        self.identity: Identity = read_identity(folder, where=where)
        self._segment: Segment | None = None
        self._coming: Coming | None = None
        self._given_up: list[Gap] = []
        self._open()

    def _open(self) -> None:
        self.applied = 0
        """Every write up to that is in the replicas, as whoever feeds them now has told."""
        self._drop_void()
        standing = self.standing
        self.is_alike = standing is not None and standing.course.reached is not None
        """Is it known up to where regions of this generation may be of?"""
        if standing is not None:
            if standing.state in COPYING and standing.applied == standing.course.since:
                for replica, size in zip(self._replicas, standing.course.sizes, strict=True):
                    if replica.size() != size:
                        replica.resize(size)
            forget_copied(self._folder, keep=standing.course.generation)
        history = History(self._folder, where=self._where)
        try:
            if standing is not None:
                epoch = epoch_after(history, standing.applied)
                first = epoch.head.first if epoch else standing.applied + 1
                refuse_other_replicas(history, self._replicas, standing, first, _ANEW)
            recover_access(history, self._replicas)
            make_durable(history)
            if (last := history.unsealed) is not None and last.head.rounds:
                seal_stream(self._folder, (last,))  # it came as a whole
                last = None
            seal_undo(self._folder, history)
            self.shelf = shelf_of(self._folder, history, self._retention, (Stream.DO,))
            since = standing.course.since if standing else 0
            self.end = self._durable = history.end if history.last else since
            if last is not None:
                self._segment = Segment(
                    self._folder,
                    last.head,
                    None,
                    records=last.records.tobytes(),
                    used=written_bytes(last),
                )
            self._following = history.last.head.last + 1 if history.last else 0
            self._complete = _end_of(history.last) if history.last else None
            self.applied = standing.applied if standing else 0
            self._backlog, self._queue = _backlogs(history, self.applied)
        finally:
            history.close()
        if standing is not None:
            self.shelf.keep("distribution", standing.applied + 1)

    @property
    def standing(self) -> Standing | None:
        """How the replicas stand; None before production was met."""
        return read_standing(self._folder, where=self._where)

    @property
    def durable(self) -> int:
        """The last write that a loss of power leaves."""
        return self._durable

    @property
    def unapplied(self) -> int:
        """Bytes of the stream that the replicas have not got."""
        return self._backlog.beyond.size

    @property
    def queued(self) -> int:
        """Of these what nobody has begun to give to them."""
        return min(self.unapplied, self._queue.beyond.size)

    @property
    def spot(self) -> Spot | None:
        """How far the stream has come; None where it has to begin.

        Between two segments it is the end of the one that was complete, or the beginning of the
        next where that stands for several.
        """
        if self._segment is None:
            return self._complete
        return Spot(self._segment.head.number, self._segment.used, self._segment.count)

    @property
    def coming(self) -> Coming | None:
        """A segment that stands for several, of which not all is there."""
        return self._coming

    @property
    def cover_bytes_max(self) -> int:
        """What one that stands for several may take."""
        share, size = self._retention.size // _COVER_SHARE, self.identity.segment_bytes
        return min(SEGMENT_BYTES_MAX, share * size // file_bytes(size))

    def see(self, epoch: int) -> None:
        """Production speaks for a later epoch of its role, and goes on with its generation."""
        self._refuse_after_failure()
        standing = self.standing
        assert standing is not None
        write_standing(self._folder, replace(standing.course, epoch=epoch))

    def refuse_unapplied(self) -> None:
        """Raises CoreError while the replicas have not got all that came.

        Production marks what it wrote since what was durable here, be it in the stream alone: so
        that is not made void before it is applied.
        """
        if self.applied < self.end:
            raise CoreError(
                f"the images of the copy have come to write {self.applied} of {self.end}",
                where=self._where,
                hint="what came is put into them first; production is greeted after that",
            )

    def enter(self, course: Course) -> None:
        """Begin a generation, which makes void what is here; nobody feeds the replicas."""
        self._refuse_after_failure()
        before = self.standing
        lost = before.lost if before else None
        if before is not None and before.begin is not None:
            with closing(History(self._folder, where=self._where)) as history:
                lost = Lost(history.first, _RESYNC)
        try:
            marks = [bytearray(regions.count_of(size)) for size in course.sizes]
            make_stale(self._folder, course.generation, marks)
            applied = before.applied if before else course.since
            write_standing(self._folder, replace(course, lost=lost, void=True, applied=applied))
            self._let_go()
            self._open()
        except BaseException as error:
            self.fail(error)
            raise

    def become_alike(self, reached: int) -> None:
        """Every region is durable here; what they hold may be of any moment up to a write."""
        self._refuse_after_failure()
        standing = self.standing
        assert standing is not None
        if standing.course.reached is None:
            write_standing(self._folder, replace(standing.course, reached=reached))
        self.is_alike = True

    def begin(self, number: int, first: int, time_ns: int) -> None:
        """The next segment. Raises JournalFullError while there is no room for it."""
        self._refuse_after_failure()
        if self._segment is not None or (self._following and number != self._following):
            raise BrokenLinkError(f"segment {number} does not come next")
        if self._following and first != self.end + 1:
            raise BrokenLinkError(f"segment {number} begins with {first}, not {self.end + 1}")
        try:
            self._forget_coming()
            self._segment = self.shelf.begin(Stream.DO, first=first, time_ns=time_ns, number=number)
        except BaseException as error:
            self.fail(error)
            raise
        self.end, self._following = first - 1, number + 1
        self.shelf.expire(time_ns)

    def cover(self, head: Head) -> None:
        """What comes next is a segment that stands for several; it is nothing before it is sealed.

        Where a link broke in its midst, it goes on. Raises JournalFullError while there is no room.
        """
        self._refuse_after_failure()
        if self._coming is not None and self._coming.head == head:
            return
        if self._segment is not None or (self._following and head.number != self._following):
            raise BrokenLinkError(f"segment {head.number} does not come next")
        if self._following and head.first != self.end + 1:
            raise BrokenLinkError(f"segment {head.number} begins with {head.first}")
        if not HEAD_BYTES <= head.size <= self.cover_bytes_max or head.last < head.number:
            raise BrokenLinkError(f"a segment of {head.size} bytes, up to {head.last}")
        try:
            self._forget_coming()
            self._coming = begin(self._folder, self.shelf, head)
        except BaseException as error:
            self.fail(error)
            raise

    def _forget_coming(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.forget()
            self.shelf.received(None)

    def append(self, spot: Spot, data: memoryview, records: memoryview) -> None:
        """Chunks, and their records; they are seen by readers at once, and not durable yet.

        A new size is durable before it is seen: it is in no block that could be captured.
        Raises BrokenLinkError where they do not belong there, or are damaged.
        """
        self._refuse_after_failure()
        if self._coming is not None and not len(records):
            self._append_coming(self._coming, spot, data)
            return
        segment = self._segment
        if segment is None or spot != self.spot:
            raise BrokenLinkError(f"chunks for {spot}, and the copy is at {self.spot}")
        count = len(records) // RECORD_BYTES
        if not segment.has_room(len(data), count) or len(records) % RECORD_BYTES:
            raise BrokenLinkError(f"{len(data)} bytes of chunks, and {count} records, are too many")
        end, found, is_sized = self.end, 0, False
        for _, each in chunks_in(data, seed=segment.seed, place=spot.offset):
            if each.writes and each.sequence != end + 1:
                raise BrokenLinkError(f"write {each.sequence} comes after {end}")
            end += each.writes
            found += each.writes or 1
            is_sized |= each.form is Form.RESIZE
        if found != count:
            raise BrokenLinkError(f"{count} records of {found}")
        try:
            segment.append((data,), len(data))
            if is_sized:
                segment.data.sync()
            segment.add(records)
        except BaseException as error:
            self.fail(error)
            raise
        self.end = end
        self._came(len(data))

    def _came(self, size: int) -> None:
        for each in (self._backlog, self._queue):
            each.add(self.end, size, each.total)

    def _append_coming(self, coming: Coming, spot: Spot, data: memoryview) -> None:
        try:
            coming.append(spot, data)
        except BrokenLinkError:
            raise
        except BaseException as error:
            self.fail(error)
            raise

    def _seal_coming(self, coming: Coming) -> None:
        head = coming.head
        try:
            coming.write_records()
            self._coming = None
            coming.adopt()
        except BaseException as error:
            self.fail(error)
            raise
        self.shelf.received(head)
        self.end = self._durable = coming.end
        self._following, self._complete = head.last + 1, _behind(head)
        self._came(coming.size)
        self.shelf.expire(head.time_ns)

    def seal(self, number: int, count: int) -> None:
        """The segment is complete; it is durable afterwards."""
        self._refuse_after_failure()
        if (coming := self._coming) is not None and coming.spot[::2] == (number, count):
            self._seal_coming(coming)
            return
        segment = self._segment
        if segment is None and self._complete and self._complete[::2] == (number, count):
            return  # that was known, and whoever told it did not hear so
        if segment is None or (segment.head.number, segment.count) != (number, count):
            raise BrokenLinkError(f"segment {number} ends with {count} records, and {self.spot}")
        try:
            segment.seal()
        except BaseException as error:
            self.fail(error)
            raise
        self._complete = self.spot
        segment.close()
        self._segment, self._durable = None, self.end

    def make_durable(self) -> None:
        """All that came is durable."""
        self._refuse_after_failure()
        end = self.end
        try:
            if self._segment is not None:
                self._segment.data.sync()
        except BaseException as error:
            self.fail(error)
            raise
        self._durable = end

    def follow(self, durable: int, applied: int, taken: int = 0) -> None:
        """What the replicas have durably may go here; they have more that is not durable yet.

        Up to the write `taken` they are about to have it.
        """
        self.applied = applied
        self._queue.passed(max(applied, taken))
        self.shelf.keep("distribution", durable + 1)
        self._backlog.passed(applied)

    def owed(self) -> Sequence[Gap]:
        """Points that were given up, and of which the stream does not tell yet."""
        standing, shelf = self.standing, self.shelf
        heads = shelf.heads(Stream.DO)
        if standing is None or standing.begin is None or not heads:
            shelf.gone = EVERY_POINT
            return ()
        while shelf.given_up:
            gap = shelf.given_up.popleft()
            if self._given_up and (joined := gap.after(self._given_up[-1])) != gap:
                self._given_up.pop()
                gap = joined
            self._given_up.append(gap)
        with closing(History(self._folder, where=self._where, live=True)) as history:
            shelf.gone = history.first
            told = [each.note for each in noted(history) if isinstance(each.note, Gap)]
            self._given_up = [gap for gap in self._given_up if gap not in told]
            return (*self._given_up, *owed_gaps(standing, history, heads[0].first))

    def close(self) -> None:
        """Leave it as it is, to go on from there."""
        self._let_go()

    def _let_go(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None
        self._forget_coming()

    def _drop_void(self) -> None:
        """Take away the streams of the generation before, if there is something left of them."""
        standing = self.standing
        if standing is None or not standing.course.void:
            return
        with closing(History(self._folder, where=self._where)) as history:
            recover_access(history, self._replicas)
            write_again(history, self._replicas, since=standing.course.applied + 1)
            # A part of the streams, once some of it is gone, must not be carried out again.
            course = replace(standing.course, applied=max(standing.course.applied, history.end))
        write_standing(self._folder, course)
        for name in self._folder.names():
            if name.startswith(("do-", "undo-")):
                self._folder.remove(name)
        write_standing(self._folder, replace(course, void=False))


def _backlogs(history: History, applied: int) -> tuple[Backlog, Backlog]:
    """What is there and was not applied, and what of it nobody has begun with: all of it."""
    found = Backlog(applied, grain=_GRAIN_BYTES), Backlog(applied, grain=_GRAIN_BYTES)
    for each in waiting(history, applied):
        for backlog in found:
            backlog.add(each.end, each.size, backlog.total)
    return found


def _behind(head: Head) -> Spot:
    return Spot(head.last + 1, 0, 0)


def _end_of(part: Part) -> Spot:
    if part.head.rounds:
        return _behind(part.head)
    return Spot(part.head.number, written_bytes(part), len(part.records))
