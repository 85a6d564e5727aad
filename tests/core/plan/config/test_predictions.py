"""What is predicted is what the simulator measures, in worlds drawn by chance.

Each world writes a series twice: the first time is its history, from which a node would know what
its link and its journal make of a byte; the second is what was predicted from that.
"""

from dataclasses import dataclass, replace
from random import Random
from statistics import mean, median

import numpy as np
import pytest
from hypothesis import settings

from core.plan.config.behaviour import Behaviour, lags, unapplied
from core.plan.config.state import Load, Pool, State
from core.plan.config.storage import Keeper
from core.sim.sites.traffic import Traffic, TrafficPlan
from tests.core.plan.config.drawn import drawn_goal, drawn_load, drawn_system

LONG = settings.default is settings.get_profile("long")
WORLDS = 200 if LONG else 1
WITHIN = 0.20
OFTEN = 0.95  # a recovery of a second is a few writes: one is a fifth of it
SECOND = 10**9
SAMPLES = 24
STEADY_SAMPLES = 16
EVERY_S = 2
SPARED = 0.95  # of a journal, plans take so much for granted
LEAST_S = 0.2  # what ticks of the simulator, and single writes, can tell apart


@dataclass(frozen=True)
class Compared:
    """Predicted and measured, in seconds."""

    seed: int
    lag: tuple[float, float]
    recovery: tuple[float, float]
    window: tuple[float, float]


def bursts(seed: int) -> TrafficPlan:
    """Mostly quiet, with bursts that the link is too slow for, and the copy slower."""
    rng = Random(seed)
    base = rng.uniform(18_000, 30_000)
    rates = tuple(base * rng.choice((0.3, 0.6, 1.0, 1.0, 2.0, 4.0)) for _ in range(SAMPLES))
    return TrafficPlan(
        rates=rates,
        every_ns=EVERY_S * SECOND,
        link=mean(rates) * rng.uniform(1.25, 1.7),
        apply=mean(rates) * rng.uniform(1.05, 1.2),
        segments=20,
    )


def steady(seed: int) -> TrafficPlan:
    """Nothing waits for long, and a journal is full long before the series is over."""
    rng = Random(seed)
    base = rng.uniform(40_000, 60_000)
    rates = tuple(base * rng.uniform(0.4, 1.6) for _ in range(STEADY_SAMPLES))
    return TrafficPlan(
        rates=rates,
        every_ns=2 * EVERY_S * SECOND,
        link=8 * mean(rates),
        apply=8 * mean(rates),
        segments=rng.randint(36, 48),
        tick_ns=400_000_000,
        batch_writes_max=64,
    )


def known(plan: TrafficPlan, growth: float) -> Load:
    """What a node would tell of the world."""
    load = drawn_load(Random(0), 0, SAMPLES, 1e6)
    rates = tuple(int(each) for each in plan.rates)
    return replace(
        load, rates=rates, every_ns=plan.every_ns, journal_growth=growth, journal_ratio=1.0
    )


def compared(seed: int) -> Compared:
    plan = bursts(seed)
    world = Traffic(plan, seed)
    history = world.period()
    seen = world.period()
    world.period(until=seen.unapplied.index(max(seen.unapplied)) + 1)
    recovery_s = world.recovery_ns() / SECOND
    ratio = history.wire / history.written
    rates, service = np.array(plan.rates), np.full((1, SAMPLES), plan.link / ratio)
    lag_s = float(lags(rates, float(EVERY_S), service).max())
    waiting = float(unapplied(rates, float(EVERY_S), service, plan.apply)[0])
    return Compared(
        seed,
        (lag_s, seen.waits_ns / SECOND),
        (waiting / plan.apply, recovery_s),
        windows(seed),
    )


def windows(seed: int) -> tuple[float, float]:
    """The least that the journal of a copy reaches back."""
    plan = steady(seed)
    world = Traffic(plan, seed)
    history, seen = world.period(), world.period()
    load = known(plan, world.journal_bytes / mean(history.kept))
    return window_s(load, world.journal_bytes), min(seen.windows_ns) / SECOND


def window_s(load: Load, size: int) -> float:
    """How far back a journal of that size is predicted to reach, without what plans spare."""
    goal = replace(
        drawn_goal(Random(0), 0), window_ns=600 * SECOND, every_write_ns=600 * SECOND, test_ns=0
    )
    _, state = drawn_system(0, 1)
    keeper = Keeper(goal, Behaviour(load), pool_of(state), state)
    return keeper.reached("write", int(size / SPARED), 0, False, 0) / SECOND


def pool_of(state: State) -> Pool:
    return state.pools[0]


def error(pair: tuple[float, float]) -> float:
    predicted, measured = pair
    return abs(predicted - measured) / max(measured, LEAST_S / WITHIN / 5)


def test_predictions_hold_in_the_simulator(capsys: pytest.CaptureFixture[str]) -> None:
    worlds = [compared(seed) for seed in range(WORLDS)]
    told = []
    for name in ("lag", "window", "recovery"):
        errors = sorted(error(getattr(each, name)) for each in worlds)
        within = sum(each <= WITHIN for each in errors)
        ninth = errors[int(0.9 * (len(errors) - 1))]
        told.append(
            f"{name}: within {WITHIN:.0%} in {within} of {len(errors)} worlds;"
            f" median {median(errors):.1%}, 90th {ninth:.1%}, worst {errors[-1]:.1%}"
        )
    with capsys.disabled():
        if LONG:
            print("\n" + "\n".join(told))  # noqa: T201
    for each in worlds:
        assert error(each.lag) <= WITHIN, (each, told)
        assert error(each.window) <= WITHIN, (each, told)
        assert error(each.recovery) <= 2 * WITHIN, (each, told)
    near = sum(error(each.recovery) <= WITHIN for each in worlds)
    assert near >= OFTEN * len(worlds), told
