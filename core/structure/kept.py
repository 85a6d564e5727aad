"""The signatures of a volume that is written, kept by chunks.

What is kept is as `validity.py` has it. The tree above the chunks is not: to make it of what is
kept is a pass over 1/2000 of the volume (`merkle.py`), and so a write costs it nothing.

What a chunk holds can be checked against its signature: where it is another, and no write was said
in between, something else has changed it.

A chunk takes 49 bytes: 49 MiB for 64 GiB in chunks of 64 KiB. What was never signed takes no memory
on systems that give it when it is first touched.
"""

from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.structure.medium import Buffer
from core.structure.merkle import CHUNKS_MAX
from core.structure.signature import GRANULARITY_DEFAULT, GRANULARITY_MAX, SIGNATURE_BYTES, Scheme
from core.structure.validity import (
    Flags,
    State,
    Ticket,
    Touched,
    Valid,
    Validity,
    touched_by,
    touched_by_each,
)

_SINGLE: Final = 1

Signatures = npt.NDArray[np.uint8]
"""32 bytes for each chunk: (count, 32)."""


class Check(NamedTuple):
    """Neighbouring chunks that have a signature, from `first` on, and these."""

    first: int
    valid: Valid
    signatures: Signatures


class Spoilt(NamedTuple):
    """A chunk that holds what nobody has written, and the times between which it came to that."""

    place: int
    ticket: int
    """That by which it has its signature."""
    since_ns: int
    until_ns: int


class Snapshot(NamedTuple):
    """What is known of neighbouring chunks: which have a signature, and these, or any bytes."""

    is_valid: Flags
    signatures: Signatures


NOTHING_KNOWN: Final = Snapshot(np.zeros(0, np.bool_), np.zeros((0, SIGNATURE_BYTES), np.uint8))


