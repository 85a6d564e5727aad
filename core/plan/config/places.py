"""Which appliance has a group, and which one takes it over: on which pairs all of them fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.plan.config.state import State

STANDBY: Final = 500
"""How much a group weighs that no other appliance has room for, in thousandths of a goal."""
NOWHERE_WEIGHT: Final = 10_000
"""The same of one that there is no room for at all, times its priority."""
PAIRS_MAX: Final = 24_000
_NEXT: Final = 2


class Place(NamedTuple):
    """An appliance, and the one that takes over; "" for none."""

    appliance: str
    standby: str


NOWHERE: Final = Place("", "")


@dataclass(frozen=True, slots=True)
class Burden:
    """What a group takes of an appliance: kB and writes in a second, thousandths of a core."""

    rate: int
    writes: int
    cpu: int

    @property
    def parts(self) -> tuple[int, int, int]:
        """In the order of `rooms_of`."""
        return self.rate, self.writes, self.cpu


def rooms_of(state: State) -> dict[str, tuple[int, int, int]]:
    """What each appliance has room for, as a `Burden` tells it."""
    return {each.name: (each.rate // 1000, each.iops, each.cpu) for each in state.appliances}


def places_of(state: State, groups: int, kept: Place | None) -> tuple[Place, ...]:
    """Every pair, or, where they would be too many, those that lie next to one another in a ring;
    the one that a group has now is always among them."""
    names = [each.name for each in state.appliances]
    count = len(names)
    reach = count - 1 if groups * count * count <= PAIRS_MAX else min(_NEXT, count - 1)
    found = [
        Place(name, names[(nth + step) % count])
        for nth, name in enumerate(names)
        for step in range(1, reach + 1)
    ]
    found += [Place(name, "") for name in names]
    if kept and kept not in found and kept.appliance in names and kept.standby in (*names, ""):
        found.append(kept)
    return tuple(found)


def standby_weight(state: State, place: Place) -> int:
    """What it weighs that nobody takes over; with one appliance there is nobody to."""
    is_short = len(state.appliances) > 1 and not place.standby
    return STANDBY if is_short else 0


def moves(kept: Place | None, place: Place) -> int:
    """To move a group is twice as much as to give it another standby."""
    if kept is None:
        return 0
    return 2 * (kept.appliance != place.appliance) + (kept.standby != place.standby)


class Floor:
    """Who is where, while groups are placed one after another."""

    def __init__(self, state: State) -> None:
        self.rooms = rooms_of(state)
        self.own: dict[str, list[int]] = {name: [0, 0, 0] for name in self.rooms}
        self.after: dict[tuple[str, str], list[int]] = {}

    def fits(self, place: Place, burden: Burden) -> bool:
        """Has it room, with and without any other one that it takes over for?"""
        return all(
            has + more <= most
            for held, room in self._held(place)
            for has, more, most in zip(held, burden.parts, room, strict=True)
        )

    def filled(self, place: Place, burden: Burden) -> float:
        """How full the fuller of both would be."""
        return max(
            (has + more) / most if most else 0.0
            for held, room in self._held(place)
            for has, more, most in zip(held, burden.parts, room, strict=True)
        )

    def put(self, place: Place, burden: Burden) -> None:
        """It is there now."""
        _add(self.own[place.appliance], burden)
        if place.standby:
            _add(self.after.setdefault((place.appliance, place.standby), [0, 0, 0]), burden)

    def _held(self, place: Place) -> Iterator[tuple[list[int], tuple[int, int, int]]]:
        own, room = self.own[place.appliance], self.rooms[place.appliance]
        worst = [0, 0, 0]
        for (_, standby), more in self.after.items():
            if standby == place.appliance:
                worst = [max(pair) for pair in zip(worst, more, strict=True)]
        yield [sum(pair) for pair in zip(own, worst, strict=True)], room
        if place.standby:
            held = self.own[place.standby]
            more = self.after.get((place.appliance, place.standby), [0, 0, 0])
            yield [sum(pair) for pair in zip(held, more, strict=True)], self.rooms[place.standby]


def first_places(
    state: State, burdens: Sequence[Burden], kept: Sequence[Place | None]
) -> list[Place]:
    """A place for each group: its own if it fits, else where it leaves most room; the heaviest
    are placed first. Without room for a standby it has none, and without any room it is nowhere."""
    floor = Floor(state)
    found = [NOWHERE] * len(burdens)

    def weight(nth: int) -> tuple[bool, float, int]:
        parts = zip(burdens[nth].parts, zip(*floor.rooms.values(), strict=True), strict=True)
        share = max(part / max(1, *rooms, 1) for part, rooms in parts)
        return kept[nth] is None, -share, nth

    for nth in sorted(range(len(burdens)), key=weight):
        own = kept[nth]
        choices = places_of(state, len(burdens), own)
        if own in choices and own and own.standby and floor.fits(own, burdens[nth]):
            found[nth] = own
        else:
            fitting = [each for each in choices if floor.fits(each, burdens[nth])]
            found[nth] = min(
                fitting,
                key=lambda each: (
                    standby_weight(state, each),
                    moves(own, each),
                    floor.filled(each, burdens[nth]),
                    each,
                ),
                default=NOWHERE,
            )
        if found[nth] != NOWHERE:
            floor.put(found[nth], burdens[nth])
    return found


def _add(held: list[int], burden: Burden) -> None:
    for nth, part in enumerate(burden.parts):
        held[nth] += part
