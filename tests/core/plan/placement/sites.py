"""Sites by seed, small ones of every kind and large ones, and all placements of a small one."""

from collections.abc import Iterator
from itertools import product
from random import Random

from core.plan.placement.checker import Worth, beyond_limits, complaints, worth
from core.plan.placement.topology import (
    Appliance,
    Group,
    Hypervisor,
    Limits,
    Placement,
    Resync,
    Topology,
    Volume,
)

GIB = 1 << 30
MIB = 1 << 20


def small(seed: int) -> Topology:
    """A site whose placements can all be looked at; one in a few has none."""
    chance = Random(seed)
    hypervisors = tuple(
        Hypervisor(
            name=f"h{n}",
            zone=chance.choice("xy"),
            appliances_max=chance.choice((1, 2, 2, 3)),
            tenant_slots=chance.choice((None, None, None, 1, 2)),
            crashes_milli=chance.choice((0, 500, 1000, 1000, 3000)),
            is_usable=chance.random() > 0.1,
        )
        for n in range(chance.randint(1, 3))
    )
    count = chance.randint(1, 3)
    appliances = tuple(_appliance(chance, n, count) for n in range(count))
    names = [each.name for each in hypervisors]
    groups = tuple(_group(chance, n, names) for n in range(chance.randint(1, 4)))
    return _with_today(
        chance,
        Topology(
            resync=Resync(read=1000, signature=chance.choice((300, 2000)), link=500),
            hypervisors=hypervisors,
            appliances=appliances,
            groups=groups,
            apart=(("a0", "a1"),) if count > 1 and chance.random() < 0.3 else (),
            latencies={("x", "y"): chance.choice((3, 9))} if chance.random() < 0.6 else {},
        ),
    )


def _appliance(chance: Random, n: int, count: int) -> Appliance:
    return Appliance(
        name=f"a{n}",
        cluster=chance.choice(("", "c")),
        writes_max=chance.choice((None, None, 15, 30)),
        tenants=chance.choice((None, None, None, frozenset("st"), frozenset("s"))),
        mirror=f"a{(n + 1) % count}" if count > 1 and chance.random() < 0.6 else "",
    )


def _group(chance: Random, n: int, hosts: list[str]) -> Group:
    return Group(
        name=f"g{n}",
        tenant=chance.choice("sst"),
        weight=chance.choice((1, 1, 3)),
        latency_max=chance.choice((None, None, None, 5)),
        is_grid=n == 0 and chance.random() < 0.3,
        volumes=tuple(_volume(chance, at, hosts) for at in range(chance.choice((1, 1, 2)))),
    )


def _volume(chance: Random, n: int, hosts: list[str]) -> Volume:
    size = chance.randint(1, 50) * 100
    users = min(chance.choice((0, 1, 1, 1, 2)), len(hosts))
    return Volume(
        name=f"v{n}",
        size=size,
        writes=chance.randint(0, 6),
        exposed=chance.randint(0, size // 2),
        open=chance.randint(0, size // 20),
        backlog=chance.choice((0, 0, size)),
        used_by=tuple(chance.sample(hosts, users)),
    )


def _with_today(chance: Random, topology: Topology) -> Topology:
    """Now and then it is known how things are, and how far a plan may go from there."""
    if chance.random() < 0.6:
        return topology
    hosts = [each.name for each in topology.hypervisors]
    appliances = [each.name for each in topology.appliances]
    return Topology(
        resync=topology.resync,
        hypervisors=topology.hypervisors,
        appliances=topology.appliances,
        groups=topology.groups,
        apart=topology.apart,
        latencies=topology.latencies,
        today=Placement(
            {name: chance.choice(hosts) for name in appliances},
            {unit.name: chance.choice(appliances) for unit in topology.units},
        ),
        limits=Limits(
            moves_max=chance.choice((None, 1, 2)),
            appliance_moves_max=chance.choice((None, 1)),
            gain_percent=0,
        ),
    )


def placements(topology: Topology) -> Iterator[Placement]:
    """Every placement that keeps all rules."""
    appliances = [each.name for each in topology.appliances]
    hosts = [each.name for each in topology.hypervisors]
    units = [each.name for each in topology.units]
    for on in product(hosts, repeat=len(appliances)):
        for chosen in product(appliances, repeat=len(units)):
            found = Placement(
                dict(zip(appliances, on, strict=True)), dict(zip(units, chosen, strict=True))
            )
            if not any((*complaints(topology, found), *beyond_limits(topology, found))):
                yield found


def best_worth(topology: Topology) -> Worth | None:
    """What the best of all is worth; None where there is none."""
    return min((worth(topology, each) for each in placements(topology)), default=None)


def large(seed: int, *, volumes: int, hypervisors: int, appliances: int) -> Topology:
    """A site of four racks, whose appliances have room for half as much again as is written."""
    chance = Random(seed)
    hosts = tuple(Hypervisor(name=f"h{n}", zone=f"z{n % 4}") for n in range(hypervisors))
    groups: list[Group] = []
    left = volumes
    while left:
        count = min(left, chance.choice((1, 1, 2, 3, 4)))
        groups.append(_large_group(chance, len(groups), count, hosts))
        left -= count
    written = sum(volume.writes for group in groups for volume in group.volumes)
    return Topology(
        resync=Resync(read=400 * MIB, signature=300 * MIB, link=100 * MIB),
        hypervisors=hosts,
        appliances=tuple(
            Appliance(
                name=f"a{n}",
                cluster=f"c{n // 8}",
                writes_max=written * 3 // (2 * appliances),
                mirror=f"a{n ^ 1}" if n ^ 1 < appliances else "a0",
            )
            for n in range(appliances)
        ),
        groups=tuple(groups),
        latencies={(f"z{one}", f"z{two}"): 1_000_000 for one in range(4) for two in range(one)},
    )


def _large_group(chance: Random, n: int, count: int, hypervisors: tuple[Hypervisor, ...]) -> Group:
    users = [each.name for each in chance.sample(hypervisors, chance.choice((1, 1, 1, 1, 1, 2)))]
    return Group(
        name=f"g{n}",
        tenant=f"t{n % 5}",
        latency_max=500_000 if len(users) == 1 and chance.random() < 0.3 else None,
        volumes=tuple(
            Volume(
                name=f"v{at}",
                size=(size := chance.choice((20, 50, 100, 200, 500, 1000)) * GIB),
                writes=chance.choice((1, 2, 4, 8)) * MIB,
                exposed=size * chance.randint(10, 100) // 10_000,
                open=MIB,
                backlog=chance.choice((0, 10 * GIB)),
                used_by=tuple(users),
            )
            for at in range(count)
        ),
    )