def scheme_for(size: int) -> Scheme | None:
    """How a volume of so many bytes is kept; None where it would have too many chunks."""
    granularity = GRANULARITY_DEFAULT
    while -(-size // granularity) > CHUNKS_MAX:
        granularity *= 2
    return Scheme(granularity=granularity) if granularity <= GRANULARITY_MAX else None


class Kept:
    """Those of one volume. One thread at a time; of writes one is on its way at a time."""

    def __init__(self, scheme: Scheme, size: int) -> None:
        self.scheme, self.size = scheme, size
        self._shift = scheme.granularity.bit_length() - 1
        self._validity = Validity(self._chunks_of(size))
        self._signatures = np.zeros((self.count, SIGNATURE_BYTES), np.uint8)
        self._seen_ns = np.zeros(self.count, np.int64)
        """When a chunk is known to have held what its signature is of."""

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return len(self._validity.states)

    @property
    def valid(self) -> int:
        """How many of them have a signature."""
        return int(np.count_nonzero(self._validity.states == State.VALID))

    def touched(self, offsets: Sequence[int], lengths: Sequence[int] | int) -> Touched:
        """The chunks that writes touch, none of which is empty; beyond the end there are none."""
        count = self.count
        if len(offsets) == _SINGLE:
            length = lengths if isinstance(lengths, int) else lengths[0]
            found = touched_by(offsets[0], length, self._shift)
            return found if isinstance(found, slice) or found < count else slice(count, count)
        if not offsets:
            return slice(0, 0)
        longest = lengths if isinstance(lengths, int) else max(lengths)
        each = lengths if isinstance(lengths, int) else np.array(lengths, np.int64)
        places = touched_by_each(np.array(offsets, np.int64), each, self._shift)
        if max(offsets) + longest > count << self._shift:
            return places[places < count]
        return places

    def write(self, touched: Touched) -> None:
        """They are about to be written."""
        self._validity.write(touched)

    def written(self, touched: Touched) -> None:
        """That is over, whatever became of it."""
        self._validity.written(touched)

    def resize(self, size: int) -> Touched:
        """The volume is about to have so many bytes; returns what is `written` by that."""
        kept = min(size, self.size) // self.scheme.granularity
        if self.size == size:
            return slice(kept, kept)
        self._validity = self._validity.resized(self._chunks_of(size), kept)
        self.size = size
        signatures, seen_ns = self._signatures, self._seen_ns
        self._signatures = np.zeros((self.count, SIGNATURE_BYTES), np.uint8)
        self._seen_ns = np.zeros(self.count, np.int64)
        self._signatures[:kept], self._seen_ns[:kept] = signatures[:kept], seen_ns[:kept]
        return slice(kept, self.count)

    def hash(self, first: int, stop: int) -> Ticket:
        """Begin to sign those of some chunks that have no signature."""
        return self._validity.hash(np.arange(first, min(stop, self.count)))

    def store(self, ticket: Ticket, signatures: Buffer, *, now_ns: int = 0) -> int:
        """They are signed, in order; returns of how many that is what they hold.

        They were read after `now_ns`.
        """
        found = np.frombuffer(signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)
        assert len(found) == len(ticket.places)
        ticket, found = self._within(ticket, found)
        mine = self._validity.store(ticket)
        places, found = ticket.places[mine], found[mine]
        self._signatures[places] = found
        self._seen_ns[places] = now_ns
        return len(places)

    def lose(self, ticket: Ticket) -> None:
        """They could not be signed."""
        ticket, _ = self._within(ticket, None)
        self._validity.lose(ticket)

    def snapshot(self, first: int, stop: int) -> Snapshot:
        """What is known of some chunks now."""
        states = self._validity.states[first:stop]
        return Snapshot(states == State.VALID, self._signatures[first:stop].copy())

    def check(self, after: int, most: int) -> Check | None:
        """The next chunks with a signature, at most so many, around the end."""
        found = self._next(State.VALID, after, most)
        if found is None:
            return None
        valid = self._validity.valid(np.arange(*found))
        return Check(found[0], valid, self._signatures[valid.places])

    def checked(self, check: Check, signatures: Buffer, *, now_ns: int) -> list[Spoilt]:
        """What they hold was signed anew, after `now_ns`; returns what is other than it was.

        Those that were written meanwhile are left out.
        """
        found = np.frombuffer(signatures, np.uint8).reshape(-1, SIGNATURE_BYTES)
        is_inside = check.valid.places < self.count
        valid = Valid(check.valid.places[is_inside], check.valid.tickets[is_inside])
        is_still = self._validity.is_still(valid)
        is_same = (found == check.signatures)[is_inside].all(axis=1)
        self._seen_ns[valid.places[is_still & is_same]] = now_ns
        spoilt = is_still & ~is_same
        places, tickets = valid.places[spoilt], valid.tickets[spoilt]
        seen_ns = self._seen_ns[places]
        return [
            Spoilt(place, ticket, since_ns, now_ns)
            for place, ticket, since_ns in zip(
                places.tolist(), tickets.tolist(), seen_ns.tolist(), strict=True
            )
        ]

    def still(self, spoilt: Sequence[Spoilt]) -> list[Spoilt]:
        """Those of them that nobody has written since."""
        inside = [each for each in spoilt if each.place < self.count]
        valid = Valid(
            np.array([each.place for each in inside], np.intp),
            np.array([each.ticket for each in inside], np.int64),
        )
        return [*compress(inside, self._validity.is_still(valid).tolist())]

    def wanted(self, after: int, most: int) -> tuple[int, int] | None:
        """The next neighbouring chunks without a signature, at most so many, around the end."""
        return self._next(State.INVALID, after, most)

    def _next(self, state: State, after: int, most: int) -> tuple[int, int] | None:
        for begin in (min(after, self.count), 0):
            states = self._validity.states[begin:]
            first = int(np.argmax(states == state)) if len(states) else 0
            if first < len(states) and states[first] == state:
                others = states[first : first + most] != state
                length = int(np.argmax(others)) if others.any() else len(others)
                return begin + first, begin + first + length
        return None

    def _within(self, ticket: Ticket, signatures: Signatures | None) -> tuple[Ticket, Signatures]:
        """What is left of a ticket where the volume was cut off meanwhile."""
        inside = ticket.places < self.count
        found = np.zeros((0, SIGNATURE_BYTES), np.uint8)
        if signatures is not None:
            found = signatures[inside]
        return ticket._replace(places=ticket.places[inside]), found

    def _chunks_of(self, size: int) -> int:
        return -(-size // self.scheme.granularity)
