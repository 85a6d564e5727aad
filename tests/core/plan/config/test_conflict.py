"""Why goals cannot all be kept, and what would help."""

from dataclasses import replace

from core.plan.config.behaviour import SHARES
from core.plan.config.conflict import conflicts, needs
from core.plan.config.menu import Shared, menus_of
from core.plan.config.planning import plan_of
from core.plan.config.setting import MIB
from core.plan.config.state import State
from core.plan.goals.goal import Goal
from tests.core.plan.config.drawn import SECOND_NS, drawn_system


def easy(seed: int, groups: int) -> tuple[tuple[Goal, ...], State]:
    """All goals can be kept."""
    goals, state = drawn_system(seed, groups, appliances=2, samples=12, tightness=0.1)
    state = replace(state, tenants={})
    return tuple(replace(each, tenant="") for each in goals), state


def test_where_all_goals_can_be_kept_nothing_is_at_odds() -> None:
    goals, state = easy(1, 3)
    menus = [*menus_of(goals, state, {})]
    assert conflicts(menus, state) == ()
    assert needs(menus, state) == ()


def test_a_link_that_is_too_small_is_told_with_the_fewest_groups_and_what_would_do() -> None:
    """With what is needed added all goals are kept; without any one group of the set, they are."""
    goals, state = easy(2, 3)
    goals = tuple(replace(each, rpo_ns=30 * SECOND_NS) for each in goals)
    link = replace(state.links[0], bandwidth=state.links[0].bandwidth // 16, windows=())
    narrow = replace(state, links=(link,))
    menus = [*menus_of(goals, narrow, {})]
    found = [each for each in conflicts(menus, narrow) if each.resource == "bandwidth of wan"]
    assert found, conflicts(menus, narrow)
    (first, *_) = found
    assert "RPO of 30s needs" in first.words
    if len(first.groups) > 1:
        for name in first.groups:
            rest = [each for each in menus if each.goal.group in {*first.groups} - {name}]
            assert not [each for each in conflicts(rest, narrow) if each.resource == first.resource]
    wanted = {each.more.resource.shared: each.more.limit for each in needs(menus, narrow)}
    assert Shared.LINK in wanted
    more = wanted[Shared.LINK] * link.bandwidth // SHARES * 1000 // (1000 - link.reserve)
    wider = replace(link, bandwidth=int((link.bandwidth + more) * 1.02))
    pool = state.pools[0]
    roomy = replace(pool, bytes=pool.bytes + wanted.get(Shared.JOURNAL, 0) * MIB)
    plan = plan_of(goals, replace(narrow, links=(wider,), pools=(roomy,)), {})
    assert plan.answer.worth.missed == 0


def test_an_rpo_of_nothing_needs_sync_which_a_distant_site_is_too_slow_for() -> None:
    goals, state = easy(3, 1)
    goals = (replace(goals[0], rpo_ns=0, latency_ns=2_000_000),)
    far = replace(state, links=(replace(state.links[0], rtt_ns=40_000_000),))
    (found,) = conflicts([*menus_of(goals, far, {})], far)
    assert found.words == (
        "group000's RPO of nothing cannot be kept: only sync keeps it, which holds up each write"
        " for 40ms, and 2ms are allowed"
    )
