"""Where the interface is: the servers it names."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Effect
from compat.match.operations import Pairing
from compat.model.interface import Interface, Operation
from compat.model.schema import ABSENT


def servers(old: Interface, new: Interface, pairing: Pairing) -> Iterator[Change]:
    """Servers that came or went, as those who run them decide, and paths that moved with them."""
    ours, theirs = _named(old), _named(new)
    for url in sorted(ours - theirs):
        yield _of_interface("api-server-removed", Effect.SAME, old, new, before=url)
    for url in sorted(theirs - ours):
        yield _of_interface("api-server-added", Effect.SAME, old, new, after=url)
    if old.base_path not in new.bases and old.base_path != new.base_path:
        told = {"before": old.base_path, "after": new.base_path}
        yield _of_interface("api-base-path-changed", Effect.UNKNOWN, old, new, **told)
    for pair in pairing.pairs:
        yield from _of_operation(old, new, pair.old, pair.new)


def _of_operation(
    old: Interface, new: Interface, one: Operation, other: Operation
) -> Iterator[Change]:
    """Of one that names servers of its own; another address may or may not be the same service."""
    if one.served_at is None and other.served_at is None:
        return
    before, after = old.base_of(one.key), new.base_of(other.key)
    ours = old.served_at if one.served_at is None else one.served_at
    theirs = new.served_at if other.served_at is None else other.served_at
    effect = Effect.OTHER
    if before == after:
        before, after = ", ".join(ours), ", ".join(theirs)
        effect = _of_addresses({*ours}, {*theirs})
    if before != after:
        yield Change.between(
            "api-operation-server-changed",
            "servers",
            effect,
            one,
            other,
            operation=str(one.key),
            part="servers",
            before=before,
            after=after,
        )


def _of_addresses(old: set[str], new: set[str]) -> Effect:
    """Who calls at an address that the other version does not name may find nobody there."""
    if old - new:
        return Effect.UNKNOWN if new - old else Effect.STATED
    return Effect.UNSTATED


def _named(interface: Interface) -> set[str]:
    return {*interface.served_at, *interface.servers, *interface.bases, interface.base_path} - {""}


def _of_interface(
    rule: str, effect: Effect, old: Interface, new: Interface, before: str = "", after: str = ""
) -> Change:
    return Change.between(
        rule,
        rule.removeprefix("api-").rpartition("-")[0],
        effect,
        old,
        new,
        part="servers",
        before=before or ABSENT,
        after=after or ABSENT,
    )
