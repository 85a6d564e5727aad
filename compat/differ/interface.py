"""Every change between two interfaces: operations and their messages first, the rest after."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.lifecycle import Policy
from compat.differ.messages import messages
from compat.differ.operations import Operations
from compat.differ.schemas import Comparison
from compat.differ.security import security
from compat.differ.servers import components, servers
from compat.differ.teller import Teller
from compat.differ.version import version
from compat.match.operations import pair_operations
from compat.model.interface import Interface, Operation


def changes(
    old: Interface, new: Interface, policy: Policy, unchanged: frozenset[str] = frozenset()
) -> Iterator[Change]:
    """One after another; nothing where the two say the same in whatever words.

    `unchanged` are the pointers of schemas that are known to say the same, with all below them.
    """
    comparison = Comparison(old=old, new=new, policy=policy, unchanged=unchanged)
    pairing = pair_operations(old, new)
    yield from Operations(comparison=comparison, pairing=pairing).changes()
    for pair in pairing.pairs:
        yield from _called(comparison, pair.old.callbacks, pair.new.callbacks, "callback")
    yield from _called(comparison, old.webhooks, new.webhooks, "webhook")
    yield from security(old, new, pairing)
    yield from servers(old, new, pairing)
    yield from components(old, new)
    yield from version(old, new)


def _called(
    comparison: Comparison, old: tuple[Operation, ...], new: tuple[Operation, ...], noun: str
) -> Iterator[Change]:
    """What the server sends and its clients answer, so that all is the other way round."""
    ours = {operation.key: operation for operation in old}
    theirs = {operation.key: operation for operation in new}
    for key, operation in ours.items():
        if key not in theirs:
            yield Change(
                id=f"{noun}-removed",
                effect=Effect.NARROWER,
                direction=Direction.REQUEST,
                operation=str(key),
                aspect=noun,
                old=operation.place,
            )
        else:
            other = theirs[key]
            teller = Teller(comparison=comparison, old=operation, new=other, turned=True)
            yield from messages(teller)
    for key, operation in theirs.items():
        if key not in ours:
            yield Change(
                id=f"{noun}-added",
                effect=Effect.SAME,
                direction=Direction.REQUEST,
                operation=str(key),
                aspect=noun,
                new=operation.place,
            )
