"""Why a site has no placement, in words and numbers, and what would give it one."""

from collections.abc import Iterator
from typing import Final

from core.plan.placement.instance import Instance
from core.plan.placement.model import PlacementModel
from core.plan.placement.topology import takes
from core.plan.solving import Verdict, solve
from core.units import duration_text, size_text

REMEDIES: Final = {
    "writes": "what appliances take of writes is too little: raise `writes`, or add one",
    "latency": "groups may not be as far away as appliances would be: raise `latency`",
    "tenant slots": "hypervisors have too few slots for tenants: raise `tenant-slots`",
    "apart": "appliances that are to be apart are too many: shorten `apart`",
    "moves": "more groups have to change their appliance: raise `moves`",
    "appliance moves": "more appliances have to change their hypervisor: raise `appliance-moves`",
}


def reasons(instance: Instance, *, work_max: float) -> tuple[str, ...]:
    """What stands in the way: what counting shows; else each rule without which there would be one.

    Empty where it is no single thing.
    """
    counted = (*_counted(instance),)
    return counted or (*_left_out(instance, work_max / len(REMEDIES)),)


def _counted(instance: Instance) -> Iterator[str]:
    topology = instance.topology
    room = sum(instance.slots[h] for h in instance.usable)
    count = len(topology.appliances)
    if count > room:
        yield f"there are {count} appliances, and hypervisors can run {room} of them"
    for unit, near in zip(instance.units, instance.reach, strict=True):
        limit = unit.group.latency_max
        if not near and instance.usable and limit is not None:
            least = min(
                topology.farthest(unit, topology.hypervisors[h].name) for h in instance.usable
            )
            yield (
                f"{unit.name} wants its appliance within {duration_text(limit)}, and none can be"
                f" nearer than {duration_text(least)}"
            )
        if not any(takes(each, unit) for each in topology.appliances):
            yield (
                f"no appliance takes {unit.name}: one is wanted that takes"
                f" {size_text(unit.writes)}/s{_slot(unit.group.tenant)}"
            )
    written = sum(instance.writes)
    most = [each for each in instance.writes_max if each is not None]
    if len(most) == count and written > sum(most):
        yield (
            f"{size_text(written)}/s are written, and appliances take {size_text(sum(most))}/s"
            " all together"
        )


def _slot(tenant: str) -> str:
    return f" and has a slot for tenant {tenant}" if tenant else ""


def _left_out(instance: Instance, work_max: float) -> Iterator[str]:
    for rule, remedy in REMEDIES.items():
        found = solve(PlacementModel(instance, without=(rule,)).model, work_max=work_max)
        if found.verdict in (Verdict.OPTIMAL, Verdict.FOUND):
            yield remedy
