"""Production of a journal whose image is a replica, fed from the DO stream by somebody else.

Production has the DO stream, and whoever feeds the replica the UNDO stream, each with half of what
an access to the replica leaves of the budget. They need not be one process (`feeding.py`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from core.errors import CoreError
from core.machine.journal.access import SHARE
from core.machine.journal.gaps import owed_gaps
from core.machine.journal.giving_up import give_up
from core.machine.journal.marking import Marking
from core.machine.journal.recovery import (
    Recovered,
    last_time,
    seal_stream,
    shelf_of,
)
from core.machine.journal.shelf import EVERY_POINT, Retention, Shelf
from core.machine.journal.stale import Stale, forget_copied, make_stale
from core.machine.journal.touched import Touched
from core.machine.journal.writer import Journal, Volume
from core.stream import regions
from core.stream.history import History
from core.stream.phases import Event, State, after
from core.stream.standing import (
    COURSE,
    Course,
    Standing,
    read_standing,
    write_standing,
)
from core.structure.medium import Folder
from core.wire.note import Gap, pack_note
from core.wire.segment import Stream


def is_initialised(folder: Folder) -> bool:
    """Has it begun that the replicas are made equal to production?"""
    return COURSE in folder.names()


def begin_initialising(folder: Folder, volumes: Sequence[Volume]) -> None:
    """All that the volumes hold is to be copied to replicas, from an empty journal on."""
    for volume in volumes:
        volume.sync()
    sizes = tuple(volume.size() for volume in volumes)
    make_stale(folder, 1, [regions.all_of(size) for size in sizes])
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
        """The replicas need no write before that any more.

        A copy elsewhere, which goes from one segment to the next, needs the one that ends there,
        and so all behind it, whether there is something in them or not.
        """
        self._kept = max(self._kept, first - self._identity.is_shipped)
        self.shelf.keep("distribution", self._kept)

    def follow(self, standing: Standing) -> None:
        """The replicas stand so: what they have may go, and of points that are not offered no
        more are lost. Of a copy elsewhere it does go: nobody looks for points here."""
        self.keep(standing.applied + 1)
        if standing.begin is None:
            self.shelf.gone = EVERY_POINT
        if self._identity.is_shipped:
            self.shelf.let_go()

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
            self.shelf.keep("distribution", kept)
            self._take_back(marking, course)
            raise
        self._has_failed_to_resume = False
        marking.let_go()
        if self._identity.is_shipped:
            self._let_go_before(marking.end + 1)

    def _let_go_before(self, first: int) -> None:
        """The copy begins anew, with the epoch of that write: those before it are no use to it."""
        self.shelf.keep("distribution", first)
        self.shelf.let_go()
        self.shelf.keep("distribution", self._kept)

    def _take_back(self, marking: Marking, course: Course) -> None:
        """It may have been written down that the journal takes writes, and it does not."""
        try:
            if self.standing.course != course:
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
            owed = owed_gaps(standing, history, self.shelf.heads(Stream.DO)[0].first)
            self.shelf.gone = history.first
        for gap in owed:
            self.journal.note(pack_note(gap))
        return owed[-1] if owed else None

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


def half(retention: Retention) -> Retention:
    """What each of two streams may take of what an access to the replicas leaves."""
    return retention._replace(size=(retention.size - retention.size // SHARE) // 2)
