"""Which chunks of a volume have a signature that is right, while hosts write and others hash.

Theory of operation
-------------------
A write says so before it reaches the volume, and again when it is over, whatever became of it: in
between its chunks are BEING_WRITTEN, and after that INVALID. A hash may only begin where nothing is
being written, and takes a ticket; what it has read is worth something if its chunk is still HASHING
with that ticket when it ends. So a write that overtook it, or one that was on its way as it began,
leaves no signature behind, and neither does a hash that somebody else has overtaken.

Marking a chunk before the write alone would not do: a hash that begins between the mark and the
write reads what is about to go, and finds nothing changed afterwards.

Nothing of it outlives the process: a new one begins with every chunk INVALID.

A chunk takes a byte and a ticket of eight. All of it is done by vectors: what is marked for a run
of writes costs as much as a few of them, not as many as it has writes.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Touched = Places | slice | int
"""The chunks that a write touches; one of them may be there twice. A single one is the cheapest."""


class State(IntEnum):
    """How a chunk is."""

    INVALID = 0
    HASHING = 1
    VALID = 2
    BEING_WRITTEN = 3


class Event(IntEnum):
    """What becomes of it."""

    WRITE = 0
    WRITTEN = 1
    HASH = 2
    STORE = 3
    LOSE = 4


TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.INVALID, Event.WRITE): State.BEING_WRITTEN,
    (State.HASHING, Event.WRITE): State.BEING_WRITTEN,
    (State.VALID, Event.WRITE): State.BEING_WRITTEN,
    (State.BEING_WRITTEN, Event.WRITE): State.BEING_WRITTEN,
    (State.BEING_WRITTEN, Event.WRITTEN): State.INVALID,
    (State.INVALID, Event.HASH): State.HASHING,
    (State.HASHING, Event.STORE): State.VALID,
    (State.HASHING, Event.LOSE): State.INVALID,
}
# What leads to one state alone, or from one alone, needs no look at the chunk: so the write path
# is one store before the write and one after it.
assert {TRANSITIONS.get((state, Event.WRITE)) for state in State} == {State.BEING_WRITTEN}
assert [state for state, event in TRANSITIONS if event is Event.HASH] == [State.INVALID]


# As numbers: numpy takes them several times faster than it takes members of an enumeration.
_INVALID, _HASHING, _VALID, _BEING_WRITTEN = map(int, State)


class Ticket(NamedTuple):
    """A hash that has begun, of these chunks."""

    number: int
    places: Places


class Valid(NamedTuple):
    """Chunks that have a signature, and by which tickets they got it."""

    places: Places
    tickets: npt.NDArray[np.int64]


class Validity:
    """The chunks of one volume. One thread at a time, and one write at a time."""

    def __init__(self, count: int) -> None:
        """None of them has a signature."""
        self.states = np.zeros(count, np.uint8)
        self._tickets = np.zeros(count, np.int64)
        self._last = 0

    def write(self, touched: Touched) -> None:
        """These chunks are about to be written."""
        self.states[touched] = _BEING_WRITTEN

    def written(self, touched: Touched) -> None:
        """That is over; what they hold is not known, be it that it failed."""
        self.states[touched] = _INVALID

    def hash(self, places: Places) -> Ticket:
        """Begin to hash those of some chunks that are neither hashed nor written by now."""
        found = places[self.states[places] == _INVALID]
        self._last += 1
        self.states[found] = _HASHING
        self._tickets[found] = self._last
        return Ticket(self._last, found)

    def store(self, ticket: Ticket) -> Flags:
        """That is over; says of each of its chunks whether what was read is what it holds."""
        mine = self._is_of(ticket)
        self.states[ticket.places[mine]] = _VALID
        return mine

    def lose(self, ticket: Ticket) -> None:
        """It could not be done, or is not trusted any more."""
        self.states[ticket.places[self._is_of(ticket)]] = State.INVALID

    def valid(self, places: Places) -> Valid:
        """Which of some chunks are VALID, and by which tickets."""
        found = places[self.states[places] == _VALID]
        return Valid(found, self._tickets[found])

    def is_still(self, valid: Valid) -> Flags:
        """Which of them are VALID by the same tickets: nobody has written them since."""
        found: Flags = (self.states[valid.places] == _VALID) & (
            self._tickets[valid.places] == valid.tickets
        )
        return found

    def resized(self, count: int, kept: int) -> "Validity":
        """The same with another count of chunks, of which the first `kept` are as they were.

        The others are BEING_WRITTEN.
        """
        found = Validity(count)
        found._last = self._last
        found.states[:kept] = self.states[:kept]
        found.states[kept:] = _BEING_WRITTEN
        found._tickets[:kept] = self._tickets[:kept]
        return found

    def _is_of(self, ticket: Ticket) -> Flags:
        found: Flags = (self.states[ticket.places] == _HASHING) & (
            self._tickets[ticket.places] == ticket.number
        )
        return found


def touched_by(offset: int, length: int, shift: int) -> slice | int:
    """The chunks of 2**shift bytes that a range touches."""
    first, last = offset >> shift, offset + length - 1 >> shift
    return first if first == last else slice(first, last + 1)


def touched_by_each(
    offsets: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64] | int, shift: int
) -> Places:
    """The same of many ranges, none of them empty; a chunk may be there more than once."""
    first = offsets >> shift
    last = offsets + (lengths - 1) >> shift
    longest = lengths if isinstance(lengths, int) else int(lengths.max(initial=0))
    if longest <= 1 << shift:  # so each touches no more than these two
        found: Places = np.concatenate((first, last), dtype=np.intp)
        return found
    counts = last - first + 1
    begun = np.cumsum(counts) - counts
    spread: Places = np.arange(int(counts.sum()), dtype=np.intp)
    spread += np.repeat(first - begun, counts)
    return spread
