"""OpenAPI 3.0 and 3.1: their operations are written alike, only their schemas differ."""

import posixpath
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from compat.load.documents import Documents
from compat.load.node import Node, shown
from compat.load.operations import METHODS, Parts, is_scalar, parameter_name, statuses
from compat.load.schema import SchemaReader
from compat.model.interface import Answer, Body, Content, Location, Parameter, Style
from compat.model.schema import Kind, Schema

_URL_MAX: Final = 2_000
_IN_URL: Final = frozenset((Location.QUERY, Location.COOKIE))
_STYLES: Final = {
    # (style, explode) -> how an array becomes text (OpenAPI 3.1, 4.8.12.3)
    ("simple", False): Style.SIMPLE,
    ("simple", True): Style.SIMPLE,
    ("form", False): Style.SIMPLE,
    ("form", True): Style.MULTI,
    ("spaceDelimited", False): Style.SPACE,
    ("spaceDelimited", True): Style.MULTI,
    ("pipeDelimited", False): Style.PIPE,
    ("pipeDelimited", True): Style.MULTI,
    ("deepObject", False): Style.DEEP,
    ("deepObject", True): Style.DEEP,
}
# OpenAPI 3.1, 4.8.12.1: a definition of one of these as a parameter is ignored.
_NOT_PARAMETERS: Final = frozenset(("accept", "content-type", "authorization"))


def base_path(node: Node) -> str:
    """The path of the first server's URL, variables at their defaults; "" where it is the root."""
    server = next(node.elements("servers"), None)
    if server is None:
        return ""
    url = server.text("url")
    for name, variable in server.members("variables"):
        url = url[:_URL_MAX].replace(f"{{{name}}}", variable.text("default")[:_URL_MAX])
    try:
        path = urlsplit(url[:_URL_MAX]).path
    except ValueError:
        server.report(f"{shown(url)} is no URL: read as the root")
        return ""
    return posixpath.normpath("/" + path.lstrip("/")).rstrip("/")


def report_own_servers(root: Node) -> None:
    """Paths and operations may name servers of their own; the model has one base path."""
    common = base_path(root)
    for _, item in root.members("paths"):
        for holder in (item, *(item.get(method) for method in METHODS)):
            if holder is not None and holder.has("servers") and base_path(holder) != common:
                holder.report(f"its own servers are not read: it is taken to be under {common!r}")


class OpenApi3:
    """Reads the parts of operations."""

    def __init__(self, documents: Documents, schemas: SchemaReader) -> None:
        self._documents, self._schemas = documents, schemas
        self._parameters: dict[str, Parameter | None] = {}
        self._bodies: dict[str, Body] = {}
        self._answers: dict[tuple[str, str], Answer] = {}

    def parts(self, operation: Node, nodes: tuple[Node, ...]) -> Parts:
        parameters = [self._parameter(node) for node in nodes]
        below = operation.get("requestBody")
        answers = tuple(
            self._answer(status, node) for status, node in statuses(self._documents, operation)
        )
        return Parts(
            tuple(parameter for parameter in parameters if parameter is not None),
            self._body(below) if below is not None else None,
            answers,
        )

    def _parameter(self, node: Node) -> Parameter | None:
        if node.id not in self._parameters:
            self._parameters[node.id] = self._new_parameter(node)
        return self._parameters[node.id]

    def _new_parameter(self, node: Node) -> Parameter | None:
        name, place = node.text("name"), node.text("in")
        try:
            location = Location(place)
        except ValueError:
            location = Location.BODY
        if location is Location.BODY:
            node.report(f"{shown(place)} is no place of a parameter: left out")
            return None
        if location is Location.HEADER and name.lower() in _NOT_PARAMETERS:
            return None
        if location is Location.PATH:
            name = parameter_name(name)
            if not node.flag("required"):
                node.report("a path parameter is always required: read so")
        return self._typed(node, name, location)

    def _typed(self, node: Node, name: str, location: Location) -> Parameter:
        schema = self._parameter_schema(node)
        return Parameter(
            place=node.place,
            name=name,
            location=location,
            required=location is Location.PATH or node.flag("required"),
            schema=schema,
            style=_style(node, schema, location),
            allow_empty=node.flag("allowEmptyValue"),
            deprecated=node.flag("deprecated"),
            description=node.text("description"),
        )

    def _parameter_schema(self, node: Node) -> Schema:
        """Its `schema`; for `content`, text of that media type in the words of 2020-12."""
        below = node.get("schema")
        if below is not None:
            return self._schemas.read_once(below)
        media_type, content = next(node.members("content"), ("", None))
        if content is None:
            node.report("the parameter has neither schema nor content: read as allowing anything")
            return Schema(place=node.place)
        inner = content.value.get("schema", {}) if isinstance(content.value, dict) else {}
        return Schema(
            place=content.place,
            kinds=frozenset((Kind.STRING,)),
            rest=MappingProxyType({"contentMediaType": media_type, "contentSchema": inner}),
        )

    def _body(self, node: Node) -> Body:
        target = self._documents.follow(node)
        if target is None:
            return Body(place=node.place, required=False, contents=())
        if target.id not in self._bodies:
            self._bodies[target.id] = Body(
                place=target.place,
                required=target.flag("required"),
                contents=self._contents(target),
                description=target.text("description"),
            )
        return self._bodies[target.id]

    def _answer(self, status: str, node: Node) -> Answer:
        if (status, node.id) not in self._answers:
            self._answers[status, node.id] = self._new_answer(status, node)
        return self._answers[status, node.id]

    def _new_answer(self, status: str, node: Node) -> Answer:
        headers = (
            self._header(name, header)
            for name, header in node.members("headers")
            if name.lower() != "content-type"  # OpenAPI 3.1, 4.8.17.1: ignored
        )
        return Answer(
            place=node.place,
            status=status,
            contents=self._contents(node),
            headers=tuple(header for header in headers if header is not None),
            description=node.text("description"),
        )

    def _header(self, name: str, node: Node) -> Parameter | None:
        target = self._documents.follow(node)
        return None if target is None else self._typed(target, name, Location.HEADER)

    def _contents(self, node: Node) -> tuple[Content, ...]:
        return tuple(
            Content(place=entry.place, media_type=media_type, schema=self._content_schema(entry))
            for media_type, entry in node.members("content")
        )

    def _content_schema(self, entry: Node) -> Schema | None:
        entry.as_object()
        below = entry.get("schema")
        return self._schemas.read_once(below) if below is not None else None


def _style(node: Node, schema: Schema, location: Location) -> Style:
    """A scalar has its location's usual style: no other makes a difference."""
    usual = "form" if location in _IN_URL else "simple"
    style = node.text("style") or usual
    explode = node.flag("explode") if node.has("explode") else style == "form"
    if is_scalar(schema):
        return _STYLES[usual, usual == "form"]
    if (style, explode) not in _STYLES:
        node.report(f"the style {shown(style)} is read as {usual}")
        return _STYLES[usual, usual == "form"]
    return _STYLES[style, explode]
