"""Where the streams bring replicas no more of production, what they may lack of it is marked.

Regions that are marked are copied once the replicas are fed again: so it is where the journal can
take no more, where nobody knows what the replicas hold, and where somebody wrote on them.
"""

from collections.abc import Sequence
from typing import Final

from core.errors import CoreError
from core.machine.journal.stale import make_stale
from core.machine.journal.touched import touched_runs
from core.machine.journal.writer import Volume
from core.stream import regions
from core.stream.history import History
from core.stream.phases import COPYING, Event, State, after
from core.stream.point import PointIndex
from core.stream.standing import Course, Lost, Standing, read_standing, write_standing
from core.stream.touched import touched
from core.structure.medium import Folder

_RESYNC: Final = {
    Event.FULL: "resync: the journal could not take what the replicas had not got",
    Event.BEHIND: "resync: the copy was further behind than it may be",
    Event.CRASHED: "resync: it was not ended while the replicas were given no pre-images",
    Event.GONE: "resync: the replicas were not there",
    Event.TAKEN: "direct access: the replicas were written, and what they held was not kept",
}


def give_up(
    folder: Folder,
    history: History | None,
    standing: Standing,
    event: Event,
    *,
    sizes: Sequence[int],
    end: int,
    behind: int = 0,
) -> int:
    """Begin to mark, in a new generation, which is returned: what replicas may lack of production.

    Without the history of the journal that is everything, for they are GONE. `sizes` are those of
    production in bytes, and `end` is the latest point. Of several copies, whose own files `folder`
    has, none was in a generation `behind` that.
    """
    # What was offered is that of the generation before, which is to have no successor here.
    is_over = event in (Event.GONE, Event.TAKEN)
    generation = max(behind, standing.course.generation) + (2 if is_over else 1)
    marks = [
        _doubted(folder, history, standing, event, number, size)
        for number, size in enumerate(sizes)
    ]
    make_stale(folder, generation, marks)
    lost = _lost(history, standing)
    course = Course(
        generation=generation,
        state=after(standing.state, event),
        since=end,
        sizes=tuple(sizes),
        lost=lost and Lost(lost.first, _RESYNC[event]),
        epoch=standing.course.epoch,
        joined=standing.course.joined,
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


def _lost(history: History | None, standing: Standing) -> Lost | None:
    """What is over with what was offered, or was before that.

    Whoever feeds may have begun it after the history was read, in which no point is offered then.
    """
    if standing.begin is None:
        return standing.lost
    is_read = history is not None and history.begin is not None
    return Lost(history.first if history and is_read else standing.begin - 1, "")


def _doubted(
    folder: Folder,
    history: History | None,
    standing: Standing,
    event: Event,
    number: int,
    size: int,
) -> bytearray:
    """The regions of a volume that its replica may lack."""
    marks = regions.all_of(size)
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
        ranges += touched_runs(history.folder, number)
        if not history.is_fed and history.unsealed is not None:
            captured = history.overwritten(since=history.unsealed.head.first)
            captured = captured[captured["volume"] == number]
            ranges += zip(captured["offset"].tolist(), captured["length"].tolist(), strict=True)
    if event is Event.TAKEN:
        taken = history.accessed()
        taken = taken[taken["volume"] == number]
        ranges += zip(taken["offset"].tolist(), taken["length"].tolist(), strict=True)
    for offset, length in ranges:
        regions.mark(marks, offset, length)
    return marks
