"""Production whose journal takes writes whatever becomes of its copies at other sites.

Theory of operation
-------------------
The DO stream is shipped. What a copy lacks does not go from it, as long as there is room. Where
there is none history goes on, and hosts do, too: it is written down, by region, what that copy
lacks, a new generation of it begins, and these regions are copied once the copy is there. So the
journal takes writes whatever becomes of a copy, nothing is ever marked before it is written, and of
several copies none has to do with what befalls another.

Where history is kept here, too, the journal is that of a group without a copy: pre-images are here,
every point can be had, and a crash is recovered from it alone. Where it is not, see `several.py`.

After a loss of power the volumes are what the journal's end says, and a copy may have more. What
the last epoch touched is in the pre-images; what came to the copy and left no trace here is known
by the place in the stream that the copy has come to, and then everything is copied. That is put
down for every copy that the journal knows, whether it is fed now or not.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import Final

from core.errors import CoreError
from core.machine.journal.divergence import mark, mark_written, reaches
from core.machine.journal.giving_up import give_up
from core.machine.journal.recovery import Recovered, open_journal
from core.machine.journal.shelf import JournalFullError, Retention, Shelf
from core.machine.journal.stale import forget_copied, make_stale
from core.machine.journal.taking_over import forget_standing
from core.machine.journal.writer import Journal, Volume
from core.stream import regions
from core.stream.copies import FIRST, files_of, known_numbers, last_generation
from core.stream.history import History
from core.stream.phases import COPYING, Event, State, after
from core.stream.point import PointIndex
from core.stream.rejoining import Rejoining
from core.stream.standing import Course, Standing, read_standing, write_standing
from core.stream.taken import read_taken
from core.structure.medium import Folder
from core.wire.segment import Stream

_COPY: Final = "distribution"
_GENERATIONS: Final = 1_000_000
"""More than one epoch of the role has: a copy of the one before is in an earlier generation."""


class Concurrent:
    """What takes the writes of hosts, and one copy. Callers hold one lock around every method."""

    def __init__(
        self,
        folder: Folder,
        volumes: Sequence[Volume],
        journal: Journal,
        *,
        where: str,
        number: int = FIRST,
    ) -> None:
        self._folder, self._volumes, self._where = folder, tuple(volumes), where
        self.files = files_of(folder, number)
        """Those that tell how the copy stands."""
        self._who = _COPY if number == FIRST else f"{_COPY} {number}"
        self.journal = journal
        self.follow(self.standing)

    @property
    def standing(self) -> Standing:
        """How the copy stands now."""
        found = read_standing(self.files, where=self._where)
        assert found is not None
        return found

    @property
    def shelf(self) -> Shelf:
        """What is kept of the journal."""
        return self.journal.shelf

    def follow(self, standing: Standing) -> None:
        """The copy stands so: what it has may go, but for the segment that this ends in.

        The copy goes from one segment to the next, whether there is something in them or not.
        """
        self.shelf.keep(self._who, standing.applied)

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

        Where the journal does not go back so far, everything is. Raises CoreError where they are
        said to be what this site had at a write behind the one at which it took over: what hosts
        wrote there was taken for what is here, and would be lost without anybody having said so.
        """
        taken = read_taken(self._folder, where=self._where)
        is_known = taken is None or rejoining.since <= taken.point
        if taken is not None and not is_known and rejoining.epoch == taken.epoch:
            raise CoreError(
                f"the copy is said to be what this site took over at write {rejoining.since}, "
                f"and that was write {taken.point}",
                where=self._where,
                hint="nothing was copied: at the copy, remove its new journal, give the old one "
                f"its name again, and ask `isthmus demote --point {taken.point} "
                f"--epoch {taken.epoch}`",
            )
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
        generation = last_generation(self._folder, where=self._where) + 1
        make_stale(self.files, generation, marks)
        self._begin(
            Course(
                generation=generation,
                state=State.RESYNCING,
                since=self.journal.end,
                sizes=sizes,
                epoch=self.standing.course.epoch,
                joined=rejoining.token,
            )
        )

    def _enter(self, history: History | None, event: Event) -> None:
        sizes = [volume.size() for volume in self._volumes]
        behind = last_generation(self._folder, where=self._where)
        given = self.files, history, self.standing, event
        give_up(*given, sizes=sizes, end=self.journal.end, behind=behind)
        course = self.standing.course
        self._begin(replace(course, state=after(course.state, Event.READY)))

    def _begin(self, course: Course) -> None:
        """A generation begins, and with it an epoch, if there is room: else in the midst of one."""
        write_standing(self.files, course)
        forget_copied(self.files, keep=course.generation)
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
    copies: Sequence[int] = (FIRST,),
) -> tuple[tuple[Concurrent, ...], Journal, Recovered]:
    """The journal in a folder, recovered if it has to be, and these copies; none is shipped to yet.

    `lost_memory`: what was not durable may be gone, of the journal and of the volumes.
    """
    forget_standing(folder, where=where)
    if lost_memory and known_numbers(folder):
        with closing(History(folder, where=where)) as history:
            if history.unsealed is not None:
                history.refuse_lost_end()
                crashed(history, _sizes(history, volumes))
    standings = standings_of(folder, where=where)
    journal, recovered = open_journal(
        *(folder, volumes),
        where=where,
        clock=clock,
        retention=retention,
        had=[standings[each].applied for each in copies if each in standings],
    )
    sizes = tuple(volume.size() for volume in volumes)
    found = begun(folder, volumes, journal, copies, sizes, where=where)
    return found, journal, recovered


