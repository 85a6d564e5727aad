"""Whether a placement is one, and what it is worth: told again, from the topology alone.

Nothing here is shared with what searches for placements, so that a mistake there is found here. It
is written as one would check by hand, hypervisor by hypervisor and volume by volume.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from core.plan.placement.topology import Appliance, Group, Placement, Topology, Volume


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What is to be made least, in this order; times are weighted milliseconds.

    `crowded` counts appliances that share a hypervisor with one of their cluster or their mirror,
    beyond what needs be; `sharing` is 1 where a volume is on one hypervisor with its appliance and
    could do without. `expected` is in thousandths of a millisecond in a year.
    """

    crowded: int
    sharing: int
    worst: int
    expected: int
    changes: int
    latency: int


APPLIANCE_MOVE = 1000
"""What it counts to move an appliance, where to move a unit counts 1."""


def complaints(topology: Topology, placement: Placement) -> Iterator[str]:
    """Every rule that the placement breaks, in words; none for one that may be told."""
    hosts = {each.name: each for each in topology.hypervisors}
    for appliance in topology.appliances:
        host = hosts.get(placement.hosts.get(appliance.name, ""))
        if host is None:
            yield f"{appliance.name} runs nowhere"
        elif not host.is_usable:
            yield f"{appliance.name} runs on {host.name}, which is in maintenance"
    for name, count in Counter(placement.hosts.values()).items():
        if name in hosts and count > hosts[name].appliances_max:
            most = hosts[name].appliances_max
            yield f"{name} runs {count} appliances, and can run {most}"
    for together in topology.apart:
        for one, other in combinations(together, 2):
            if placement.hosts.get(one) == placement.hosts.get(other, ""):
                yield f"{one} and {other} are on one hypervisor"
    yield from _of_units(topology, placement)
    yield from _of_tenants(topology, placement)


def beyond_limits(topology: Topology, placement: Placement) -> Iterator[str]:
    """How the placement is further from today's than it may be."""
    moved, restarted = changes(topology, placement)
    limits = topology.limits
    if limits.moves_max is not None and moved > limits.moves_max:
        yield f"{moved} groups change their appliance, and {limits.moves_max} may"
    most = limits.appliance_moves_max
    if most is not None and restarted > most:
        yield f"{restarted} appliances change their hypervisor, and {most} may"


def changes(topology: Topology, placement: Placement) -> tuple[int, int]:
    """How many units and appliances are elsewhere than today, of those that could have stayed."""
    if topology.today is None:
        return 0, 0
    today = topology.today
    appliances = {each.name: each for each in topology.appliances}
    hosts = {each.name: each for each in topology.hypervisors}
    moved = restarted = 0
    for name, group, volumes in _units(topology):
        now = appliances.get(today.appliances.get(name, ""))
        could_stay = now is not None and _may_take(now, group, volumes)
        moved += could_stay and placement.appliances[name] != today.appliances[name]
    for name in appliances:
        host = hosts.get(today.hosts.get(name, ""))
        could_stay = host is not None and host.is_usable and host.appliances_max > 0
        restarted += could_stay and placement.hosts[name] != today.hosts[name]
    return moved, restarted


def worth(topology: Topology, placement: Placement) -> Worth:
    """What a placement without complaints is worth."""
    costs = {each.name: cost(topology, placement, each.name) for each in topology.hypervisors}
    moved, restarted = changes(topology, placement)
    return Worth(
        crowded=_crowded(topology, placement),
        sharing=int(any(avoidable for _, _, avoidable in sharing(topology, placement))),
        worst=max(costs.values()),
        expected=sum(each.crashes_milli * costs[each.name] for each in topology.hypervisors),
        changes=moved + APPLIANCE_MOVE * restarted,
        latency=sum(
            max(
                (
                    topology.latency(user, placement.hosts[placement.appliances[name]])
                    for volume in volumes
                    for user in volume.used_by
                ),
                default=0,
            )
            for name, _, volumes in _units(topology)
        ),
    )


