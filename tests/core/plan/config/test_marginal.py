"""What a little more would buy is what a plan with that much more is worth."""

from dataclasses import replace

import pytest
from hypothesis import settings

from core.plan.config.marginal import More, worth_of_more
from core.plan.config.planning import plan_of
from core.plan.config.state import State
from tests.core.plan.config.drawn import GIB, drawn_system

LONG = settings.default is settings.get_profile("long")


def enlarged(state: State, more: More) -> State:
    pool, last = state.pools[0], state.appliances[-1]
    match more.resource.partition(" ")[0]:
        case "journal":
            return replace(state, pools=(replace(pool, bytes=pool.bytes + 100 * GIB),))
        case "operations":
            return replace(state, pools=(replace(pool, iops=pool.iops + 1000),))
        case "memory":
            return replace(state, pools=(replace(pool, memory=pool.memory + GIB),))
        case _:
            another = replace(last, name=f"{last.name}+")
            return replace(state, appliances=(*state.appliances, another))


@pytest.mark.parametrize("seed", range(100, 160) if LONG else (102, 114))
def test_what_more_buys_is_what_a_plan_with_that_is_worth(seed: int) -> None:
    """In most of them something is too small, or a tenant's part of it.

    Of a link that is faster other shares are looked at: what is told of it is near that, and no
    more.
    """
    tightness = (0.6, 1.2, 2.5)[seed % 3]
    goals, state = drawn_system(seed, 2, appliances=1, samples=12, tightness=tightness, levels=1)
    plan = plan_of(goals, state, {})
    before = plan.answer.worth
    for more in worth_of_more(plan):
        if more.resource.startswith("bandwidth"):
            continue
        after = plan_of(goals, enlarged(state, more), {}).answer.worth
        if after[:3] >= before[:3]:
            after = before
        gained = (left - right for left, right in zip(before[:3], after[:3], strict=True))
        assert (*gained,) == (more.missed, more.also, more.cents), more
