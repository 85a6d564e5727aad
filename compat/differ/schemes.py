"""The named ways to show who is calling. Alone they demand nothing: operations tell who must."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Effect
from compat.model.interface import Interface
from compat.model.record import record
from compat.model.schema import ABSENT, Absent, Json
from compat.model.security import Grant, NamedScheme

_URLS: Final = (
    ("authorizationUrl", "oauth-url-changed"),
    ("tokenUrl", "oauth-token-url-changed"),
    ("refreshUrl", "oauth-refresh-url-changed"),
)
_NO_GRANT: Final = Grant(urls=MappingProxyType({}), scopes=MappingProxyType({}))


def schemes(old: Interface, new: Interface) -> Iterator[Change]:
    """Those that came, went or changed."""
    for name in sorted({*old.schemes, *new.schemes}):
        before, after = old.schemes.get(name), new.schemes.get(name)
        pair = _Pair(name, before, after)
        if before is None or after is None:
            yield pair.change("added" if before is None else "removed", "scheme")
        elif before.type != after.type:
            yield pair.change("type-changed", "type", before=before.type, after=after.type)
        else:
            for flow in sorted({*before.flows, *after.flows}):
                grants = (each.flows.get(flow, _NO_GRANT) for each in (before, after))
                yield from _grant(pair, flow, *grants)


@record()
class _Pair:
    name: str
    old: NamedScheme | None
    new: NamedScheme | None

    def change(
        self,
        rule: str,
        aspect: str,
        path: tuple[str, ...] = (),
        before: Json | Absent = ABSENT,
        after: Json | Absent = ABSENT,
    ) -> Change:
        return Change.between(
            f"api-security-component-{rule}",
            aspect,
            Effect.SAME,
            self.old,
            self.new,
            part=f"security scheme {self.name}",
            path=path,
            before=before,
            after=after,
        )


def _grant(pair: _Pair, flow: str, one: Grant, other: Grant) -> Iterator[Change]:
    for keyword, rule in _URLS:
        was, is_ = one.urls.get(keyword), other.urls.get(keyword)
        if was != is_:
            yield pair.change(rule, keyword, (flow,), before=was, after=is_)
    for scope in sorted({*one.scopes, *other.scopes}):
        path = (flow, scope)
        if scope not in other.scopes:
            yield pair.change("oauth-scope-removed", "scopes", path)
        elif scope not in one.scopes:
            yield pair.change("oauth-scope-added", "scopes", path)
        elif one.scopes[scope] != other.scopes[scope]:
            told = one.scopes[scope], other.scopes[scope]
            yield pair.change("oauth-scope-changed", "scopes", path, *told)
