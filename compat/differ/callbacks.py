"""Requests that the server makes: callbacks and webhooks, where all is the other way round."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.messages import messages
from compat.differ.numbered import numbered
from compat.differ.operations import described
from compat.differ.schemas import Comparison
from compat.differ.security import demands
from compat.differ.teller import Teller
from compat.model.interface import Operation

_NOBODY: Final = "nobody"  # asks for a webhook, which may be called like a path


def callbacks(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Change]:
    """What the server sends for a request of the operation."""
    yield from _callbacks(comparison, old, new, by_server=True)


def webhooks(comparison: Comparison) -> Iterator[Change]:
    """What the server sends without being asked to."""
    old, new = comparison.old.webhooks, comparison.new.webhooks
    for change in _called(comparison, old, new, "webhook", by_server=True):
        yield replace(change, callers=(_NOBODY, *change.callers))


def _callbacks(
    comparison: Comparison, old: Operation, new: Operation, *, by_server: bool
) -> Iterator[Change]:
    back = (old.callbacks, new.callbacks)
    for change in _called(comparison, *back, "callback", by_server=by_server):
        yield replace(change, callers=(str(old.key), *change.callers))


def _called(
    comparison: Comparison,
    old: tuple[Operation, ...],
    new: tuple[Operation, ...],
    noun: str,
    *,
    by_server: bool,
) -> Iterator[Change]:
    """What one side sends and the other answers; `by_server` tells which of them sends."""
    ours = numbered(old, lambda operation: operation.key)
    theirs = numbered(new, lambda operation: operation.key)
    for key, operation in ours.items():
        if key in theirs:
            found = _of_pair(comparison, operation, theirs[key], by_server=by_server)
            yield from _of_number(key[1], found)
        else:
            gone = (f"{noun}-removed", noun, Effect.NARROWER, operation, None)
            yield from _of_number(key[1], (Change.between(*gone, operation=str(operation.key)),))
    for key, operation in theirs.items():
        if key not in ours:
            told_new = (f"{noun}-added", noun, Effect.WIDER, None, operation)
            yield from _of_number(
                key[1], (Change.between(*told_new, operation=str(operation.key)),)
            )


def _of_number(number: int, found: Iterable[Change]) -> Iterator[Change]:
    """Of the first request to an address, 0, or of another one of the same operation."""
    for change in found:
        yield replace(change, callers=(str(number), *change.callers)) if number else change


def _of_pair(
    comparison: Comparison, old: Operation, new: Operation, *, by_server: bool
) -> Iterator[Change]:
    teller = Teller(comparison=comparison, old=old, new=new, turned=by_server)
    yield from described(teller)
    yield from messages(teller)
    yield from demands(old, new, Direction.RESPONSE if by_server else Direction.REQUEST)
    yield from _callbacks(comparison, old, new, by_server=not by_server)
