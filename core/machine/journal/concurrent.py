"""Production of which history is kept here, and at another site, too.

Theory of operation
-------------------
The journal is that of a group without a copy: pre-images are kept here, every point can be had, and
a crash is recovered from it alone. Its DO stream is shipped besides. What the copy lacks does not
go from it, as long as there is room. Where there is none history goes on, and hosts do, too: it is
written down, by region, what the copy lacks, a new generation begins, and these regions are copied
once the copy is there. So the journal takes writes whatever becomes of the copy, and nothing is
ever marked before it is written.

After a loss of power the volumes are what the journal's end says, and the copy may have more. What
the last epoch touched is in the pre-images; what came to the copy and left no trace here is known
by the place in the stream that the copy has come to, and then everything is copied.
"""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Final

from core.machine.journal.divergence import mark, mark_written, reaches
from core.machine.journal.giving_up import give_up
from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.shelf import JournalFullError, Retention, Shelf
from core.machine.journal.stale import forget_copied, make_stale
from core.machine.journal.writer import Journal, Volume
from core.stream import regions
from core.stream.history import History
from core.stream.phases import COPYING, Event, State, after
from core.stream.point import PointIndex
from core.stream.rejoining import Rejoining
from core.stream.standing import Course, Standing, read_standing, write_standing
from core.stream.taken import read_taken
from core.structure.medium import Folder

_COPY: Final = "distribution"


class Concurrent:
    """What takes the writes of hosts. Callers hold one lock around every method."""

    def __init__(
        self, folder: Folder, volumes: Sequence[Volume], journal: Journal, *, where: str
    ) -> None:
        self._folder, self._volumes, self._where = folder, tuple(volumes), where
        self.journal = journal
        self.follow(self.standing)

    @property
    def standing(self) -> Standing:
        """How the copy stands now."""
        found = read_standing(self._folder, where=self._where)
        assert found is not None
        return found

    @property
    def shelf(self) -> Shelf:
        """What is kept of the journal."""
        return self.journal.shelf

    def follow(self, standing: Standing) -> None:
        """The copy stands so: what it has may go."""
        self.shelf.keep(_COPY, standing.applied + 1)

    def mark(self, event: Event = Event.FULL) -> None:
        """What the copy lacks has no room any more, or it is not known what it has: regions are."""
        try:
            with closing(History(self._folder, where=self._where, live=True)) as history:
                is_known = event is not Event.GONE and reaches(history, self.standing.applied)
                self._enter(history if is_known else None, event if is_known else Event.GONE)
        except BaseException as error:
            self.journal.fail(error)
            raise

    def join(self, rejoining: Rejoining) -> None:
        """The copy's images were production before: what either side wrote since is to be copied.

        Where the journal does not go back so far, everything is; and where they are said to be what
        they were behind the write at which this site took over, which nobody can know.
        """
        taken = read_taken(self._folder, where=self._where)
        is_known = taken is None or rejoining.since <= taken.point
        standing = self.standing
        sizes = tuple(volume.size() for volume in self._volumes)
        marks = [regions.all_of(size) for size in sizes]
        with closing(History(self._folder, where=self._where, live=True)) as history:
            own = history.written(since=rejoining.since + 1, until=history.end)
            is_known &= history.end == rejoining.since or reaches(history, rejoining.since)
            if is_known:
                marks = [bytearray(regions.count_of(size)) for size in sizes]
                mark_written(marks, own)
                for number, offset, length in rejoining.runs:
                    if number < len(marks) and offset < sizes[number]:
                        mark(marks[number], ((offset, min(length, sizes[number] - offset)),))
        generation = standing.course.generation + 1
        make_stale(self._folder, generation, marks)
        self._begin(
            Course(
                generation=generation,
                state=State.RESYNCING,
                since=self.journal.end,
                sizes=sizes,
                epoch=standing.course.epoch,
                joined=rejoining.token,
            )
        )

    def _enter(self, history: History | None, event: Event) -> None:
        sizes = [volume.size() for volume in self._volumes]
        end = self.journal.end
        give_up(self._folder, history, self.standing, event, sizes=sizes, end=end)
        course = self.standing.course
        self._begin(replace(course, state=after(course.state, Event.READY)))

    def _begin(self, course: Course) -> None:
        """A generation begins, and with it an epoch, if there is room: else in the midst of one."""
        write_standing(self._folder, course)
        forget_copied(self._folder, keep=course.generation)
        self.follow(self.standing)
        with suppress(JournalFullError):
            self.journal.begin_epoch()


def open_concurrent(
    folder: Folder,
    volumes: Sequence[Volume],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
    lost_memory: bool,
) -> tuple[Concurrent, Recovered]:
    """The journal in a folder, recovered if it has to be; nothing is shipped yet.

    `lost_memory`: what was not durable may be gone, of the journal and of the volumes.
    """
    if lost_memory:
        with closing(History(folder, where=where)) as history:
            if history.unsealed is not None:
                _crashed(history, volumes)
    standing = read_standing(folder, where=where)
    journal, recovered = open_journal(
        *(folder, volumes),
        where=where,
        clock=clock,
        retention=retention,
        lacking=None if standing is None else standing.applied + 1,
    )
    taken = read_taken(folder, where=where)
    course = _course(standing, tuple(volume.size() for volume in volumes), journal.end)
    course = replace(course, epoch=taken.epoch if taken else course.epoch)
    if standing is None:
        make_stale(folder, course.generation, [*map(regions.all_of, course.sizes)])
    if standing is None or standing.course != course:
        write_standing(folder, course)
    forget_copied(folder, keep=course.generation)
    return Concurrent(folder, volumes, journal, where=where), recovered


def _course(standing: Standing | None, sizes: tuple[int, ...], end: int) -> Course:
    """How the copy is to be fed: where nothing is known of it, it has nothing."""
    if standing is None:
        return Course(generation=1, state=State.INITIALISING, since=end, sizes=sizes)
    if standing.state is State.MARKING:  # that was not written down to its end
        state = after(State.MARKING, Event.READY)
        return replace(standing.course, state=state, since=end, sizes=sizes)
    return standing.course


def _crashed(history: History, volumes: Sequence[Volume]) -> None:
    """Have marked, before anything is recovered, what the copy may have otherwise."""
    history.refuse_lost_end()
    folder, where = history.folder, history.where
    standing = read_standing(folder, where=where)
    if standing is None:
        return
    is_known = reaches(history, standing.applied)
    sizes = [
        PointIndex(history, volume=number, point=history.end, image_size=volume.size()).size
        for number, volume in enumerate(volumes)
    ]
    give_up(
        folder,
        history if is_known else None,
        standing,
        Event.CRASHED if is_known else Event.GONE,
        sizes=sizes,
        end=history.end,
    )


assert {State.INITIALISING, State.RESYNCING} == COPYING
