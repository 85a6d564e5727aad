"""What a little more of each resource would buy: the plan again, with that much more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.plan.config.behaviour import SHARES
from core.plan.config.chosen import Worth
from core.plan.config.menu import Resource, Shared, pruned
from core.plan.config.planning import Plan
from core.plan.config.setting import MIB
from core.plan.config.solve import WORK, answer_of
from core.plan.config.state import State

_MB: Final = 1_000_000
_IOPS: Final = 1000
_GIB: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class More:
    """What one more of a resource is worth: less missed, and cents less in a year."""

    resource: str
    amount: str
    missed: int
    also: int
    cents: int


def worth_of_more(plan: Plan, tell: Callable[[str], object] = lambda _: None) -> tuple[More, ...]:
    """Of each link, which is faster at every hour then in proportion, each pool, and one more
    appliance; nothing is changed by asking."""
    menus = [pruned(each) for each in plan.menus]
    found = []
    for name, amount, state, more in _enlarged(plan.state):
        tell(f"what {amount} more of {name} would buy")
        answer = answer_of(menus, state, work=WORK / 3, more=more)
        if answer is not None:
            found.append(_bought(name, amount, plan.answer.worth, answer.worth))
    return tuple(found)


def _bought(name: str, amount: str, before: Worth, after: Worth) -> More:
    """More never makes a plan worse: where the search found a worse one, the old one stands."""
    if after[:3] >= before[:3]:
        return More(name, amount, 0, 0, 0)
    return More(
        name,
        amount,
        before.missed - after.missed,
        before.also - after.also,
        before.cents - after.cents,
    )


def _enlarged(state: State) -> Iterator[tuple[str, str, State, dict[Resource, int]]]:
    for link in state.links:
        parts = SHARES * _MB // link.bandwidth
        yield f"bandwidth of {link.name}", "1MB/s", state, {Resource(Shared.LINK, link.name): parts}
    for pool in state.pools:
        gib = _GIB // MIB
        name = pool.name
        yield f"journal of {name}", "100GiB", state, {Resource(Shared.JOURNAL, name): 100 * gib}
        yield f"operations of {name}", "1000/s", state, {Resource(Shared.IOPS, name): _IOPS}
        yield f"memory of {name}", "1GiB", state, {Resource(Shared.MEMORY, name): gib}
    last = state.appliances[-1]
    another = replace(last, name=f"{last.name}+")
    larger = replace(state, appliances=(*state.appliances, another))
    yield "appliances", f"1 as {last.name}", larger, {}
