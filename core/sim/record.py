"""What hosts asked for and what they were promised, kept by the simplest means.

Nothing here asks the product what is right: a change of bytes is a change of bytes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.sim.host import WRITE, Request

_EVERY: Final = 16

State = tuple[bytes, ...]


class _Change(NamedTuple):
    """Bytes at an offset of a volume; without bytes, its size from then on."""

    volume: int
    offset: int
    data: bytes | None


class Record:
    """Point N is the state after the first N changes that were asked for.

    `acknowledged` is the latest point of which a host was told, `flushed` the latest that was
    promised to survive a loss of power. `times` are the wall clock when each point was asked for,
    or the latest before where that is later.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._changes: list[_Change] = []
        self._kept: dict[int, State] = {0: tuple(map(bytes, sizes))}
        self._now = [bytearray(size) for size in sizes]
        self.acknowledged = self.flushed = 0
        self.times = [0]
        self.doubtful: set[int] = set()
        """Points at which a volume had not taken a write: they may be as it was asked, or was."""
        self.notes: list[tuple[int, bytes]] = []
        """Those that were promised, with their points."""

    @property
    def end(self) -> int:
        """The latest point that was asked for."""
        return len(self._changes)

    def size(self, volume: int) -> int:
        """Bytes of a volume at the end."""
        return len(self._now[volume])

    def asked(self, volume: int, request: Request, wall_ns: int) -> None:
        """A host asks for a change."""
        data = request.data if request.command == WRITE else bytes(request.length)
        self._add(_Change(volume, request.offset, data), wall_ns)

    def resized(self, volume: int, size: int, wall_ns: int) -> None:
        """Somebody asks for another size in bytes."""
        self._add(_Change(volume, size, None), wall_ns)

    def acknowledge(self) -> None:
        """All that was asked for is done."""
        self.acknowledged = self.end

    def promise(self, point: int) -> None:
        """It survives a loss of power."""
        self.flushed = max(self.flushed, point)

    def state(self, point: int) -> State:
        """The bytes of all volumes at a point."""
        begin = point // _EVERY * _EVERY
        volumes = list(map(bytearray, self._kept[begin]))
        for change in self._changes[begin:point]:
            _do(volumes, change)
        return tuple(map(bytes, volumes))

    def now(self) -> State:
        """The bytes of all volumes at the end."""
        return tuple(map(bytes, self._now))

    def cut(self, end: int) -> None:
        """What was asked for after a point did not happen, and what there is is promised."""
        self._now = list(map(bytearray, self.state(end)))
        del self._changes[end:], self.times[end + 1 :]
        self._kept = {point: state for point, state in self._kept.items() if point <= end}
        self.notes = [each for each in self.notes if each[0] <= end]
        self.doubtful = {point for point in self.doubtful if point <= end}
        self.acknowledged = self.flushed = end

    def withdraw(self, end: int) -> None:
        """What was asked for after a point was refused before anything was done."""
        acknowledged, flushed = self.acknowledged, self.flushed
        self.cut(end)
        self.acknowledged, self.flushed = acknowledged, flushed

    def _add(self, change: _Change, wall_ns: int) -> None:
        self._changes.append(change)
        self.times.append(max(self.times[-1], wall_ns))
        _do(self._now, change)
        if self.end % _EVERY == 0:
            self._kept[self.end] = self.now()


def _do(volumes: list[bytearray], change: _Change) -> None:
    held = volumes[change.volume]
    if change.data is not None:
        held[change.offset : change.offset + len(change.data)] = change.data
        return
    del held[change.offset :]
    held.extend(bytes(change.offset - len(held)))
