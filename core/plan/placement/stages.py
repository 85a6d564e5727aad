"""What is asked of a placement, in turn: each answer is held while the next is looked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from core.plan.placement.bound import expected_bound, worst_bound
from core.plan.placement.instance import Instance
from core.plan.placement.model import PlacementModel
from core.plan.solving import Expression, Solved, Verdict, solve

Tell: TypeAlias = Callable[[str, int, int], object]
"""Hears of what is being made least, the best that was found, and what nothing is below."""
Choice: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""The hypervisor of each appliance, and the appliance of each unit."""

SHARES: Final = {
    "rules": 0.4,
    "crowded": 0.3,
    "sharing": 0.3,
    "worst": 0.5,
    "expected": 0.15,
    "changes": 0.15,
    "latency": 0.05,
}
"""What each question may take of all work, as long as there is some left."""
SHARE_LEAST: Final = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """A placement by index; no placement that keeps as many rules has a worst below the bound.

    `is_proven` says that there is no better one at all, among those that could be chosen.
    """

    hosts: tuple[int, ...]
    units: tuple[int, ...]
    is_proven: bool
    worst_bound: int


class _Search:
    """One pass through the questions; `choice` is the best that was found so far."""

    def __init__(
        self, work_max: float, gap: float, tell: Tell | None, start: Choice | None
    ) -> None:
        self.work_max, self.left, self.gap, self.tell = work_max, work_max, gap, tell
        self.choice = start
        self.is_proven = gap == 0.0

    def ask(self, made: PlacementModel, name: str, objective: Expression | None = None) -> Solved:
        """Make the objective least; an answer is the choice from then on."""
        made.model.clear_objective()  # type: ignore[no-untyped-call]
        if objective is not None:
            made.model.minimize(objective)
        found = solve(
            made.model,
            work_max=max(min(self.left, SHARES[name] * self.work_max), SHARE_LEAST * self.work_max),
            gap=self.gap,
            hints=made.hints(*self.choice) if self.choice else (),
            tell=self._told(name) if objective is not None else None,
        )
        self.left -= found.work
        if found.is_answered:
            self.choice = made.read(found.value)
        return found

    def hold(self, made: PlacementModel, name: str, objective: Expression) -> Solved:
        """Make the objective least, and no worse from then on."""
        if isinstance(objective, int):
            return Solved(Verdict.OPTIMAL, objective, objective, 0.0, lambda _: 0)
        found = self.ask(made, name, objective)
        self.is_proven &= found.verdict is Verdict.OPTIMAL
        if found.is_answered:
            made.model.add(objective <= found.objective)
        return found

    def _told(self, name: str) -> Callable[[int, int], object] | None:
        tell = self.tell
        return None if tell is None else lambda best, bound: tell(name, best, bound)


def best(
    instance: Instance,
    *,
    work_max: float,
    gap: float = 0.0,
    tell: Tell | None = None,
    start: Choice | None = None,
    fixed_hosts: Sequence[int] | None = None,
) -> Answer | Verdict:
    """The best placement within so much work; INFEASIBLE or UNKNOWN where there is none.

    Each question is answered when the answer is no further than `gap`, as a part of it, above the
    least; none of it is proven then. With `fixed_hosts` only what
    units are on is chosen, and the bound is of those choices alone.
    """
    search = _Search(work_max, gap, tell, start)
    made = PlacementModel(instance, fixed_hosts=fixed_hosts)
    crowded = made.crowded()
    found = search.ask(made, "rules") if isinstance(crowded, int) else None
    found = found or search.hold(made, "crowded", crowded)
    if not found.is_answered:
        return found.verdict
    apart = PlacementModel(instance, fixed_hosts=fixed_hosts)
    apart.keep_apart()
    if not isinstance(crowded, int):
        apart.model.add(apart.crowded() <= found.objective)
    kept = search.ask(apart, "sharing")
    search.is_proven &= kept.verdict is not Verdict.UNKNOWN
    if kept.is_answered:
        made = apart
    made.model.add(made.worst >= worst_bound(instance))
    made.model.add(made.expected() >= expected_bound(instance))
    worst = search.hold(made, "worst", made.worst)
    for name, objective in (
        ("expected", made.expected()),
        ("changes", made.changes),
        ("latency", made.latency()),
    ):
        search.hold(made, name, objective)
    assert search.choice is not None
    hosts, units = search.choice
    bound = worst.bound if worst.is_answered else max(instance.opened)
    return Answer((*hosts,), (*units,), search.is_proven, bound)
