"""The whole question for CP-SAT: units on appliances, appliances on hypervisors.

What an appliance costs is linear in its units once it is known where it runs; so there is one cost
for each appliance and hypervisor, which holds where that is true, and no product of two choices.
What is asked for is asked for in turn, and each answer is held while the next is looked for.
"""

from collections.abc import Callable, Sequence
from math import gcd

from ortools.sat.python import cp_model

from core.plan.placement.checker import APPLIANCE_MOVE
from core.plan.placement.instance import Instance
from core.plan.solving import Expression, total


class PlacementModel:
    """The variables and rules of an instance; `fixed_hosts` leaves only the units to be chosen.

    Rules of `without` are left out: "writes", "latency", "tenant slots", "apart", "moves" and
    "appliance moves".
    """

    def __init__(
        self,
        instance: Instance,
        *,
        without: Sequence[str] = (),
        fixed_hosts: Sequence[int] | None = None,
    ) -> None:
        self.instance = instance
        self.model = cp_model.CpModel()
        self._without = without
        self._boundless = sum(instance.opened) + sum(
            max(instance.base[u], instance.alone[u])
            + sum(map(abs, instance.extra[u].values()))
            + sum(map(abs, instance.extra_alone[u].values()))
            for u in range(len(instance.units))
        )
        self.x = [
            {a: self.model.new_bool_var(f"x{u},{a}") for a in takers}
            for u, takers in enumerate(instance.takers)
        ]
        self.z = [
            {h: self.model.new_bool_var(f"z{a},{h}") for h in self._choices(a, fixed_hosts)}
            for a in range(len(instance.mirror))
        ]
        for row in (*self.x, *self.z):
            self.model.add_exactly_one(row.values())
        self._keep_rules()
        self._keep_limits()
        self._cost_hosts()

    def _choices(self, appliance: int, fixed_hosts: Sequence[int] | None) -> tuple[int, ...]:
        if fixed_hosts is not None:
            return (fixed_hosts[appliance],)
        return self.instance.usable

    def _keep_rules(self) -> None:
        one, model = self.instance, self.model
        for h in one.usable:
            running = [row[h] for row in self.z if h in row]
            if len(running) > one.slots[h]:
                model.add(total(running) <= one.slots[h])
            for together in one.never_together if "apart" not in self._without else ():
                model.add_at_most_one(self.z[a][h] for a in together if h in self.z[a])
        if "writes" not in self._without:
            for a, most in enumerate(one.writes_max):
                units = [u for u, row in enumerate(self.x) if a in row and one.writes[u]]
                if most is not None and units:
                    scale = gcd(most, *(one.writes[u] for u in units)) or 1
                    model.add(
                        total(one.writes[u] // scale * self.x[u][a] for u in units) <= most // scale
                    )
        if "latency" not in self._without:
            self._keep_near(one.reach)
        if "tenant slots" not in self._without:
            self._keep_tenants()

    def _keep_near(self, allowed: Sequence[frozenset[int]]) -> None:
        """Each unit's appliance on one of these hypervisors."""
        everywhere = frozenset(self.instance.usable)
        known: dict[tuple[frozenset[int], int], cp_model.LiteralT] = {}
        for u, hosts in enumerate(allowed):
            if hosts >= everywhere:
                continue
            for a, chosen in self.x[u].items():
                if (hosts, a) not in known:
                    here = [lit for h, lit in self.z[a].items() if h in hosts]
                    known[hosts, a] = self._any_of(here)
                self.model.add_implication(chosen, known[hosts, a])

    def _any_of(self, literals: Sequence[cp_model.IntVar]) -> cp_model.IntVar:
        """Of literals of which at most one holds, whether one does."""
        found = self.model.new_bool_var("any")
        self.model.add(total(literals) == found)
        return found

    def _keep_tenants(self) -> None:
        one, count = self.instance, len(set(self.instance.tenants))
        bounded = [h for h in one.usable if (one.tenant_slots[h] or 0) < count]
        bounded = [h for h in bounded if one.tenant_slots[h] is not None]
        if not bounded:
            return
        served: dict[tuple[int, int], cp_model.IntVar] = {}
        for u, row in enumerate(self.x):
            for a, chosen in row.items():
                key = (one.tenants[u], a)
                if key not in served:
                    served[key] = self.model.new_bool_var(f"t{key}")
                self.model.add_implication(chosen, served[key])
        for h in bounded:
            there = {tenant: self.model.new_bool_var(f"t{tenant}@{h}") for tenant, _ in served}
            for (tenant, a), is_served in served.items():
                if h in self.z[a]:
                    self.model.add_bool_or(~is_served, ~self.z[a][h], there[tenant])
            most = one.tenant_slots[h]
            assert most is not None
            self.model.add(total(there.values()) <= most)

    def _keep_limits(self) -> None:
        """How far from today: what could not stay in any case is not counted."""
        one, limits = self.instance, self.instance.topology.limits
        stayed = [row[now] for row, now in zip(self.x, one.unit_today, strict=True) if now in row]
        usable = frozenset(one.usable)
        held = [now for now in one.host_today if now in usable]
        running = [row[now] for row, now in zip(self.z, one.host_today, strict=True) if now in row]
        self.changes = len(stayed) - total(stayed) + APPLIANCE_MOVE * (len(held) - total(running))
        if limits.moves_max is not None and stayed and "moves" not in self._without:
            self.model.add(total(stayed) >= len(stayed) - limits.moves_max)
        most = limits.appliance_moves_max
        if most is not None and held and "appliance moves" not in self._without:
            self.model.add(total(running) >= len(held) - most)

    def _cost_hosts(self) -> None:
        """A cost for each appliance and hypervisor, and what each hypervisor's crash takes."""
        one, model = self.instance, self.model
        self.costs: dict[tuple[int, int], cp_model.IntVar] = {}
        for a, row in enumerate(self.z):
            units = [u for u, choices in enumerate(self.x) if a in choices]
            base = self._sum([(one.base[u], self.x[u][a]) for u in units])
            mirror = one.mirror[a]
            alone = base
            if mirror is not None:
                alone = self._sum([(one.alone[u], self.x[u][a]) for u in units])
            for h, here in row.items():
                cost = model.new_int_var(0, self._boundless, f"c{a},{h}")
                self.costs[a, h] = cost
                extra = total(one.extra[u][h] * self.x[u][a] for u in units if h in one.extra[u])
                model.add(cost >= base + extra).only_enforce_if(here)
                if mirror is not None and h in self.z[mirror]:
                    extra = total(
                        one.extra_alone[u][h] * self.x[u][a] for u in units if h in one.extra[u]
                    )
                    model.add(cost >= alone + extra).only_enforce_if(here, self.z[mirror][h])
        self.loads = [
            opened + total(self.costs[a, h] for a, row in enumerate(self.z) if h in row)
            for h, opened in enumerate(one.opened)
        ]
        self.worst = model.new_int_var(max(one.opened), self._boundless, "worst")
        for load in self.loads:
            model.add(self.worst >= load)

    def _sum(self, terms: Sequence[tuple[int, cp_model.IntVar]]) -> Expression:
        """A variable for a sum, so that it is not written out for each hypervisor."""
        if not terms:
            return 0
        found = self.model.new_int_var(0, self._boundless, "sum")
        self.model.add(found == total(factor * chosen for factor, chosen in terms))
        return found

    def crowded(self) -> Expression:
        """How many appliances share a hypervisor with one of their cluster, or their mirror."""
        one, found = self.instance, []
        for h in one.usable:
            for cluster in one.clusters:
                here = [self.z[a][h] for a in cluster if h in self.z[a]]
                if len(here) > 1:
                    beyond = self.model.new_int_var(0, len(here), "crowd")
                    self.model.add(beyond >= total(here) - 1)
                    found.append(beyond)
            for a, mirror in enumerate(one.mirror):
                if mirror is not None and h in self.z[a] and h in self.z[mirror]:
                    both = self.model.new_bool_var("both")
                    self.model.add_bool_or(~self.z[a][h], ~self.z[mirror][h], both)
                    found.append(both)
        return total(found)

    def keep_apart(self) -> None:
        """No unit shares a hypervisor with its appliance that could do without."""
        everywhere = frozenset(self.instance.usable)
        self._keep_near([each or everywhere for each in self.instance.apart])

    def expected(self) -> Expression:
        return total(
            often * load for often, load in zip(self.instance.crashes, self.loads, strict=True)
        )

    def latency(self) -> Expression:
        """How far units are from their appliances, all together."""
        one, found = self.instance, []
        names = [each.name for each in one.topology.hypervisors]
        for u, row in enumerate(self.x):
            far = {h: one.topology.farthest(one.units[u], names[h]) for h in one.usable}
            if not any(far.values()):
                continue
            found.append(self.model.new_int_var(0, max(far.values()), f"l{u}"))
            for a, chosen in row.items():
                there = total(far[h] * here for h, here in self.z[a].items())
                self.model.add(found[-1] >= there).only_enforce_if(chosen)
        return total(found)

    def hints(
        self, hosts: Sequence[int], units: Sequence[int]
    ) -> list[tuple[cp_model.IntVar, int]]:
        """A placement as where to begin."""
        rows = ((self.x, units), (self.z, hosts))
        return [
            (variable, int(at == chosen))
            for table, choices in rows
            for row, chosen in zip(table, choices, strict=True)
            for at, variable in row.items()
        ]

    def read(self, value: Callable[[Expression], int]) -> tuple[list[int], list[int]]:
        """The hypervisor of each appliance, and the appliance of each unit."""
        hosts, units = (
            [next(at for at, variable in row.items() if value(variable)) for row in table]
            for table in (self.z, self.x)
        )
        return hosts, units
