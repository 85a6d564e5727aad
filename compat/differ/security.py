"""What callers have to show: requirements of operations, of the whole interface, and schemes."""

from collections.abc import Iterator, Mapping

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.match.operations import Pairing
from compat.model.interface import Interface, Operation
from compat.model.schema import ABSENT, Json
from compat.model.security import Alternative, Demand, Security

_SHARED = "/security"


def security(old: Interface, new: Interface, pairing: Pairing) -> Iterator[Change]:
    """Everything about security; what an operation inherits is told once, of the interface."""
    yield from _components(old, new)
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


# --- schemes --------------------------------------------------------------------------------------


def _components(old: Interface, new: Interface) -> Iterator[Change]:
    ours, theirs = _schemes(old), _schemes(new)
    for name in sorted({*ours, *theirs}):
        before, after = ours.get(name), theirs.get(name)
        if before is None or after is None:
            verb = "added" if before is None else "removed"
            yield _of_scheme(verb, name, old, new)
        else:
            yield from _scheme(name, before, after, old, new)


def _schemes(interface: Interface) -> Mapping[str, Mapping[str, Json]]:
    components = interface.document.get("components")
    held = components.get("securitySchemes") if isinstance(components, dict) else None
    held = interface.document.get("securityDefinitions") if held is None else held
    if not isinstance(held, dict):
        return {}
    return {name: each for name, each in held.items() if isinstance(each, dict)}


def _scheme(
    name: str,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    old: Interface,
    new: Interface,
) -> Iterator[Change]:
    if before.get("type") != after.get("type"):
        yield _of_scheme("type-changed", name, old, new)
        return
    ours, theirs = _flows(before), _flows(after)
    for flow in sorted({*ours, *theirs}):
        one, other = ours.get(flow, {}), theirs.get(flow, {})
        for keyword, rule in (
            ("authorizationUrl", "oauth-url-changed"),
            ("tokenUrl", "oauth-token-url-changed"),
            ("refreshUrl", "oauth-refresh-url-changed"),
        ):
            if one.get(keyword) != other.get(keyword):
                yield _of_scheme(rule, name, old, new)
        yield from _scopes_of_flow(name, one, other, old, new)


def _flows(scheme: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    flows = scheme.get("flows")
    if not isinstance(flows, dict):
        return {str(scheme.get("flow", "")): dict(scheme)} if "scopes" in scheme else {}
    return {name: each for name, each in flows.items() if isinstance(each, dict)}


def _scopes_of_flow(
    name: str,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    old: Interface,
    new: Interface,
) -> Iterator[Change]:
    ours, theirs = before.get("scopes"), after.get("scopes")
    one = ours if isinstance(ours, dict) else {}
    other = theirs if isinstance(theirs, dict) else {}
    for scope in sorted({*one, *other}):
        if scope not in other:
            yield _of_scheme("oauth-scope-removed", name, old, new, scope)
        elif scope not in one:
            yield _of_scheme("oauth-scope-added", name, old, new, scope)
        elif one[scope] != other[scope]:
            yield _of_scheme("oauth-scope-changed", name, old, new, scope)


def _of_scheme(rule: str, name: str, old: Interface, new: Interface, scope: str = "") -> Change:
    """A scheme alone demands nothing: who needs it is told of the operations."""
    return Change(
        id=f"api-security-component-{rule}",
        effect=Effect.SAME,
        direction=Direction.REQUEST,
        part=f"security scheme {name}",
        path=(scope,) if scope else (),
        old=old.place,
        new=new.place,
    )
