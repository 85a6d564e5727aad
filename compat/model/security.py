"""Who may call: what a request has to show, in facts rather than in the names of schemes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from compat.model.place import Place
from compat.model.record import record


@record(kw_only=True)
class Scheme:
    """One way to show who is calling.

    `kind` is "apiKey", "oauth2", "openIdConnect", "mutualTLS" or the scheme of an Authorization
    header, in lower case ("basic", "bearer"). `location` and `name` are an API key's (of a header
    in lower case), `flows` the names of OAuth 2's as 3.x has them and `addresses` where they lead
    ("implicit authorizationUrl https://a"), `url` where OpenID Connect is described. A `kind` that
    no standard knows is a fact like any other.
    """

    kind: str
    location: str = ""
    name: str = ""
    flows: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    url: str = ""

    def __str__(self) -> str:
        said = (self.kind, self.location, self.name, "/".join(sorted(self.flows)), self.url)
        return " ".join(part for part in said if part)


@record(kw_only=True)
class Demand:
    """A scheme, and the scopes or roles that it must grant."""

    scheme: Scheme
    scopes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        scopes = f" ({', '.join(sorted(self.scopes))})" if self.scopes else ""
        return f"{self.scheme}{scopes}"


@record(kw_only=True)
class Grant:
    """One flow of OAuth 2: where it leads, by the keywords of 3.x, and its scopes with a text."""

    urls: Mapping[str, str]
    scopes: Mapping[str, str]


@record(kw_only=True)
class NamedScheme:
    """A scheme as a spec publishes it; `type` and the names of flows are those of 3.x."""

    place: Place
    type: str
    flows: Mapping[str, Grant]


Alternative = frozenset[Demand]
"""What must be shown together; nothing at all where it is empty."""


@record(kw_only=True)
class Security:
    """One of the alternatives has to be met; `place` is where they stand, None where nowhere."""

    place: Place | None = None
    alternatives: frozenset[Alternative] = frozenset({frozenset()})

    def __str__(self) -> str:
        texts = (" and ".join(sorted(map(str, one))) or "nothing" for one in self.alternatives)
        return " or ".join(sorted(texts))

    @property
    def addresses(self) -> list[str]:
        """All that the schemes name, in order."""
        demands = (demand for alternative in self.alternatives for demand in alternative)
        return sorted({address for one in demands for address in one.scheme.addresses})


UNSECURED: Final = Security()
FLOWS_OF_20: Final[Mapping[str, str]] = MappingProxyType(
    {"application": "clientCredentials", "accessCode": "authorizationCode"}
)
"""What 3.x calls the flows that 2.0 calls otherwise."""
