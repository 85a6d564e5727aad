"""A topology as numbers: what every search for a placement works on.

Units, appliances and hypervisors are known by their index in the topology. Costs are milliseconds
of the shared rates, times the weight of the group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.errors import CoreError
from core.plan.placement.recovery import milliseconds, toll_at
from core.plan.placement.topology import Placement, Topology, Unit, takes

TOTAL_MAX: Final = 1 << 60
"""What all costs together may be, so that no sum a solver makes is beyond 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """`base[u]` is what a unit costs when its appliance goes, `alone[u]` when the mirror does, too.

    Where the hypervisor that goes uses it, `extra[u][h]` and `extra_alone[u][h]` come on top.
    `opened[h]` is what the crash of a hypervisor costs in any case. `reach[u]` are hypervisors that
    its appliance may be on, `apart[u]` those of them that do not use it. `users[u]` use it.
    """

    topology: Topology
    units: tuple[Unit, ...]
    base: tuple[int, ...]
    alone: tuple[int, ...]
    extra: tuple[Mapping[int, int], ...]
    extra_alone: tuple[Mapping[int, int], ...]
    opened: tuple[int, ...]
    crashes: tuple[int, ...]
    takers: tuple[tuple[int, ...], ...]
    usable: tuple[int, ...]
    reach: tuple[frozenset[int], ...]
    apart: tuple[frozenset[int], ...]
    users: tuple[frozenset[int], ...]
    writes: tuple[int, ...]
    writes_max: tuple[int | None, ...]
    mirror: tuple[int | None, ...]
    clusters: tuple[tuple[int, ...], ...]
    never_together: tuple[tuple[int, ...], ...]
    slots: tuple[int, ...]
    tenants: tuple[int, ...]
    tenant_slots: tuple[int | None, ...]
    host_today: tuple[int | None, ...]
    unit_today: tuple[int | None, ...]

    def cost(self, unit: int, host: int, *, with_mirror: bool) -> int:
        """What a unit adds to a crash of the hypervisor that its appliance is on."""
        if with_mirror:
            return self.alone[unit] + self.extra_alone[unit].get(host, 0)
        return self.base[unit] + self.extra[unit].get(host, 0)

    def placement(self, hosts: tuple[int, ...], chosen: tuple[int, ...]) -> Placement:
        """By names: the hypervisor of each appliance, and the appliance of each unit."""
        appliances = [each.name for each in self.topology.appliances]
        hypervisors = [each.name for each in self.topology.hypervisors]
        return Placement(
            {name: hypervisors[at] for name, at in zip(appliances, hosts, strict=True)},
            {unit.name: appliances[at] for unit, at in zip(self.units, chosen, strict=True)},
        )


def instance_of(topology: Topology) -> Instance:
    """Raises CoreError where the numbers are too far apart to be added up."""
    units = topology.units
    hypervisors, appliances = topology.hypervisors, topology.appliances
    numbers = {each.name: nth for nth, each in enumerate(hypervisors)}
    names = {each.name: nth for nth, each in enumerate(appliances)}
    costs = [_costs(topology, unit, numbers) for unit in units]
    usable = tuple(
        nth for nth, each in enumerate(hypervisors) if each.is_usable and each.appliances_max
    )
    users = tuple(frozenset(numbers[name] for name in unit.used_by()) for unit in units)
    reach = tuple(
        frozenset(h for h in usable if topology.reaches(unit, hypervisors[h].name))
        for unit in units
    )
    tenants = {name: nth for nth, name in enumerate(dict.fromkeys(u.group.tenant for u in units))}
    clusters: dict[str, list[int]] = {}
    for nth, each in enumerate(appliances):
        if each.cluster:
            clusters.setdefault(each.cluster, []).append(nth)
    today = topology.today or Placement()
    found = Instance(
        topology=topology,
        units=units,
        base=tuple(each.base for each in costs),
        alone=tuple(each.alone for each in costs),
        extra=tuple(each.extra for each in costs),
        extra_alone=tuple(each.extra_alone for each in costs),
        opened=tuple(sum(each.opened.get(h, 0) for each in costs) for h in range(len(hypervisors))),
        crashes=tuple(each.crashes_milli for each in hypervisors),
        takers=tuple(tuple(a for a, e in enumerate(appliances) if takes(e, u)) for u in units),
        usable=usable,
        reach=reach,
        apart=tuple(may - used for may, used in zip(reach, users, strict=True)),
        users=users,
        writes=tuple(unit.writes for unit in units),
        writes_max=tuple(each.writes_max for each in appliances),
        mirror=tuple(names.get(each.mirror) for each in appliances),
        clusters=tuple(tuple(each) for each in clusters.values() if len(each) > 1),
        never_together=tuple(tuple(names[name] for name in each) for each in topology.apart),
        slots=tuple(each.appliances_max for each in hypervisors),
        tenants=tuple(tenants[unit.group.tenant] for unit in units),
        tenant_slots=tuple(each.tenant_slots for each in hypervisors),
        host_today=tuple(numbers.get(today.hosts.get(each.name, "")) for each in appliances),
        unit_today=tuple(names.get(today.appliances.get(each.name, "")) for each in units),
    )
    _refuse_vast(found)
    return found


@dataclass(frozen=True, slots=True)
class _Costs:
    base: int
    alone: int
    extra: Mapping[int, int]
    extra_alone: Mapping[int, int]
    opened: Mapping[int, int]


def _costs(topology: Topology, unit: Unit, numbers: Mapping[str, int]) -> _Costs:
    """What comes on top is without what is opened, which the hypervisor costs in any case."""
    elsewhere = "\0"  # no hypervisor has this name

    def cost(crashed: str, host: str, mirror: str) -> int:
        tolls = toll_at(unit, crashed, host, mirror)
        return unit.group.weight * sum(milliseconds(toll, topology.resync) for toll in tolls)

    base, alone = (cost(elsewhere, elsewhere, where) for where in ("", elsewhere))
    opened = {name: cost(name, elsewhere, elsewhere) for name in unit.used_by()}
    return _Costs(
        base=base,
        alone=alone,
        extra={numbers[h]: cost(h, h, "") - opened[h] - base for h in opened},
        extra_alone={numbers[h]: cost(h, h, h) - opened[h] - alone for h in opened},
        opened={numbers[h]: opened[h] for h in opened},
    )


def _refuse_vast(found: Instance) -> None:
    """All that any hypervisor could cost, as often as it could crash."""
    most = [
        max(base, alone) + sum(map(abs, (*extra.values(), *more.values())))
        for base, alone, extra, more in zip(
            found.base, found.alone, found.extra, found.extra_alone, strict=True
        )
    ]
    total = (sum(most) + sum(found.opened)) * max(1, *found.crashes, 1)
    if total > TOTAL_MAX:
        raise CoreError(
            "a recovery would take so long that it cannot be reckoned with",
            hint="look for a size, a rate or a weight that is not meant",
        )
