"""Who looks at a world from outside: live readers, and whoever checks points and volumes."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from core.errors import CoreError
from core.sim.checks import held
from core.sim.faults import WatchedFolder, WatchedVolume
from core.sim.reader import Reader, points_in
from core.sim.service import WHERE
from core.stream.history import History

if TYPE_CHECKING:
    from core.sim.world import World

READERS_MAX: Final = 3


class Onlookers:
    """`readers` have a point open."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.readers: list[Reader] = []

    @property
    def folder(self) -> WatchedFolder:
        """The journal, as it is seen from outside."""
        return WatchedFolder(self._world.machine.folder, self._world.looked)

    @property
    def _images(self) -> list[WatchedVolume]:
        return [WatchedVolume(each, "image", self._world.looked) for each in self._world.images]

    def open_reader(self) -> None:
        """Somebody opens a point."""
        if not self._world.was_opened:
            return
        if len(self.readers) == READERS_MAX:
            self.readers.pop(0).close()
        try:
            live = self._world.server is not None
            reader = Reader(self.folder, self._images, self._world.rng, live=live)
        except CoreError as error:
            self.refused(-1, error)
            return
        record = self._world.record
        is_told = reader.point <= record.point_at(record.acknowledged)
        if is_told and reader.point not in record.doubtful:
            reader.expect(record.state(reader.point))
            self.readers.append(reader)

    def read_on(self) -> None:
        """One of the readers reads its next piece."""
        if not self.readers:
            return
        reader = self._world.rng.choice(self.readers)
        try:
            done = reader.read()
        except CoreError as error:
            if self._world.keeps_all and self._begin() == reader.begin:
                self.refused(reader.point, error)
            else:
                self._world.check.made["points that went while they were read"] += 1
            done = 0
        else:
            self._world.check.made["pieces read live"] += 1
        if not done:
            self.readers.remove(reader)
            reader.close()

    def keep_readers(self, end: int) -> None:
        """Whoever reads a point behind that is gone."""
        self.readers = [each for each in self.readers if each.point <= end]

    def close_readers(self) -> None:
        """Whoever read is gone."""
        self.readers = []

    def check_volumes(self) -> None:
        """Volumes hold what was acknowledged."""
        if self._world.server is not None and not self._world.server.has_failed:
            self._world.check.equal(held(self._world.volumes), self._world.record.now(), "volumes")

    def check_points(self, chosen: Callable[[Sequence[int]], Iterable[int]]) -> Sequence[int]:
        """Points are what they were, those that are chosen of all that are offered."""
        world = self._world
        live = world.server is not None
        offered = world.check.history(self.folder, self._images, chosen, live=live)
        world.check.thinned(offered, world.plan.ladder, now_ns=world.clock.furthest())
        return offered

    def begins_at(self, point: int) -> bool:
        """Is there no history before a point?"""
        return point == (self._begin() or 0) - 1

    def check_gap(self) -> None:
        """What was offered before history began is told to be given up."""
        begin = self._begin()
        before = [each for each in self._world.check.eras if each[0] != begin]
        if begin is None or not before or before[-1][1][0] >= begin - 1:
            return
        history = History(self.folder, where=WHERE, live=True)
        self._world.check.gap(history, before[-1][0])
        history.close()

    def points_offered(self) -> Sequence[int]:
        """What the journal offers now."""
        live = self._world.server is not None
        history = History(self.folder, where=WHERE, live=live)
        offered = points_in(history)
        history.close()
        return offered

    def refused(self, point: int, error: Exception) -> None:
        """A point was refused: because of damage, or since replicas are not that far."""
        begin = self._begin()
        if begin is None or point < begin - 1:
            self._world.check.made["points not offered yet"] += 1
        else:
            self._world.check.refused(point, error)

    def _begin(self) -> int | None:
        """The first write of the history that is offered."""
        standing = self._world.standing()
        return standing.begin if standing else 1
