"""The state of a system: what there is to plan with, and what was measured of each group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import CoreError
from core.plan.entry import PARTS, RATE_MAX, Entry, Refusal, parse_rate, refuse_twice
from core.plan.goals.goal import DAY_NS, Goal
from core.units import NANOSECONDS_PER_SECOND

FORMAT: Final = 1
PLAIN: Final = "none"
"""The level that does not compress."""
GROWTH: Final = 2.0
"""A journal keeps each write, and what it replaced."""

_CENTS: Final = 100
_SAMPLE_NS_MIN: Final = NANOSECONDS_PER_SECOND
_SERIES_NS_MAX: Final = 60 * DAY_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Appliance:
    """What it can take: bytes and writes in a second, and thousandths of a core."""

    name: str
    rate: int
    iops: int
    cpu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Bytes in a second; `windows` are (first minute, minute behind the last, bytes in a second).

    `reserve` thousandths are left alone; `cents` is what a MB/s costs in a year.
    """

    name: str
    bandwidth: int
    windows: tuple[tuple[int, int, int], ...]
    rtt_ns: int
    loss: float
    reserve: int
    cents: int

    def at(self, minute: int) -> int:
        """Bytes in a second at a minute of the day."""
        for begin, end, rate in self.windows:
            inside = begin <= minute < end if begin < end else minute >= begin or minute < end
            if inside:
                return rate
        return self.bandwidth

    @property
    def least(self) -> int:
        """Bytes in a second, when it is narrowest."""
        return min((self.bandwidth, *(rate for _, _, rate in self.windows)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Where copies lie: bytes for journals, operations in a second, and memory for open images.

    `apply` is how many bytes in a second one group's writes are applied at; `cents` is what a GiB
    costs in a year.
    """

    name: str
    bytes: int
    iops: int
    apply: int
    memory: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Of compression: thousandths of a core that a MB/s takes."""

    name: str
    cpu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a node has measured: seconds of lag at the end of each sample, and what was written in
    a second of it."""

    every_ns: int
    rates: tuple[int, ...]
    bandwidth: int
    level: str
    lag_s: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What was measured of a group.

    `rates` are bytes in a second over `every_ns` each, the first from the minute `begin` on; they
    are taken to come again and again. `fold` has (nanoseconds, bytes that are different places of
    all that is written in so long); `ratios` what is left of a byte by level, `journal_ratio` in
    a compressed journal. `journal_growth` is how many bytes of a journal a byte takes that is
    written: itself, and what was there before.
    """

    name: str
    link: str
    pool: str
    iops: int
    every_ns: int
    begin: int
    rates: tuple[int, ...]
    fold: tuple[tuple[int, float], ...]
    ratios: Mapping[str, float]
    journal_ratio: float
    journal_growth: float
    measured: Measured | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All there is, in the order of names; `tenants` have thousandths of everything."""

    appliances: tuple[Appliance, ...]
    links: tuple[Link, ...]
    pools: tuple[Pool, ...]
    levels: tuple[Level, ...]
    journal_cpu: int
    tenants: Mapping[str, int]
    disasters: float
    groups: tuple[Load, ...]

    def link(self, name: str) -> Link:
        """The link of this name."""
        return next(each for each in self.links if each.name == name)

    def pool(self, name: str) -> Pool:
        """The pool of this name."""
        return next(each for each in self.pools if each.name == name)


def state_of(value: Mapping[str, Any], refusal: Refusal) -> State:
    """The state of a description that its schema allows.

    Raises what `refusal` makes of the first thing in it that is absurd or at odds with another.
    """
    top = Entry(value, (), refusal)
    lists = {key: [*top.entries(key)] for key in ("appliances", "links", "pools", "tenants")}
    for key, entries in lists.items():
        refuse_twice(entries, key)
    levels = [Level(name=PLAIN, cpu=0)]
    for each in top.entries("compression"):
        if each.text("level") in {known.name for known in levels}:
            raise each.refuse("level", "it is there twice, or is `none`", "give each a name")
        levels.append(Level(name=each.text("level"), cpu=round(each.number("cpu") * PARTS)))
    links = tuple(map(_link, lists["links"]))
    pools = tuple(map(_pool, lists["pools"]))
    groups = [*top.entries("groups")]
    refuse_twice(groups, "groups")
    tenants = {each.text("name"): each.thousandths("share") for each in lists["tenants"]}
    if sum(tenants.values()) > PARTS:
        told = sum(tenants.values()) / 10
        raise top.refuse("tenants", f"together they have {told}%", "give them 100% at most")
    return State(
        appliances=_sorted(map(_appliance, lists["appliances"])),
        links=_sorted(links),
        pools=_sorted(pools),
        levels=tuple(levels),
        journal_cpu=round(top.inner("journal-compression").number("cpu") * PARTS),
        tenants=dict(sorted(tenants.items())),
        disasters=top.number("disasters-per-year", 1.0),
        groups=_sorted(_load(each, links, pools, levels) for each in groups),
    )


def refuse_unmatched(goals: Sequence[Goal], state: State, of_goals: Refusal) -> None:
    """Raises what is refused where goals and state are not of the same groups and tenants."""
    known = {each.name for each in state.groups}
    for nth, goal in enumerate(goals):
        steps = ("groups", nth)
        if goal.group not in known:
            what = f"nothing was measured of {goal.group}: the state does not have it"
            raise of_goals(steps, what, "add it to the groups of the state, or leave it out here")
        if goal.tenant and goal.tenant not in state.tenants:
            what = f"the state has no tenant {goal.tenant}"
            raise of_goals(steps, what, "add it to the tenants of the state")
    for name in sorted(known - {each.group for each in goals}):
        what = f"{name} is in the state, and nothing is said of what it is to have"
        raise of_goals(("groups",), what, "give it goals, or leave it out of the state")


def _sorted(entries: Any) -> tuple[Any, ...]:
    return tuple(sorted(entries, key=lambda each: each.name))


def _appliance(told: Entry) -> Appliance:
    return Appliance(
        name=told.text("name"),
        rate=told.above_nothing("rate", told.rate("rate"), "give what it takes, as 200MB/s"),
        iops=int(told.number("iops")),
        cpu=round(told.number("cpu") * PARTS),
    )


def _link(told: Entry) -> Link:
    hint = "give what it carries, as 25MB/s"
    bandwidth = told.above_nothing("bandwidth", told.rate("bandwidth"), hint)
    windows = tuple(
        (
            each.minute("from"),
            each.minute("to"),
            each.above_nothing("bandwidth", each.rate("bandwidth"), hint),
        )
        for each in told.entries("windows")
    )
    return Link(
        name=told.text("name"),
        bandwidth=bandwidth,
        windows=windows,
        rtt_ns=told.duration_ns("rtt", most_ns=60 * NANOSECONDS_PER_SECOND),
        loss=told.number("loss"),
        reserve=told.thousandths("reserve", 100),
        cents=round(told.number("cost") * _CENTS),
    )


def _pool(told: Entry) -> Pool:
    return Pool(
        name=told.text("name"),
        bytes=told.above_nothing("bytes", told.size("bytes"), "give its room, as 2TiB"),
        iops=int(told.number("iops")),
        apply=told.above_nothing("apply", told.rate("apply"), "give it as 100MB/s"),
        memory=told.size("memory"),
        cents=round(told.number("cost") * _CENTS),
    )


def _load(
    told: Entry, links: Sequence[Link], pools: Sequence[Pool], levels: Sequence[Level]
) -> Load:
    for key, known in (("link", links), ("pool", pools)):
        names = [each.name for each in known]
        hint = f"known: {', '.join(names)}"
        if told.text(key, names[0]) not in names:
            raise told.refuse(key, f"there is no {key} {told.text(key)}", hint)
        if not told.has(key) and len(names) > 1:
            raise told.refuse(key, f"there are several, and it names no {key}", hint)
    writes = told.inner("writes")
    every_ns, rates = _series(writes)
    ratios = {PLAIN: 1.0}
    for name, ratio in told.inner("ratios").value.items():
        if name not in {each.name for each in levels}:
            hint = f"known: {', '.join(each.name for each in levels)}"
            raise told.inner("ratios").refuse(name, "there is no such level", hint)
        ratios[name] = float(ratio)
    return Load(
        name=told.text("name"),
        link=told.text("link", links[0].name),
        pool=told.text("pool", pools[0].name),
        iops=int(told.number("iops")),
        every_ns=every_ns,
        begin=writes.minute("from"),
        rates=rates,
        fold=_fold(told),
        ratios=ratios,
        journal_ratio=told.number("journal-ratio", 1.0),
        journal_growth=told.number("journal-growth", GROWTH),
        measured=_measured(told, ratios),
    )


def _series(writes: Entry) -> tuple[int, tuple[int, ...]]:
    """How long each sample is, and bytes in a second for each."""
    every_ns = writes.duration_ns("every", least_ns=_SAMPLE_NS_MIN, most_ns=DAY_NS)
    rates = tuple(_sample(writes, nth) for nth in range(len(writes.value["rates"])))
    if every_ns * len(rates) > _SERIES_NS_MAX:
        raise writes.refuse("rates", "more than 60 days are told", "tell of a day or a week")
    return every_ns, rates


def _sample(writes: Entry, nth: int) -> int:
    value = writes.value["rates"][nth]
    if isinstance(value, int | float):
        return int(value)
    try:
        found = parse_rate(value)
    except CoreError as error:
        raise writes.refusal((*writes.steps, "rates", nth), error.what, error.hint) from None
    if found > RATE_MAX:
        what = f"{value} is beyond what can be planned for"
        raise writes.refusal((*writes.steps, "rates", nth), what, "give 1000GB/s at most")
    return found


def _fold(told: Entry) -> tuple[tuple[int, float], ...]:
    found: list[tuple[int, float]] = []
    for each in told.entries("fold"):
        within_ns = each.duration_ns("within", least_ns=_SAMPLE_NS_MIN, most_ns=_SERIES_NS_MAX)
        share = each.number("unique")
        if found and (within_ns <= found[-1][0] or share > found[-1][1]):
            what = "of a longer time not less is unique than of a shorter one"
            raise each.refuse(
                "within", what, "tell of longer and longer times, and shares that fall"
            )
        found.append((within_ns, share))
    return tuple(found)


def _measured(told: Entry, ratios: Mapping[str, float]) -> Measured | None:
    if not told.has("measured"):
        return None
    entry = told.inner("measured")
    every_ns, rates = _series((entry if entry.has("writes") else told).inner("writes"))
    lag = entry.value["lag"]
    if len(lag) != len(rates):
        what = f"there are {len(lag)} of them, and {len(rates)} samples of what was written"
        raise entry.refuse("lag", what, "tell of the lag at the end of each sample, in seconds")
    level = entry.text("compression", PLAIN)
    if level not in ratios:
        hint = f"known: {', '.join(ratios)}"
        raise entry.refuse("compression", f"there is no ratio of {level}", hint)
    hint = "give what it was sent at, as 5MB/s"
    return Measured(
        every_ns=every_ns,
        rates=rates,
        bandwidth=entry.above_nothing("bandwidth", entry.rate("bandwidth"), hint),
        level=level,
        lag_s=tuple(map(float, lag)),
    )
