"""Configurations for systems of several sizes, beside a greedy one and a plain MILP of the same.

Of each it is told how much of a processor it takes, and how much what it finds costs above what no
plan costs less than. The planner predicts, solves and checks; the others get what was predicted,
and HiGHS only what keeps all goals, so that it makes least money alone. The greedy one has each
group take what is cheapest, and then make room; the MILP has a limit on its time.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from ortools.linear_solver.python import model_builder

from core.plan.config.check import complaints
from core.plan.config.greedy import greedy
from core.plan.config.menu import Menu, limits_of, menus_of, pruned
from core.plan.config.planning import plan_of
from core.plan.config.table import Table, table_of
from tests.core.plan.config.drawn import drawn_system

SIZES: Final[Mapping[str, int]] = {"config-20": 20, "config-100": 100, "config-500": 500}
"""Groups."""
APPLIANCES: Final = 6
SAMPLES: Final = 288
TIGHTNESS: Final = 0.3
MILP_S: Final = 60.0
SEEDS: Final = 3

_CENTS: Final = 2


def table(figure: str, rounds: int) -> str:
    """Every contender once a round, on one of a few systems in turn."""
    groups = SIZES[figure]
    title = f"{groups} groups, {APPLIANCES} appliances, {SAMPLES} samples of each group"
    seconds: dict[str, list[float]] = {"isthmus": [], "greedy": [], "HiGHS": [], "checker": []}
    gaps: dict[str, list[float]] = {"isthmus": [], "greedy": [], "HiGHS": []}
    for nth in range(rounds):
        goals, state = drawn_system(
            nth % SEEDS, groups, appliances=APPLIANCES, samples=SAMPLES, tightness=TIGHTNESS
        )
        began = time.process_time()
        plan = plan_of(goals, state, {})
        seconds["isthmus"].append(time.process_time() - began)
        bound = max(1, plan.answer.bound.cents)
        gaps["isthmus"].append(plan.answer.worth.cents / bound - 1)
        began = time.process_time()
        assert not complaints(goals, state, plan.settings, plan.predicted)
        seconds["checker"].append(time.process_time() - began)
        menus = [pruned(each) for each in menus_of(goals, state, {})]
        rows = table_of(menus, limits_of(state, without_one=True))
        for name, find in _OTHERS.items():
            began = time.process_time()
            cents = find(rows, menus)
            seconds[name].append(time.process_time() - began)
            if cents is not None:
                gaps[name].append(cents / bound - 1)
    lines = (_line(name, seconds[name], gaps.get(name)) for name in seconds)
    return "\n".join((title, "-" * len(title), *lines))


def _line(name: str, seconds: list[float], gaps: list[float] | None) -> str:
    took = f"{statistics.median(seconds):7.2f} s   {min(seconds):6.2f} .. {max(seconds):<7.2f}"
    if gaps is None:
        return f"{name:<10} {took}"
    if not gaps:
        return f"{name:<10} {took}   none found"
    far = f"{statistics.median(gaps):8.2%} above   {min(gaps):.2%} .. {max(gaps):.2%}"
    return f"{name:<10} {took}   {far}"


def _greedy(table: Table, menus: list[Menu]) -> int | None:
    rows = greedy(table, menus)
    if table.worth[rows, :_CENTS].any():
        return None
    return int(table.worth[rows, _CENTS].sum())


def _milp(table: Table, menus: list[Menu]) -> int | None:
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    rows = np.flatnonzero(~table.worth[:, :_CENTS].any(axis=1)).tolist()
    chosen = {row: model.new_bool_var(f"row {row}") for row in rows}
    for group in range(len(menus)):
        own = [chosen[row] for row in rows if table.group[row] == group]
        if not own:
            return None
        model.add(sum(own) == 1)
    for nth, limit in enumerate(table.limits.tolist()):
        scale = max(1, limit)
        taken = sum(int(table.taken[row, nth]) / scale * each for row, each in chosen.items())
        model.add(taken <= limit / scale)
    cents = sum(int(table.worth[row, _CENTS]) * each for row, each in chosen.items())
    model.minimize(cents)
    solver = model_builder.Solver("highs")
    solver.enable_output(False)
    solver.set_time_limit_in_seconds(MILP_S)
    status = solver.solve(model)
    if status not in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE):
        return None
    found = [row for row, each in chosen.items() if solver.value(each) > 0.5]
    return int(table.worth[found, _CENTS].sum())


_OTHERS: Final[Mapping[str, Callable[[Table, list[Menu]], int | None]]] = {
    "greedy": _greedy,
    "HiGHS": _milp,
}
