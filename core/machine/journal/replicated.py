"""Opening a journal whose image is a replica, fed from the DO stream by somebody else.

Production has the DO stream, and whoever feeds the replica the UNDO stream, each with half of what
an access to the replica leaves of the budget. They need not be one process (`feeding.py`).

After a crash the replica is where the distributor left it, and the streams make every point of it.
Production may lack what was not durable, and may hold what came after the journal's end: it is
given what it held at the end in every region that the open epoch had marked, and wherever it wrote:
of its last writes the marks may be missing.

The replica may hold what came after the journal's end, too, if it was fed so quickly that a loss of
power took the writes from the DO stream alone. No write of the journal would put that right. So the
blocks that the open epoch captured are given their pre-images, and the distributor begins the epoch
again.

While there are no pre-images the replica is of no use for that. Then production is given the writes
of the open epoch again, and keeps what came after the journal's end, which hosts were never told of
as durable. Regions that the replica may lack are marked, and copied once it is fed again: the same
is done where the journal cannot take more, and where nobody knows what the replica holds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

import numpy as np

from core.errors import CoreError
from core.machine.journal.access import SHARE, recover_access
from core.machine.journal.marking import Marking
from core.machine.journal.recovery import (
    Recovered,
    give,
    last_time,
    make_durable,
    seal_stream,
    shelf_of,
)
from core.machine.journal.shelf import Retention, Shelf
from core.machine.journal.stale import Stale, forget_copied, make_stale
from core.machine.journal.touched import Touched, touched_runs
from core.machine.journal.writer import Journal, Volume
from core.stream import regions
from core.stream.history import History
from core.stream.noted import noted
from core.stream.part import Part
from core.stream.payloads import read_at
from core.stream.phases import COPYING, Event, State, after
from core.stream.point import PointIndex
from core.stream.standing import (
    COURSE,
    Course,
    Lost,
    Standing,
    read_standing,
    write_standing,
)
from core.stream.touched import touched
from core.structure.medium import Folder
from core.structure.painting import paint
from core.wire.note import Gap, pack_note
from core.wire.record import Kind
from core.wire.segment import Stream

_COPY_BYTES: Final = 1 << 20
_ALL: Final = 1 << 62
_NO_PRE_IMAGES: Final = "the pre-images of the replicas had reached their size"
_RESYNC: Final = {
    Event.FULL: "resync: the journal could not take what the replicas had not got",
    Event.CRASHED: "resync: it was not ended while the replicas were given no pre-images",
    Event.GONE: "resync: the replicas were not there",
    Event.TAKEN: "direct access: the replicas were written, and what they held was not kept",
}


def is_initialised(folder: Folder) -> bool:
    """Has it begun that the replicas are made equal to production?"""
    return COURSE in folder.names()


def begin_initialising(folder: Folder, volumes: Sequence[Volume]) -> None:
    """All that the volumes hold is to be copied to replicas, from an empty journal on."""
    for volume in volumes:
        volume.sync()
    sizes = tuple(volume.size() for volume in volumes)
    make_stale(folder, 1, [_all_of(size) for size in sizes])
    write_standing(
        folder, Course(generation=1, state=State.INITIALISING, since=0, sizes=sizes, lost=None)
    )


class Production:
    """What takes the writes of hosts: `journal`, which changes when the state does.

    Callers hold one lock around every method.
    """

    def __init__(
        self,
        folder: Folder,
        volumes: Sequence[Volume],
        history: History,
        shelf: Shelf,
        *,
        clock: Callable[[], int],
    ) -> None:
        """`history` is that of the journal, with nothing left to recover."""
        self._folder, self._volumes, self.shelf = folder, tuple(volumes), shelf
        self._where, self._identity = history.where, history.identity
        self._end, self._time_ns, self._clock = history.end, last_time(history), clock
        self._kept = 0
        self._has_failed_to_resume = False
        self.recovered = Recovered(end=history.end, clean=True, bytes_rewritten=0)
        self.journal: Journal | Marking

    @property
    def standing(self) -> Standing:
        """How the replicas stand now."""
        found = read_standing(self._folder, where=self._where)
        assert found is not None
        return found

    def begin(self) -> None:
        """Take writes, in the state that there is."""
        standing = self.standing
        forget_copied(self._folder, keep=standing.course.generation)
        if standing.state is State.MARKING:
            read_from = standing.distributed if standing.begin is not None else None
            self.keep((read_from.applied if read_from else self._end) + 1)
            self.journal = self._marking(standing.course.generation)
        else:
            self.journal = self._journal(standing.applied, self._untouched())

    def keep(self, first: int) -> None:
        """The replicas need no write before that any more."""
        self._kept = max(self._kept, first)
        self.shelf.keep("distribution", self._kept)

    def follow(self, standing: Standing) -> None:
        """The replicas stand so: what they have may go, and of points that are not offered no
        more are lost."""
        self.keep(standing.applied + 1)
        if standing.begin is None:
            self.shelf.gone = _ALL

    @contextmanager
    def _read(self) -> Iterator[History]:
        history = History(self._folder, where=self._where, live=True)
        try:
            yield history
        finally:
            history.close()

    def give_up(self, history: History | None, event: Event) -> None:
        """Begin to mark, in a new generation: what replicas may lack of production is marked."""
        sizes = [volume.size() for volume in self._volumes]
        give_up(self._folder, history, self.standing, event, sizes=sizes, end=self._end)

    def mark(self, event: Event = Event.FULL) -> None:
        """The journal cannot take the next write, or the replicas are TAKEN: production is marked.

        That may have begun before somebody takes them.
        """
        assert event is Event.TAKEN or isinstance(self.journal, Journal)
        self._end = self.journal.end
        self.journal.close()
        try:
            with suppress(OSError, CoreError), self._read() as history:
                history.refuse_lost_end()
                self._time_ns = last_time(history)
                self.give_up(history, event)
                self.begin()
                return
            # What cannot be read is of replicas, or no worse for being taken for that.
            self.give_up(None, Event.GONE)
            self.begin()
        except BaseException as error:
            self.journal.fail(error)
            raise

    def resume(self) -> None:
        """The replicas can be fed: the journal takes writes, and what is marked is copied.

        Once that is written down a mark says nothing any more. So all that needs room on the disk
        is done before, after which an error changes nothing; and it is taken back after an error,
        or where that cannot be, nothing is taken.
        """
        marking, course = self.journal, self.standing.course
        assert isinstance(marking, Marking)
        resynced = replace(
            course,
            state=after(State.MARKING, Event.READY),
            since=marking.end,
            sizes=tuple(volume.size() for volume in self._volumes),
        )
        touched = marking.settled()
        if self._has_failed_to_resume:  # that may have left something
            with self._read() as history:
                seal_stream(self._folder, history.do)
                self.shelf = shelf_of(self._folder, history, self.shelf.retention, (Stream.DO,))
        kept = self._kept  # what points are read from that are still offered
        self.shelf.keep("distribution", kept)
        self.shelf.make_room(is_opening=True)
        try:
            write_standing(self._folder, resynced)
            self._has_failed_to_resume = True
            self.journal = self._journal(marking.end, touched)
        except (OSError, CoreError):
            self._kept = kept
            if self.standing.course != course:
                self._take_back(marking, course)
            raise
        self._has_failed_to_resume = False
        marking.let_go()

    def _take_back(self, marking: Marking, course: Course) -> None:
        """It was written down that the journal takes writes, and it does not."""
        try:
            write_standing(self._folder, course)
        except (OSError, CoreError) as error:
            marking.fail(error)

    def lacks(self, first: int) -> bool:
        """Did points go, of which that is the first that is left, that nothing is told of yet?"""
        return first > max(self.shelf.gone, self.shelf.heads(Stream.DO)[0].first - 1)

    def note_gap(self) -> Gap | None:
        """Journal what was given up and was not told yet; returns the last of it.

        That is what there was before history began, and what pre-images are missing of. Raises
        JournalFullError where there is no room for that now.
        """
        standing = self.standing
        if standing.begin is None or isinstance(self.journal, Marking):
            return None
        with self._read() as history:
            told = [each.note for each in noted(history) if isinstance(each.note, Gap)]
            owed = [*self._owed(standing, history, told)]
            self.shelf.gone = history.first
        for gap in owed:
            self.journal.note(pack_note(gap))
        return owed[-1] if owed else None

    def _owed(self, standing: Standing, history: History, told: Sequence[Gap]) -> Iterator[Gap]:
        lost, begin = standing.lost, standing.begin
        if begin is None or history.begin != begin:
            return
        if lost is not None and lost.first <= begin - 2 and history.first == begin - 1:
            gap = Gap(reason=lost.reason, first=lost.first, last=begin - 2)
            if gap not in told:
                yield gap
        # Epochs are there of which whoever feeds has let the pre-images go.
        first = max(begin - 1, self.shelf.heads(Stream.DO)[0].first - 1)
        first = max(first, *(gap.last + 1 for gap in told)) if told else first
        if first < history.first <= history.end and not history.findings:
            yield Gap(reason=_NO_PRE_IMAGES, first=first, last=history.first - 1)

    def _untouched(self) -> Touched:
        return Touched(self._folder, [volume.size() for volume in self._volumes])

    def _journal(self, applied: int, touched: Touched) -> Journal:
        self.follow(self.standing)
        self.keep(applied + 1)
        return Journal(
            self.shelf,
            touched,
            self._identity,
            self._volumes,
            clock=self._clock,
            first=self._end + 1,
            time_ns=self._time_ns,
        )

    def _marking(self, generation: int) -> Marking:
        stale = Stale(self._folder, generation, len(self._volumes))
        return Marking(self._volumes, stale, self._untouched(), end=self._end)


def give_up(
    folder: Folder,
    history: History | None,
    standing: Standing,
    event: Event,
    *,
    sizes: Sequence[int],
    end: int,
) -> int:
    """Begin to mark, in a new generation, which is returned: what replicas may lack of production.

    Without the history of the journal that is everything, for they are GONE. `sizes` are those of
    production in bytes, and `end` is the latest point.
    """
    # What was offered is that of the generation before, which is to have no successor here.
    is_over = event in (Event.GONE, Event.TAKEN)
    generation = standing.course.generation + (2 if is_over else 1)
    marks = [
        _doubted(folder, history, standing, event, number, size)
        for number, size in enumerate(sizes)
    ]
    make_stale(folder, generation, marks)
    lost = standing.lost
    if standing.begin is not None:
        lost = Lost(history.first if history else standing.begin - 1, "")
    course = Course(
        generation=generation,
        state=after(standing.state, event),
        since=end,
        sizes=tuple(sizes),
        lost=lost and Lost(lost.first, _RESYNC[event]),
    )
    write_standing(folder, course)
    return generation


def give_up_at_rest(history: History, replicas: Sequence[Volume]) -> int:
    """The same, by whoever writes on replicas of a group that nobody serves.

    The history is read anew: it has what replicas held before that was written.
    """
    folder, where = history.folder, history.where
    found = History(folder, where=where)
    try:
        found.refuse_lost_end()
        if found.unsealed is not None:
            raise CoreError(
                "the group has to be recovered before its history is given up",
                where=where,
                hint="serve it (`isthmus protect`), and ask again",
            )
        standing = read_standing(folder, where=where)
        assert standing is not None
        sizes = [
            PointIndex(found, volume=number, point=found.end, image_size=replica.size()).size
            for number, replica in enumerate(replicas)
        ]
        return give_up(folder, found, standing, Event.TAKEN, sizes=sizes, end=found.end)
    finally:
        found.close()


def _doubted(
    folder: Folder,
    history: History | None,
    standing: Standing,
    event: Event,
    number: int,
    size: int,
) -> bytearray:
    """The regions of a volume that its replica may lack."""
    marks = _all_of(size)
    if history is None or event is Event.GONE:
        return marks
    marks[:] = bytes(len(marks))
    ranges: list[tuple[int, int]] = []
    if standing.state in (*COPYING, State.MARKING):
        ranges += regions.runs(regions.left(folder, standing.course.generation, number))
    written = history.written(since=standing.applied + 1, until=history.end)
    begin, stop = touched(written[written["volume"] == number])
    ranges += zip(begin.tolist(), (stop - begin).tolist(), strict=True)
    if event is Event.CRASHED:
        ranges += touched_runs(folder, number)
    if event is Event.TAKEN:
        taken = history.accessed()
        taken = taken[taken["volume"] == number]
        ranges += zip(taken["offset"].tolist(), taken["length"].tolist(), strict=True)
    for offset, length in ranges:
        regions.mark(marks, offset, length)
    return marks


def open_production(
    folder: Folder,
    volumes: Sequence[Volume],
    replicas: Sequence[Volume] | None,
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
) -> Production:
    """The journal in a folder, recovered if it has to be, in a new epoch; nobody may feed yet.

    `replicas` are None where they cannot be had: then somebody may still feed them.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    if replicas is not None:
        recover_access(history, replicas)
    make_durable(history)
    standing = read_standing(folder, where=where)
    assert standing is not None
    if standing.state is State.MARKING:
        _write_back(folder, volumes)
    # While production is marked, only a journal that was not taken up again has left something.
    is_clean = history.unsealed is None or standing.state is State.MARKING
    rewritten = 0
    event = None if is_clean else Event.CRASHED
    if replicas is None:
        event = Event.GONE
    else:
        seal_stream(folder, history.undo)
    if history.unsealed is not None and standing.state is not State.MARKING:
        if replicas is not None and standing.state is State.DISTRIBUTING:
            try:
                rewritten = _recovered(folder, history, volumes, replicas, standing.applied)
            except OSError:
                event = Event.GONE
        if event is Event.GONE or standing.state is not State.DISTRIBUTING:
            rewritten = _write_again(history, volumes)
    shelf = shelf_of(folder, history, half(retention), (Stream.DO,))
    production = Production(folder, volumes, history, shelf, clock=clock)
    production.recovered = Recovered(end=history.end, clean=is_clean, bytes_rewritten=rewritten)
    if event and (event is Event.GONE or after(standing.state, event) is not standing.state):
        production.give_up(history, event)
    # Not before: what is sealed is taken for something that came to its end.
    seal_stream(folder, history.do)
    production.begin()
    history.close()
    return production


