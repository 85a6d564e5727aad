"""What hosts asked for and what they were promised, kept by the simplest means.

Nothing here asks the product what is right: a change of bytes is a change of bytes.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from core.sim.clock import Clock
from core.sim.host import WRITE, Request

_EVERY: Final = 16

State = tuple[bytes, ...]


class _Change(NamedTuple):
    """Bytes at an offset of a volume; without bytes, its size from then on."""

    volume: int
    offset: int
    data: bytes | None


_NOTHING: Final = _Change(0, 0, b"")


class Record:
    """Place N is the state after the first N changes that were asked for.

    Each change makes a point, unless volumes are only marked: what is written then is known, and is
    no point. `acknowledged` is the latest place of which a host was told, `flushed` the latest that
    was promised to survive a loss of power. `times` are the wall clock when each point was asked
    for, or the latest before where that is later; `latest` are the latest that it may have shown
    when each was made.
    """

    def __init__(self, begun: State, clock: Clock) -> None:
        """`begun` is what volumes hold at first, and at point 0."""
        self._changes: list[_Change] = []
        self._kept: dict[int, State] = {0: begun}
        self._places = [0]
        self._now = [*map(bytearray, begun)]
        self.acknowledged = self.flushed = 0
        self.is_marked = False
        self._clock = clock
        self.times, self.latest = [0], [0]
        self.doubtful: set[int] = set()
        """Points at which a volume had not taken a write: they may be as it was asked, or was."""
        self.notes: list[tuple[int, bytes]] = []
        """Those that were promised, with their points."""

    @property
    def end(self) -> int:
        """The latest point that was asked for."""
        return len(self._places) - 1

    @property
    def place(self) -> int:
        """The place after all that was asked for."""
        return len(self._changes)

    def place_of(self, point: int) -> int:
        """Where a point is."""
        return self._places[point]

    def point_at(self, place: int) -> int:
        """The latest point up to a place."""
        return bisect_right(self._places, place) - 1

    def size(self, volume: int) -> int:
        """Bytes of a volume at the end."""
        return len(self._now[volume])

    def asked(self, volume: int, request: Request) -> None:
        """A host asks for a change."""
        data = request.data if request.command == WRITE else bytes(request.length)
        self._add(_Change(volume, request.offset, data))

    def resized(self, volume: int, size: int) -> None:
        """Somebody asks for another size in bytes."""
        self._add(_Change(volume, size, None))

    def acknowledge(self) -> None:
        """All that was asked for is done."""
        self.acknowledged = self.place
        self._made()

    def promise(self, place: int) -> None:
        """It survives a loss of power."""
        self.flushed = max(self.flushed, place)

    def state(self, point: int) -> State:
        """The bytes of all volumes at a point."""
        return self._at(self._places[point])

    def states(self, since: int) -> Iterator[State]:
        """Those at each place from one on."""
        return map(self._at, range(since, self.place + 1))

    def now(self) -> State:
        """The bytes of all volumes at the end."""
        return tuple(map(bytes, self._now))

    def cut(self, end: int) -> None:
        """What was asked for after a point did not happen, and what there is is promised."""
        self._cut(self._places[end])
        self.acknowledged = self.flushed = self.place
        self.is_marked = False
        self._made()

    def withdraw(self, place: int) -> None:
        """What was asked for after a place was refused before anything was done."""
        self._cut(place)

    def mark(self) -> None:
        """Volumes are only marked from now on, and all before is promised."""
        self.is_marked = True
        self.promise(self.place)

    def resume(self) -> None:
        """The latest point is what volumes hold now, and all is promised."""
        self.is_marked = False
        self._places[-1] = self.place
        self.promise(self.place)

    def found(self, end: int, state: State, *, is_marked: bool, is_durable: bool) -> None:
        """After a crash volumes hold that, and no point tells it: the latest of those is `end`.

        Unless it is durable, a loss of power may bring back anything since what was promised.
        """
        if is_durable:
            self._cut(self._places[end])
        self._changes.append(_NOTHING)
        self._kept[self.place] = state
        self._now = [*map(bytearray, state)]
        self.acknowledged = self.place
        self._made()
        if is_durable:
            self.flushed = self.place
        self.is_marked = is_marked
        if not is_marked:
            self._places[-1] = self.place

    def forked(self) -> "Record":
        """The same, which goes on by itself."""
        other = Record(self._kept[0], self._clock)
        other._changes, other._kept = [*self._changes], dict(self._kept)
        other._places, other._now = [*self._places], [*map(bytearray, self._now)]
        other.acknowledged, other.flushed = self.acknowledged, self.flushed
        other.is_marked = self.is_marked
        other.times, other.latest = [*self.times], [*self.latest]
        other.doubtful, other.notes = {*self.doubtful}, [*self.notes]
        return other

    def _made(self) -> None:
        self.latest += [self._clock.furthest()] * (self.end + 1 - len(self.latest))

    def _cut(self, place: int) -> None:
        self._now = list(map(bytearray, self._at(place)))
        del self._changes[place:]
        self._places = [each for each in self._places if each <= place]
        del self.times[self.end + 1 :], self.latest[self.end + 1 :]
        self._kept = {each: state for each, state in self._kept.items() if each <= place}
        self.notes = [each for each in self.notes if each[0] <= self.end]
        self.doubtful = {point for point in self.doubtful if point <= self.end}

    def _at(self, place: int) -> State:
        begin = max(each for each in self._kept if each <= place)
        volumes = list(map(bytearray, self._kept[begin]))
        for change in self._changes[begin:place]:
            _do(volumes, change)
        return tuple(map(bytes, volumes))

    def _add(self, change: _Change) -> None:
        self._changes.append(change)
        if not self.is_marked:
            self._places.append(self.place)
            self.times.append(max(self.times[-1], self._clock.wall()))
        _do(self._now, change)
        if self.place % _EVERY == 0:
            self._kept[self.place] = self.now()


def begun_with(sizes: Sequence[int]) -> State:
    """Volumes in which nothing is yet."""
    return tuple(map(bytes, sizes))


def _do(volumes: list[bytearray], change: _Change) -> None:
    held = volumes[change.volume]
    if change.data is not None:
        held[change.offset : change.offset + len(change.data)] = change.data
        return
    del held[change.offset :]
    held.extend(bytes(change.offset - len(held)))
