"""Production of which history is kept at several other sites, and not here.

Theory of operation
-------------------
With one copy the journal takes nothing while that is marked (`marking.py`): nobody would have use
of it. With several another copy may have, so it goes on, and what one lacks is put down for that
one alone (`concurrent.py`). The volumes are written without pre-images, and after a crash the open
epoch is carried out once more; regions that it touched are marked before, for a loss of power may
leave anything in them. Once a journal has known a second copy it is opened so, whichever is fed.
"""

from collections.abc import Callable, Sequence

from core.machine.journal.concurrent import Concurrent, begun, crashed, standings_of
from core.machine.journal.recovery import (
    Recovered,
    keep_lacking,
    last_time,
    make_durable,
    seal_stream,
    shelf_of,
)
from core.machine.journal.reopening import write_again, write_back
from core.machine.journal.shelf import EVERY_POINT, Retention
from core.machine.journal.sizing import refuse_other_sizes
from core.machine.journal.touched import Touched
from core.machine.journal.writer import Journal, Volume
from core.stream.history import History
from core.stream.phases import State
from core.structure.medium import Folder
from core.wire.segment import Stream


def open_several(
    folder: Folder,
    volumes: Sequence[Volume],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
    lost_memory: bool,
    copies: Sequence[int],
) -> tuple[tuple[Concurrent, ...], Recovered]:
    """The journal in a folder, recovered if it has to be, and these copies; none is shipped to yet.

    `lost_memory`: what was not durable may be gone, of the journal and of the volumes.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    make_durable(history)
    standings = standings_of(folder, where=where)
    last = max(standings.values(), key=lambda each: each.course.since, default=None)
    refuse_other_sizes(history, volumes, last)
    # So production of one copy leaves it, whose journal has taken nothing since.
    is_marking = [each.state for each in standings.values()] == [State.MARKING]
    is_clean = history.unsealed is None or is_marking
    if is_marking:
        write_back(folder, volumes)
    rewritten = 0 if is_clean else write_again(history, volumes)
    sizes = tuple(volume.size() for volume in volumes)
    if lost_memory and not is_clean:
        crashed(history, sizes)
    shelf = shelf_of(folder, history, retention, (Stream.DO,))
    shelf.gone = EVERY_POINT
    standings = standings_of(folder, where=where)
    keep_lacking(shelf, [standings[each].applied for each in copies if each in standings])
    seal_stream(folder, history.do)
    journal = Journal(
        shelf,
        Touched(folder, sizes),
        history.identity,
        volumes,
        clock=clock,
        first=history.end + 1,
        time_ns=last_time(history),
    )
    found = begun(folder, volumes, journal, copies, sizes, where=where)
    recovered = Recovered(end=history.end, clean=is_clean, bytes_rewritten=rewritten)
    history.close()
    return found, recovered
