"""The models that CP-SAT solves: a row of the table for each group, and a place for each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from ortools.sat.python import cp_model

from core.plan.config.menu import Menu
from core.plan.config.places import (
    NOWHERE,
    Burden,
    Place,
    moves,
    places_of,
    rooms_of,
    standby_weight,
)
from core.plan.config.state import State
from core.plan.config.table import Ints, Table

Expression: TypeAlias = cp_model.LinearExpr
Hints: TypeAlias = list[tuple[cp_model.IntVar, int]]


@dataclass(frozen=True, slots=True)
class Places:
    """Variables of where groups are: of each group a place for each pair."""

    variables: tuple[Mapping[Place, cp_model.IntVar], ...]

    def chosen(self, value: Callable[[cp_model.IntVar], int]) -> list[Place]:
        """Of an answer."""
        return [
            next(place for place, variable in of_group.items() if value(variable))
            for of_group in self.variables
        ]

    def moved(self, kept: Sequence[Place | None]) -> Expression:
        """How much moves."""
        return _sum(
            (variable, moves(own, place))
            for of_group, own in zip(self.variables, kept, strict=True)
            for place, variable in of_group.items()
        )

    def without_standby(self, state: State) -> Expression:
        """How much weighs that nobody takes over."""
        return _sum(
            (variable, standby_weight(state, place))
            for of_group in self.variables
            for place, variable in of_group.items()
            if place != NOWHERE
        )


class Choosing:
    """A model of which row of the table each group gets, of these rows.

    Where it `may_exceed` limits, `extra` are variables of how much more there would have to be.
    """

    def __init__(self, table: Table, rows: Ints, *, may_exceed: bool = False) -> None:
        self.table, self.rows = table, rows
        self.model = cp_model.CpModel()
        self.variables = {row: self.model.new_bool_var(f"row {row}") for row in rows.tolist()}
        self.extra: list[cp_model.IntVar] = []
        of_group = table.group[rows]
        for nth in range(len(table.begins)):
            own = rows[of_group == nth].tolist()
            self.model.add_exactly_one(self.variables[row] for row in own)
        for nth, limit in enumerate(table.limits.tolist()):
            taken = self.weighed(table.taken[:, nth])
            if may_exceed:
                most = max(1, int(table.taken[rows, nth].sum()))
                self.extra.append(self.model.new_int_var(0, most, f"extra {nth}"))
                self.model.add(taken <= limit + self.extra[nth])
            else:
                self.model.add(taken <= limit)

    def weighed(self, weights: Ints) -> Expression:
        """What the rows that are chosen weigh together."""
        return _sum((variable, int(weights[row])) for row, variable in self.variables.items())

    def chosen(self, value: Callable[[cp_model.IntVar], int]) -> Ints:
        """The row of each group, in an answer."""
        return np.array([row for row, variable in self.variables.items() if value(variable)])

    def hints(self, rows: Ints) -> Hints:
        """That say these rows."""
        wanted = {*rows.tolist()}
        return [(variable, int(row in wanted)) for row, variable in self.variables.items()]

    def placed(self, menus: Sequence[Menu], state: State, kept: Sequence[Place | None]) -> Places:
        """Has every group that is copied on an appliance, with room for it and its processors."""
        model, found = self.model, []
        cores: list[tuple[cp_model.IntVar, int]] = []
        for nth in range(len(menus)):
            own = [row for row in self.variables if self.table.group[row] == nth]
            cpu = {row: sum(each.cpu for each in self.table.pairs[row]) for row in own}
            pairs = (*places_of(state, len(menus), kept[nth]), NOWHERE)
            of_group = {place: model.new_bool_var(f"place {nth} {place}") for place in pairs}
            model.add_exactly_one(of_group.values())
            marked = [
                self.variables[row] for row in own if self.table.pairs[row].transfer.kind == "none"
            ]
            model.add(of_group[NOWHERE] == sum(marked))
            found.append(of_group)
            core = model.new_int_var(0, max(cpu.values()), f"cores {nth}")
            model.add(core == _sum((self.variables[row], each) for row, each in cpu.items()))
            cores.append((core, max(cpu.values())))
        burdens = [(menu.rate, menu.load.iops) for menu in menus]
        _bound_appliances(model, state, found, burdens, cores)
        return Places(tuple(found))


class Placing:
    """A model of places alone, for groups whose burden is known; None of one that is not copied."""

    def __init__(
        self, state: State, burdens: Sequence[Burden | None], kept: Sequence[Place | None]
    ) -> None:
        self.model = cp_model.CpModel()
        variables = []
        for nth, (burden, own) in enumerate(zip(burdens, kept, strict=True)):
            pairs = places_of(state, len(burdens), own) if burden else ()
            of_group = {
                place: self.model.new_bool_var(f"place {nth} {place}")
                for place in (*pairs, NOWHERE)
            }
            self.model.add_exactly_one(of_group.values())
            variables.append(of_group)
        self.places = Places(tuple(variables))
        parts = [each.parts if each else (0, 0, 0) for each in burdens]
        for name, lost, room in _cases(state):
            here = [_there(of_group, name, lost) for of_group in variables]
            for part in range(3):
                _fit(self.model, here, [each[part] for each in parts], room[part])

    def nowhere(self, weights: Sequence[int]) -> Expression:
        """How much weighs that has no place."""
        pairs = zip(self.places.variables, weights, strict=True)
        return _sum((of_group[NOWHERE], weight) for of_group, weight in pairs)


def _bound_appliances(
    model: cp_model.CpModel,
    state: State,
    variables: Sequence[Mapping[Place, cp_model.IntVar]],
    burdens: Sequence[tuple[int, int]],
    cores: Sequence[tuple[cp_model.IntVar, int]],
) -> None:
    """What a group takes of processors is not known yet: it counts where the group is."""
    for name, lost, room in _cases(state):
        here = [_there(of_group, name, lost) for of_group in variables]
        for part in (0, 1):
            _fit(model, here, [each[part] for each in burdens], room[part])
        used = []
        for nth, (core, most) in enumerate(cores):
            if most:
                part_of = model.new_int_var(0, most, f"cores {nth} {name} {lost}")
                model.add(part_of >= core - most * (1 - sum(here[nth])))
                used.append(part_of)
        model.add(sum(used) <= room[2])


def _cases(state: State) -> Iterator[tuple[str, str, tuple[int, int, int]]]:
    """Each appliance with all of them there, and with each other one lost; and its room."""
    rooms = rooms_of(state)
    for name, room in rooms.items():
        yield name, "", room
        for lost in rooms:
            if lost != name:
                yield name, lost, room


def _there(
    of_group: Mapping[Place, cp_model.IntVar], name: str, lost: str
) -> list[cp_model.IntVar]:
    """What says that a group is there, after the loss of another."""
    return [
        variable
        for place, variable in of_group.items()
        if place.appliance == name or (lost and place == Place(lost, name))
    ]


def _fit(
    model: cp_model.CpModel,
    here: Sequence[Sequence[cp_model.IntVar]],
    weights: Sequence[int],
    room: int,
) -> None:
    pairs = zip(here, weights, strict=True)
    model.add(_sum((variable, weight) for found, weight in pairs for variable in found) <= room)


def _sum(pairs: Iterable[tuple[cp_model.IntVar, int]]) -> Expression:
    weighed = [(variable, weight) for variable, weight in pairs if weight]
    variables, weights = [each for each, _ in weighed], [weight for _, weight in weighed]
    return cp_model.LinearExpr.weighted_sum(variables, weights)