def half(retention: Retention) -> Retention:
    """What each of two streams may take of what an access to the replicas leaves."""
    return retention._replace(size=(retention.size - retention.size // SHARE) // 2)


def epoch_after(history: History, applied: int) -> Part | None:
    """The epoch of the first write that the replicas may not have."""
    return next((part for part in reversed(history.do) if part.head.first <= applied + 1), None)


def _all_of(size: int) -> bytearray:
    return bytearray((regions.MARKED,)) * regions.count_of(size)


def _recovered(
    folder: Folder,
    history: History,
    volumes: Sequence[Volume],
    replicas: Sequence[Volume],
    applied: int,
) -> int:
    """Bring production to the journal's end, and replicas to where the streams begin."""
    rewritten = _bring_production_to_end(folder, history, volumes, replicas)
    part = epoch_after(history, applied)
    if part is not None and part is history.unsealed:
        _take_back(history, replicas, part)
    return rewritten


def _write_again(history: History, volumes: Sequence[Volume]) -> int:
    """Carry out the writes of the open epoch once more; all before it is durable."""
    written = 0
    payloads = history.payloads(Stream.DO)
    for record in history.written(since=history.do[-1].head.first, until=history.end):
        volume, place = volumes[int(record["volume"])], int(record["position"])
        offset, length = int(record["offset"]), int(record["length"])
        if record["kind"] == Kind.RESIZE:
            volume.resize(length)
        elif record["kind"] == Kind.WRITE:
            data = read_at(payloads, place, length)
            volume.write(data, offset)
            written += length
        else:
            volume.zero(offset, length)
    for volume in volumes:
        volume.sync()
    return written


def _write_back(folder: Folder, volumes: Sequence[Volume]) -> None:
    """Make durable what hosts wrote while the journal took nothing.

    A sync that failed before would have later ones succeed without it. What the journal's last
    epoch wrote may be marked, too, which is durable: that is the same once more.
    """
    for number, volume in enumerate(volumes):
        for start, length in touched_runs(folder, number):
            stop = min(start + length, volume.size())
            for at in range(start, stop, _COPY_BYTES):
                piece = bytearray(min(_COPY_BYTES, stop - at))
                volume.read_into(piece, at)
                volume.write(piece, at)
        volume.sync()


def _bring_production_to_end(
    folder: Folder, history: History, volumes: Sequence[Volume], replicas: Sequence[Volume]
) -> int:
    """Give production what it held at the journal's end, where that may be lost."""
    rewritten = 0
    for number, (volume, replica) in enumerate(zip(volumes, replicas, strict=True)):
        index = PointIndex(history, volume=number, point=history.end, image_size=replica.size())
        if volume.size() != index.size:
            volume.resize(index.size)
        runs = _doubtful(folder, history, number)
        rewritten += give(volume, index, replica, runs)
        volume.sync()
    return rewritten


def _doubtful(folder: Folder, history: History, number: int) -> Iterator[tuple[int, int]]:
    """What of production may be other than at the journal's end, as (offset, length)."""
    written = history.do[-1].records
    written = written[(written["kind"] != Kind.NOTE) & (written["volume"] == number)]
    begin, end = touched(written)
    marked = np.array(touched_runs(folder, number), np.int64).reshape(-1, 2)
    runs = paint(np.concatenate((marked[:, 0], begin)), np.concatenate((marked[:, 1], end - begin)))
    return zip(runs.start.tolist(), runs.length.tolist(), strict=True)


def _take_back(history: History, replicas: Sequence[Volume], epoch: Part) -> None:
    """Give replicas what they held when an epoch began, wherever that was captured."""
    point = epoch.head.first - 1
    for number, replica in enumerate(replicas):
        index = PointIndex(history, volume=number, point=point, image_size=replica.size())
        if replica.size() != index.size:
            replica.resize(index.size)
        give(replica, index, replica, index.runs())
        replica.sync()
