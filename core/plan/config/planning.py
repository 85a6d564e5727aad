"""From goals and a state to a plan that was checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import CoreError, Exit
from core.plan.config.check import complaints
from core.plan.config.chosen import Answer, predicted_of, setting_of
from core.plan.config.menu import Menu, menus_of, pruned
from core.plan.config.setting import Predicted, Setting
from core.plan.config.solve import WORK, answer_of
from core.plan.config.state import State
from core.plan.goals.goal import Goal


class NoPlanError(CoreError):
    """None was found with so much work."""

    hint = "give it more time with --effort"


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

    Raises NoPlanError where none was found, and WrongPlanError for one that the checker refuses.
    """
    tell("predicting what each setting would do")
    menus = tuple(menus_of(goals, state, current))
    answer = answer_of([pruned(each) for each in menus], state, work=work, tell=tell)
    if answer is None:
        raise NoPlanError(f"no plan was found for {len(goals)} groups with so much work")
    pairs = [*zip(menus, answer.choices, strict=True)]
    settings = {menu.goal.group: setting_of(choice) for menu, choice in pairs}
    predicted = {menu.goal.group: predicted_of(menu, choice, state) for menu, choice in pairs}
    tell("checking the plan")
    wrong = complaints(goals, state, settings, predicted)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise WrongPlanError(f"the plan that was found is wrong: {wrong[0]}{more}")
    return Plan(tuple(goals), state, current, menus, answer, settings, predicted)
