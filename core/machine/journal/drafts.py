"""Drafts of folded segments: how they are ordered, made, and found by whoever adopts them.

Who orders a draft holds the shelf; who makes it may be another process, and is told all it needs.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from core.machine.journal.consolidation import (
    NotWorthwhileError,
    draft,
    draft_pre_images,
    head_of,
)
from core.stream.finding import DamagedError
from core.stream.folding import last_of_each
from core.stream.names import Place
from core.structure.medium import Folder
from core.wire.segment import Head


class EpochOrder(NamedTuple):
    """The DO segments of epochs that are to be one, and what its files may take."""

    places: Sequence[Place]
    step_ns: int
    bytes_max: int


class PreImagesOrder(NamedTuple):
    """UNDO segments that are to be one, of epochs that begin with the sequences `firsts`."""

    places: Sequence[Place]
    firsts: Sequence[int]
    bytes_max: int


def make_first(folder: Folder, orders: Sequence[EpochOrder], *, group: bytes, where: str) -> int:
    """Make the first draft that is worth it; returns how many were not, or not whole, before."""
    for nth, order in enumerate(orders):
        wanted = partial(last_of_each, step_ns=order.step_ns)
        fold = partial(draft, folder, order.places, wanted, step_ns=order.step_ns)
        if _is_made(partial(fold, group=group, where=where, bytes_max=order.bytes_max)):
            return nth
    return len(orders)


def make_pre_images(folder: Folder, order: PreImagesOrder, *, group: bytes, where: str) -> bool:
    """Make that draft; says whether it was worth it, and all was whole."""
    fold = partial(draft_pre_images, folder, order.places, order.firsts)
    return _is_made(partial(fold, group=group, where=where, bytes_max=order.bytes_max))


def drafted(folder: Folder, place: Place, *, where: str) -> Head:
    """The head of the draft of a segment."""
    return head_of(folder, f"{place.data}.new", where)


def forget_drafts(folder: Folder, places: Iterable[Place]) -> None:
    """Take away what is left of drafts that were not adopted."""
    there = set(folder.names())
    for place in places:
        for name in (f"{place.meta}.new", f"{place.data}.new"):
            if name in there:
                with suppress(FileNotFoundError):
                    folder.remove(name)


def _is_made(fold: Callable[[], Head]) -> bool:
    try:
        fold()
    except (NotWorthwhileError, DamagedError):
        return False
    return True
