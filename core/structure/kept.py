"""The signatures of a volume that is written: kept by chunks, with the tree above them.

What is kept is as `validity.py` has it. A node of the tree is right where all chunks below are
VALID and none of them has got another signature since the node was made. So a write costs the tree
nothing: nodes are made anew when somebody asks for them, and only those above what has changed.

What a chunk holds can be checked against its signature: where it is another, and no write was said
in between, something else has changed it.

A chunk takes 49 bytes, and the tree 2 more: 51 MiB for 64 GiB in chunks of 64 KiB. What was never
signed takes no memory on systems that give it when it is first touched.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from core.structure.medium import Buffer
from core.structure.merkle import CHUNKS_MAX, FAN_OUT, Tree
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
"""32 bytes for each chunk or node: (count, 32)."""


class Check(NamedTuple):
    """Neighbouring chunks that have a signature, from `first` on, and these."""

    first: int
    valid: Valid
    signatures: Signatures


class Spoilt(NamedTuple):
    """A chunk that holds what nobody has written, and the times between which it came to that."""

    place: int
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
        self._levels: list[Signatures] = []
        self._stale: list[Flags] = []
        """Of each level above the chunks, which nodes are not those of their children."""
        self._make_levels()

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
        levels, stale, step, seen_ns = self._levels, self._stale, 1, self._seen_ns
        self._make_levels()
        self._seen_ns[:kept] = seen_ns[:kept]
        for nth, (before, after) in enumerate(zip(levels, self._levels, strict=False)):
            whole = kept // step  # nodes that stand for the same chunks as before
            after[:whole] = before[:whole]
            if nth:
                self._stale[nth - 1][:whole] = stale[nth - 1][:whole]
            step *= FAN_OUT
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
        changed = places[(self._levels[0][places] != found).any(axis=1)]
        self._levels[0][places] = found
        self._seen_ns[places] = now_ns
        if self._stale:
            self._stale[0][changed // FAN_OUT] = True
        return len(places)

    def lose(self, ticket: Ticket) -> None:
        """They could not be signed."""
        ticket, _ = self._within(ticket, None)
        self._validity.lose(ticket)

    def snapshot(self, first: int, stop: int) -> Snapshot:
        """What is known of some chunks now."""
        states = self._validity.states[first:stop]
        return Snapshot(states == State.VALID, self._levels[0][first:stop].copy())

    def check(self, after: int, most: int) -> Check | None:
        """The next chunks with a signature, at most so many, around the end."""
        found = self._next(State.VALID, after, most)
        if found is None:
            return None
        valid = self._validity.valid(np.arange(*found))
        return Check(found[0], valid, self._levels[0][valid.places])

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
        spoilt = valid.places[is_still & ~is_same]
        return [
            Spoilt(place, since_ns, now_ns)
            for place, since_ns in zip(spoilt.tolist(), self._seen_ns[spoilt].tolist(), strict=True)
        ]

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

    def valid_nodes(self, level: int) -> Flags:
        """Of each node of a level, or chunk at level 0: are all chunks below VALID?"""
        found: Flags = self._validity.states == State.VALID
        for _ in range(level):
            found = np.logical_and.reduceat(found, np.arange(0, len(found), FAN_OUT))
        return found

    def refresh(self) -> int:
        """Make the nodes anew that are not those of their children; returns how many that took.

        Nodes above chunks without a signature are left for later.
        """
        done, step, length = 0, self.scheme.granularity, self.size
        for level, stale in enumerate(self._stale, start=1):
            step *= FAN_OUT
            below, here = self._levels[level - 1], self._levels[level]
            for nth in np.flatnonzero(stale & self.valid_nodes(level)).tolist():
                children = below[nth * FAN_OUT : (nth + 1) * FAN_OUT]
                made = self.scheme.node(min(step, length - nth * step), children.tobytes())
                here[nth] = np.frombuffer(made, np.uint8)
                stale[nth] = False
                if level < len(self._stale):
                    self._stale[level][nth // FAN_OUT] = True
                done += 1
        return done

    def tree(self) -> Tree | None:
        """That over all chunks; None while one has no signature."""
        if self.valid < self.count:
            return None
        self.refresh()
        levels = tuple(bytearray(each.tobytes()) for each in self._levels)
        root = self.scheme.all(self.size, levels[-1])
        return Tree(scheme=self.scheme, length=self.size, levels=levels, root=root)

    def _within(self, ticket: Ticket, signatures: Signatures | None) -> tuple[Ticket, Signatures]:
        """What is left of a ticket where the volume was cut off meanwhile."""
        inside = ticket.places < self.count
        found = np.zeros((0, SIGNATURE_BYTES), np.uint8)
        if signatures is not None:
            found = signatures[inside]
        return ticket._replace(places=ticket.places[inside]), found

    def _chunks_of(self, size: int) -> int:
        return -(-size // self.scheme.granularity)

    def _make_levels(self) -> None:
        counts = [self.count]
        while counts[-1] > 1:
            counts.append(-(-counts[-1] // FAN_OUT))
        self._levels = [np.zeros((count, SIGNATURE_BYTES), np.uint8) for count in counts]
        self._seen_ns = np.zeros(self.count, np.int64)
        """When a chunk is known to have held what its signature is of."""
        self._stale = [np.ones(count, np.bool_) for count in counts[1:]]
