"""CP-SAT as planners use it: one worker, a fixed seed, and a limit that is work, not time.

So the same model has the same answer on every machine, however busy it is. The limit on time stands
far behind it, for a machine that is so slow that nobody would wait.

A solver hears of no interrupt. So it runs beside whoever waits for it, and is stopped by whatever
ends the waiting.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from ortools.sat.python import cp_model

Expression: TypeAlias = cp_model.LinearExpr | int

SEED: Final = 1
SECONDS_PER_WORK: Final = 20.0
"""How many seconds a unit of work may take before a solver is stopped all the same; about one is
usual."""
_STOPPED_S: Final = 0.05
"""It is told to stop so often: before it has begun it does not hear that."""


class Verdict(Enum):
    """What came of a model: `FOUND` is an answer that was not shown to be the best."""

    OPTIMAL = "optimal"
    FOUND = "found"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


_VERDICTS: Final = {
    cp_model.OPTIMAL: Verdict.OPTIMAL,
    cp_model.FEASIBLE: Verdict.FOUND,
    cp_model.INFEASIBLE: Verdict.INFEASIBLE,
    cp_model.UNKNOWN: Verdict.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of a model; `bound` is what no answer is below, and `value` reads an answer."""

    verdict: Verdict
    objective: int
    bound: int
    work: float
    value: Callable[[Expression], int]

    @property
    def is_answered(self) -> bool:
        return self.verdict in (Verdict.OPTIMAL, Verdict.FOUND)


class _Told(cp_model.CpSolverSolutionCallback):
    """Tells of each answer that is better than those before it."""

    def __init__(self, tell: Callable[[int, int], object]) -> None:
        super().__init__()
        self._tell = tell

    def on_solution_callback(self) -> None:
        self._tell(round(self.objective_value), round(self.best_objective_bound))


def solve(
    model: cp_model.CpModel,
    *,
    work_max: float,
    gap: float = 0.0,
    hints: Sequence[tuple[cp_model.IntVar, int]] = (),
    tell: Callable[[int, int], object] | None = None,
) -> Solved:
    """The best answer to a model that is to be made least, within so much work.

    Work is in units of CP-SAT's deterministic time. An answer that is no further than `gap`, as a
    part of it, above what was shown to be the least is taken for it. `tell` hears of each objective
    and bound.
    """
    model.clear_hints()  # type: ignore[no-untyped-call]
    for variable, value in hints:
        model.add_hint(variable, value)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.catch_sigint_signal = False
    solver.parameters.relative_gap_limit = gap
    solver.parameters.max_deterministic_time = work_max
    solver.parameters.max_time_in_seconds = SECONDS_PER_WORK * work_max
    verdict = _VERDICTS.get(_status(solver, model, _Told(tell) if tell else None))
    assert verdict is not None, f"a model that is none: {model.validate()}"
    return Solved(
        verdict=verdict,
        objective=round(solver.objective_value) if model.has_objective() else 0,
        bound=round(solver.best_objective_bound) if model.has_objective() else 0,
        work=solver.deterministic_time,
        value=solver.value,
    )


def _status(
    solver: cp_model.CpSolver, model: cp_model.CpModel, callback: _Told | None
) -> cp_model.CpSolverStatus:
    """What the solver has ended with, unless an interrupt comes first."""
    with futures.ThreadPoolExecutor(max_workers=1) as beside:
        running = beside.submit(solver.solve, model, callback)
        try:
            return running.result()
        finally:
            while not running.done():
                solver.stop_search()
                futures.wait([running], _STOPPED_S)


def total(terms: Iterable[Expression]) -> Expression:
    """The sum of terms of a model; 0 of none."""
    found = [*terms]
    return cp_model.LinearExpr.sum(found) if found else 0
