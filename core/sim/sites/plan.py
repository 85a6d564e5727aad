"""What one seed of two sites draws: the group, how each site fails, and what befalls the link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final

from core.machine.distributor import Pressure
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.machine.link.mode import Mode
from core.sim.plan import BUDGET_MIN, FED_ONLY, LIES, ODDS, Plan, Trouble
from core.units import NANOSECONDS_PER_SECOND

PATIENCE_NS: Final = 10 * NANOSECONDS_PER_SECOND
"""A side that hears nothing for so long takes the other for gone."""


class Mishap(StrEnum):
    """Every kind of fault of a link, and of whole sites, that is counted."""

    CUT = "link cut"
    LOST = "connection lost"
    SLOW = "slow link"
    LATE = "frame late"
    DAMAGED = "frame damaged"
    BOTH_LOST_POWER = "power lost at both sites"
    TAKEN_OVER = "copy taken over"
    SECOND = "second production"


MIB: Final = 1 << 20
_SIZES: Final = (
    (64 << 10, 24 << 10),
    (96 << 10, 64 << 10, (33 << 10) + 512),
    (MIB + (40 << 10), 24 << 10),  # more than a region
    *((8 << 10, *(6 << 10,) * 7),) * 2,  # of many volumes few are written in one epoch
)
_ODDS: Final[Mapping[Mishap, tuple[float, float]]] = {
    Mishap.LOST: (0.6, 0.01),
    Mishap.LATE: (0.5, 0.1),
    Mishap.DAMAGED: (0.4, 0.01),
}
# What is done between operations, and how often beside a hundred of all that is done.
_ACTIONS: Final[Mapping[str, int]] = {
    "write": 24,
    "burst": 4,
    "flush": 4,
    "resize": 1,
    "bookmark": 1,
    "end epoch": 2,
    "ship": 30,
    "feed": 20,
    "connect": 6,
    "cut": 1,
    "heal": 3,
    "slow": 1,
    "lose connection": 1,
    "close": 1,
    "kill": 1,
    "lose power": 1,
    "set clock": 1,
    "check points": 3,
    "rest": 1,
}
_ALWAYS: Final = ("write", "ship", "feed", "connect", "heal", "check points")
_FEEDS: Final = (1, 4, 20, 20)
_ROOMS: Final = (3, 2, 1)
_NOT_HERE: Final = (*LIES, *FED_ONLY, Trouble.FOLDING_KILLED, Trouble.ROT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesPlan:
    """`near` is of production, and `far` of the copy: their disks; `mishaps` are for each frame.

    `takes_over` is how far through the steps the copy is taken over, if it is; where it
    `begins_well` the copy has a history before anything befalls them.
    """

    mode: Mode
    near: Plan
    far: Plan
    mishaps: Mapping[Mishap, float]
    actions: Mapping[str, int]
    steps: int
    tempo_ns: int
    takes_over: float | None
    begins_well: bool

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of each volume."""
        return self.near.sizes


KINDS: Final = (
    *(each for each in Trouble if each not in _NOT_HERE),
    *Mishap,
)
"""What may befall two sites."""


def drawn_sites(rng: Random) -> SitesPlan:
    """What a seed has."""
    sizes = rng.choice(_SIZES)
    calm = rng.random() < 0.3
    near = bare_plan(sizes, _drawn_retention(rng, 1), _drawn_rates(rng, is_calm=calm))
    far = bare_plan(sizes, _drawn_retention(rng, 2), _drawn_rates(rng, is_calm=calm))
    actions = {
        name: weight if name in _ALWAYS else weight * rng.choice((0, 1, 1, 2, 4))
        for name, weight in _ACTIONS.items()
    }
    actions["feed"] = rng.choice(_FEEDS)
    return SitesPlan(
        mode=rng.choice((Mode.SYNC, Mode.SYNC, Mode.ASYNC)),
        near=replace(near, patience=rng.choice((0.0, 0.5))),
        far=replace(
            far,
            pressure=rng.choice((None, None, Pressure(high=4, low=2))),
            batch_writes_max=rng.choice((1, 4, 64)),
        ),
        mishaps={
            each: rate * rng.choice((0.3, 1.0, 3.0))
            for each, (odds, rate) in _ODDS.items()
            if rng.random() < odds
        },
        actions=actions,
        steps=rng.choice((100, 200, 400)),
        tempo_ns=rng.choice((1, 20, 500)) * NANOSECONDS_PER_SECOND // 1000,
        takes_over=rng.random() if rng.random() < 0.5 else None,
        begins_well=rng.random() < 0.8,
    )


def bare_plan(sizes: tuple[int, ...], retention: Retention, rates: Mapping[Trouble, float]) -> Plan:
    """What the disks of one site do; nothing by itself."""
    return Plan(
        sizes=sizes,
        is_fed=True,
        retention=retention,
        steps=0,
        tempo_ns=1,
        request_bytes_max=8 << 10,
        connections=1,
        interleaving=0.0,
        batch_writes_max=4,
        pressure=None,
        patience=0.0,
        readiness=1.0,
        absence=0.0,
        is_filled=False,
        begins_well=False,
        rates=rates,
        actions={},
    )


def _drawn_retention(rng: Random, streams: int) -> Retention:
    """Room for all there is, or hardly for so many streams."""
    size = rng.choice((KEEP_ALL.size, *(room * streams * BUDGET_MIN for room in _ROOMS)))
    return KEEP_ALL._replace(size=size)


def _drawn_rates(rng: Random, *, is_calm: bool) -> Mapping[Trouble, float]:
    if is_calm:
        return {}
    return {
        trouble: rng.choice((0.1, 0.3, 1.0)) / one_in
        for trouble, (odds, one_in) in ODDS.items()
        if trouble not in _NOT_HERE and rng.random() < odds / 2
    }
