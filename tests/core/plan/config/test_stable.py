"""The same input gives the same plan; what need not change stays; priority never makes worse."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cli.plan.configuration.document import current_of, plan_document
from core.plan.config.planning import Plan, plan_of
from core.plan.config.setting import Setting
from core.plan.config.state import State
from core.plan.config.told import told
from core.plan.goals.goal import Goal
from tests.core.plan.config.drawn import drawn_system

LONG = settings.default is settings.get_profile("long")
ROUNDS = 100 if LONG else 4


def printed(plan: Plan) -> bytes:
    return orjson.dumps(plan_document(told(plan)))


@pytest.mark.parametrize("groups", [2, 8])
def test_the_same_input_gives_the_same_plan_byte_for_byte(groups: int) -> None:
    goals, state = drawn_system(3, groups, samples=12, tightness=0.7)
    assert printed(plan_of(goals, state, {})) == printed(plan_of(goals, state, {}))


@pytest.mark.parametrize("tightness", [0.2, 0.6, 1.2, 3.0] if LONG else [1.2])
def test_constant_input_never_oscillates(tightness: float) -> None:
    """After the first plan none changes anything."""
    goals, state = drawn_system(5, 2, appliances=2, samples=12, tightness=tightness)
    first = plan_of(goals, state, {})
    current = first.settings
    for _ in range(ROUNDS):
        plan = plan_of(goals, state, current)
        assert plan.settings == first.settings
        current = current_of(orjson.loads(printed(plan)))


def test_many_groups_come_to_rest() -> None:
    goals, state = drawn_system(9, 30 if LONG else 8, appliances=3, samples=12, tightness=0.8)
    current = plan_of(goals, state, {}).settings
    seen: list[object] = []
    for _ in range(4 if LONG else 2):
        plan = plan_of(goals, state, current)
        seen.append({name for name, each in plan.settings.items() if each != current[name]})
        current = plan.settings
    assert seen[-1] == set()


def test_only_what_has_to_change_does() -> None:
    """A link that is a little narrower leaves most groups as they are."""
    goals, state = drawn_system(11, 8, appliances=3, samples=12, tightness=0.3)
    before = plan_of(goals, state, {})
    link = state.links[0]
    used = sum(each.share for each in before.settings.values()) * link.bandwidth // 100_000
    narrow = replace(state, links=(replace(link, bandwidth=int(used * 1.2)),))
    fresh, kept = plan_of(goals, narrow, {}), plan_of(goals, narrow, before.settings)
    assert len(moved(before, kept)) <= len(moved(before, fresh))
    places = {name: each.appliance for name, each in before.settings.items()}
    assert {name: each.appliance for name, each in kept.settings.items()} == places


def moved(one: Plan, other: Plan) -> set[str]:
    return {name for name, each in one.settings.items() if other.settings[name] != each}


def planned_rpo(goals: tuple[Goal, ...], state: State, group: str, kept: dict[str, Setting]) -> int:
    plan = plan_of(goals, state, kept)
    assert plan.answer.is_best
    return plan.predicted[group].rpo_ns


@settings(max_examples=300 if LONG else 5)
@given(
    seed=st.integers(0, 1 << 16),
    tightness=st.sampled_from((0.3, 0.9, 1.5, 3.0)),
    raised=st.integers(1, 9),
    which=st.integers(0, 1),
)
def test_a_higher_priority_never_makes_the_planned_rpo_worse(
    seed: int, tightness: float, raised: int, which: int
) -> None:
    goals, state = drawn_system(seed, 2, appliances=2, samples=12, tightness=tightness)
    goal = goals[which]
    higher = replace(goal, priority=min(10, goal.priority + raised))
    more = tuple(higher if each is goal else each for each in goals)
    before = planned_rpo(goals, state, goal.group, {})
    assert planned_rpo(more, state, goal.group, {}) <= before
