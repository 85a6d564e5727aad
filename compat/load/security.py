"""Security requirements and the schemes they name, as `compat.model.security` puts them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from compat.load.documents import Documents
from compat.load.node import Node, shown
from compat.model.security import (
    FLOWS_OF_20,
    UNSECURED,
    Alternative,
    Demand,
    Grant,
    NamedScheme,
    Scheme,
    Security,
)

_IN_20: Final = "securityDefinitions"
_ADDRESSES: Final = ("authorizationUrl", "deviceAuthorizationUrl", "tokenUrl", "refreshUrl")


class SecurityReader:
    """Reads what operations demand of those who call them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        root = documents.root
        components = root.get("components")
        holder, keyword = (components, "securitySchemes")
        if holder is None or not holder.has(keyword):
            holder, keyword = root, _IN_20
        self._nodes = dict(holder.members(keyword))
        self._schemes: dict[str, Scheme] = {}
        self._shared = self.own(root)

    def named(self) -> Mapping[str, NamedScheme]:
        """The schemes of the spec, whether anything demands them or not."""
        found = ((name, self._documents.follow(node)) for name, node in self._nodes.items())
        return MappingProxyType({name: _published(node) for name, node in found if node})

    def of(self, operation: Node) -> Security:
        """The operation's own requirements, else those of the whole spec."""
        return self.own(operation) if operation.has("security") else self._shared

    def own(self, holder: Node) -> Security:
        """What it says itself: what the whole spec says is of those who call the server."""
        node = holder.get("security")
        if node is None or not isinstance(node.value, list):
            return UNSECURED
        alternatives = frozenset(self._alternative(each) for each in holder.elements("security"))
        if not alternatives:
            return Security(place=node.place)
        return Security(place=node.place, alternatives=alternatives)

    def _alternative(self, node: Node) -> Alternative:
        return frozenset(
            Demand(
                scheme=self._scheme(name, below),
                scopes=frozenset(str(scope) for scope in below.as_list()),
            )
            for name, below in node.own_members()
        )

    def _scheme(self, name: str, at: Node) -> Scheme:
        if name not in self._schemes:
            node = self._nodes.get(name)
            target = self._documents.follow(node) if node is not None else None
            if target is None:
                at.report(f"no security scheme is called {shown(name)}: known by its name alone")
                self._schemes[name] = Scheme(kind="unknown", name=name)
            else:
                self._schemes[name] = _scheme(target)
        return self._schemes[name]


def _scheme(node: Node) -> Scheme:
    kind = node.text("type")
    match kind:
        case "basic":
            return Scheme(kind="basic")
        case "http":
            return Scheme(kind=node.text("scheme").lower())
        case "apiKey":
            location, name = node.text("in"), node.text("name")
            is_header = location == "header"
            return Scheme(kind=kind, location=location, name=name.lower() if is_header else name)
        case "oauth2":
            flows = dict(_flows(node))
            addresses = frozenset(
                f"{name} {keyword} {flow.text(keyword)}"
                for name, flow in flows.items()
                for keyword in _ADDRESSES
                if flow.has(keyword)
            )
            return Scheme(kind=kind, flows=frozenset(flows), addresses=addresses)
        case "openIdConnect":
            return Scheme(kind=kind, url=node.text("openIdConnectUrl"))
        case _:
            return Scheme(kind=kind)


def _published(node: Node) -> NamedScheme:
    kind = node.text("type")
    flows = {name: _grant(flow) for name, flow in _flows(node)} if kind == "oauth2" else {}
    return NamedScheme(
        place=node.place,
        type="http" if kind == "basic" else kind,
        flows=MappingProxyType(flows),
    )


def _grant(flow: Node) -> Grant:
    scopes = {name: text.own_text() for name, text in flow.members("scopes")}
    return Grant(
        urls=MappingProxyType({each: flow.text(each) for each in _ADDRESSES if flow.has(each)}),
        scopes=MappingProxyType(
            {name: text for name, text in scopes.items() if not name.startswith("x-")}
        ),
    )


def _flows(node: Node) -> Iterator[tuple[str, Node]]:
    """By the names of 3.x: 2.0's one flow, the several ones of 3.x."""
    if node.has("flow"):
        name = node.text("flow")
        yield FLOWS_OF_20.get(name, name), node
    for name, below in node.members("flows"):
        if not name.startswith("x-"):
            yield name, below
