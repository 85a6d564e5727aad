"""What is found without a solver: each group takes what is best for it, and then they make room.

It is where the solver begins, and what its plans are measured against.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.plan.config.menu import Menu
from core.plan.config.table import Floats, Ints, Table

_ROUNDS_MAX: Final = 12
_MISSED, _ALSO = 1e9, 1e6


def greedy(table: Table, menus: Sequence[Menu]) -> Ints:
    """A row for each group that keeps every limit: in the end by copying less."""
    weights = table.worth[:, :3] @ np.array([_MISSED, _ALSO, 1.0])
    return repaired(table, menus, table.best(weights), weights)


def repaired(table: Table, menus: Sequence[Menu], rows: Ints, weights: Floats) -> Ints:
    """The same where every limit is kept, by what makes it worse by least."""
    rows = rows.copy()
    for _ in range(_ROUNDS_MAX):
        over = table.used(rows) - table.limits
        if (over <= 0).all():
            return rows
        for limit in np.flatnonzero(over > 0):
            _make_room(table, rows, weights, int(limit))
    for short in range(len(table.limits)):
        _give_up(table, menus, rows, short)
    return rows


def _make_room(table: Table, rows: Ints, weights: Floats, limit: int) -> None:
    """Those groups take less first for which it is worst by least for what it frees; nothing else
    that is short is taken more of."""
    over = int(table.used(rows)[limit] - table.limits[limit])
    if over <= 0:
        return
    column = table.taken[:, limit]
    freed = column[rows][table.group] - column
    steps = np.flatnonzero(freed > 0)
    own, of_group = table.taken[rows], table.group[steps]
    for other in np.flatnonzero(table.used(rows) > table.limits):
        may = table.taken[steps, other] <= own[of_group, other]
        steps, of_group = steps[may], of_group[may]
    worse = (weights[steps] - weights[rows][of_group]) / freed[steps]
    done: set[int] = set()
    for row in steps[np.argsort(worse, kind="stable")].tolist():
        if over <= 0:
            return
        group = int(table.group[row])
        if group not in done:
            done.add(group)
            over -= int(freed[row])
            rows[group] = row


def _give_up(table: Table, menus: Sequence[Menu], rows: Ints, limit: int) -> None:
    """Groups of the least priority are not copied, until the rest fits."""
    over = int(table.used(rows)[limit] - table.limits[limit])
    ends = np.append(table.begins[1:], len(table.group)) - 1
    for nth in sorted(range(len(menus)), key=lambda nth: (menus[nth].goal.priority, nth)):
        if over <= 0:
            return
        if freed := int(table.taken[rows[nth], limit]):
            over -= freed
            rows[nth] = ends[nth]
