"""Where appliances run, at sites of a size at which units are not looked at one by one.

Units that may be at the same places are poured together, as if they could be divided. No placement
is better than that, so what this finds is a bound besides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from ortools.sat.python import cp_model

from core.plan.placement.bound import least_costs, worst_bound
from core.plan.placement.instance import Instance
from core.plan.placement.topology import MILLI
from core.plan.solving import Expression, Solved, solve, total

KINDS_MAX: Final = 200
PARTS: Final = 100_000
"""Into how many parts all that is poured is divided, rounded down, so that no bound is too high."""
WRITES_PART: Final = 1 << 20
GAP: Final = 0.001


@dataclass(frozen=True, slots=True)
class Hosting:
    """The hypervisor of each appliance, and what the worst of any placement costs at least."""

    hosts: tuple[int, ...]
    bound: int


@dataclass(slots=True)
class _Kind:
    """Units that may be at the same places, as one; `writes` in bytes a second."""

    reach: frozenset[int]
    takers: tuple[int, ...]
    cost: int = 0
    writes: int = 0


def hosted(instance: Instance, *, work_max: float, keep: bool) -> Hosting | None:
    """Hypervisors for all appliances, as if units were fluid; None where none were found.

    With `keep` no appliance leaves where it is today, if it may run there.
    """
    for is_strict, is_apart in ((True, True), (True, False), (False, True), (False, False)):
        made = _Model(instance, keep=keep, is_strict=is_strict, is_apart=is_apart)
        made.model.minimize(made.height)
        first = solve(made.model, work_max=work_max, gap=GAP)
        if not first.is_answered:
            continue
        made.model.add(made.height <= first.objective)
        made.model.minimize(made.likely())
        last = solve(made.model, work_max=work_max / 2, gap=GAP, hints=made.hints(first))
        answer = last if last.is_answered else first
        hosts = tuple(next(h for h, here in row.items() if answer.value(here)) for row in made.z)
        return Hosting(hosts, first.bound * made.part if is_strict and not keep else 0)
    return None


class _Model:
    """Fluid units on appliances, appliances on hypervisors; the highest level is made least.

    Where it `is_strict` no appliance shares a hypervisor with its cluster or its mirror; else as
    few as can be do, which counts more than any height. Where it `is_apart` units that may not be
    everywhere are kept from the hypervisors that use them; others find another one easily.
    """

    def __init__(self, instance: Instance, *, keep: bool, is_strict: bool, is_apart: bool) -> None:
        self.instance, self.model = instance, cp_model.CpModel()
        self.kinds = _kinds(instance, is_apart=is_apart)
        self.part = max(1, sum(each.cost for each in self.kinds) // PARTS)
        self.z = [
            {h: self.model.new_bool_var(f"z{a},{h}") for h in self._choices(a, keep=keep)}
            for a in range(len(instance.mirror))
        ]
        for row in self.z:
            self.model.add_exactly_one(row.values())
        self._keep_rules()
        self._keep_written()
        self.loads = self._poured([each.cost // self.part for each in self.kinds])
        shared = total(self._pairs(is_strict=is_strict))
        self.height = self._height() + 4 * PARTS * len(self.z) * shared

    def likely(self) -> Expression:
        """How often something crashes that appliances are on, and how many of them move."""
        one = self.instance
        often = total(one.crashes[h] * here for row in self.z for h, here in row.items())
        stays = [row[now] for row, now in zip(self.z, one.host_today, strict=True) if now in row]
        return often - MILLI * total(stays)

    def hints(self, found: Solved) -> list[tuple[cp_model.IntVar, int]]:
        return [(here, found.value(here)) for row in self.z for here in row.values()]

    def _choices(self, appliance: int, *, keep: bool) -> Sequence[int]:
        now = self.instance.host_today[appliance]
        return (now,) if keep and now in self.instance.usable else self.instance.usable

    def _keep_rules(self) -> None:
        one, limits = self.instance, self.instance.topology.limits
        for h in one.usable:
            self.model.add(total(row[h] for row in self.z if h in row) <= one.slots[h])
            for together in one.never_together:
                self.model.add_at_most_one(self.z[a][h] for a in together if h in self.z[a])
        held = [now for now in one.host_today if now in one.usable]
        stays = [row[now] for row, now in zip(self.z, one.host_today, strict=True) if now in row]
        if limits.appliance_moves_max is not None and held:
            self.model.add(total(stays) >= len(held) - limits.appliance_moves_max)

    def _pairs(self, *, is_strict: bool) -> Iterator[cp_model.IntVar]:
        """Whether two run on one hypervisor that had better not; where that is strict, none do."""
        one = self.instance
        near = [(a, b) for cluster in one.clusters for a, b in combinations(cluster, 2)]
        near += [(a, b) for a, b in enumerate(one.mirror) if b is not None]
        for h in one.usable:
            for a, b in near:
                if h not in self.z[a] or h not in self.z[b]:
                    continue
                if is_strict:
                    self.model.add_at_most_one(self.z[a][h], self.z[b][h])
                    continue
                both = self.model.new_bool_var("both")
                self.model.add_bool_or(~self.z[a][h], ~self.z[b][h], both)
                yield both

    def _poured(self, amounts: Sequence[int]) -> list[Expression]:
        """What each appliance has of these amounts, one for each kind, poured where they may be."""
        loads: list[list[cp_model.IntVar]] = [[] for _ in self.z]
        everywhere = frozenset(self.instance.usable)
        for kind, amount in zip(self.kinds, amounts, strict=True):
            parts = {a: self.model.new_int_var(0, amount, "part") for a in kind.takers}
            self.model.add(total(parts.values()) == amount)
            for a, part in parts.items():
                loads[a].append(part)
                if kind.reach < everywhere:
                    near = total(here for h, here in self.z[a].items() if h in kind.reach)
                    self.model.add(part <= amount * near)
        return [total(each) for each in loads]

    def _keep_written(self) -> None:
        """What is written fits, too, poured by itself: in megabytes, which is precise enough."""
        limits = self.instance.writes_max
        if any(most is not None for most in limits):
            written = self._poured([each.writes // WRITES_PART for each in self.kinds])
            for most, load in zip(limits, written, strict=True):
                if most is not None:
                    self.model.add(load <= -(-most // WRITES_PART))

    def _height(self) -> cp_model.IntVar:
        one = self.instance
        top = 4 * PARTS + sum(one.opened) // self.part
        least = worst_bound(one) // self.part
        height = self.model.new_int_var(least, max(top, least), "height")
        costs: dict[int, list[cp_model.IntVar]] = {}
        for row, load in zip(self.z, self.loads, strict=True):
            floors = total(one.opened[h] // self.part * here for h, here in row.items())
            self.model.add(height >= load + floors)
            for h, here in row.items():
                if one.slots[h] > 1:
                    costs.setdefault(h, []).append(self.model.new_int_var(0, top, "cost"))
                    self.model.add(costs[h][-1] >= load).only_enforce_if(here)
        for h, each in costs.items():
            self.model.add(height >= one.opened[h] // self.part + total(each))
        return height


def _kinds(instance: Instance, *, is_apart: bool) -> list[_Kind]:
    """Units that are alike, the most costly kinds first; those beyond many may be anywhere."""
    found: dict[tuple[frozenset[int], tuple[int, ...]], _Kind] = {}
    everywhere = frozenset(instance.usable)
    for u, cost in enumerate(least_costs(instance)):
        reach = instance.reach[u]
        if is_apart and reach < everywhere:
            reach = instance.apart[u] or reach
        key = (reach, instance.takers[u])
        kind = found.setdefault(key, _Kind(*key))
        kind.cost += cost
        kind.writes += instance.writes[u]
    kinds = sorted(found.values(), key=lambda each: -each.cost)
    rest = _Kind(everywhere, tuple(range(len(instance.mirror))))
    for each in kinds[KINDS_MAX:]:
        rest.cost += each.cost
        rest.writes += each.writes
    return [*kinds[:KINDS_MAX], rest] if len(kinds) > KINDS_MAX else kinds
