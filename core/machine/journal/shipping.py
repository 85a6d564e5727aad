"""Production of a journal whose copy is at another site: what is known here of what that has.

The copy keeps pre-images and points. Here the DO stream waits to be shipped, and what has no room
there is marked. After a crash the stream and the volumes are what they were before it, unless the
machine had lost its memory: then production keeps what came after the journal's end, and regions
that it touched since they were durable are marked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from core.machine.journal.recovery import Recovered, make_durable, seal_stream, shelf_of
from core.machine.journal.reopening import write_again, write_back
from core.machine.journal.replicated import Production
from core.machine.journal.shelf import Retention
from core.machine.journal.sizing import refuse_other_sizes
from core.machine.journal.stale import Copied
from core.machine.journal.writer import Volume
from core.stream.history import History
from core.stream.phases import Event, State, after
from core.stream.standing import Distributed, Standing, read_standing, write_standing
from core.structure.medium import Folder
from core.wire.segment import Stream


def open_shipped(
    folder: Folder,
    volumes: Sequence[Volume],
    *,
    where: str,
    clock: Callable[[], int],
    retention: Retention,
    lost_memory: bool,
) -> Production:
    """The journal in a folder, recovered if it has to be, in a new epoch; nothing is shipped yet.

    `lost_memory`: what was not durable may be gone, of the journal and of the volumes.
    """
    history = History(folder, where=where)
    history.refuse_lost_end()
    make_durable(history)
    standing = read_standing(folder, where=where)
    assert standing is not None
    refuse_other_sizes(history, volumes, standing)
    is_marking = standing.state is State.MARKING
    is_clean = history.unsealed is None or is_marking
    if is_marking:
        write_back(folder, volumes)
    rewritten = 0 if is_clean else write_again(history, volumes)
    shelf = shelf_of(folder, history, retention, (Stream.DO,))
    production = Production(folder, volumes, history, shelf, clock=clock)
    production.recovered = Recovered(end=history.end, clean=is_clean, bytes_rewritten=rewritten)
    if lost_memory and not is_clean:
        production.give_up(history, Event.CRASHED)
    seal_stream(folder, history.do)
    production.begin()
    history.close()
    return production


class Shipping:
    """Where it is written down how far a copy elsewhere is: the ledger of a link."""

    def __init__(self, folder: Folder, standing: Standing) -> None:
        self._folder = folder
        self._told = standing.current or Distributed(
            generation=standing.course.generation,
            state=standing.course.state,
            applied=standing.course.since,
            begin=0,
        )
        self._copied = Copied(folder, standing.course.generation, len(standing.course.sizes))

    @property
    def state(self) -> State:
        """How the copy is fed."""
        return self._told.state

    @property
    def applied(self) -> int:
        """The last write that it has for sure, what is left to be copied aside."""
        return self._told.applied

    def left(self) -> Iterator[tuple[int, int, int]]:
        """Volume, offset and length of each region that is to be copied from production."""
        return self._copied.regions()

    def copied(self, number: int, offset: int) -> None:
        """The copy has a region, durably."""
        self._copied.done(number, offset)

    def moved(self, applied: int) -> None:
        """The copy has everything up to a write, durably: what lies before may go."""
        self._tell(replace(self._told, applied=applied))

    def is_alike(self) -> None:
        """The copy has every region, and begins history by itself."""
        self._tell(replace(self._told, state=after(self.state, Event.SHIPPED)))

    def close(self) -> None:
        """Let go of the files."""
        self._copied.close()

    def _tell(self, what: Distributed) -> None:
        write_standing(self._folder, what)
        self._told = what
