"""What no placement can be below, by counting alone."""

from collections.abc import Sequence

from core.plan.placement.instance import Instance


def least_costs(instance: Instance) -> list[int]:
    """What each unit adds at least, wherever its appliance may be."""
    return [
        min((instance.cost(u, h, with_mirror=False) for h in reach), default=instance.base[u])
        for u, reach in enumerate(instance.reach)
    ]


def worst_bound(instance: Instance) -> int:
    """The worst crash costs at least this, in weighted milliseconds.

    What units add is spread over as many hypervisors as there are appliances for, those that cost
    least in any case; no more even than evenly. The largest that have to meet stand on one of them.
    """
    costs = sorted(least_costs(instance), reverse=True)
    carrying = sorted(instance.opened[h] for h in instance.usable)[: len(instance.mirror)]
    if not carrying:
        return max(instance.opened)
    found = max(*instance.opened, level(carrying, sum(costs)), costs[0] + carrying[0])
    if len(costs) > len(carrying):
        met = costs[len(carrying) - 1] + costs[len(carrying)]
        found = max(found, met + carrying[0])
    return found


def level(floors: Sequence[int], amount: int) -> int:
    """How high an amount stands, at least, that is poured over floors, which ascend."""
    filled = 0
    for count, floor in enumerate(floors, start=1):
        filled += floor
        height = -(-(amount + filled) // count)
        if count == len(floors) or height <= floors[count]:
            return max(height, floors[0])
    raise AssertionError("no floor")


def expected_bound(instance: Instance) -> int:
    """The expected cost of a year is at least this, in thousandths of a weighted millisecond."""
    opened = sum(p * cost for p, cost in zip(instance.crashes, instance.opened, strict=True))
    added = sum(
        min(
            (instance.crashes[h] * instance.cost(u, h, with_mirror=False) for h in reach),
            default=0,
        )
        for u, reach in enumerate(instance.reach)
    )
    return opened + added
