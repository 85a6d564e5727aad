"""Where bits may rot: in what no system could need to go on, so that only points are at stake."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from core.sim.medium import Blob, MemoryFolder
from core.sim.plan import Trouble
from core.sim.service import WHERE
from core.stream.history import History
from core.stream.names import place_of

if TYPE_CHECKING:
    from core.sim.world import World


class Rot:
    """Which files of a world may rot, since it was opened last: each epoch once."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._names: tuple[str, ...] = ()
        self._spoilt: list[str] = []
        self._opened_at = 0

    def opened(self, end: int) -> None:
        """The journal ended there when it was opened."""
        self._opened_at = end
        old = old_files(self._world.machine.folder, where=WHERE, opened_at=end)
        self._names = tuple(name for name in old if name[:-5] not in self._spoilt)

    def spare(self, name: str) -> None:
        """Something is wrong with a file already."""
        self._spoilt.append(name[:-5])
        self._names = tuple(each for each in self._names if each[:-5] != name[:-5])

    def strike(self, wanted: Callable[[str], bool] = bool) -> bool:
        """One bit of an old file changes, of those that are wanted; says whether there was one."""
        world, is_fed = self._world, self._world.plan.is_fed
        blobs = world.machine.folder.blobs
        if is_fed and world.replicas.durable < self._opened_at:
            return False
        rotten = [each for each in self._names if each in blobs and wanted(each)]
        if not rotten or world.weather.lying:
            return False
        name = world.rng.choice(rotten)
        self.spare(name)
        if blobs[name].unsynced():
            return False
        at = rotted(blobs[name], world.rng)
        world.weather.count(Trouble.ROT)
        world.trace.add(f"{name} rots at {at}")
        world.damaged(float("inf") if is_fed else self._opened_at)
        return True


def old_files(folder: MemoryFolder, *, where: str, opened_at: int) -> tuple[str, ...]:
    """The files that nothing is added to any more, and that no recovery will need.

    `opened_at` is the end at which the journal was opened last. An epoch that began at the same
    write as the one that is open is not among them, nor that in which replicas were given something
    last.
    """
    history = History(folder, where=where, live=True)
    until = opened_at
    if history.is_fed:
        given = history.overwritten(since=0)["sequence"].max(initial=0)
        until = min(until, int(given) - 1)
    found = tuple(
        name
        for part in history.every
        if part.sealed
        and max(part.head.first, int(part.records["sequence"].max(initial=0))) <= until
        for name in (
            place_of(part.head).data,
            place_of(part.head).meta,
        )
    )
    history.close()
    return found


def rotted(blob: Blob, rng: Random) -> int:
    """Change one bit of what is durable, not behind the last byte that says something."""
    at = rng.randrange(len(blob.content.rstrip(b"\0")))
    blob.content[at] ^= 1 << rng.randrange(8)
    blob.clean = blob.durable = bytes(blob.content)
    return at