def cost(topology: Topology, placement: Placement, host: str) -> int:
    """Weighted milliseconds of the shared rates that a crash of the hypervisor costs."""
    mirror_of = {each.name: each.mirror for each in topology.appliances}
    rate = min(topology.resync.read, topology.resync.link)
    signing_rate = min(rate, topology.resync.signature)
    total = 0
    for name, group, volumes in _units(topology):
        appliance = placement.appliances[name]
        appliance_dies = placement.hosts[appliance] == host
        mirror = mirror_of[appliance]
        for volume in volumes:
            splitter_dies = host in volume.used_by
            if splitter_dies and appliance_dies:
                took = _up(volume.size, signing_rate)
            elif splitter_dies:
                took = _up(volume.open, rate)
            elif not appliance_dies:
                took = 0
            elif mirror and placement.hosts[mirror] == host and volume.exposed > volume.backlog:
                took = _up(volume.size, signing_rate)
            else:
                took = _up(volume.exposed, rate)
            total += group.weight * took
    return total


def sharing(topology: Topology, placement: Placement) -> Iterator[tuple[str, Volume, bool]]:
    """Units and volumes that are used where their appliance runs, and whether that needs not be.

    It needs be where each hypervisor that may run appliances, and is near enough, uses the unit.
    """
    for name, group, volumes in _units(topology):
        host = placement.hosts[placement.appliances[name]]
        users = {user for volume in volumes for user in volume.used_by}
        elsewhere = any(
            each.is_usable
            and each.appliances_max > 0
            and each.name not in users
            and _is_near(topology, group, volumes, each.name)
            for each in topology.hypervisors
        )
        for volume in volumes:
            if host in volume.used_by:
                yield name, volume, elsewhere


def _up(size: int, rate: int) -> int:
    whole, rest = divmod(size * 1000, rate)
    return whole + (rest > 0)


def _units(topology: Topology) -> Iterator[tuple[str, Group, tuple[Volume, ...]]]:
    for group in topology.groups:
        if group.is_grid:
            for volume in group.volumes:
                yield f"{group.name}/{volume.name}", group, (volume,)
        else:
            yield group.name, group, group.volumes


def _may_take(appliance: Appliance, group: Group, volumes: tuple[Volume, ...]) -> bool:
    if appliance.tenants is not None and group.tenant not in appliance.tenants:
        return False
    written = sum(each.writes for each in volumes)
    return appliance.writes_max is None or written <= appliance.writes_max


def _is_near(topology: Topology, group: Group, volumes: tuple[Volume, ...], host: str) -> bool:
    limit = group.latency_max
    return limit is None or all(
        topology.latency(user, host) <= limit for volume in volumes for user in volume.used_by
    )


def _of_units(topology: Topology, placement: Placement) -> Iterator[str]:
    appliances = {each.name: each for each in topology.appliances}
    written: Counter[str] = Counter()
    for name, group, volumes in _units(topology):
        appliance = appliances.get(placement.appliances.get(name, ""))
        if appliance is None:
            yield f"{name} is on no appliance"
            continue
        written[appliance.name] += sum(each.writes for each in volumes)
        if appliance.tenants is not None and group.tenant not in appliance.tenants:
            yield f"{name} is on {appliance.name}, where its tenant has no slot"
        host = placement.hosts.get(appliance.name)
        if host is not None and not _is_near(topology, group, volumes, host):
            yield f"{name} is on {appliance.name} on {host}, which is too far away"
    for name, total in written.items():
        most = appliances[name].writes_max
        if most is not None and total > most:
            yield f"{name} has {total} bytes written in a second, and takes {most}"


def _of_tenants(topology: Topology, placement: Placement) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for name, group, _ in _units(topology):
        host = placement.hosts.get(placement.appliances.get(name, ""))
        if host is not None:
            found.setdefault(host, set()).add(group.tenant)
    for each in topology.hypervisors:
        count = len(found.get(each.name, ()))
        if each.tenant_slots is not None and count > each.tenant_slots:
            yield f"{each.name} has {count} tenants, and slots for {each.tenant_slots}"


def _crowded(topology: Topology, placement: Placement) -> int:
    by_cluster = Counter(
        (each.cluster, placement.hosts[each.name]) for each in topology.appliances if each.cluster
    )
    mirrored = sum(
        placement.hosts[each.name] == placement.hosts[each.mirror]
        for each in topology.appliances
        if each.mirror
    )
    return mirrored + sum(count - 1 for count in by_cluster.values())
