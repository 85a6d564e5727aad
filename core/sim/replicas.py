"""The replicas of a world: who feeds them, and what the server does about it, as the driver has it.

A feeder that is told to end comes to the end of its batch first. Meanwhile the server may be in
another state, and hosts write.
"""

from typing import TYPE_CHECKING, Final

from core.errors import CoreError
from core.machine.journal.failing import JournalFailedError
from core.machine.journal.shelf import JournalFullError
from core.sim.checks import ViolationError
from core.sim.service import Feeder, begin_feeder
from core.sim.weather import FEEDER, KilledError, Process
from core.stream.phases import State

if TYPE_CHECKING:
    from core.sim.world import World

_GONE_WITH_SERVER: Final = 0.5


class Replicas:
    """`feeder` is None while nobody feeds; `durable` is how far it said that they are."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.feeder: Feeder | None = None
        self.durable = -1
        self.is_at_rest = False
        """It was ended in good order, and may begin again without the server."""
        self._is_feeding = self._is_ending = self._owes_gap = False
        self._moved: list[int] = []

    @property
    def moved(self) -> list[int]:
        """What was said since the last time that this was asked for."""
        moved, self._moved = self._moved, []
        return moved

    def opened(self) -> None:
        """Somebody serves from now on."""
        self._owes_gap = True
        server = self._world.server
        if server is not None and not server.is_marking:
            self.start()

    def start(self) -> bool:
        """Begin to feed; says whether that came to its end."""
        world = self._world
        process = Process(FEEDER, world.operated)
        self.is_at_rest = self._is_ending = False
        try:
            feeder = begin_feeder(world.begun(), process, self._have)
        except (KilledError, OSError, CoreError) as error:
            self._gone(error)
            return False
        if world.server is None:  # it was killed meanwhile, and no feeder outlives it
            process.alive = False
            return False
        self.feeder = feeder
        if self._is_ending:
            self.stop()
        return True

    def stop(self) -> bool:
        """End the feeding in good order; says whether that came to its end."""
        feeder = self.feeder
        if feeder is None:
            return True
        self._is_feeding = True  # until it has ended
        try:
            feeder.stop()
        except (KilledError, OSError, CoreError) as error:
            self._gone(error)
            return False
        finally:
            self._is_feeding = False
        self.feeder, self.is_at_rest = None, not self._is_ending
        return True

    def end(self) -> None:
        """Have it end: after its batch, or killed where that lasts too long."""
        self._is_ending = self._owes_gap = True
        if not self._is_feeding:
            self.server_gone()
        self.is_at_rest = False

    def server_gone(self) -> None:
        """It ends with the server, in good order or not."""
        if self.feeder is None:
            return
        if self._is_feeding or self._world.rng.random() < _GONE_WITH_SERVER:
            self.kill()
        else:
            self.stop()

    def kill(self) -> None:
        """It is no more."""
        if self.feeder is not None:
            self.feeder.process.alive = False
            self.feeder = None

    def feed(self) -> int:
        """The next batch; returns how much was done. A feeder that is gone may begin again."""
        if self.feeder is None:
            return self._ready()
        self._is_feeding = True
        try:
            done = self.feeder.step()
        except (KilledError, OSError, CoreError) as error:
            self._gone(error)
            return 0
        finally:
            self._is_feeding = False
        if self._is_ending:
            self.stop()
            return done
        return done or self._heard(self.feeder)

    def _ready(self) -> int:
        """The replicas can be fed, which is told to the server."""
        world, server = self._world, self._world.server
        if not world.plan.is_fed or self.is_at_rest:
            return 0
        if server is None or not world.is_idle or server.has_failed:
            return 0
        if world.rng.random() >= world.plan.readiness:
            return 0
        if server.is_marking and not world.resume():
            return 0
        return int(self.start())

    def _heard(self, feeder: Feeder) -> int:
        """Nothing waits: an epoch may begin, or what was given up is noted."""
        world = self._world
        if not world.is_idle or world.server is None or world.server.has_failed:
            return 0
        if feeder.wants_epoch:
            return int(world.end_epoch())
        if self._owes_gap and feeder.state is State.DISTRIBUTING:
            self._owes_gap = not world.note_gap()
        return 0

    def _have(self, applied: int) -> None:
        self.durable = applied
        self._moved.append(applied)

    def _gone(self, error: Exception) -> None:
        self._world.trace.add(f"feeder gone: {error!r}")
        self.feeder = None
        standing = self._world.standing()
        is_over = standing is not None and standing.state is State.MARKING
        is_known = isinstance(error, JournalFullError | JournalFailedError) or self._is_ending
        if isinstance(error, CoreError) and not (is_known or is_over):
            raise ViolationError(f"the feeder refuses what is not damaged: {error}") from error
