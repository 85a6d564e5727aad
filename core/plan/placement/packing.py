"""Units on appliances that stay where they are: the largest first, and then what can be bettered.

For sites of a size at which no solver looks at everything. What is found here is where it begins.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from core.plan.placement.instance import Instance

TRIALS_MAX: Final = 4_000_000
"""How many changes are tried, at most: a few seconds."""


class Packing:
    """Which unit is on which appliance, and what that costs, as it is changed."""

    def __init__(self, instance: Instance, hosts: Sequence[int], *, apart: bool) -> None:
        self.instance, self.hosts, self.apart = instance, (*hosts,), apart
        self.chosen: list[int | None] = [None] * len(instance.units)
        self.loads = list(instance.opened)
        self.written = [0] * len(self.hosts)
        self.tenants: list[Counter[int]] = [Counter() for _ in instance.opened]
        self.on: list[dict[int, None]] = [{} for _ in self.hosts]
        self._is_alone = [
            mirror is not None and self.hosts[mirror] == host
            for mirror, host in zip(instance.mirror, self.hosts, strict=True)
        ]

    def cost(self, unit: int, appliance: int) -> int:
        """What the unit adds to the hypervisor of the appliance."""
        return self.instance.cost(
            unit, self.hosts[appliance], with_mirror=self._is_alone[appliance]
        )

    def may_be(self, unit: int, appliance: int) -> bool:
        """Whether the appliance is near enough, and apart from where the unit is used."""
        host = self.hosts[appliance]
        if host not in self.instance.reach[unit]:
            return False
        wanted = self.instance.apart[unit]
        return not (self.apart and wanted) or host in wanted

    def has_room(self, unit: int, appliance: int, *, without: int | None = None) -> bool:
        """Whether the appliance can take the unit, where another one has left it."""
        one, host = self.instance, self.hosts[appliance]
        most = one.writes_max[appliance]
        left = one.writes[without] if without is not None else 0
        if most is not None and self.written[appliance] - left + one.writes[unit] > most:
            return False
        slots, tenant = one.tenant_slots[host], one.tenants[unit]
        if slots is None or self.tenants[host][tenant]:
            return True
        freed = without is not None and self.tenants[host][one.tenants[without]] == 1
        return sum(count > 0 for count in self.tenants[host].values()) - freed < slots

    def put(self, unit: int, appliance: int) -> None:
        self.chosen[unit] = appliance
        self._count(unit, appliance, 1)
        self.on[appliance][unit] = None

    def take(self, unit: int) -> int:
        """Off its appliance, which is handed back."""
        appliance = self.chosen[unit]
        assert appliance is not None
        self.chosen[unit] = None
        self._count(unit, appliance, -1)
        del self.on[appliance][unit]
        return appliance

    def _count(self, unit: int, appliance: int, sign: int) -> None:
        host = self.hosts[appliance]
        self.loads[host] += sign * self.cost(unit, appliance)
        self.written[appliance] += sign * self.instance.writes[unit]
        self.tenants[host][self.instance.tenants[unit]] += sign


def packed(
    instance: Instance, hosts: Sequence[int], *, apart: bool, enough: int = 0
) -> list[int] | None:
    """The appliance of each unit, as good as changes of one or two can make it; None if none fits.

    Who is somewhere today stays there, but for changes that make the worst less while that is more
    than `enough`, and as long as no more than the allowed have to go.
    """
    found = Packing(instance, hosts, apart=apart)
    moves_max = instance.topology.limits.moves_max
    _stay(found)
    order = sorted(
        range(len(instance.units)), key=lambda u: (_options(found, u), -instance.base[u])
    )
    for u in order:
        if found.chosen[u] is None:
            at = min(_room(found, u), key=lambda a: (_height(found, u, a), a), default=None)
            if at is None:
                return None
            found.put(u, at)
    if moves_max is not None and _moved(found) > moves_max:
        return None
    _better(found, moves_max, enough)
    return [a for a in found.chosen if a is not None]


def _stay(found: Packing) -> None:
    """Put everything where it is today, where it may be."""
    one = found.instance
    for u, now in enumerate(one.unit_today):
        if now is None or now not in one.takers[u]:
            continue
        if found.may_be(u, now) and found.has_room(u, now):
            found.put(u, now)


def _options(found: Packing, unit: int) -> int:
    """On how many appliances it may be: those that have little choice come first."""
    return sum(found.may_be(unit, a) for a in found.instance.takers[unit])


def _room(found: Packing, unit: int) -> Iterator[int]:
    for a in found.instance.takers[unit]:
        if found.may_be(unit, a) and found.has_room(unit, a):
            yield a


def _height(found: Packing, unit: int, appliance: int) -> int:
    return found.loads[found.hosts[appliance]] + found.cost(unit, appliance)


def _moved(found: Packing) -> int:
    """How many units are elsewhere than today that could have stayed."""
    return sum(
        now is not None and now in found.instance.takers[u] and found.chosen[u] != now
        for u, now in enumerate(found.instance.unit_today)
    )


def _better(found: Packing, moves_max: int | None, enough: int) -> None:
    """Take from the hypervisor that costs most, until nothing helps."""
    left = TRIALS_MAX
    while left > 0 and max(found.loads) > enough:
        top = max(range(len(found.loads)), key=lambda h: (found.loads[h], -h))
        units = [u for a, h in enumerate(found.hosts) if h == top for u in found.on[a]]
        tried, step = _step(found, top, units)
        left -= tried + 1
        if step is None:
            return
        before = [(unit, found.take(unit)) for unit, _ in step]
        for unit, appliance in step:
            found.put(unit, appliance)
        if moves_max is not None and _moved(found) > moves_max:
            for unit, _ in step:
                found.take(unit)
            for unit, appliance in before:
                found.put(unit, appliance)
            return


def _step(
    found: Packing, top: int, units: Sequence[int]
) -> tuple[int, tuple[tuple[int, int], ...] | None]:
    """What lowers the highest most: one unit elsewhere, or two that change places."""
    best, tried = found.loads[top], 0
    step: tuple[tuple[int, int], ...] | None = None
    for u in sorted(units):
        home = found.chosen[u]
        assert home is not None
        gone = found.loads[top] - found.cost(u, home)
        for a in found.instance.takers[u]:
            host = found.hosts[a]
            tried += 1
            if host == top or found.loads[host] >= best or not found.may_be(u, a):
                continue
            height = max(gone, _height(found, u, a))
            if height < best and found.has_room(u, a):
                best, step = height, ((u, a),)
            for v in found.on[a]:
                tried += 1
                if home not in found.instance.takers[v] or not found.may_be(v, home):
                    continue
                height = max(gone + found.cost(v, home), _height(found, u, a) - found.cost(v, a))
                if (
                    height < best
                    and found.has_room(u, a, without=v)
                    and found.has_room(v, home, without=u)
                ):
                    best, step = height, ((u, a), (v, home))
    return tried, step
