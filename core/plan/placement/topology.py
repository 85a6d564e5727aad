"""What a site has, as the planner sees it, and where everything is.

Sizes are bytes, rates bytes in a second, times nanoseconds. Names are unique among their kind; what
a topology refers to is there: `core.plan.placement.reading` sees to that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

MILLI = 1000
"""Crashes are counted in thousandths of one in a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypervisor:
    """A machine; `tenant_slots` is None where as many tenants as there are may be on it."""

    name: str
    zone: str = ""
    appliances_max: int = 1
    tenant_slots: int | None = None
    crashes_milli: int = MILLI
    is_usable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """`writes_max` is what it takes in a second, `tenants` who has a slot on it; None is no limit.

    `mirror` is the appliance that has a second copy of its marks in memory; "" where none has.
    """

    name: str
    cluster: str = ""
    writes_max: int | None = None
    tenants: frozenset[str] | None = None
    mirror: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A volume, and what a crash leaves to be done.

    `exposed` is what the copy may lack, and marks tell of; `open` what is written at a time by
    one of the hypervisors in `used_by`; `backlog` what splitters can tell of when nobody else can.
    """

    name: str
    size: int
    writes: int = 0
    exposed: int = 0
    open: int = 0
    backlog: int = 0
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A consistency group; on one appliance, unless it `is_grid`. No `latency_max` is no limit."""

    name: str
    tenant: str = ""
    weight: int = 1
    latency_max: int | None = None
    is_grid: bool = False
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync:
    """What a site can read, sign and send in a second, all at once; `fixed` is before it begins."""

    read: int
    signature: int
    link: int
    fixed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a plan may go from what is; None is no limit."""

    moves_max: int | None = None
    appliance_moves_max: int | None = None
    gain_percent: int = 5
    worst_max: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What is on one appliance as a whole: a group, or one volume of a grid."""

    name: str
    group: Group
    volumes: tuple[Volume, ...]

    @property
    def writes(self) -> int:
        return sum(each.writes for each in self.volumes)

    def used_by(self) -> dict[str, None]:
        """The hypervisors that use it, in the order they are told."""
        return {name: None for volume in self.volumes for name in volume.used_by}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where appliances run, and what units are on; what is nowhere is left out."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    appliances: Mapping[str, str] = field(default_factory=dict)

    def host_of(self, unit: str) -> str | None:
        """The hypervisor that a unit's appliance runs on."""
        return self.hosts.get(self.appliances.get(unit, ""))


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A site. `latencies` are by two zones, in either order; what is not told is 0."""

    resync: Resync
    hypervisors: tuple[Hypervisor, ...]
    appliances: tuple[Appliance, ...]
    groups: tuple[Group, ...]
    apart: tuple[tuple[str, ...], ...] = ()
    latencies: Mapping[tuple[str, str], int] = field(default_factory=dict)
    today: Placement | None = None
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return (*self._units(),)

    @cached_property
    def zones(self) -> Mapping[str, str]:
        return {each.name: each.zone for each in self.hypervisors}

    def latency(self, one: str, other: str) -> int:
        """There and back, between two hypervisors; 0 on the same one."""
        if one == other:
            return 0
        zones = (self.zones[one], self.zones[other])
        return self.latencies.get(zones, self.latencies.get(zones[::-1], 0))

    def farthest(self, unit: Unit, host: str) -> int:
        """How far a unit's appliance is from the one that uses it from farthest, if it is there."""
        return max((self.latency(user, host) for user in unit.used_by()), default=0)

    def reaches(self, unit: Unit, host: str) -> bool:
        """Whether its appliance may be there."""
        limit = unit.group.latency_max
        return limit is None or self.farthest(unit, host) <= limit

    def _units(self) -> Iterator[Unit]:
        for group in self.groups:
            if not group.is_grid:
                yield Unit(group.name, group, group.volumes)
                continue
            for volume in group.volumes:
                yield Unit(f"{group.name}/{volume.name}", group, (volume,))


def takes(appliance: Appliance, unit: Unit) -> bool:
    """Whether the unit's tenant has a slot on it, and it could take what is written alone."""
    if appliance.tenants is not None and unit.group.tenant not in appliance.tenants:
        return False
    return appliance.writes_max is None or unit.writes <= appliance.writes_max
