"""Every change between two interfaces: operations and their messages first, the rest after."""

from collections.abc import Iterator

from compat.differ.callbacks import callbacks, webhooks
from compat.differ.change import Change
from compat.differ.components import components
from compat.differ.dialect import dialect
from compat.differ.lifecycle import Policy
from compat.differ.operations import Operations
from compat.differ.schemas import Comparison
from compat.differ.security import security
from compat.differ.servers import servers
from compat.differ.version import version
from compat.match.operations import pair_operations
from compat.model.interface import Interface


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
        yield from callbacks(comparison, pair.old, pair.new)
    yield from webhooks(comparison)
    yield from security(old, new, pairing)
    yield from servers(old, new, pairing)
    yield from dialect(old, new)
    yield from components(old, new)
    yield from version(old, new)
