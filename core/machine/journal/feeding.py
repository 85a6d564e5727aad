"""What is written down while replicas are fed: how far they are, and in which state.

Whoever serves the group may begin a new generation at any moment. What is written here is then of
an old one, and says nothing any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.errors import CoreError
from core.machine.journal.recovery import make_durable, seal_undo, shelf_of
from core.machine.journal.reopening import epoch_after
from core.machine.journal.replicated import half
from core.machine.journal.shelf import JournalFullError, Retention, Shelf
from core.machine.journal.stale import Copied
from core.machine.journal.undo import UndoStream
from core.stream.history import History
from core.stream.phases import Event, State, after
from core.stream.regions import REGION_SHIFT
from core.stream.standing import Distributed, Lost, Standing, read_standing, write_standing
from core.structure.blocks import Runs
from core.structure.medium import Folder, Volume
from core.wire.segment import Stream

_FAST_FORWARD = "fast-forward: the replicas were behind"


class Feeding:
    """What a distributor begins with, and where it writes down how far it came."""

    def __init__(self, folder: Folder, history: History, shelf: Shelf, standing: Standing) -> None:
        self._folder, self._history, self.shelf = folder, history, shelf
        self._segment_bytes = history.identity.segment_bytes
        self._told = standing.current or Distributed(
            generation=standing.course.generation,
            state=standing.course.state,
            applied=standing.course.since,
            begin=0,
            lost=standing.course.lost,
        )
        self._since, sizes = standing.course.since, standing.course.sizes
        self._sizes = sizes
        self._copied = Copied(folder, standing.course.generation, len(sizes))
        self.undo: UndoStream | None = None

    @property
    def state(self) -> State:
        """How the replicas are fed."""
        return self._told.state

    @property
    def applied(self) -> int:
        """The last write that the replicas have for sure, what is left to be copied aside."""
        return self._told.applied

    @property
    def sizes(self) -> Sequence[int]:
        """What production had, in bytes, when copying began; empty once more was applied."""
        return self._sizes if self.applied == self._since else ()

    @property
    def _first(self) -> int:
        """The earliest point that can be had."""
        return max(self._told.begin, self._history.do[0].head.first) - 1

    @property
    def is_first(self) -> bool:
        """Has nobody fed the replicas before?"""
        return self.state is State.INITIALISING and self._copied.is_new

    def left(self) -> Iterator[tuple[int, int, int]]:
        """Volume, offset and length of each region that is to be copied from production."""
        return self._copied.regions()

    def reached(self, end: int) -> int | None:
        """Up to which write regions may be of, once none is left and `end` is the latest.

        None while production, which is elsewhere, has not told.
        """
        if not self._history.identity.is_copy:
            return end
        standing = read_standing(self._folder, where=self._history.where)
        is_mine = standing is not None and standing.course.generation == self._told.generation
        return standing.course.reached if standing and is_mine else None

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes that were copied, and bytes that were to be, in all."""
        return self._copied.count << REGION_SHIFT, self._copied.total << REGION_SHIFT

    def copied(self, number: int, offset: int) -> None:
        """A replica has a region, durably."""
        self._copied.done(number, offset)

    def moved(self, applied: int) -> None:
        """The replicas have everything up to a write, durably: what lies before may go."""
        self._tell(replace(self._told, applied=applied))
        self.shelf.keep("distribution", applied + 1)
        if self.state is State.DISTRIBUTING:
            self.shelf.trim(self._first + 1)

    def gave_up(self) -> None:
        """From now on nothing is captured: no point can be had until history begins anew."""
        lost = Lost(self._first, _FAST_FORWARD)
        self._tell(replace(self._told, state=after(self.state, Event.PRESSED), lost=lost))

    def began(self, event: Event, first: int) -> None:
        """The replicas are what production was before that write, which begins an epoch."""
        self._tell(
            replace(self._told, state=after(self.state, event), applied=first - 1, begin=first)
        )
        self.shelf.keep("distribution", first)

    def enter(self, first: int, time_ns: int) -> None:
        """Begin an epoch: every block is to be captured anew."""
        if self.undo is None:
            self.undo = UndoStream(
                self.shelf, segment_bytes=self._segment_bytes, first=first, time_ns=time_ns
            )
        else:
            self.undo.begin_epoch(first, time_ns)

    def capture(self, number: int, replica: Volume, ranges: Runs) -> bool:
        """Make durable what the ranges hold, where that was not done in this epoch.

        False says that the journal has no room for it.
        """
        assert self.undo is not None
        claim = self.undo.claim(number)
        try:
            self.undo.capture(number, replica, [run for each in ranges for run in claim(*each)])
        except JournalFullError:
            return False
        return True

    def close(self) -> None:
        """End in good order."""
        if self.undo is not None:
            self.undo.seal()
        self._copied.close()

    def _tell(self, what: Distributed) -> None:
        write_standing(self._folder, what)
        self._told = what


def open_feeding(folder: Folder, history: History, *, retention: Retention) -> Feeding:
    """What is to be fed on, by nobody else; the journal is not marking.

    While there is history the UNDO stream is opened, in the epoch of the first write that replicas
    may not have.
    """
    make_durable(history)
    seal_undo(folder, history)
    history.refresh()
    standing = read_standing(folder, where=history.where)
    assert standing is not None
    if standing.state is State.MARKING:
        raise CoreError("the journal takes nothing at the moment", where=history.where)
    shelf = shelf_of(folder, history, half(retention), (Stream.UNDO,))
    feeding = Feeding(folder, history, shelf, standing)
    part = epoch_after(history, feeding.applied)
    first = part.head.first if part else history.end + 1
    shelf.keep("distribution", first)
    if feeding.state is State.DISTRIBUTING:
        feeding.enter(first, part.head.time_ns if part else 0)
        assert feeding.undo is not None
        for record in history.overwritten(since=first):
            feeding.undo.claim(int(record["volume"]))(int(record["offset"]), int(record["length"]))
    return feeding
