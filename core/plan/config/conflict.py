"""Why goals cannot all be kept: a smallest set that cannot, and what there would have to be.

Theory of operation
-------------------
A group whose goals no choice keeps is at odds with the system by itself. Of the others only the
choices that keep all goals are left; if what is shared cannot hold one for each, some are at odds
with one another. Most often one resource says so: then the groups that take most of it are the
set, without any that is not needed to go beyond it. Otherwise groups are left out one by one as
long as the rest still cannot be; whoever is left then is needed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.plan.config.behaviour import SHARES
from core.plan.config.explain import rate_text
from core.plan.config.menu import (
    Limited,
    Menu,
    Resource,
    Shared,
    concerns,
    limits_of,
    taken_by_storage,
    taken_by_transfer,
)
from core.plan.config.program import Choosing
from core.plan.config.setting import MIB, Sending
from core.plan.config.state import State
from core.plan.config.table import table_of
from core.plan.config.transfer import SHARE_MAX
from core.plan.entry import PARTS
from core.plan.goals.goal import Goal
from core.plan.solving import Verdict, solve
from core.units import duration_text, size_text

_WORK: Final = 0.2
_GROUPS_MAX: Final = 60
_SCALE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """Groups whose goals cannot be kept together, and why."""

    groups: tuple[str, ...]
    resource: str
    words: str


@dataclass(frozen=True, slots=True)
class Need:
    """So much more of a resource is needed; `amount` is in the words of a person."""

    resource: str
    amount: str
    more: Limited


def conflicts(menus: Sequence[Menu], state: State) -> tuple[Conflict, ...]:
    """Smallest sets of groups whose goals are at odds; none where all can be kept."""
    alone, others = _divided(menus, state)
    found = [_by_itself(each, state) for each in alone]
    for limited in limits_of(state, without_one=False):
        heavy = _too_many(others, limited)
        if heavy:
            found.append(_together(heavy, limited, state))
    if not found and len(others) <= _GROUPS_MAX and not _can_be(others, state):
        found.append(_left_over(others, state))
    return tuple(found)


def needs(menus: Sequence[Menu], state: State, *, work: float = 2 * _WORK) -> tuple[Need, ...]:
    """The least, as a share of what there is, that has to be added for all goals to be kept.

    Nothing where no addition helps, or none was found with so much work.
    """
    narrowed = [_keeping(menu) for menu in menus]
    if any(not each.transfers for each in narrowed) or not menus:
        return ()
    limits = limits_of(state, without_one=False)
    table = table_of(narrowed, limits)
    choosing = Choosing(table, np.arange(len(table.pairs)), may_exceed=True)
    weights = [max(1, _SCALE // max(1, each.limit)) for each in limits]
    pairs = zip(choosing.extra, weights, strict=True)
    choosing.model.minimize(sum(extra * weight for extra, weight in pairs))
    solved = solve(choosing.model, work_max=work)
    if not solved.is_answered:
        return ()
    amounts = [solved.value(each) for each in choosing.extra]
    return tuple(
        Need(
            _named(each.resource),
            _amount(each.resource, amount, state),
            Limited(each.resource, amount),
        )
        for each, amount in zip(limits, amounts, strict=True)
        if amount
    )


def _divided(menus: Sequence[Menu], state: State) -> tuple[list[Menu], list[Menu]]:
    """Those whose goals nothing that fits into all there is keeps, and the rest with what does."""
    limits = limits_of(state, without_one=False)
    alone, others = [], []
    for menu in menus:
        narrowed = _keeping(menu)
        fits = narrowed.transfers and table_of([narrowed], limits)
        if fits and bool((fits.taken <= fits.limits).all(axis=1).any()):
            others.append(narrowed)
        else:
            alone.append(menu)
    return alone, others


def _keeping(menu: Menu) -> Menu:
    """Only what keeps all goals."""
    storages = {
        kind: kept
        for kind, ways in menu.storages.items()
        if (kept := tuple(each for each in ways if not each.missed))
    }
    transfers = tuple(
        each
        for each in menu.transfers
        if not each.missed and not each.also and each.kind in storages
    )
    kinds = {each.kind for each in transfers}
    left = {kind: ways for kind, ways in storages.items() if kind in kinds}
    return Menu(menu.goal, menu.behaviour, transfers, left, menu.current)


def _by_itself(menu: Menu, state: State) -> Conflict:
    """One group whose goals cannot be kept, whatever the others have."""
    goal, link = menu.goal, state.link(menu.load.link)
    room = SHARES * (PARTS - link.reserve) // PARTS
    keeps_rpo = [each for each in menu.transfers if not each.missed]
    fitting = [each for each in keeps_rpo if each.share <= room]
    if keeps_rpo and not fitting:
        least = min(each.share for each in keeps_rpo) * link.bandwidth / SHARES
        words = (
            f"{goal.group}'s RPO of {_span(goal.rpo_ns)} needs {rate_text(least)};"
            f" link {link.name} has {rate_text(link.bandwidth)}{_reserve(link.reserve)}"
        )
        return Conflict((goal.group,), f"bandwidth of {link.name}", words)
    if not keeps_rpo:
        return Conflict((goal.group,), "rpo", _unreachable(menu, state))
    if not any(not each.also for each in fitting):
        soonest = min(each.rto_ns for each in fitting)
        words = (
            f"{goal.group}'s RTO of {_span(goal.rto_ns)} cannot be kept: an image is open after"
            f" {_span(soonest)} at the soonest"
        )
        return Conflict((goal.group,), "rto", words)
    pool = state.pool(menu.load.pool)
    kept = [each for ways in menu.storages.values() for each in ways if not each.missed]
    least_bytes = min((each.journal_bytes for each in kept), default=0)
    if least_bytes > pool.bytes:
        words = (
            f"{goal.group}'s window of {_span(goal.window_ns)} needs a journal of"
            f" {size_text(least_bytes)}; pool {pool.name} has {size_text(pool.bytes)}"
        )
        return Conflict((goal.group,), f"journal of {pool.name}", words)
    whose = f"tenant {goal.tenant} has of it" if goal.tenant else "there is"
    words = f"{goal.group}'s goals together need more than {whose}"
    return Conflict((goal.group,), "everything", words)


def _unreachable(menu: Menu, state: State) -> str:
    goal, link = menu.goal, state.link(menu.load.link)
    begin = f"{goal.group}'s RPO of {_span(goal.rpo_ns)} cannot be kept"
    if goal.rpo_ns < link.rtt_ns and link.rtt_ns > goal.latency_ns:
        return (
            f"{begin}: only sync keeps it, which holds up each write for {_span(link.rtt_ns)},"
            f" and {_span(goal.latency_ns)} are allowed"
        )
    best = min(
        (each for each in menu.transfers if each.sending is not Sending.MARK),
        key=lambda each: each.rpo_ns,
        default=None,
    )
    if best is None:
        most = rate_text(SHARE_MAX / SHARES * link.bandwidth)
        return f"{begin}: it writes more than {most} would carry, or its copy could apply"
    rate = rate_text(best.share * link.bandwidth / SHARES)
    return f"{begin}: {_span(best.rpo_ns)} is the least, with {rate}"


def _least(menu: Menu, resource: Resource) -> int:
    """What the group takes at least, with any choice that is left."""
    if not concerns(resource, menu):
        return 0
    shared = resource.shared
    kept = {
        kind: min(taken_by_storage(shared, each) for each in ways)
        for kind, ways in menu.storages.items()
    }
    return min(taken_by_transfer(shared, menu, each) + kept[each.kind] for each in menu.transfers)


def _too_many(menus: Sequence[Menu], limited: Limited) -> list[Menu]:
    """The fewest that take more of one resource than there is; none where all fit."""
    least = {menu.goal.group: _least(menu, limited.resource) for menu in menus}
    if sum(least.values()) <= limited.limit:
        return []
    found: list[Menu] = []
    total = 0
    for menu in sorted(menus, key=lambda each: (-least[each.goal.group], each.goal.group)):
        found.append(menu)
        total += least[menu.goal.group]
        if total > limited.limit:
            break
    return found


def _together(heavy: Sequence[Menu], limited: Limited, state: State) -> Conflict:
    resource = limited.resource
    parts = [
        f"{menu.goal.group}'s {_wanted(resource.shared, menu.goal)} needs"
        f" {_amount(resource, _least(menu, resource), state)}"
        for menu in heavy
    ]
    total = _amount(resource, sum(_least(menu, resource) for menu in heavy), state)
    has = f"{_named(resource)} has {_amount(resource, limited.limit, state)}"
    if resource.shared is Shared.LINK and not resource.tenant:
        has += _reserve(state.link(resource.of).reserve, is_off=True)
    words = (
        f"{', '.join(parts)}: {total} together; {has}" if len(parts) > 1 else f"{parts[0]}; {has}"
    )
    return Conflict(tuple(menu.goal.group for menu in heavy), _named(resource), words)


def _can_be(menus: Sequence[Menu], state: State) -> bool:
    """May all be kept together? Also where that was not found out."""
    if not menus:
        return True
    table = table_of(menus, limits_of(state, without_one=False))
    choosing = Choosing(table, np.arange(len(table.pairs)))
    return solve(choosing.model, work_max=_WORK).verdict is not Verdict.INFEASIBLE


def _left_over(menus: Sequence[Menu], state: State) -> Conflict:
    left = [*menus]
    for menu in menus:
        rest = [each for each in left if each is not menu]
        if not _can_be(rest, state):
            left = rest
    names = tuple(each.goal.group for each in left)
    words = (
        f"the goals of {', '.join(names)} cannot be kept together: each of them could be without"
        " the others, and no single resource is too small for all"
    )
    return Conflict(names, "several", words)


_WANTED: Final[dict[Shared, Callable[[Goal], str]]] = {
    Shared.LINK: lambda goal: f"RPO of {_span(goal.rpo_ns)}",
    Shared.JOURNAL: lambda goal: f"window of {_span(goal.window_ns)}",
    Shared.IOPS: lambda goal: f"window of {_span(goal.window_ns)}",
    Shared.MEMORY: lambda goal: f"RTO of {_span(goal.rto_ns)}",
    Shared.CPU: lambda goal: f"RPO of {_span(goal.rpo_ns)}",
}


def _wanted(shared: Shared, goal: Goal) -> str:
    """The goal by which a group takes of a resource."""
    return _WANTED[shared](goal) if shared in _WANTED else "being copied"


def _named(resource: Resource) -> str:
    of = f" of {resource.of}" if resource.of else " of the appliances"
    slice_of = f", the slice of tenant {resource.tenant}," if resource.tenant else ""
    return f"{resource.shared}{of}{slice_of}"


def _amount(resource: Resource, amount: int, state: State) -> str:
    match resource.shared:
        case Shared.LINK:
            return rate_text(amount * state.link(resource.of).bandwidth / SHARES)
        case Shared.JOURNAL | Shared.MEMORY:
            return size_text(amount * MIB)
        case Shared.RATE:
            return rate_text(amount * 1000)
        case Shared.CPU:
            return f"{amount / PARTS:.1f} cores"
        case _:
            return f"{amount} a second"


def _reserve(reserve: int, *, is_off: bool = False) -> str:
    if not reserve:
        return ""
    part = f"{reserve / 10:g}%"
    return f" without its reserve of {part}" if is_off else f", of which {part} is its reserve"


def _span(nanoseconds: int) -> str:
    return duration_text(nanoseconds) if nanoseconds else "nothing"
