"""What the files of a journal are called.

    do-0000002a.data                segment 42 of the DO stream, as it was written
    do-0000002a-0000002f.1.data     what stands for the segments 42 to 47, folded once

A segment that was folded has another name than those that it stands for. So it is there at once,
and whole, when its data file gets that name, which it does last; and those are then *superseded*:
nobody reads them, and they may go at any time.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from core.wire.segment import Head, Stream

IDENTITY: Final = "journal.json"

_NAME: Final = re.compile(
    r"(?:do|undo|access)-([0-9a-f]{8})(?:-([0-9a-f]{8})\.([1-9][0-9]*))?\.(data|meta)", re.ASCII
)


class Place(NamedTuple):
    """Which segment it is: the numbers that it stands for, and how often it was folded."""

    stream: Stream
    number: int
    last: int
    rounds: int = 0

    @property
    def data(self) -> str:
        """The file of what it holds."""
        return f"{self._stem}.data"

    @property
    def meta(self) -> str:
        """The file of its records."""
        return f"{self._stem}.meta"

    def supersedes(self, other: "Place") -> bool:
        """Is it read in the place of the other?"""
        return self.rounds > other.rounds and self.number <= other.number <= other.last <= self.last

    @property
    def _stem(self) -> str:
        folded = f"-{self.last:08x}.{self.rounds}" if self.rounds else ""
        return f"{self.stream.name.lower()}-{self.number:08x}{folded}"


def place_of(head: Head) -> Place:
    """Where the segment of a head is."""
    return Place(head.stream, head.number, head.last, head.rounds)


def folded_place(places: Sequence[Place]) -> Place:
    """Where the segment is that is to stand for those."""
    rounds = max(each.rounds for each in places) + 1
    return Place(places[0].stream, places[0].number, places[-1].last, rounds)


def data_name(stream: Stream, number: int) -> str:
    """The file of what a segment holds that was never folded."""
    return Place(stream, number, number).data


def meta_name(stream: Stream, number: int) -> str:
    """The file of its records."""
    return Place(stream, number, number).meta


def places(names: tuple[str, ...], stream: Stream) -> tuple[Place, ...]:
    """The segments that are read, of which one of the two files is there, in order."""
    found = _found(names, stream)
    read: list[Place] = []
    reach = 0
    for place in sorted(found, key=lambda each: (each.number, -each.last, -each.rounds)):
        if place.rounds and _is_draft(place, found):
            continue
        if place.number > reach or not read[-1].supersedes(place):
            read.append(place)
            reach = place.last
    return tuple(read)


def numbers(names: tuple[str, ...], stream: Stream) -> tuple[int, ...]:
    """The first numbers of these segments."""
    return tuple(place.number for place in places(names, stream))


def superseded(names: tuple[str, ...], stream: Stream, by: Iterable[Place]) -> tuple[str, ...]:
    """The files of those that others are read in the place of; their meta files come first."""
    by = [place for place in by if place.rounds]
    stale = [each for each in _found(names, stream) if any(one.supersedes(each) for one in by)]
    there = set(names)
    return tuple(name for each in stale for name in (each.meta, each.data) if name in there)


def draft_names(stream: Stream) -> tuple[str, str]:
    """The data and meta files of what will be the next segment."""
    return f"{stream.name.lower()}-next.data.new", f"{stream.name.lower()}-next.meta.new"


def spare_names(stream: Stream) -> tuple[str, str]:
    """The data and meta files that are made ready to be used for the first time."""
    return f"free-{stream.name.lower()}-spare.data", f"free-{stream.name.lower()}-spare.meta"


def free_names(names: tuple[str, ...], stream: Stream) -> list[tuple[str, str]]:
    """The data and meta files of a stream that wait to be used again, in pairs."""
    return [
        (name, name.removesuffix("data") + "meta")
        for name in names
        if name.startswith(f"free-{stream.name.lower()}-") and name.endswith(".data")
    ]


def leftovers(names: tuple[str, ...], stream: Stream) -> tuple[str, ...]:
    """What an interrupted change of names left of a stream.

    Drafts, one free file of two, and what is superseded.
    """
    there = set(names)
    mine = stream.name.lower()
    found = _found(names, stream)
    drafts = [place.meta for place in found if _is_draft(place, found)]
    return (
        *(
            name
            for name in names
            if (name.startswith((f"{mine}-", f"free-{mine}-")) and name.endswith(".new"))
            or (name.startswith(f"free-{mine}-") and _other_half(name) not in there)
        ),
        *drafts,
        *superseded(names, stream, places(names, stream)),
    )


def _other_half(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{'meta' if suffix == 'data' else 'data'}"


def _found(names: tuple[str, ...], stream: Stream) -> dict[Place, bool]:
    """All segments of a stream, and whether their data file is there."""
    found: dict[Place, bool] = {}
    mine = f"{stream.name.lower()}-"
    for each in (_NAME.fullmatch(name) for name in names if name.startswith(mine)):
        if each:
            number = int(each[1], 16)
            place = Place(stream, number, int(each[2] or each[1], 16), int(each[3] or 0))
            found[place] = found.get(place, False) or each[4] == "data"
    return found


def _is_draft(place: Place, found: dict[Place, bool]) -> bool:
    """Has it no data file yet? What it is to stand for is there as long as that is so."""
    return (
        place.rounds > 0
        and not found[place]
        and any(has_data and place.supersedes(each) for each, has_data in found.items())
    )
