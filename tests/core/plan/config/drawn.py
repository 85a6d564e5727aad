"""Systems drawn by chance: small ones for brute force, and as large as one wants."""

from random import Random

import numpy as np

from core.plan.config.state import Appliance, Level, Link, Load, Pool, State
from core.plan.goals.goal import DAY_NS, HOUR_NS, MINUTE_NS, Goal

SECOND_NS = 10**9
MB = 1_000_000
GIB = 1 << 30


def drawn_series(rng: Random, samples: int, mean: float) -> tuple[int, ...]:
    """Quiet nights, busy days, and a burst now and then; bytes in a second."""
    noise = np.random.default_rng(rng.randrange(1 << 32))
    day = 1.0 + 0.8 * np.sin(np.linspace(0, 2 * np.pi, samples, endpoint=False) - np.pi / 2)
    bursts = np.where(noise.random(samples) < 0.02, noise.uniform(2, 6, samples), 1.0)
    rates = mean * day * bursts * noise.uniform(0.8, 1.2, samples)
    return tuple(int(each) for each in rates)


def drawn_load(rng: Random, nth: int, samples: int, mean: float) -> Load:
    return Load(
        name=f"group{nth:03}",
        link="wan",
        pool="far",
        iops=max(1, int(mean / rng.choice((8192, 16384, 65536)))),
        every_ns=DAY_NS // samples,
        begin=0,
        rates=drawn_series(rng, samples, mean),
        fold=((MINUTE_NS, 0.9), (15 * MINUTE_NS, 0.7), (HOUR_NS, 0.5), (DAY_NS, 0.2)),
        ratios={"none": 1.0, "fast": rng.choice((0.5, 0.7)), "high": rng.choice((0.35, 0.5))},
        journal_ratio=rng.choice((0.5, 1.0)),
        journal_growth=1.6,
        measured=None,
    )


def drawn_goal(rng: Random, nth: int, tenant: str = "") -> Goal:
    window_ns = rng.choice((6, 24, 72)) * HOUR_NS
    return Goal(
        group=f"group{nth:03}",
        tenant=tenant,
        priority=rng.randint(1, 10),
        rpo_ns=rng.choice((10, 60, 300, 900, 3600)) * SECOND_NS,
        rto_ns=rng.choice((10, 60, 900)) * SECOND_NS,
        window_ns=window_ns,
        every_write_ns=rng.choice((window_ns, 2 * HOUR_NS)),
        spacing_ns=HOUR_NS,
        test_ns=rng.choice((0, 4 * HOUR_NS)),
        outage_cents_per_hour=rng.choice((0, 10_000, 5_000_000)),
        loss_cents_per_second=rng.choice((0, 100, 5_000)),
        latency_ns=rng.choice((2, 30)) * 1_000_000,
        slowdown_ns=rng.choice((0, 0, 10 * MINUTE_NS)),
    )


def drawn_system(
    seed: int,
    groups: int,
    *,
    appliances: int = 3,
    samples: int = 96,
    tightness: float = 0.6,
    levels: int = 3,
) -> tuple[tuple[Goal, ...], State]:
    """What is there is filled to about `tightness` by what all groups write in the mean."""
    rng = Random(seed)
    tenants = {"red": 500, "blue": 500} if rng.random() < 0.3 else {}
    means = [rng.choice((0.2, 1.0, 3.0)) * MB * rng.uniform(0.5, 1.5) for _ in range(groups)]
    total = sum(means)
    loads = tuple(drawn_load(rng, nth, samples, mean) for nth, mean in enumerate(means))
    goals = tuple(
        drawn_goal(rng, nth, rng.choice(("red", "blue")) if tenants else "")
        for nth in range(groups)
    )
    share = 1 / tightness
    writes = sum(each.iops for each in loads)
    cpu = int(total / MB * 40 * share)
    state = State(
        appliances=tuple(
            Appliance(
                name=f"a{nth}",
                rate=int(3 * total * share / appliances),
                iops=int(2 * writes * share / appliances) + 1,
                cpu=cpu // appliances + 1,
            )
            for nth in range(appliances)
        ),
        links=(
            Link(
                name="wan",
                bandwidth=int(total * share),
                windows=((480, 1080, int(total * share * 0.8)),) if rng.random() < 0.3 else (),
                rtt_ns=rng.choice((1, 20)) * 1_000_000,
                loss=0.0,
                reserve=100,
                cents=120_000,
            ),
        ),
        pools=(
            Pool(
                name="far",
                bytes=int(total * 86_400 * share),
                iops=int(5 * writes * share),
                apply=int(max(means) * 12),
                memory=64 * GIB,
                cents=2000,
            ),
        ),
        levels=(Level(name="none", cpu=0), Level(name="fast", cpu=8), Level(name="high", cpu=40))[
            :levels
        ],
        journal_cpu=5,
        tenants=tenants,
        disasters=0.5,
        groups=loads,
    )
    return goals, state
