"""A plan as it is told: what each crash costs, what is exposed, and how to come there."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.plan.placement.checker import sharing
from core.plan.placement.moves import Order, ordered
from core.plan.placement.planner import Plan
from core.plan.placement.recovery import (
    Crash,
    Toll,
    crashes,
    milliseconds,
)
from core.plan.placement.topology import Placement, Topology
from core.units import NANOSECONDS_PER_MILLISECOND


@dataclass(frozen=True, slots=True)
class Exposed:
    """A volume that is on one hypervisor with its appliance: nobody else knows what it wrote.

    `is_forced` where no hypervisor that may run appliances, and is near enough, is without it.
    """

    unit: str
    volume: str
    host: str
    size: int
    time_ms: int
    is_forced: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A plan with all that follows from it; `crashes` begin with the worst."""

    plan: Plan
    crashes: tuple[Crash, ...]
    exposed: tuple[Exposed, ...]
    order: Order | None
    today_ms: int | None

    @property
    def is_well(self) -> bool:
        """Nothing is exposed, and what is to be moved can be moved within the limit."""
        return not self.exposed and (self.order is None or self.order.is_within)


def told(topology: Topology, plan: Plan) -> Told:
    """All that is said of a plan."""
    found = sorted(crashes(topology, plan.placement), key=lambda each: -each.time_ms)
    order, today_ms = None, None
    if topology.today is not None:
        limit = topology.limits.worst_max
        limit_ms = None if limit is None else limit // NANOSECONDS_PER_MILLISECOND
        order = ordered(topology, topology.today, plan.placement, limit_ms)
        today_ms = max(each.time_ms for each in crashes(topology, topology.today))
    return Told(plan, (*found,), (*_exposed(topology, plan.placement),), order, today_ms)


def _exposed(topology: Topology, placement: Placement) -> Iterator[Exposed]:
    for unit, volume, is_avoidable in sharing(topology, placement):
        host = placement.host_of(unit)
        assert host is not None
        time_ms = milliseconds(Toll(swept=volume.size), topology.resync)
        yield Exposed(unit, volume.name, host, volume.size, time_ms, not is_avoidable)
