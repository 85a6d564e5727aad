"""No plan is better than the one that is found, where every plan can be tried."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import settings

from core.plan.config.behaviour import predicted_lags
from core.plan.config.check import complaints
from core.plan.config.menu import Menu, menus_of, pruned
from core.plan.config.planning import plan_of
from core.plan.config.setting import Sending, Setting
from core.plan.config.solve import answer_of
from core.plan.config.state import Measured, State
from core.plan.config.transfer import Fineness, Transfer
from core.plan.goals.goal import MINUTE_NS, Goal
from tests.core.plan.config.brute import best
from tests.core.plan.config.drawn import drawn_system

LONG = settings.default is settings.get_profile("long")
INSTANCES = 500 if LONG else 20
COARSE = Fineness(shares=2, intervals_ns=(15 * MINUTE_NS,))
TIGHT = (0.15, 0.4, 0.8, 1.5, 4.0)


def instance(seed: int) -> tuple[tuple[Goal, ...], State]:
    rng = Random(seed)
    return drawn_system(
        seed,
        rng.choice((1, 2, 2, 3)),
        appliances=rng.choice((1, 2, 2, 3)),
        samples=12,
        tightness=rng.choice(TIGHT),
        levels=rng.choice((1, 2)),
    )


def some(menu: Menu, rng: Random) -> Menu:
    """A few of the choices; that nothing is copied is always one."""
    *ways, marked = menu.transfers
    kept = sorted(rng.sample(range(len(ways)), min(len(ways), 5)))
    transfers = (*(ways[nth] for nth in kept), marked)
    storages = {
        kind: tuple(rng.sample(found, min(len(found), 2)))
        for kind, found in menu.storages.items()
        if any(each.kind == kind for each in transfers)
    }
    return replace(menu, transfers=transfers, storages=storages)


@pytest.mark.parametrize("first", range(0, INSTANCES, 10))
def test_brute_force_finds_nothing_better(first: int) -> None:
    for seed in range(first, first + 10):
        goals, state = instance(seed)
        current: dict[str, Setting] = {}
        if seed % 3 == 0:  # a plan of another state is in force
            _, other = drawn_system(seed, len(goals), appliances=len(state.appliances), samples=12)
            current = dict(plan_of(goals, other, {}).settings)
        rng = Random(seed)
        small = [some(each, rng) for each in menus_of(goals, state, current, COARSE)]
        answer = answer_of([pruned(each) for each in small], state)
        assert answer is not None
        assert answer.is_best, seed
        wanted = best(small, state)
        assert answer.worth[:2] == wanted[:2], seed
        if not current:
            assert answer.worth.cents == wanted.cents, seed
        assert answer.bound.cents == wanted.cents, seed
        assert answer.worth[3:] == wanted[3:], seed


def test_what_is_found_for_many_is_near_its_bound_and_passes_the_checker() -> None:
    goals, state = drawn_system(7, 24, appliances=4, samples=12, tightness=0.3)
    plan = plan_of(goals, state, {})
    assert plan.answer.worth[:2] == (0, 0)
    assert plan.answer.gap <= 0.05
    assert complaints(goals, state, plan.settings, plan.predicted) == ()


def test_what_is_on_another_link_and_in_another_pool_takes_nothing_away() -> None:
    """Two groups that have each a link and a pool fare as if either were alone."""
    goals, state = drawn_system(4, 2, appliances=1, samples=12, tightness=1.5)
    first, second = state.groups
    state = replace(
        state,
        appliances=tuple(
            replace(each, rate=10**9, iops=10**6, cpu=10**6) for each in state.appliances
        ),
        links=(*state.links, replace(state.links[0], name="lan")),
        pools=(*state.pools, replace(state.pools[0], name="near")),
        tenants={},
        groups=(first, replace(second, link="lan", pool="near")),
    )
    goals = tuple(replace(each, tenant="") for each in goals)
    both = plan_of(goals, state, {}).answer.worth
    alone = [
        plan_of((goal,), replace(state, groups=(load,)), {}).answer.worth
        for goal, load in zip(goals, state.groups, strict=True)
    ]
    assert both == tuple(map(sum, zip(*alone, strict=True)))
    crowded = replace(state, groups=(first, second))
    assert plan_of(goals, crowded, {}).answer.worth > both


def test_an_image_that_is_open_at_once_needs_memory() -> None:
    goals, state = drawn_system(4, 1, appliances=1, samples=12, tightness=0.3)
    goals = (replace(goals[0], rto_ns=3 * 10**9, rpo_ns=10**12),)
    found = plan_of(goals, state, {})
    (one,) = found.predicted.values()
    assert one.memory_bytes > 0
    without = replace(state, pools=(replace(state.pools[0], memory=0),))
    (other,) = plan_of(goals, without, {}).predicted.values()
    assert other.memory_bytes == 0


def test_one_connection_carries_no_more_than_losses_leave_of_it() -> None:
    """Neither what is sent as it is written nor a snapshot goes faster."""
    goals, state = drawn_system(4, 1, appliances=1, samples=12, tightness=0.3)
    slow = replace(state, links=(replace(state.links[0], rtt_ns=200 * 10**6, loss=0.2),))
    assert plan_of(goals, state, {}).answer.worth.missed == 0
    assert plan_of(goals, slow, {}).answer.worth.missed > 0


def test_what_was_measured_corrects_what_is_planned() -> None:
    """What was late by twice as much as it was reckoned is planned to be."""
    goals, state = drawn_system(4, 1, appliances=1, samples=12, tightness=0.3)
    (load,) = state.groups
    told = Measured(
        every_ns=load.every_ns,
        rates=load.rates,
        bandwidth=int(1.1 * sum(load.rates) / len(load.rates)),
        level="none",
        lag_s=(),
    )
    lag_s = tuple(2 * each for each in predicted_lags(load, told).tolist())
    late = replace(load, measured=replace(told, lag_s=lag_s))
    (menu,), (later,) = (
        [*menus_of(goals, replace(state, groups=(each,)), {})] for each in (load, late)
    )
    ways = {(each.level, each.share): each for each in later.transfers if is_plain(each)}
    both = [
        (each, ways[each.level, each.share])
        for each in menu.transfers
        if is_plain(each) and each.rpo_ns > 10**12 and (each.level, each.share) in ways
    ]
    assert both
    for own, other in both:
        assert other.rpo_ns == pytest.approx(2 * own.rpo_ns, rel=0.01)


def is_plain(way: Transfer) -> bool:
    return way.sending is Sending.ASYNC and not way.regulated
