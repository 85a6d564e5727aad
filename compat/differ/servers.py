"""Where the interface is: the servers it names."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.match.operations import Pairing
from compat.model.interface import Interface
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
        before, after = pair.old.base_path, pair.new.base_path
        if before != after:
            yield Change(
                id="api-operation-server-changed",
                effect=Effect.OTHER,
                direction=Direction.REQUEST,
                operation=str(pair.old.key),
                part="servers",
                aspect="servers",
                old=pair.old.place,
                new=pair.new.place,
                before=before,
                after=after,
            )


def _named(interface: Interface) -> set[str]:
    return {*interface.servers, *interface.bases, interface.base_path} - {""}


def _of_interface(
    rule: str, effect: Effect, old: Interface, new: Interface, before: str = "", after: str = ""
) -> Change:
    return Change(
        id=rule,
        effect=effect,
        direction=Direction.REQUEST,
        part="servers",
        aspect=rule.removeprefix("api-").rpartition("-")[0],
        old=old.place,
        new=new.place,
        before=before or ABSENT,
        after=after or ABSENT,
    )


def components(old: Interface, new: Interface) -> Iterator[Change]:
    """Named schemas that went: code may have been made of them."""
    for name, schema in old.components.items():
        if name not in new.components:
            yield Change(
                id="api-schema-removed",
                effect=Effect.SAME,
                direction=Direction.REQUEST,
                part=f"schema {name}",
                aspect="schema",
                old=schema.place,
            )
