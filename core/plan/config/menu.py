"""What may be chosen for each group, and what each choice takes of what all of them share."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from core.plan.config.behaviour import SHARES, Behaviour, Rates, carried
from core.plan.config.setting import MIB, STORAGE_FIELDS, TRANSFER_FIELDS, Setting
from core.plan.config.state import Load, State
from core.plan.config.storage import Keeper, Storage
from core.plan.config.transfer import MARKED, Fineness, Sender, Transfer
from core.plan.entry import PARTS
from core.plan.goals.goal import Goal


class Shared(StrEnum):
    """What groups share, in the words of a message."""

    LINK = "bandwidth"
    JOURNAL = "journal"
    IOPS = "operations"
    MEMORY = "memory"
    RATE = "throughput"
    WRITES = "writes"
    CPU = "processors"


class Resource(NamedTuple):
    """`of` is the link or the pool, or "" for all appliances; `tenant` whose slice of it it is."""

    shared: Shared
    of: str
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Limited:
    """So much there is of a resource, in its own steps (see `taken_by_transfer`)."""

    resource: Resource
    limit: int


@dataclass(frozen=True, slots=True)
class Menu:
    """The choices of one group; of each kind of transfer there are storages."""

    goal: Goal
    behaviour: Behaviour
    transfers: tuple[Transfer, ...]
    storages: Mapping[str, tuple[Storage, ...]]
    current: Setting | None

    @property
    def load(self) -> Load:
        """What was measured of it."""
        return self.behaviour.load

    @property
    def rate(self) -> int:
        """What an appliance has to take of it, in kB a second."""
        return math.ceil(self.behaviour.busy / 1000)

    def changes_of_transfer(self, each: Transfer) -> int:
        """How many settings it would change."""
        return _changes(self.current, each, TRANSFER_FIELDS)

    def changes_of_storage(self, each: Storage) -> int:
        """The same of a journal."""
        return _changes(self.current, each, STORAGE_FIELDS)


def menus_of(
    goals: Sequence[Goal],
    state: State,
    current: Mapping[str, Setting],
    fineness: Fineness | None = None,
) -> Iterator[Menu]:
    """All that may be chosen for each group, one by one, in their order."""
    loads = {each.name: each for each in state.groups}
    wholes: dict[tuple[object, ...], Rates] = {}
    for goal in goals:
        load, kept = loads[goal.group], current.get(goal.group)
        link, pool = state.link(load.link), state.pool(load.pool)
        behaviour = Behaviour(load)
        key = (link.name, load.every_ns, load.begin, len(load.rates))
        if key not in wholes:
            wholes[key] = carried(link, load)
        sender = Sender(goal, behaviour, link, pool, state, wholes[key], fineness or Fineness())
        transfers = sender.transfers(kept)
        keeper = Keeper(goal, behaviour, pool, state)
        kinds = dict.fromkeys(each.kind for each in transfers)
        storages = {kind: keeper.storages(kind, kept) for kind in kinds}
        yield Menu(goal, behaviour, transfers, storages, kept)


def pruned(menu: Menu) -> Menu:
    """Without what is in nothing better than another choice of its kind, and in something worse."""
    transfers = [
        (each, (*_weight(each), menu.changes_of_transfer(each))) for each in menu.transfers
    ]
    storages = {
        kind: _best([(each, (*_stored(each), menu.changes_of_storage(each))) for each in ways])
        for kind, ways in menu.storages.items()
    }
    found: list[Transfer] = []
    for kind in storages:
        found += _best([pair for pair in transfers if pair[0].kind == kind])
    return Menu(menu.goal, menu.behaviour, tuple(found), storages, menu.current)


def limits_of(state: State, *, without_one: bool) -> tuple[Limited, ...]:
    """How much there is of everything; of appliances `without_one`, the largest."""
    found: list[tuple[Resource, int]] = [
        (Resource(Shared.LINK, link.name), SHARES * (PARTS - link.reserve) // PARTS)
        for link in state.links
    ]
    for pool in state.pools:
        found.append((Resource(Shared.JOURNAL, pool.name), pool.bytes // MIB))
        found.append((Resource(Shared.IOPS, pool.name), pool.iops))
        found.append((Resource(Shared.MEMORY, pool.name), pool.memory // MIB))
    for shared, each in (
        (Shared.RATE, [one.rate // 1000 for one in state.appliances]),
        (Shared.WRITES, [one.iops for one in state.appliances]),
        (Shared.CPU, [one.cpu for one in state.appliances]),
    ):
        spare = max(each) if without_one and len(each) > 1 else 0
        found.append((Resource(shared, ""), sum(each) - spare))
    slices = [
        (resource._replace(tenant=tenant), limit * share // PARTS)
        for tenant, share in state.tenants.items()
        for resource, limit in found
    ]
    return tuple(Limited(*each) for each in (*found, *slices))


def concerns(resource: Resource, menu: Menu) -> bool:
    """Does the group take of it?"""
    if resource.tenant and resource.tenant != menu.goal.tenant:
        return False
    if resource.shared is Shared.LINK:
        return resource.of == menu.load.link
    return resource.of in ("", menu.load.pool)


def taken_by_transfer(shared: Shared, menu: Menu, each: Transfer) -> int:
    """In parts of a link, MiB, operations a second, kB a second or thousandths of a core."""
    is_copied = each.kind != "none"
    match shared:
        case Shared.LINK:
            return each.share
        case Shared.MEMORY:
            return -(-each.memory // MIB)
        case Shared.RATE:
            return menu.rate if is_copied else 0
        case Shared.WRITES:
            return menu.load.iops if is_copied else 0
        case Shared.CPU:
            return each.cpu
        case _:
            return 0


def taken_by_storage(shared: Shared, each: Storage) -> int:
    """The same of a journal."""
    match shared:
        case Shared.JOURNAL:
            return -(-each.journal_bytes // MIB)
        case Shared.IOPS:
            return each.iops
        case Shared.CPU:
            return each.cpu
        case _:
            return 0


def _changes(current: Setting | None, each: Transfer | Storage, fields: tuple[str, ...]) -> int:
    if current is None:
        return 0
    return sum(getattr(current, name) != getattr(each, name) for name in fields)


def _weight(each: Transfer) -> tuple[int, ...]:
    return (each.missed, each.also, each.cents, each.share, each.cpu, each.memory)


def _stored(each: Storage) -> tuple[int, ...]:
    return (each.missed, each.cents, each.journal_bytes, each.cpu, each.iops)


_Way = TypeVar("_Way", Transfer, Storage)


def _best(ways: list[tuple[_Way, tuple[int, ...]]]) -> tuple[_Way, ...]:
    """Those that no other beats; of equal ones the first."""
    if not ways:
        return ()
    table = np.array([weight for _, weight in ways], dtype=np.int64)
    below = (table[:, None, :] <= table[None, :, :]).all(axis=2)
    equal = below & below.T
    earlier = np.arange(len(ways))[:, None] < np.arange(len(ways))[None, :]
    beaten: npt.NDArray[np.bool_] = np.asarray((below & (~equal | earlier)).any(axis=0))
    return tuple(
        each for (each, _), is_beaten in zip(ways, beaten.tolist(), strict=True) if not is_beaten
    )


assert MARKED > PARTS
