"""What callers have to show: requirements of operations, of the whole interface, and schemes."""

from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.schemes import schemes
from compat.match.operations import Pairing
from compat.model.interface import Interface, Operation
from compat.model.schema import ABSENT
from compat.model.security import Alternative, Demand, Security

_SHARED = "/security"


def security(old: Interface, new: Interface, pairing: Pairing) -> Iterator[Change]:
    """Everything about security; what an operation inherits is told once, of the interface."""
    yield from schemes(old, new)
    yield from _shared(old, new, pairing)
    for pair in pairing.pairs:
        ours, theirs = pair.old.security, pair.new.security
        if _is_own(ours) or _is_own(theirs):
            before = ours if _is_own(ours) else None
            after = theirs if _is_own(theirs) else None
            yield from _compared(before, after, ours, theirs, "api-security", pair.old)


def _is_own(found: Security) -> bool:
    return found.place is not None and found.place.pointer != _SHARED


def _shared(old: Interface, new: Interface, pairing: Pairing) -> Iterator[Change]:
    ours = _of_interface(old, [pair.old for pair in pairing.pairs])
    theirs = _of_interface(new, [pair.new for pair in pairing.pairs])
    if ours is not None or theirs is not None:
        before, after = ours or Security(), theirs or Security()
        yield from _compared(ours, theirs, before, after, "api-global-security", None)


def _of_interface(interface: Interface, operations: list[Operation]) -> Security | None:
    if not interface.document.get("security"):
        return None
    found = (each.security for each in operations)
    return next((each for each in found if each.place and not _is_own(each)), None)


def _compared(
    stated_old: Security | None,
    stated_new: Security | None,
    old: Security,
    new: Security,
    rule: str,
    operation: Operation | None,
) -> Iterator[Change]:
    """Alternatives by the schemes they are of; of one in both, its scopes.

    The effect is that on callers: what is demanded where nothing was keeps some of them out.
    """
    ours = _by_schemes(stated_old) if stated_old else {}
    theirs = _by_schemes(stated_new) if stated_new else {}

    def change(suffix: str, effect: Effect, before: str = "", after: str = "") -> Change:
        return Change(
            id=f"{rule}-{suffix}",
            effect=effect,
            direction=Direction.REQUEST,
            operation=str(operation.key) if operation else "",
            part="security",
            aspect=suffix.rpartition("-")[0] or "alternative",
            old=old.place,
            new=new.place,
            before=before or ABSENT,
            after=after or ABSENT,
        )

    for key, alternative in ours.items():
        if key not in theirs:
            effect = Effect.WIDER if frozenset() in new.alternatives else Effect.NARROWER
            yield change("removed", effect, before=_named(alternative))
    for key, alternative in theirs.items():
        if key not in ours:
            effect = Effect.NARROWER if frozenset() in old.alternatives else Effect.WIDER
            yield change("added", effect, after=_named(alternative))
    for key, alternative in ours.items():
        if key in theirs:
            before, after = _scopes(alternative), _scopes(theirs[key])
            for scope in sorted(before - after):
                yield change("scope-removed", Effect.WIDER, before=scope)
            for scope in sorted(after - before):
                yield change("scope-added", Effect.NARROWER, after=scope)


def _by_schemes(found: Security) -> dict[str, Alternative]:
    return {
        " and ".join(sorted(str(demand.scheme) for demand in each)): each
        for each in sorted(found.alternatives, key=_named)
        if each
    }


def _named(alternative: Alternative) -> str:
    return " and ".join(sorted(map(str, alternative)))


def _scopes(alternative: frozenset[Demand]) -> set[str]:
    return {scope for demand in alternative for scope in demand.scopes}
