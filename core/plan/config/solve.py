"""The best plan that so much work finds: level after level, and then where each group is.

Theory of operation
-------------------
Few groups are one model, in which places are decided with all else. For many, what is shared gets
prices first (see `prices`); they bound each level, and leave few choices for each group, of which
CP-SAT finds the best. Places are found for what was chosen then: all appliances together stand in
for each of them before. Where every group has a place and a standby nothing is lost by that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from core.plan.config.chosen import (
    HYSTERESIS,
    Answer,
    Choice,
    Worth,
    burden_of,
    kept_place,
    worth_of,
)
from core.plan.config.greedy import greedy, repaired
from core.plan.config.menu import Limited, Menu, Resource, limits_of, taken_by_transfer
from core.plan.config.places import (
    NOWHERE,
    NOWHERE_WEIGHT,
    Place,
    first_places,
    moves,
    places_of,
    standby_weight,
)
from core.plan.config.prices import kept_rows, priced
from core.plan.config.program import Choosing, Expression, Hints, Placing
from core.plan.config.state import State
from core.plan.config.table import LEVELS, Ints, Pair, Table, table_of
from core.plan.entry import PARTS
from core.plan.solving import Solved, Verdict, solve

WORK: Final = 3.0
"""In units of CP-SAT's deterministic time, for all levels together."""
FEW: Final = 60
"""So many pairs of groups and places are decided together with all else."""

_CHOICES_MAX: Final = 12
_PLACES: Final = 0.3

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Level:
    """One thing that is made least; it may be more by one in `slack` parts afterwards, if any."""

    name: str
    expression: Expression
    slack: int = 0


@dataclass(frozen=True, slots=True)
class _Climbed:
    """The last answer, and the bound of each level."""

    solved: Solved
    bounds: tuple[int, ...]
    is_best: bool


def answer_of(
    menus: Sequence[Menu],
    state: State,
    *,
    work: float = WORK,
    tell: Tell = lambda _: None,
    more: Mapping[Resource, int] | None = None,
) -> Answer | None:
    """The best plan that was found with so much work; None where none was found at all.

    With `more` of a resource than the state says.
    """
    nothing = Worth(0, 0, 0, 0, 0)
    if not menus:
        return Answer((), nothing, nothing, is_best=True)
    kept = [kept_place(each) for each in menus]
    pairs = sum(len(places_of(state, len(menus), each)) for each in kept)
    if pairs <= FEW:
        limits = _more(limits_of(state, without_one=False), state, more or {})
        return _together(menus, state, limits, kept, work, tell)
    limits = limits_of(state, without_one=_fits_without_one(menus, state))
    limits = _more(limits, state, more or {})
    return _apart(menus, state, limits, kept, work, tell)


