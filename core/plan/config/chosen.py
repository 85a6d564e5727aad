"""A choice for every group, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.plan.config.behaviour import SHARES
from core.plan.config.menu import Menu
from core.plan.config.places import NOWHERE, Burden, Place, moves, standby_weight
from core.plan.config.setting import Predicted, Setting
from core.plan.config.state import State
from core.plan.config.storage import Storage
from core.plan.config.transfer import Transfer

HYSTERESIS: Final = 100
"""What is configured stays unless another plan costs less by more than one part in so many."""


class Worth(NamedTuple):
    """What plans are compared by, the first that differs counting; less is better.

    By how much RPOs are missed, by priority; by how much the other goals are; cents in a year;
    settings that change; groups that move.
    """

    missed: int
    also: int
    cents: int
    changes: int
    moves: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What one group gets."""

    transfer: Transfer
    storage: Storage
    place: Place


@dataclass(frozen=True, slots=True)
class Answer:
    """A choice for each group, in their order; `bound` is what no plan is better than, as far as
    is known, and `is_best` whether this one is as good."""

    choices: tuple[Choice, ...]
    worth: Worth
    bound: Worth
    is_best: bool

    @property
    def gap(self) -> float:
        """How much more it may cost in a year than the best plan does, as a share of that."""
        if self.is_best or self.worth.cents <= self.bound.cents:
            return 0.0
        return (self.worth.cents - self.bound.cents) / max(1, self.bound.cents)


def kept_place(menu: Menu) -> Place | None:
    """Where the group is now."""
    if menu.current is None:
        return None
    return Place(menu.current.appliance, menu.current.standby)


def burden_of(menu: Menu, transfer: Transfer, storage: Storage) -> Burden:
    """What a choice takes of an appliance."""
    return Burden(menu.rate, menu.load.iops, transfer.cpu + storage.cpu)


def worth_of(menus: Sequence[Menu], choices: Sequence[Choice], state: State) -> Worth:
    """Of a choice for each group."""
    parts = [_worth(menu, each, state) for menu, each in zip(menus, choices, strict=True)]
    return (
        Worth(*(sum(column) for column in zip(*parts, strict=True)))
        if parts
        else Worth(0, 0, 0, 0, 0)
    )


def _worth(menu: Menu, choice: Choice, state: State) -> Worth:
    transfer, storage = choice.transfer, choice.storage
    is_nowhere = choice.place == NOWHERE
    return Worth(
        missed=menu.goal.priority * transfer.missed,
        also=transfer.also
        + storage.missed
        + (0 if is_nowhere else standby_weight(state, choice.place)),
        cents=transfer.cents + storage.cents,
        changes=menu.changes_of_transfer(transfer) + menu.changes_of_storage(storage),
        moves=moves(kept_place(menu), choice.place),
    )


def setting_of(choice: Choice) -> Setting:
    """What is configured."""
    transfer, storage, place = choice.transfer, choice.storage, choice.place
    return Setting(
        sending=transfer.sending,
        interval_ns=transfer.interval_ns,
        level=transfer.level,
        share=transfer.share,
        regulated=transfer.regulated,
        within_ns=transfer.within_ns,
        access=transfer.access,
        journal_bytes=storage.journal_bytes,
        log_percent=storage.log_percent,
        journal_compression=storage.journal_compression,
        spacing_ns=storage.spacing_ns,
        phases=storage.phases,
        appliance=place.appliance,
        standby=place.standby,
    )


def predicted_of(menu: Menu, choice: Choice, state: State) -> Predicted:
    """What is to be expected of it."""
    transfer, storage = choice.transfer, choice.storage
    link = state.link(menu.load.link)
    return Predicted(
        rpo_ns=transfer.rpo_ns,
        loss_ns=transfer.loss_ns,
        rto_ns=transfer.rto_ns,
        held_ns=transfer.held_ns,
        window_ns=storage.window_ns,
        bandwidth=transfer.share * link.bandwidth // SHARES,
        unapplied_bytes=transfer.unapplied,
        memory_bytes=transfer.memory,
        cpu=transfer.cpu + storage.cpu,
        iops=storage.iops,
        cents=transfer.cents + storage.cents,
    )