def standings_of(folder: Folder, *, where: str) -> Mapping[int, Standing]:
    """How each copy stands that the journal knows."""
    found = {
        each: read_standing(files_of(folder, each), where=where) for each in known_numbers(folder)
    }
    return {number: each for number, each in found.items() if each is not None}


def begun(
    folder: Folder,
    volumes: Sequence[Volume],
    journal: Journal,
    copies: Sequence[int],
    sizes: tuple[int, ...],
    *,
    where: str,
) -> tuple[Concurrent, ...]:
    """The copies as they are to be fed, now that the journal takes writes.

    Of others that it knows, too, it is put down where the journal is.
    """
    taken = read_taken(folder, where=where)
    for number in sorted({*known_numbers(folder), *copies}):
        files = files_of(folder, number)
        standing = read_standing(files, where=where)
        if standing is None:
            behind = max(last_generation(folder, where=where), _before(taken.epoch if taken else 1))
            course = Course(
                generation=behind + 1, state=State.INITIALISING, since=journal.end, sizes=sizes
            )
            make_stale(files, course.generation, [*map(regions.all_of, sizes)])
        else:
            course = _ready(standing.course, standing.state, sizes, journal.end)
        course = replace(course, epoch=taken.epoch if taken else course.epoch)
        if standing is None or standing.course != course:
            write_standing(files, course)
        forget_copied(files, keep=course.generation)
    journal.shelf.keep(_COPY, None)
    found = [Concurrent(folder, volumes, journal, where=where, number=each) for each in copies]
    for each in found:
        if journal.shelf.heads(Stream.DO)[0].first > each.standing.applied + 1:
            each.mark(Event.GONE)
    return tuple(found)


def crashed(history: History, sizes: Sequence[int]) -> None:
    """Have marked, before anything is recovered, what copies may have otherwise."""
    folder, where = history.folder, history.where
    for number, standing in standings_of(folder, where=where).items():
        is_known = reaches(history, standing.applied)
        give_up(
            files_of(folder, number),
            history if is_known else None,
            standing,
            Event.CRASHED if is_known else Event.GONE,
            sizes=sizes,
            end=history.end,
            behind=last_generation(folder, where=where),
        )


def _before(epoch: int) -> int:
    """A generation that comes behind all of the epochs before."""
    return (epoch - 1) * _GENERATIONS


def _ready(course: Course, state: State, sizes: tuple[int, ...], end: int) -> Course:
    """How a copy is to be fed that may be marked: nothing was written since."""
    if state is not State.MARKING:
        return course
    return replace(course, state=after(state, Event.READY), since=end, sizes=sizes)


def _sizes(history: History, volumes: Sequence[Volume]) -> Sequence[int]:
    """Those of the volumes once they are recovered."""
    return [
        PointIndex(history, volume=number, point=history.end, image_size=volume.size()).size
        for number, volume in enumerate(volumes)
    ]


assert {State.INITIALISING, State.RESYNCING} == COPYING