def _more(
    limits: Sequence[Limited], state: State, more: Mapping[Resource, int]
) -> tuple[Limited, ...]:
    """Of what there is more each tenant has its part."""
    found = []
    for each in limits:
        tenant = each.resource.tenant
        beyond = more.get(each.resource._replace(tenant=""), 0)
        part = state.tenants[tenant] if tenant else PARTS
        found.append(Limited(each.resource, each.limit + beyond * part // PARTS))
    return tuple(found)


def _together(
    menus: Sequence[Menu],
    state: State,
    limits: Sequence[Limited],
    kept: Sequence[Place | None],
    work: float,
    tell: Tell,
) -> Answer | None:
    table = table_of(menus, limits)
    choosing = Choosing(table, np.arange(len(table.pairs)))
    places = choosing.placed(menus, state, kept)
    weighed = [choosing.weighed(table.worth[:, nth]) for nth in range(len(LEVELS))]
    weighed[1] = weighed[1] + places.without_standby(state)
    levels = [
        _Level(name, expression, _slack(menus) if name == "cents" else 0)
        for name, expression in zip(LEVELS, weighed, strict=True)
    ]
    levels.append(_Level("moves", places.moved(kept)))
    climbed = _climb(choosing.model, levels, work, (), tell)
    if climbed is None:
        return None
    rows, where = choosing.chosen(climbed.solved.value), places.chosen(climbed.solved.value)
    choices = tuple(
        _chosen(table.pairs[row], place) for row, place in zip(rows.tolist(), where, strict=True)
    )
    worth = worth_of(menus, choices, state)
    return Answer(choices, worth, _bound(climbed.bounds), is_best=climbed.is_best)


def _apart(
    menus: Sequence[Menu],
    state: State,
    limits: Sequence[Limited],
    kept: Sequence[Place | None],
    work: float,
    tell: Tell,
) -> Answer:
    table = table_of(menus, limits)
    rows, bounds, is_best = greedy(table, menus), [], True
    for nth, name in enumerate(LEVELS):
        tell(f"making least: {name}")
        part = (1 - _PLACES) * work / len(LEVELS)
        rows, least = _least(table, menus, rows, table.worth[:, nth], part)
        value = int(table.worth[rows, nth].sum())
        is_best = is_best and value == least
        bounds.append(least)
        slack = value // _slack(menus) if name == "cents" and _slack(menus) else 0
        table = _held(table, table.worth[:, nth], value + slack)
    chosen = [table.pairs[row] for row in rows.tolist()]
    where, is_placed = _placed(menus, state, kept, chosen, _PLACES * work, tell)
    choices = tuple(map(_choice, menus, chosen, where))
    worth, bound = worth_of(menus, choices, state), _bound(tuple(bounds))
    is_kept = is_best and is_placed and worth[:2] == bound[:2]
    return Answer(choices, worth, bound, is_best=is_kept)


def _least(
    table: Table, menus: Sequence[Menu], rows: Ints, weights: Ints, work: float
) -> tuple[Ints, int]:
    """A plan that weighs less, if there is one, and what none weighs less than."""
    least = int(np.minimum.reduceat(weights, table.begins).sum())
    if int(weights[rows].sum()) == least:
        return rows, least
    real = weights.astype(np.float64)
    found = priced(table, weights, rows, lambda each: repaired(table, menus, each, real))
    value = int(weights[found.rows].sum())
    if value <= found.bound:
        return found.rows, value
    some, is_all = kept_rows(table, found, weights, _CHOICES_MAX)
    choosing = Choosing(table, some)
    choosing.model.minimize(choosing.weighed(weights))
    solved = solve(choosing.model, work_max=work, hints=choosing.hints(found.rows))
    if not solved.is_answered:
        return found.rows, found.bound
    bound = min(solved.bound, value) if is_all else found.bound
    rows = choosing.chosen(solved.value)
    is_less = int(weights[rows].sum()) < value
    return (rows if is_less else found.rows), max(found.bound, bound)


def _held(table: Table, weights: Ints, value: int) -> Table:
    """The table with one more limit: that a level is no more than that."""
    return replace(
        table,
        taken=np.column_stack((table.taken, weights)),
        limits=np.append(table.limits, value),
    )


def _chosen(pair: Pair, place: Place) -> Choice:
    return Choice(pair.transfer, pair.storage, place)


def _choice(menu: Menu, pair: Pair, place: Place) -> Choice:
    """What has no place is not copied."""
    if place != NOWHERE:
        return Choice(pair.transfer, pair.storage, place)
    transfer = next(each for each in menu.transfers if each.kind == "none")
    return Choice(transfer, menu.storages["none"][0], NOWHERE)


def _placed(
    menus: Sequence[Menu],
    state: State,
    kept: Sequence[Place | None],
    chosen: Sequence[Pair],
    work: float,
    tell: Tell,
) -> tuple[Sequence[Place], bool]:
    """Where each group is, and whether no other way leaves less without place or standby."""
    copied = [pair.transfer.kind != "none" for pair in chosen]
    burdens = [
        burden_of(menu, *pair) if is_copied else None
        for menu, pair, is_copied in zip(menus, chosen, copied, strict=True)
    ]
    some = [nth for nth, each in enumerate(burdens) if each is not None]
    found = first_places(state, [each for each in burdens if each], [kept[nth] for nth in some])
    first = [NOWHERE] * len(menus)
    for nth, place in zip(some, found, strict=True):
        first[nth] = place
    weights = [
        NOWHERE_WEIGHT * menu.goal.priority if is_copied else 0
        for menu, is_copied in zip(menus, copied, strict=True)
    ]
    lacking = sum(
        weight if place == NOWHERE else standby_weight(state, place)
        for weight, place in zip(weights, first, strict=True)
    )
    if not lacking and not sum(map(moves, kept, first)):
        return first, True
    placing = Placing(state, burdens, kept)
    hints: Hints = [
        (variable, int(place == own))
        for own, of_group in zip(first, placing.places.variables, strict=True)
        for place, variable in of_group.items()
    ]
    lack = placing.nowhere(weights) + placing.places.without_standby(state)
    if not lacking:
        placing.model.add(lack <= 0)
    levels = [_Level("places", lack), _Level("moves", placing.places.moved(kept))]
    climbed = _climb(placing.model, levels if lacking else levels[1:], work, hints, tell)
    if climbed is None:
        return first, not lacking
    return placing.places.chosen(climbed.solved.value), climbed.is_best


def _climb(
    model: cp_model.CpModel,
    levels: Sequence[_Level],
    work: float,
    hints: Sequence[tuple[cp_model.IntVar, int]],
    tell: Tell,
) -> _Climbed | None:
    """Level after level. What one does not use of its part of the work is for those behind it."""
    last: Solved | None = None
    bounds: list[int] = []
    is_best, left = True, work
    for nth, level in enumerate(levels):
        tell(f"making least: {level.name}")
        part = left / (len(levels) - nth)
        model.minimize(level.expression)
        solved = solve(model, work_max=part, hints=hints)
        left -= min(part, solved.work)
        is_best = is_best and solved.verdict is Verdict.OPTIMAL
        if not solved.is_answered:
            break
        last = solved
        bounds.append(solved.bound)
        slack = solved.objective // level.slack if level.slack else 0
        model.add(level.expression <= solved.objective + slack)
        hints = _values(model, solved)
    return None if last is None else _Climbed(last, tuple(bounds), is_best)


def _values(model: cp_model.CpModel, solved: Solved) -> Hints:
    variables = (
        model.get_int_var_from_proto_index(nth) for nth in range(len(model.proto.variables))
    )
    return [(variable, solved.value(variable)) for variable in variables]


def _bound(bounds: tuple[int, ...]) -> Worth:
    return Worth(*(*bounds, 0, 0, 0, 0, 0)[: len(Worth._fields)])


def _slack(menus: Sequence[Menu]) -> int:
    """A plan that is new has nothing to stay at."""
    return 0 if all(each.current is None for each in menus) else HYSTERESIS


def _fits_without_one(menus: Sequence[Menu], state: State) -> bool:
    """May it be that all groups fit on all appliances but the largest?"""
    for each in limits_of(state, without_one=True):
        shared = each.resource.shared
        if each.resource.of or each.resource.tenant:
            continue
        least = (
            min(taken_by_transfer(shared, menu, way) for way in menu.transfers[:-1])
            for menu in menus
            if len(menu.transfers) > 1
        )
        if sum(least) > each.limit:
            return False
    return True
