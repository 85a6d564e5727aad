"""A world of one seed: things are done and happen by chance, and in the end all has to be well."""

import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from core.sim.checks import ViolationError, held
from core.sim.faults import PowerLostError
from core.sim.host import SECTOR_BYTES, random_request
from core.sim.plan import Plan, Trouble, drawn_plan
from core.sim.weather import FEEDER, Process
from core.sim.world import World
from core.stream.phases import State
from core.units import NANOSECONDS_PER_SECOND

_REQUESTS_MAX: Final = 4
_JUMPS_NS: Final = tuple(seconds * NANOSECONDS_PER_SECOND for seconds in (1, 3600, 365 * 86_400))
_REST_NS: Final = 60 * NANOSECONDS_PER_SECOND
_BURST: Final = 20
_QUIET_BEFORE: Final = 0.7
_FILES_MAX: Final = 100
_POINTS_LOOKED_AT: Final = 6
_POINTS_LOOKED_AT_LAST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a seed; `failure` is empty where all was well.

    `digest` is of all that happened, `last` the last of it, and times are virtual nanoseconds.
    """

    seed: int
    digest: str
    virtual_ns: int
    operations: int
    actions: int
    points: int
    fired: Mapping[StrEnum, int]
    checks: Mapping[str, int]
    failure: str = ""
    details: str = ""
    last: tuple[str, ...] = ()
    is_twice: bool = False


class Life:
    """One seed, lived from its beginning to its end."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.plan: Plan = drawn_plan(self.rng)
        self.world = World(self.plan, self.rng)
        self.world.others = self._interleave
        self.actions = 0
        self.points = 0
        self._depth = 0
        names, weights = zip(*self.plan.actions.items(), strict=True)
        self._names: tuple[str, ...] = names
        self._weights: tuple[int, ...] = weights
        self._do: Mapping[str, Callable[[], object]] = {
            "write": self._write,
            "write durably": self._write_durably,
            "burst": self._burst,
            "flush": self.world.flush,
            "resize": self._resize,
            "bookmark": self._bookmark,
            "end epoch": self.world.end_epoch,
            "rewind": self._rewind,
            "read": self.world.onlookers.open_reader,
            "look": self.world.onlookers.read_on,
            "check points": self._check_points,
            "check volumes": self.world.onlookers.check_volumes,
            "close": self.world.close,
            "kill": self._kill,
            "lose power": self._lose_power,
            "set clock": self._set_clock,
            "rot": self.world.rot.strike,
            "rest": lambda: self.world.clock.wait(self.rng.randrange(_REST_NS)),
            "fold": self.world.beside.fold,
            "make spare": self.world.beside.make_spare,
            "feed": self.world.replicas.feed,
            "stop feeding": self._stop_feeding,
        }

    def run(self) -> Outcome:
        """Live it; nothing is raised."""
        failure = details = ""
        try:
            if self.plan.begins_well:
                self._begin_well()
            self._live()
            self._settle()
        except Exception as error:  # whatever comes out of the product is a failure of the seed
            failure = f"{type(error).__name__}: {error}"
            if isinstance(error, ViolationError):
                failure = str(error)
            details = traceback.format_exc()
        world = self.world
        return Outcome(
            seed=self.seed,
            digest=world.trace.digest,
            virtual_ns=world.clock.now_ns,
            operations=world.weather.operations,
            actions=self.actions,
            points=self.points,
            fired=Counter[StrEnum](world.weather.fired),
            checks=dict(world.check.made),
            failure=failure,
            details=details,
            last=world.trace.last if failure else (),
        )

    def _begin_well(self) -> None:
        """Replicas are filled, and there is a history."""
        self.world.others = None
        self.world.open()
        self._catch_up()
        self.world.others = self._interleave

    def _live(self) -> None:
        world = self.world
        world.weather.is_calm = False
        for _ in range(self.plan.steps):
            world.clock.wait(self.rng.randrange(2 * self.plan.tempo_ns))
            try:
                if world.server is None:
                    world.weather.is_calm = False
                    world.open()
                    world.weather.is_calm = False
                else:
                    self._act()
            except PowerLostError:
                world.power_was_lost()

    def _act(self) -> None:
        world = self.world
        if world.weather.lying and self.rng.random() < 0.1:
            name = "close"
        elif world.server is not None and world.server.has_failed and self.rng.random() < 0.3:
            name = "kill"
        else:
            name = self.rng.choices(self._names, self._weights)[0]
        self.actions += 1
        world.trace.add(name)
        self._do[name]()

    def _settle(self) -> None:
        """Trouble is over: everything opens, is served, and has to be what it was."""
        world = self.world
        world.others = None
        world.weather.brighten()
        if world.server is not None and world.weather.is_sheltered:
            world.flush()
        if world.server is not None and (world.server.has_failed or not world.weather.lying):
            world.kill()
        elif world.server is not None and not world.close():
            raise ViolationError("the group does not close, and nothing is wrong")
        self._reopen()
        self._write_until_taken()
        self._catch_up()
        offered = world.onlookers.check_points(
            lambda points: (points[0], *self._some(points, _POINTS_LOOKED_AT_LAST), points[-1])
        )
        self._check_bounds(offered[0])
        if not world.check.is_damaged:
            self._write_on()
        if not world.close():
            raise ViolationError("the group does not close, and nothing is wrong")
        world.check.verified(world.onlookers.folder)
        self._reopen()
        world.onlookers.check_volumes()

    def _write_on(self) -> None:
        """Every write from here on is a point."""
        self._write_until_taken()
        self._catch_up()
        offered = self.world.onlookers.check_points(lambda points: points[-_REQUESTS_MAX:])
        if offered[-1] != self.world.record.end:
            end = self.world.record.end
            raise ViolationError(f"{end} is written, and points end at {offered[-1]}")

    def _reopen(self) -> None:
        if not self.world.try_to_open():
            raise ViolationError("the group does not open, and nothing is wrong any more")
        if self.plan.is_fed and self._does_not_feed():
            raise ViolationError("the replicas are not fed, and nothing is wrong any more")

    def _does_not_feed(self) -> bool:
        """Where volumes are marked the replicas are fed once they are told to be ready."""
        world = self.world
        if world.server is not None and world.server.is_marking:
            return not (world.resume() and world.replicas.start())
        return world.replicas.feeder is None

    def _write_until_taken(self) -> None:
        """A write is taken as soon as the replicas have made room for it."""
        for _ in range(self.world.record.end + 64):
            if self._write():
                break
            if self.world.replicas.feed() == 0 and self.plan.is_fed is False:
                raise ViolationError("a write is not taken, and nothing is wrong any more")
        else:
            raise ViolationError("there is no room for a write, however much is fed")
        if not self.world.flush():
            raise ViolationError("a flush is not answered, and nothing is wrong any more")

    def _is_marking(self) -> bool:
        server = self.world.server
        return server is not None and server.is_marking

    def _catch_up(self) -> None:
        world = self.world
        if not self.plan.is_fed:
            return
        if self._is_marking() and self._does_not_feed():
            raise ViolationError("the replicas cannot be fed, and nothing is wrong any more")
        for _ in range(world.record.end + 64):
            if world.replicas.feed() == 0:
                break
        feeder = world.replicas.feeder
        if feeder is None or feeder.distributor.applied < world.record.end:
            raise ViolationError("the replicas do not catch up, and nothing is wrong any more")
        if feeder.state is not State.DISTRIBUTING:
            raise ViolationError(f"history does not begin: it is {feeder.state}")
        world.check.equal(held(world.images), world.record.now(), "replicas")

    def _check_bounds(self, first: int) -> None:
        world, retention = self.world, self.plan.retention
        begins_here = world.onlookers.begins_at(first)
        if world.keeps_all and not begins_here and not world.check.is_damaged:
            raise ViolationError(f"points before {first} went, and nothing asked for that")
        if begins_here and not world.check.is_damaged:
            world.onlookers.check_gap()
        elif world.has_room and not world.check.is_damaged:
            world.check.window(first, window_ns=retention.window_ns, now_ns=world.clock.furthest())
        for _ in range(2):
            if not world.end_epoch():
                raise ViolationError("an epoch does not end, and nothing is wrong any more")
            self._catch_up()
        world.check.budget(world.machine.folder, retention.size)

    # What is done.

    def _write(self, volume: int | None = None) -> bool:
        if volume is None:
            volume = self.rng.randrange(len(self.plan.sizes))
        size = self.world.record.size(volume)
        requests = [
            random_request(self.rng, size, self.plan.request_bytes_max)
            for _ in range(self.rng.randint(1, _REQUESTS_MAX))
        ]
        self.points += len(requests)
        return self.world.write(volume, requests, client=self.rng.randint(1, self.plan.connections))

    def _burst(self) -> None:
        """A host writes to one volume what it can, and nobody gets to do anything else.

        Often the replicas have got all before: then they lack nothing of the other volumes.
        """
        volume = self.rng.randrange(len(self.plan.sizes))
        if self.rng.random() < _QUIET_BEFORE:
            for _ in range(_BURST):
                if self.world.server is None or not self.world.replicas.feed():
                    break
        for _ in range(_BURST):
            if self.world.server is None or not self._write(volume):
                return

    def _write_durably(self) -> None:
        if self._write() and self.world.server is not None:
            self.world.flush()

    def _resize(self) -> None:
        volume = self.rng.randrange(len(self.plan.sizes))
        size = self.plan.sizes[volume]
        self.world.resize(volume, SECTOR_BYTES * self.rng.randint(8, 5 * size // 4 // SECTOR_BYTES))

    def _bookmark(self) -> None:
        self.world.note(b'{"note": "bookmark", "name": "%d"}' % self.world.clock.now_ns)

    def _rewind(self) -> None:
        world = self.world
        if world.server is None or world.server.has_failed or world.weather.lying:
            return
        offered = world.onlookers.points_offered()
        if not offered:
            return
        point = self.rng.choice(offered)
        if point not in world.record.doubtful:
            world.rewind(point, self._between)

    def _between(self) -> None:
        if self.rng.random() < self.plan.interleaving:
            self.world.onlookers.read_on()
            self.world.replicas.feed()

    def _check_points(self) -> None:
        if self.world.server is not None and self.world.server.has_failed:
            return
        self.world.onlookers.check_points(
            lambda points: (*self._some(points, _POINTS_LOOKED_AT), points[-1])
        )

    def _some(self, points: Sequence[int], count: int) -> list[int]:
        return sorted(self.rng.sample(points, min(len(points), count)))

    def _kill(self) -> None:
        if self._may_crash():
            self.world.weather.count(Trouble.KILLED)
            self.world.kill()

    def _lose_power(self) -> None:
        if self._may_crash():
            self.world.weather.count(Trouble.POWER_LOST)
            self.world.power_was_lost()

    def _may_crash(self) -> bool:
        world = self.world
        is_over = world.server is not None and world.server.has_failed
        return not world.weather.lying and (is_over or not world.weather.is_sheltered)

    def _set_clock(self) -> None:
        by_ns = self.rng.choice(_JUMPS_NS)
        forth = self.rng.random() < 0.5
        self.world.weather.count(Trouble.CLOCK_FORTH if forth else Trouble.CLOCK_BACK)
        self.world.clock.jump(by_ns if forth else -by_ns)

    def _stop_feeding(self) -> None:
        replicas, server = self.world.replicas, self.world.server
        if replicas.feeder is not None:
            replicas.stop()
        elif replicas.is_at_rest and server is not None and not server.is_marking:
            replicas.start()

    def _interleave(self, process: Process) -> None:
        """Others act just before an operation of a process."""
        if self._depth or self.rng.random() >= self.plan.interleaving:
            return
        self._depth = 1
        try:
            world = self.world
            others: list[Callable[[], object]] = [
                world.onlookers.open_reader,
                *[world.onlookers.read_on] * 6,
            ]
            if process.name != FEEDER:
                others += [world.replicas.feed] * 2
            if self._may_write_meanwhile():
                others += [self._write, self._write, world.end_epoch]
            world.trace.add("meanwhile")
            self.rng.choice(others)()
        finally:
            self._depth = 0

    def _may_write_meanwhile(self) -> bool:
        """Hosts make what is done longer, if that reads all there is: they must not outrun it."""
        world = self.world
        if not world.is_idle or world.server is None or world.server.has_failed:
            return False
        return len(world.machine.folder.names()) <= _FILES_MAX
