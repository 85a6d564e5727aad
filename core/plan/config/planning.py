"""From goals and a state to a plan that was checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import CoreError, Exit
from core.plan.config.check import complaints
from core.plan.config.chosen import Answer, predicted_of, setting_of
from core.plan.config.menu import Menu, menus_of, pruned
from core.plan.config.setting import Predicted, Setting
from core.plan.config.solve import WORK, answer_of
from core.plan.config.state import State
from core.plan.goals.goal import Goal
from core.units import count_text

VAST: Final = 1 << 58
"""What all groups together may cost or take, so that no sum a solver makes is beyond 64 bits."""


class NoPlanError(CoreError):
    """None was found with so much work."""


class VastError(CoreError):
    """Costs or sizes that cannot be added up."""


class WrongPlanError(CoreError):
    """A plan was found, and is not what it says: it does not leave."""

    exit_code = Exit.BUG


@dataclass(frozen=True, slots=True)
class Plan:
    """What is configured for each group, and what is expected then; `menus` are in the order of
    `goals`, with all that might have been chosen."""

    goals: tuple[Goal, ...]
    state: State
    current: Mapping[str, Setting]
    menus: tuple[Menu, ...]
    answer: Answer
    settings: Mapping[str, Setting]
    predicted: Mapping[str, Predicted]


def plan_of(
    goals: Sequence[Goal],
    state: State,
    current: Mapping[str, Setting],
    *,
    work: float = WORK,
    tell: Callable[[str], object] = lambda _: None,
) -> Plan:
    """The best plan that so much work finds. The same input gives the same plan.

    Raises NoPlanError where none was found, VastError where numbers are too large to be added up,
    and WrongPlanError for a plan that the checker refuses.
    """
    tell("predicting what each setting would do")
    menus = tuple(menus_of(goals, state, current))
    _refuse_vast(menus)
    answer = answer_of([pruned(each) for each in menus], state, work=work, tell=tell)
    if answer is None:
        raise NoPlanError(
            f"no plan was found for {count_text(len(goals), 'group')} with so much work",
            hint="give it more with --effort",
        )
    pairs = [*zip(menus, answer.choices, strict=True)]
    settings = {menu.goal.group: setting_of(choice) for menu, choice in pairs}
    predicted = {menu.goal.group: predicted_of(menu, choice, state) for menu, choice in pairs}
    tell("checking the plan")
    wrong = complaints(goals, state, settings, predicted)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise WrongPlanError(f"the plan that was found is wrong: {wrong[0]}{more}")
    return Plan(tuple(goals), state, current, menus, answer, settings, predicted)


def _refuse_vast(menus: Sequence[Menu]) -> None:
    """All that any choice could cost, or take of room, for every group as much."""
    for menu in menus:
        ways = [each for of in menu.storages.values() for each in of]
        most = max(
            *(max(each.cents, each.memory, each.unapplied) for each in menu.transfers),
            *(max(each.cents, each.journal_bytes) for each in ways),
        )
        if most * len(menus) > VAST:
            raise VastError(
                f"what {menu.goal.group} could cost or take is too much to be reckoned with",
                hint="look for a cost, a rate or a window that is not meant",
            )
