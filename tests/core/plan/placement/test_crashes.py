"""The crash of every hypervisor moves the bytes that the plan said, in a world of single writes.

Splitters, appliances and mirrors have memories here, which writes and acknowledgements go through,
and which are gone with the hypervisor that they are on. What has to be resynchronised is found by
asking those that are left, and nobody else: it is never less than what differs.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import settings

from core.plan.placement.planner import NoPlacementError, plan
from core.plan.placement.recovery import crash_of
from core.plan.placement.topology import Group, Limits, Placement, Topology, Volume
from tests.core.plan.placement.sites import small

LONG = settings.default is settings.get_profile("long")
STEPS = 100


@dataclass
class Memories:
    """Blocks of one volume, by who remembers them; `lacking` is what the copy really lacks."""

    lacking: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    mirrored: set[int] = field(default_factory=set)
    opened: dict[str, set[int]] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=dict)


class World:
    """A placement in which hosts write, and copies acknowledge, one block at a time."""

    def __init__(self, topology: Topology, placement: Placement, seed: int) -> None:
        self.topology, self.placement, self.chance = topology, placement, Random(seed)
        self.memories = {
            (unit.name, volume.name): Memories(
                opened={name: set() for name in volume.used_by},
                seen={name: set() for name in volume.used_by},
            )
            for unit in topology.units
            for volume in unit.volumes
        }

    def live(self) -> None:
        for _ in range(STEPS):
            for unit in self.topology.units:
                for volume in unit.volumes:
                    self._step(volume, self.memories[unit.name, volume.name])

    def _step(self, volume: Volume, known: Memories) -> None:
        if not volume.used_by:
            return
        host = self.chance.choice(volume.used_by)
        match self.chance.randrange(3):
            case 0:
                known.opened[host].add(self.chance.randrange(volume.size))
            case 1 if known.opened[host]:
                block = self.chance.choice(sorted(known.opened[host]))
                known.opened[host].remove(block)
                for memory in (known.lacking, known.marked, known.mirrored, known.seen[host]):
                    memory.add(block)
            case 2 if known.lacking and self.chance.random() < 0.5:
                block = self.chance.choice(sorted(known.lacking))
                for memory in (known.lacking, known.marked, known.mirrored, *known.seen.values()):
                    memory.discard(block)

    def as_measured(self) -> Topology:
        """The site with what is open and exposed now: the same of each that uses a volume."""
        return replace(
            self.topology,
            groups=tuple(
                replace(group, volumes=tuple(self._measured(group, each) for each in group.volumes))
                for group in self.topology.groups
            ),
        )

    def _measured(self, group: Group, volume: Volume) -> Volume:
        name = f"{group.name}/{volume.name}" if group.is_grid else group.name
        known = self.memories[name, volume.name]
        most = max((len(each) for each in known.opened.values()), default=0)
        for opened in known.opened.values():
            while len(opened) < most:
                opened.add(self.chance.randrange(volume.size))
        return replace(volume, exposed=len(known.lacking), open=most)

    def moved(self, crashed: str) -> int:
        """The bytes that are compared or copied after the crash, as those that are left know."""
        mirrors = {each.name: each.mirror for each in self.topology.appliances}
        total = 0
        for unit in self.topology.units:
            appliance = self.placement.appliances[unit.name]
            mirror = mirrors[appliance]
            for volume in unit.volumes:
                total += self._resynced(
                    volume,
                    self.memories[unit.name, volume.name],
                    crashed,
                    appliance_lives=self.placement.hosts[appliance] != crashed,
                    mirror_lives=not mirror or self.placement.hosts[mirror] != crashed,
                )
        return total

    def _resynced(
        self,
        volume: Volume,
        known: Memories,
        crashed: str,
        *,
        appliance_lives: bool,
        mirror_lives: bool,
    ) -> int:
        if appliance_lives:  # it goes on with what is marked, and knows what was open
            return len(known.opened.get(crashed, ()))
        if crashed in volume.used_by:  # what was open is known to nobody
            return volume.size
        told = set(known.mirrored)
        if not mirror_lives:
            told = set().union(*known.seen.values())
            if len(told) > volume.backlog:  # splitters had to forget some of it
                return volume.size
        assert told >= known.lacking
        return len(told)


@pytest.mark.parametrize("seed", range(200 if LONG else 10))
def test_the_crash_of_every_hypervisor_moves_the_bytes_that_the_plan_said(seed: int) -> None:
    topology = replace(small(seed), today=None, limits=Limits())
    try:
        placement = plan(topology, work_max=5.0).placement
    except NoPlacementError:
        return
    world = World(topology, placement, seed)
    world.live()
    measured = world.as_measured()
    for each in topology.hypervisors:
        assert crash_of(measured, placement, each.name).moved == world.moved(each.name)


def test_every_kind_of_crash_is_among_them() -> None:
    """Placements at random, so that splitters, appliances and mirrors are lost in all ways."""
    kinds: set[str] = set()
    for seed in range(20):
        topology = replace(small(seed), today=None)
        chance = Random(seed)
        hosts = [each.name for each in topology.hypervisors]
        appliances = [each.name for each in topology.appliances]
        placement = Placement(
            {name: chance.choice(hosts) for name in appliances},
            {unit.name: chance.choice(appliances) for unit in topology.units},
        )
        world = World(topology, placement, seed)
        world.live()
        measured = world.as_measured()
        for each in topology.hypervisors:
            crash = crash_of(measured, placement, each.name)
            assert crash.moved == world.moved(each.name)
            for toll in crash.tolls.values():
                kinds |= {"swept"} if toll.swept else set()
                kinds |= {"copied"} if toll.copied else set()
    assert kinds == {"swept", "copied"}
