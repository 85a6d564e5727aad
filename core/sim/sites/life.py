"""Two sites of one seed: things happen by chance, and in the end all has to be well."""

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from typing import Final

from core.sim.checks import ViolationError
from core.sim.host import random_request
from core.sim.life import Outcome
from core.sim.plan import Trouble
from core.sim.sites.plan import Mishap, drawn_sites
from core.sim.sites.site import SIZE_MIN, Site
from core.sim.sites.world import Sites
from core.units import NANOSECONDS_PER_SECOND

_REQUESTS_MAX: Final = 4
_REST_NS: Final = 30 * NANOSECONDS_PER_SECOND
_JUMPS_NS: Final = tuple(seconds * NANOSECONDS_PER_SECOND for seconds in (1, 3600, 365 * 86_400))
_POINTS_LOOKED_AT: Final = 3
_POINTS_LOOKED_AT_LAST: Final = 30
_BOTH: Final = 0.2
_ENDED: Final = 0.3
_BURST: Final = 40
_QUIET_BEFORE: Final = 0.7
_QUIET_NS: Final = 1_000_000
_TRIES_MAX: Final = 8
_FOLDS: Final = 0.4
_TURNS: Final = 0.1


class SitesLife:
    """One seed, lived from its beginning to its end."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.plan = drawn_sites(self.rng)
        self.world = Sites(self.plan, self.rng)
        self._turns = Random(f"{seed} snapshots")
        """Of its own: what else happens is what it is without."""
        self._may_fold = self._turns.random() < _FOLDS
        self.actions = self.points = 0
        names, weights = zip(*self.plan.actions.items(), strict=True)
        self._names: tuple[str, ...] = names
        self._weights: tuple[int, ...] = weights
        world = self.world
        self._do: Mapping[str, Callable[[], object]] = {
            "write": self._write,
            "burst": self._burst,
            "flush": self._asked(world.flush),
            "resize": self._asked(self._resize),
            "bookmark": self._asked(self._bookmark),
            "end epoch": self._asked(world.near.end_epoch),
            "ship": self._ship,
            "feed": world.feed,
            "connect": self._connect,
            "cut": self._cut,
            "heal": self._heal,
            "slow": self._slow,
            "lose connection": world.lose_connection,
            "close": self._close,
            "kill": lambda: self._fall(power=False),
            "lose power": lambda: self._fall(power=True),
            "set clock": self._set_clock,
            "check points": lambda: world.check_points(_POINTS_LOOKED_AT),
            "rest": lambda: world.clock.wait(self.rng.randrange(_REST_NS)),
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
        world.made["points that came as one"] = world.flights.count
        fired: Counter[StrEnum] = Counter(world.mishaps)
        for site in (world.near, world.far):
            fired.update(site.weather.fired)
        return Outcome(
            seed=self.seed,
            digest=world.trace.digest,
            virtual_ns=world.clock.now_ns,
            operations=world.near.weather.operations + world.far.weather.operations,
            actions=self.actions,
            points=self.points,
            fired=dict(fired),
            checks=dict(world.made),
            failure=failure,
            details=details,
            last=world.trace.last if failure else (),
        )

    # How it goes.

    def _begin_well(self) -> None:
        """The copy is filled, and has a history."""
        self._open(self.world.near)
        self._open(self.world.far)
        if not self.world.settle():
            raise ViolationError("the copy is not filled, and nothing is wrong")

    def _live(self) -> None:
        world, plan = self.world, self.plan
        takes_over = None if plan.takes_over is None else int(plan.steps * plan.takes_over)
        for nth in range(plan.steps):
            world.clock.wait(self.rng.randrange(2 * plan.tempo_ns))
            for site in (world.near, world.far):
                site.weather.is_calm = False
            world.network.is_calm = False
            self._act()
            if self._may_fold and self._turns.random() < _TURNS:
                world.is_folding = not world.is_folding
            if takes_over is not None and nth >= takes_over and world.far.record is None:
                world.take_over()
            world.look()
            world.check_marks()

    def _act(self) -> None:
        near, far = self.world.near, self.world.far
        for site in (near, far):
            if not site.is_serving:
                site.open()
                return
        for site in (near, far):
            if site.has_failed and self.rng.random() < _ENDED:
                site.kill()
                return
        name = self.rng.choices(self._names, self._weights)[0]
        self.actions += 1
        self.world.trace.add(name)
        self._do[name]()

    def _settle(self) -> None:
        """Trouble is over: both sites open, and the copy comes to be what production is."""
        world = self.world
        near, far = world.near, world.far
        world.is_folding = False
        for site in (near, far):
            site.weather.brighten()
        world.network.is_calm, world.network.is_cut, world.network.is_slow = True, False, False
        if near.is_serving and near.weather.is_sheltered and near.is_well:
            near.flush()
        near.kill()
        far.kill()
        self._open(near)
        self._open(far)
        if far.record is None and far.taken is None:
            self._settle_copy()
        else:
            self._settle_taken()
        world.check_points(_POINTS_LOOKED_AT_LAST)

    def _open(self, site: Site) -> None:
        if not any(site.open() for _ in range(_TRIES_MAX)):
            raise ViolationError(f"{site.name} does not open, and nothing is wrong any more")

    def _settle_copy(self) -> None:
        world = self.world
        if not world.settle():
            raise ViolationError("the copy does not catch up, and nothing is wrong any more")
        world.check_equal()
        for _ in range(_TRIES_MAX):
            if self._write():
                break
        if not world.settle():
            raise ViolationError("the copy does not catch up again, and nothing is wrong any more")
        world.check_equal()
        world.look()
        if not world.check_points(_POINTS_LOOKED_AT_LAST):
            raise ViolationError("the copy has no history, and nothing is wrong any more")

    def _settle_taken(self) -> None:
        """Production of before is refused, and both are what they were said to be."""
        world = self.world
        if not world.take_over():
            raise ViolationError("what was taken over is not served, and nothing is wrong any more")
        world.connect()
        self._write_far()
        world.far.check_volumes()
        if not world.far.catch_up():
            raise ViolationError("what was taken over does not catch up, and nothing is wrong")
        world.far.check_volumes()
        if world.is_in_sync or world.shipper is not None:
            raise ViolationError("production has a link to a copy that was taken over")

    # What is done.

    def _asked(self, do: Callable[[], object]) -> Callable[[], object]:
        """Something that is asked of production, where it serves."""
        return lambda: do() if self.world.near.is_well else None

    def _write(self, volume: int | None = None) -> bool:
        world = self.world
        if world.far.own is not None and self.rng.random() < 0.5:
            self._write_far()
        if not world.near.is_well:
            return False
        if volume is None:
            volume = self.rng.randrange(len(self.plan.sizes))
        size = world.near.record.size(volume)
        requests = [
            random_request(self.rng, size, self.plan.near.request_bytes_max)
            for _ in range(self.rng.randint(1, _REQUESTS_MAX))
        ]
        self.points += len(requests)
        return world.write(volume, requests)

    def _burst(self) -> None:
        """Hosts write what they can to one volume, and nobody gets to do anything else.

        Often the copy has got all before, and has not applied it.
        """
        world = self.world
        if world.near.is_well and self.rng.random() < _QUIET_BEFORE and world.near.end_epoch():
            for _ in range(_BURST):
                world.ship()
                world.clock.wait(_QUIET_NS)
                world.pump()
        volume = self.rng.randrange(len(self.plan.sizes))
        for _ in range(_BURST):
            if not self._write(volume):
                break

    def _write_far(self) -> None:
        far = self.world.far
        if far.own is None or far.record is None:
            return
        volume = self.rng.randrange(len(self.plan.sizes))
        size = far.record.size(volume)
        self.points += 1
        far.write(volume, random_request(self.rng, size, self.plan.near.request_bytes_max))

    def _resize(self) -> None:
        volume = self.rng.randrange(len(self.plan.sizes))
        sectors = self.plan.sizes[volume] // 512
        self.world.resize(volume, 512 * self.rng.randint(SIZE_MIN // 512, 5 * sectors // 4))

    def _bookmark(self) -> None:
        self.world.near.note(b'{"note": "bookmark", "name": "%d"}' % self.world.clock.now_ns)

    def _ship(self) -> None:
        world = self.world
        for _ in range(self.rng.choice((1, 1, 4, 16))):
            world.ship()
        world.clock.wait(self.rng.choice((0, 1_000_000, 1_000_000)))
        world.pump()

    def _connect(self) -> None:
        world = self.world
        world.pump()
        if world.shipper is None or self.rng.random() < 0.1:
            world.connect()

    def _cut(self) -> None:
        if not self.world.network.is_cut:
            self.world.network.count(Mishap.CUT)
        self.world.network.is_cut = True

    def _heal(self) -> None:
        self.world.network.is_cut = self.world.network.is_slow = False

    def _slow(self) -> None:
        self.world.network.count(Mishap.SLOW)
        self.world.network.is_slow = True

    def _close(self) -> None:
        site = self.rng.choice((self.world.near, self.world.far))
        if site is self.world.far or self.world.near.is_well:
            site.close()

    def _fall(self, *, power: bool) -> None:
        near, far = self.world.near, self.world.far
        sites: tuple[Site, ...] = (self.rng.choice((near, far)),)
        if self.rng.random() < _BOTH:
            sites = (near, far)
        sites = tuple(each for each in sites if each.may_crash())
        if power and len(sites) == len((near, far)):
            self.world.network.count(Mishap.BOTH_LOST_POWER)
        for each in sites:
            each.weather.count(Trouble.POWER_LOST if power else Trouble.KILLED)
            if power:
                each.lose_power()
            else:
                each.kill()

    def _set_clock(self) -> None:
        by_ns = self.rng.choice(_JUMPS_NS)
        forth = self.rng.random() < 0.5
        near = self.world.near
        near.weather.count(Trouble.CLOCK_FORTH if forth else Trouble.CLOCK_BACK)
        self.world.clock.jump(by_ns if forth else -by_ns)
