"""However writes and hashes interleave, a signature that is VALID is of what the volume holds.

A chunk is two cells that are written, and read, one after the other, so that both may be torn. All
interleavings of a few writes and hashes are enumerated, and longer ones are drawn by chance.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings

from core.structure.validity import (
    TRANSITIONS,
    Event,
    Places,
    State,
    Ticket,
    Touched,
    Validity,
    touched_by,
    touched_by_each,
)

LONG = settings.default is settings.get_profile("long")
PARTS, INTERLEAVINGS = (20, 50_000) if LONG else (1, 3_000)
ALL = np.zeros(1, np.intp)
Made = Callable[[int], Validity]


class Unguarded(Validity):
    """Stores whatever was read, whoever wrote meanwhile."""

    def store(self, ticket: Ticket) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        self.states[ticket.places] = State.VALID
        return np.ones(len(ticket.places), np.bool_)


class Unticketed(Validity):
    """Looks at the state alone: one that another hash has brought about will do."""

    def store(self, ticket: Ticket) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        mine: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
            self.states[ticket.places] == State.HASHING
        )
        self.states[ticket.places[mine]] = State.VALID
        return mine


class MarkedBefore(Validity):
    """Marks a chunk before the write, and lets a hash begin while it is on its way."""

    def write(self, touched: Touched) -> None:
        self.states[touched] = State.INVALID

    def written(self, touched: Touched) -> None:
        """Nothing is marked."""


class MarkedAfter(Validity):
    """Marks a chunk once it was written."""

    def write(self, touched: Touched) -> None:
        """Nothing is marked."""


class Forgetful(Validity):
    """Has chunks hashed that are being written."""

    def hash(self, places: Places) -> Ticket:
        self.states[places] = State.INVALID
        return super().hash(places)


BROKEN = (Unguarded, Unticketed, MarkedBefore, MarkedAfter, Forgetful)


class Hash(NamedTuple):
    """One that goes on: its ticket, and what it has read so far."""

    ticket: int
    read: tuple[int, ...] = ()


@dataclass(frozen=True)
class World:
    """All that matters of one moment; `writing` is how many cells a write has reached."""

    state: int = State.INVALID
    ticket: int = 0
    last: int = 0
    cells: tuple[int, int] = (0, 0)
    kept: tuple[int, ...] = ()
    writing: int | None = None
    hashes: tuple[Hash | None, Hash | None] = (None, None)
    writes: int = 0

    @property
    def is_sound(self) -> bool:
        return self.state != State.VALID or self.kept == self.cells

    def validity(self, made: Made) -> Validity:
        found = made(1)
        found.states[:], found._tickets[:], found._last = self.state, self.ticket, self.last
        return found

    def with_(self, found: Validity, **more: object) -> "World":
        kept = {
            "state": int(found.states[0]),
            "ticket": int(found._tickets[0]),
            "last": found._last,
        }
        return replace(self, **(kept | more))  # type: ignore[arg-type]


def following(world: World, made: Made, writes_max: int, hashes_max: int) -> Iterator[World]:
    """Every world that one step leads to."""
    if world.writing is None and world.writes < writes_max:
        found = world.validity(made)
        found.write(slice(0, 1))
        yield world.with_(found, writing=0, writes=world.writes + 1)
    elif world.writing in (0, 1):
        cells = [*world.cells]
        cells[world.writing] = world.writes
        yield replace(world, cells=(cells[0], cells[1]), writing=world.writing + 1)
    if world.writing is not None:  # it is over, or it has failed on its way
        found = world.validity(made)
        found.written(ALL)
        yield world.with_(found, writing=None)
    for nth, going in enumerate(world.hashes):
        yield from hashed(world, made, nth, going, hashes_max)
    yield World(cells=world.cells, writes=world.writes, last=world.last)  # a crash


def hashed(
    world: World, made: Made, nth: int, going: Hash | None, hashes_max: int
) -> Iterator[World]:
    """What one of the two hashes may do."""

    def others(mine: Hash | None) -> tuple[Hash | None, Hash | None]:
        return (mine, world.hashes[1]) if nth == 0 else (world.hashes[0], mine)

    found = world.validity(made)
    if going is None:
        if world.last < hashes_max:
            ticket = found.hash(ALL)
            begun = Hash(ticket.number) if len(ticket.places) else None
            yield world.with_(found, hashes=others(begun))
        return
    if len(going.read) < len(world.cells):
        read = (*going.read, world.cells[len(going.read)])
        yield replace(world, hashes=others(going._replace(read=read)))
    else:
        stored = found.store(Ticket(going.ticket, ALL)).all()
        kept = going.read if stored else world.kept
        yield world.with_(found, hashes=others(None), kept=kept)
    found = world.validity(made)
    found.lose(Ticket(going.ticket, ALL))
    yield world.with_(found, hashes=others(None))


def enumerated(made: Made, writes_max: int, hashes_max: int) -> tuple[int, World | None]:
    """How many worlds there are, and one that is not sound, if one was met."""
    known = {World()}
    waiting = [*known]
    while waiting:
        for world in following(waiting.pop(), made, writes_max, hashes_max):
            if not world.is_sound:
                return len(known), world
            if world not in known:
                known.add(world)
                waiting.append(world)
    return len(known), None


def test_no_interleaving_leaves_a_wrong_signature() -> None:
    count, wrong = enumerated(Validity, *((3, 4) if LONG else (2, 3)))
    assert wrong is None
    assert count > (20_000 if LONG else 1_000)


@pytest.mark.parametrize("made", BROKEN)
def test_a_broken_guard_is_met(made: Made) -> None:
    _, wrong = enumerated(made, 2, 3)
    assert wrong is not None


def by_chance(made: Made, seed: int, steps: int = 14) -> bool:
    """One interleaving over a few chunks, of which writes touch several; was it sound?"""
    chance, count = Random(seed), 3
    validity = made(count)
    cells, kept = [0] * count, [-1] * count
    writing: list[int] = []
    hashes: list[tuple[Ticket, list[int]]] = []
    for nth in range(1, steps):
        step = chance.randrange(6)
        if step == 0 and not writing:
            first = chance.randrange(count)
            writing = [*range(first, chance.randrange(first, count) + 1)]
            validity.write(slice(writing[0], writing[-1] + 1))
        elif step == 1 and writing:
            cells[chance.choice(writing)] = nth
        elif step == 2 and writing:
            validity.written(np.array(writing, np.intp))
            writing = []
        elif step == 3:
            ticket = validity.hash(np.arange(chance.randrange(count), count))
            hashes.append((ticket, [cells[place] for place in ticket.places]))
        elif step == 4 and hashes:
            ticket, read = hashes.pop(chance.randrange(len(hashes)))
            for is_stored, place, each in zip(
                validity.store(ticket), ticket.places, read, strict=True
            ):
                kept[place] = each if is_stored else kept[place]
        elif step == 5 and hashes:
            validity.lose(hashes.pop(chance.randrange(len(hashes)))[0])
        if any(
            state == State.VALID and one != other
            for state, one, other in zip(validity.states.tolist(), kept, cells, strict=True)
        ):
            return False
    return True


@pytest.mark.parametrize("part", range(PARTS))
def test_no_interleaving_that_was_drawn_leaves_a_wrong_signature(part: int) -> None:
    seeds = range(part * INTERLEAVINGS, (part + 1) * INTERLEAVINGS)
    assert all(by_chance(Validity, seed) for seed in seeds)


@pytest.mark.parametrize("made", [Unguarded, Unticketed, MarkedBefore, MarkedAfter, Forgetful])
def test_chance_meets_a_broken_guard_too(made: Made) -> None:
    assert not all(by_chance(made, seed, steps=30) for seed in range(5_000))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_each_event_does_what_the_table_has(state: State, event: Event) -> None:
    validity = Validity(1)
    ticket = validity.hash(ALL)
    validity.states[:] = state
    match event:
        case Event.WRITE:
            validity.write(slice(0, 1))
        case Event.WRITTEN:
            if state is not State.BEING_WRITTEN:
                return  # nobody ends what has not begun
            validity.written(ALL)
        case Event.HASH:
            validity.hash(ALL)
        case Event.STORE:
            validity.store(ticket)
        case Event.LOSE:
            validity.lose(ticket)
    assert validity.states[0] == TRANSITIONS.get((state, event), state)


def test_ranges_touch_their_chunks_and_no_others() -> None:
    chance = Random(1)
    for _ in range(200):
        ranges = [
            (chance.randrange(1 << 16), chance.choice((1, 4096, chance.randrange(1, 30_000))))
            for _ in range(chance.randrange(1, 20))
        ]
        naive = {
            chunk
            for offset, length in ranges
            for chunk in range(offset // 4096, (offset + length - 1) // 4096 + 1)
        }
        offsets, lengths = (np.array(each, np.int64) for each in zip(*ranges, strict=True))
        assert {*touched_by_each(offsets, lengths, 12).tolist()} == naive
        singly = [touched_by(offset, length, 12) for offset, length in ranges]
        chunks = np.arange(1 << 6)
        assert {int(each) for found in singly for each in chunks[found].flat} == naive
