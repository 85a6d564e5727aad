"""The menus of all groups as numbers, for what is computed of all of them at once.

A row is one transfer with one storage of a group; the rows of a group lie together, and the groups
in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from core.plan.config.menu import (
    Limited,
    Menu,
    concerns,
    taken_by_storage,
    taken_by_transfer,
)
from core.plan.config.storage import Storage
from core.plan.config.transfer import Transfer

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

LEVELS = ("missed", "also", "cents", "changes")


class Pair(NamedTuple):
    """What a group takes, but for its place."""

    transfer: Transfer
    storage: Storage


@dataclass(frozen=True, slots=True)
class Table:
    """`worth` is (rows, levels) and `taken` (rows, limits); `begins` has the first row of each
    group, `group` the group of each row, and `limits` what there is."""

    pairs: tuple[Pair, ...]
    begins: Ints
    group: Ints
    worth: Ints
    taken: Ints
    limits: Ints

    def best(self, weights: Floats | Ints) -> Ints:
        """The row of each group that weighs least; of equal ones the first."""
        least = np.minimum.reduceat(weights, self.begins)
        is_least = weights == least[self.group]
        rows = np.flatnonzero(is_least)
        _, first = np.unique(self.group[rows], return_index=True)
        found: Ints = rows[first]
        return found

    def used(self, rows: Ints) -> Ints:
        """Of each limit, by these rows."""
        found: Ints = self.taken[rows].sum(axis=0)
        return found

    def fits(self, rows: Ints) -> bool:
        """Is every limit kept?"""
        return bool((self.used(rows) <= self.limits).all())


def table_of(menus: Sequence[Menu], limits: Sequence[Limited]) -> Table:
    """Of menus that have something on them."""
    pairs: list[Pair] = []
    worth, taken, sizes = [], [], []
    for menu in menus:
        firsts, seconds, own = [], [], len(pairs)
        ways = [*dict.fromkeys(each for of in menu.storages.values() for each in of)]
        place = {each: nth for nth, each in enumerate(ways)}
        for nth, transfer in enumerate(menu.transfers):
            for storage in menu.storages[transfer.kind]:
                pairs.append(Pair(transfer, storage))
                firsts.append(nth)
                seconds.append(place[storage])
        sizes.append(len(pairs) - own)
        worth.append(_transfer_worth(menu)[firsts] + _storage_worth(menu, ways)[seconds])
        sent = [[_of(each, menu, way) for each in limits] for way in menu.transfers]
        kept = [[_of(each, menu, way) for each in limits] for way in ways]
        taken.append(np.array(sent, dtype=np.int64)[firsts] + np.array(kept, np.int64)[seconds])
    ends: Ints = np.cumsum(np.array(sizes, dtype=np.int64))
    return Table(
        pairs=(*pairs,),
        begins=ends - np.array(sizes, dtype=np.int64),
        group=np.repeat(np.arange(len(menus)), sizes),
        worth=np.concatenate(worth),
        taken=np.concatenate(taken),
        limits=np.array([each.limit for each in limits], dtype=np.int64),
    )


def _of(limited: Limited, menu: Menu, way: Transfer | Storage) -> int:
    resource = limited.resource
    if not concerns(resource, menu):
        return 0
    if isinstance(way, Transfer):
        return taken_by_transfer(resource.shared, menu, way)
    return taken_by_storage(resource.shared, way)


def _transfer_worth(menu: Menu) -> Ints:
    return np.array(
        [
            (
                menu.goal.priority * each.missed,
                each.also,
                each.cents,
                menu.changes_of_transfer(each),
            )
            for each in menu.transfers
        ],
        dtype=np.int64,
    )


def _storage_worth(menu: Menu, ways: Sequence[Storage]) -> Ints:
    return np.array(
        [(0, each.missed, each.cents, menu.changes_of_storage(each)) for each in ways],
        dtype=np.int64,
    )
