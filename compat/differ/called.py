"""Requests that the server makes: callbacks and webhooks, where all is the other way round."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.messages import messages
from compat.differ.numbered import numbered
from compat.differ.operations import described
from compat.differ.schemas import Comparison
from compat.differ.security import demands
from compat.differ.teller import Teller
from compat.model.interface import Operation


def called(
    comparison: Comparison,
    old: tuple[Operation, ...],
    new: tuple[Operation, ...],
    noun: str,
    *,
    by_server: bool = True,
) -> Iterator[Change]:
    """What one side sends and the other answers; `by_server` tells which of them sends."""
    ours = numbered(old, lambda operation: operation.key)
    theirs = numbered(new, lambda operation: operation.key)
    for key, operation in ours.items():
        if key not in theirs:
            yield _lone(operation, noun, "removed")
            continue
        other = theirs[key]
        teller = Teller(comparison=comparison, old=operation, new=other, turned=by_server)
        yield from described(operation, other, comparison.policy)
        yield from messages(teller)
        direction = Direction.RESPONSE if by_server else Direction.REQUEST
        yield from demands(operation, other, direction)
        back = (operation.callbacks, other.callbacks)
        yield from called(comparison, *back, "callback", by_server=not by_server)
    for key, operation in theirs.items():
        if key not in ours:
            yield _lone(operation, noun, "added")


def _lone(operation: Operation, noun: str, verb: str) -> Change:
    is_gone = verb == "removed"
    return Change(
        id=f"{noun}-{verb}",
        effect=Effect.NARROWER if is_gone else Effect.WIDER,
        direction=Direction.REQUEST,
        operation=str(operation.key),
        aspect=noun,
        old=operation.place if is_gone else None,
        new=None if is_gone else operation.place,
    )
