"""Placements of sites of several sizes, beside a greedy one and a plain MILP of the same question.

Of each it is told how much of a processor it takes, and how far the worst crash of what it finds is
above what no placement is below. The greedy one places appliances on hypervisors as they come, each
where it may be and the crash costs least so far, and then units, the largest first, the same way.
The MILP has the same variables as the planner's model of a whole site, products written out with a
large number, and HiGHS as its solver, with a limit on its time. All plans are checked.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ortools.linear_solver.python import model_builder

from core.plan.placement.checker import complaints, worth
from core.plan.placement.instance import Instance, instance_of
from core.plan.placement.packing import Packing
from core.plan.placement.planner import plan
from core.plan.placement.topology import Placement, Topology
from tests.core.plan.placement.sites import large

SIZES: Final[Mapping[str, tuple[int, int, int]]] = {
    "placement-30": (30, 8, 4),
    "placement-100": (100, 20, 8),
    "placement-300": (300, 50, 16),
    "placement-1000": (1000, 100, 32),
}
"""Volumes, hypervisors, appliances."""
WORK: Final = 20.0
MILP_S: Final = 120.0
SEEDS: Final = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of the processor, and how far above the bound; None where nothing was found."""

    seconds: float
    gap: float | None


def table(figure: str, rounds: int) -> str:
    """Every contender once a round, on one of a few sites in turn."""
    volumes, hypervisors, appliances = SIZES[figure]
    title = f"{volumes} volumes, {hypervisors} hypervisors, {appliances} appliances"
    found: dict[str, list[Sample]] = {name: [] for name in _CONTENDERS}
    for nth in range(rounds):
        site = large(nth % SEEDS, volumes=volumes, hypervisors=hypervisors, appliances=appliances)
        placed = {name: _timed(place, site) for name, place in _CONTENDERS.items()}
        bound = plan(site, work_max=WORK).bound
        for name, (seconds, placement) in placed.items():
            found[name].append(Sample(seconds, _gap(site, placement, bound)))
    lines = (_line(name, samples) for name, samples in found.items())
    return "\n".join((title, "-" * len(title), *lines))


def _timed(
    place: Callable[[Topology], Placement | None], site: Topology
) -> tuple[float, Placement | None]:
    began = time.process_time()
    placement = place(site)
    return time.process_time() - began, placement


def _gap(site: Topology, placement: Placement | None, bound: int) -> float | None:
    if placement is None or any(complaints(site, placement)):
        return None
    return worth(site, placement).worst / bound - 1


def _line(name: str, samples: list[Sample]) -> str:
    seconds = [each.seconds for each in samples]
    took = f"{statistics.median(seconds):7.2f} s   {min(seconds):6.2f} .. {max(seconds):<7.2f}"
    gaps = [each.gap for each in samples if each.gap is not None]
    if not gaps:
        return f"{name:<10} {took}   none found"
    far = f"{statistics.median(gaps):8.2%} above   {min(gaps):.2%} .. {max(gaps):.2%}"
    missing = len(samples) - len(gaps)
    return f"{name:<10} {took}   {far}" + (f"   {missing} without" if missing else "")


def _planned(site: Topology) -> Placement:
    return plan(site, work_max=WORK).placement


def _greedy(site: Topology) -> Placement | None:
    instance = instance_of(site)
    hosts: list[int] = []
    for a in range(len(instance.mirror)):
        free = (h for h in instance.usable if hosts.count(h) < instance.slots[h])
        near = {hosts[b] for b in _near(instance, a) if b < len(hosts)}
        hosts.append(min(free, key=lambda h: (h in near, instance.opened[h], h)))
    found = Packing(instance, hosts, apart=False)
    for u in sorted(range(len(instance.units)), key=lambda u: (-instance.base[u], u)):
        fits = [a for a in instance.takers[u] if found.may_be(u, a) and found.has_room(u, a)]
        if not fits:
            return None
        found.put(u, min(fits, key=lambda a: found.loads[hosts[a]] + found.cost(u, a)))
    return instance.placement((*hosts,), tuple(a for a in found.chosen if a is not None))


def _near(instance: Instance, appliance: int) -> set[int]:
    """The appliances that this one had better not share a hypervisor with."""
    near = {b for cluster in instance.clusters if appliance in cluster for b in cluster}
    near |= {b for b, mirror in enumerate(instance.mirror) if mirror == appliance}
    mirror = instance.mirror[appliance]
    return (near | ({mirror} if mirror is not None else set())) - {appliance}


def _milp(site: Topology) -> Placement | None:
    instance = instance_of(site)
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    x = [
        {a: model.new_bool_var(f"x{u},{a}") for a in takers}
        for u, takers in enumerate(instance.takers)
    ]
    z = [
        {h: model.new_bool_var(f"z{a},{h}") for h in instance.usable}
        for a in range(len(instance.mirror))
    ]
    for row in (*x, *z):
        model.add(sum(row.values()) == 1)
    _add_rules(model, instance, x, z)
    _add_costs(model, instance, x, z)
    solver = model_builder.Solver("highs")
    solver.enable_output(False)
    solver.set_time_limit_in_seconds(MILP_S)
    status = solver.solve(model)
    if status not in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE):
        return None
    hosts, chosen = (
        tuple(next(at for at, var in row.items() if solver.value(var) > 0.5) for row in table)
        for table in (z, x)
    )
    return instance.placement(hosts, chosen)


_Row = dict[int, model_builder.Variable]


def _add_rules(
    model: model_builder.Model, instance: Instance, x: list[_Row], z: list[_Row]
) -> None:
    """Of sites as `large` makes them: no tenants' slots, and nothing of today."""
    for h in instance.usable:
        model.add(sum(row[h] for row in z) <= instance.slots[h])
        for a in range(len(z)):
            for b in _near(instance, a):
                if a < b:
                    model.add(z[a][h] + z[b][h] <= 1)
    for a, most in enumerate(instance.writes_max):
        if most is not None:
            written = sum(instance.writes[u] / most * row[a] for u, row in enumerate(x) if a in row)
            model.add(written <= 1)
    everywhere = frozenset(instance.usable)
    for u, row in enumerate(x):
        may = instance.apart[u] or instance.reach[u]
        for a, chosen in row.items():
            if instance.reach[u] < everywhere:
                model.add(chosen <= sum(z[a][h] for h in sorted(may)))
            else:
                for h in sorted(everywhere - may):
                    model.add(chosen + z[a][h] <= 1)


def _add_costs(
    model: model_builder.Model, instance: Instance, x: list[_Row], z: list[_Row]
) -> None:
    """In seconds; nothing shares a hypervisor with its appliance, so nothing comes on top."""
    most = sum(instance.base) / 1000
    worst = model.new_num_var(0, 2 * most, "worst")
    loads = []
    for a in range(len(z)):
        loads.append(model.new_num_var(0, most, f"load{a}"))
        model.add(
            loads[a] == sum(instance.base[u] / 1000 * row[a] for u, row in enumerate(x) if a in row)
        )
    for h in instance.usable:
        costs = []
        for a, row in enumerate(z):
            costs.append(model.new_num_var(0, most, f"cost{a},{h}"))
            model.add(costs[-1] >= loads[a] - most * (1 - row[h]))
        model.add(worst >= instance.opened[h] / 1000 + sum(costs))
    model.minimize(worst)


_CONTENDERS: Final[Mapping[str, Callable[[Topology], Placement | None]]] = {
    "isthmus": _planned,
    "greedy": _greedy,
    "HiGHS": _milp,
}
