"""The named ways to show who is calling. Alone they demand nothing: operations tell who must."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.model.interface import Interface
from compat.model.place import Place
from compat.model.schema import ABSENT, Absent, Json

_URLS = (
    ("authorizationUrl", "oauth-url-changed"),
    ("tokenUrl", "oauth-token-url-changed"),
    ("refreshUrl", "oauth-refresh-url-changed"),
)
_HOLDERS = (("components", "securitySchemes"), ("securityDefinitions",))


def schemes(old: Interface, new: Interface) -> Iterator[Change]:
    """Those that came, went or changed."""
    ours, theirs = _named(old), _named(new)
    for name in sorted({*ours, *theirs}):
        before, after = ours.get(name), theirs.get(name)
        if before is None or after is None:
            verb = "added" if before is None else "removed"
            yield _Pair(name, before, after).change(verb, "scheme")
        else:
            yield from _scheme(_Pair(name, before, after))


@dataclass(frozen=True, slots=True)
class _Scheme:
    told: Mapping[str, Json]
    place: Place


@dataclass(frozen=True, slots=True)
class _Pair:
    name: str
    old: _Scheme | None
    new: _Scheme | None

    def change(
        self,
        rule: str,
        aspect: str,
        path: tuple[str, ...] = (),
        before: Json | Absent = ABSENT,
        after: Json | Absent = ABSENT,
    ) -> Change:
        return Change(
            id=f"api-security-component-{rule}",
            effect=Effect.SAME,
            direction=Direction.REQUEST,
            part=f"security scheme {self.name}",
            aspect=aspect,
            path=path,
            old=None if self.old is None else self.old.place,
            new=None if self.new is None else self.new.place,
            before=before,
            after=after,
        )


def _named(interface: Interface) -> Mapping[str, _Scheme]:
    for holder in _HOLDERS:
        held: Json = dict(interface.document)
        for key in holder:
            held = held.get(key) if isinstance(held, dict) else None
        if isinstance(held, dict):
            pointer = f"/{'/'.join(holder)}"
            return {
                name: _Scheme(each, Place(interface.place.source, f"{pointer}/{name}"))
                for name, each in held.items()
                if isinstance(each, dict)
            }
    return {}


def _scheme(pair: _Pair) -> Iterator[Change]:
    assert pair.old is not None
    assert pair.new is not None
    before, after = pair.old.told, pair.new.told
    if before.get("type") != after.get("type"):
        was, is_ = before.get("type"), after.get("type")
        yield pair.change("type-changed", "type", before=was, after=is_)
        return
    ours, theirs = _flows(before), _flows(after)
    for flow in sorted({*ours, *theirs}):
        one, other = ours.get(flow, {}), theirs.get(flow, {})
        for keyword, rule in _URLS:
            was, is_ = one.get(keyword), other.get(keyword)
            if was != is_:
                yield pair.change(rule, keyword, (flow,), before=was, after=is_)
        yield from _scopes(pair, flow, one.get("scopes"), other.get("scopes"))


def _flows(scheme: Mapping[str, Json]) -> dict[str, dict[str, Json]]:
    flows = scheme.get("flows")
    if not isinstance(flows, dict):
        return {str(scheme.get("flow", "")): dict(scheme)} if "scopes" in scheme else {}
    return {name: each for name, each in flows.items() if isinstance(each, dict)}


def _scopes(pair: _Pair, flow: str, before: Json, after: Json) -> Iterator[Change]:
    one = before if isinstance(before, dict) else {}
    other = after if isinstance(after, dict) else {}
    for scope in sorted({*one, *other}):
        path = (flow, scope)
        if scope not in other:
            yield pair.change("oauth-scope-removed", "scopes", path)
        elif scope not in one:
            yield pair.change("oauth-scope-added", "scopes", path)
        elif one[scope] != other[scope]:
            told = one[scope], other[scope]
            yield pair.change("oauth-scope-changed", "scopes", path, *told)
