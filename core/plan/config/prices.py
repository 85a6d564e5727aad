"""What a little more of everything that is short would be worth, and what no plan is below.

Theory of operation
-------------------
Groups have nothing to do with one another but for what they share. Where what is shared has prices,
each group can choose alone; and whatever the prices, what all of them then weigh, less what all
that there is would cost, is a bound: no plan weighs less (Lagrange). Prices rise where more is
taken than there is, and fall elsewhere, until the bound rises no more. Then a choice by which its
group alone loses more than is between bound and best plan is in no better plan, and is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.plan.config.table import Floats, Ints, Table

_STEPS: Final = 150
_PATIENCE: Final = 8
_MET: Final = 25
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Priced:
    """`prices` are for one more of each limit; `bound` is what no plan weighs less than; `losses`
    is what each row would lose by itself, and `rows` the best plan that was met with."""

    prices: Floats
    bound: int
    losses: Floats
    rows: Ints


def priced(table: Table, weights: Ints, rows: Ints, repair: Callable[[Ints], Ints]) -> Priced:
    """The best prices that were found; `rows` is a plan that keeps all limits."""
    scale = np.maximum(1.0, table.limits.astype(np.float64))
    taken, room, weighs = table.taken / scale, table.limits / scale, weights.astype(np.float64)
    prices = np.zeros(len(table.limits))
    best = _Best(float(weighs[table.best(weighs)].sum()), prices, weighs)
    upper, stride, since = float(weighs[rows].sum()), 1.0, 0
    for step in range(_STEPS):
        total = weighs + taken @ prices
        chosen = table.best(total)
        value = float(total[chosen].sum() - prices @ room)
        if value > best.bound + _ROUNDING * max(1.0, abs(best.bound)):
            best, since = _Best(value, prices, total), 0
        else:
            since += 1
            if since >= _PATIENCE:
                stride, since = stride / 2, 0
        if step % _MET == 0:
            met = chosen if table.fits(chosen) else repair(chosen)
            if table.fits(met) and float(weighs[met].sum()) < upper:
                rows, upper = met, float(weighs[met].sum())
        slope = taken[chosen].sum(axis=0) - room
        slope[(prices <= 0) & (slope < 0)] = 0.0
        steepness = float(slope @ slope)
        if steepness == 0.0 or upper - best.bound < 0.5:
            break
        prices = np.maximum(0.0, prices + stride * (upper - value) / steepness * slope)
    least = np.minimum.reduceat(best.total, table.begins)
    bound = max(0, int(np.ceil(best.bound - _ROUNDING * max(1.0, abs(best.bound)))))
    return Priced(best.prices / scale, bound, best.total - least[table.group], rows)


@dataclass(frozen=True, slots=True)
class _Best:
    bound: float
    prices: Floats
    total: Floats


def kept_rows(table: Table, found: Priced, weights: Ints, most: int) -> tuple[Ints, bool]:
    """Rows that may be in a better plan than the one that was met with, which is among them; of
    each group so many at most. And whether none was left out but for what it loses."""
    upper = float(weights[found.rows].sum())
    room = upper - found.bound + _ROUNDING * max(1.0, upper)
    may = found.losses <= room
    order = np.lexsort((found.losses, table.group))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - table.begins[table.group[order]]
    few = may & (place < most)
    is_all = bool((few == may).all())
    few[found.rows] = True
    return np.flatnonzero(few), is_all
