"""The abstract model: what is wanted of each group, and nothing of how that is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.plan.entry import Entry, Refusal, refuse_twice
from core.units import NANOSECONDS_PER_SECOND

FORMAT: Final = 1
MINUTE_NS: Final = 60 * NANOSECONDS_PER_SECOND
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
PRIORITY_DEFAULT: Final = 5
LATENCY_DEFAULT_NS: Final = 2_000_000

_LOSS_NS_MAX: Final = 30 * DAY_NS
_WINDOW_NS_MAX: Final = 3660 * DAY_NS
_SPACING_NS_MIN: Final = MINUTE_NS
_LATENCY_NS_MAX: Final = 10 * NANOSECONDS_PER_SECOND
_CENTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What one group is to have. Times are in nanoseconds, and money in cents.

    `every_write_ns` is how far back each single write is to be a point; further back, as far as
    `window_ns`, there are to be points `spacing_ns` apart. `slowdown_ns` is for how long in a day
    hosts may be held up, and `latency_ns` how much longer a write may take.
    """

    group: str
    tenant: str
    priority: int
    rpo_ns: int
    rto_ns: int
    window_ns: int
    every_write_ns: int
    spacing_ns: int
    test_ns: int
    outage_cents_per_hour: int
    loss_cents_per_second: int
    latency_ns: int
    slowdown_ns: int


def goals_of(value: Mapping[str, object], refusal: Refusal) -> tuple[Goal, ...]:
    """The goals of a description that its schema allows, by the name of the group.

    Raises what `refusal` makes of the first that is absurd, or at odds with another.
    """
    entries = [*Entry(value, (), refusal).entries("groups")]
    refuse_twice(entries, "groups")
    return tuple(sorted(map(_goal, entries), key=lambda each: each.group))


def _goal(told: Entry) -> Goal:
    rpo_ns = told.duration_ns("rpo", most_ns=_LOSS_NS_MAX)
    window_ns = told.duration_ns("window", least_ns=MINUTE_NS, most_ns=_WINDOW_NS_MAX)
    every_write_ns = told.duration_ns("every-write", window_ns, most_ns=_WINDOW_NS_MAX)
    if every_write_ns > window_ns:
        raise told.refuse(
            "every-write",
            f"each write is to be kept for longer than the window of {told.text('window')}",
            "make it shorter, or the window longer",
        )
    spacing_ns = told.duration_ns(
        "points-every", min(HOUR_NS, window_ns), least_ns=_SPACING_NS_MIN, most_ns=_WINDOW_NS_MAX
    )
    if told.has("points-every") and spacing_ns > window_ns:
        raise told.refuse(
            "points-every",
            f"points are to lie further apart than the window of {told.text('window')} is long",
            "make it shorter, or the window longer",
        )
    return Goal(
        group=told.text("name"),
        tenant=told.text("tenant"),
        priority=int(told.number("priority", PRIORITY_DEFAULT)),
        rpo_ns=rpo_ns,
        rto_ns=told.duration_ns("rto", least_ns=NANOSECONDS_PER_SECOND, most_ns=_LOSS_NS_MAX),
        window_ns=window_ns,
        every_write_ns=every_write_ns,
        spacing_ns=spacing_ns,
        test_ns=told.duration_ns("test-access", most_ns=_LOSS_NS_MAX),
        outage_cents_per_hour=round(told.number("outage-cost") * _CENTS),
        loss_cents_per_second=round(told.number("loss-cost") * _CENTS),
        latency_ns=told.duration_ns("latency", LATENCY_DEFAULT_NS, most_ns=_LATENCY_NS_MAX),
        slowdown_ns=told.duration_ns("slowdown", most_ns=DAY_NS),
    )
