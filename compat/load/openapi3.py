"""OpenAPI 3.0 and 3.1: their operations are written alike, only their schemas differ."""

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from compat.load.dialect import Dialect
from compat.load.documents import Documents
from compat.load.encodings import encodings, header_nodes
from compat.load.node import Node, shown
from compat.load.operations import Parts, extensions, is_scalar, parameter_name, statuses
from compat.load.schema import SchemaReader
from compat.model.interface import Answer, Body, Content, Location, Parameter, Style
from compat.model.schema import ANY_KIND, Kind, Schema

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
_LABELS: Final = frozenset(("label", "matrix"))
_LINK: Final = frozenset(("operationRef", "operationId", "parameters", "requestBody", "server"))
# OpenAPI 3.1, 4.8.12.1: a definition of one of these as a parameter is ignored.
_NOT_PARAMETERS: Final = frozenset(("accept", "content-type", "authorization"))


class OpenApi3:
    """Reads the parts of operations."""

    def __init__(self, documents: Documents, schemas: SchemaReader, dialect: Dialect) -> None:
        self._documents, self._schemas, self._dialect = documents, schemas, dialect
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
            tuple(self._callbacks(operation)),
        )

    def _callbacks(self, operation: Node) -> Iterator[tuple[str, Node]]:
        """What a callback is called does not matter, only where it goes."""
        for _, node in operation.members("callbacks"):
            target = self._documents.follow(node)
            if target is not None:
                for expression, item in target.own_members():
                    if not expression.startswith("x-"):
                        yield expression, item

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
        content = None if node.has("schema") else next(iter(self._contents(node)), None)
        schema = self._parameter_schema(node, content)
        return Parameter(
            place=node.place,
            name=name,
            location=location,
            required=location is Location.PATH or node.flag("required"),
            schema=schema,
            style=_style(node, schema, location),
            written=_written(node, schema, location),
            content=content,
            allow_empty=node.flag("allowEmptyValue"),
            allow_reserved=node.flag("allowReserved"),
            deprecated=node.flag("deprecated"),
            description=node.text("description"),
            extensions=extensions(node),
        )

    def _parameter_schema(self, node: Node, content: Content | None) -> Schema:
        """Its `schema`; for `content` that of its text."""
        below = node.get("schema")
        if below is not None:
            return self._schemas.read_once(below)
        if content is None:
            node.report("the parameter has neither schema nor content: read as allowing anything")
            return Schema(place=node.place)
        return Schema(place=content.place, kinds=frozenset((Kind.STRING,)))

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
        return Answer(
            place=node.place,
            status=status,
            contents=self._contents(node),
            headers=tuple(self._headers(node.members("headers"))),
            links=MappingProxyType(dict(self._links(node))),
            description=node.text("description"),
        )

    def _links(self, node: Node) -> Iterator[tuple[str, str]]:
        for name, below in node.members("links"):
            target = self._documents.follow(below)
            if target is not None:
                said = {key: value for key, value in target.as_object().items() if key in _LINK}
                yield name, json.dumps(said, sort_keys=True)

    def _contents(self, node: Node) -> tuple[Content, ...]:
        return tuple(
            Content(
                place=entry.place,
                media_type=media_type,
                schema=self._content_schema(entry),
                encoding=encodings(self._documents, self._dialect, media_type, entry),
                part_headers=self._part_headers(media_type, entry),
            )
            for media_type, entry in node.members("content")
        )

    def _part_headers(self, media_type: str, entry: Node) -> Mapping[str, tuple[Parameter, ...]]:
        return MappingProxyType(
            {
                name: headers
                for name, node in entry.members("encoding")
                if (headers := tuple(self._headers(header_nodes(media_type, node))))
            }
        )

    def _headers(self, nodes: Iterable[tuple[str, Node]]) -> Iterator[Parameter]:
        """All but the media type's own, which is said elsewhere (OpenAPI 3.1, 4.8.17.1)."""
        for name, node in nodes:
            target = self._documents.follow(node)
            if target is not None and name.lower() != "content-type":
                yield self._typed(target, name, Location.HEADER)

    def _content_schema(self, entry: Node) -> Schema | None:
        entry.as_object()
        below = entry.get("schema")
        return self._schemas.read_once(below) if below is not None else None


def _style(node: Node, schema: Schema, location: Location) -> Style:
    """A scalar has its location's usual style: no other makes a difference."""
    usual = _usual(location)
    style, explode = _published(node, location)
    if is_scalar(schema) or _is_labelled(style, location):
        return _STYLES[usual, usual == "form"]
    if (style, explode) not in _STYLES:
        node.report(f"the style {shown(style)} is read as {usual}")
        return _STYLES[usual, usual == "form"]
    return _STYLES[style, explode]


def _written(node: Node, schema: Schema, location: Location) -> str:
    """The style where the model's has no word for it."""
    style, explode = _published(node, location)
    if _is_labelled(style, location):
        return style if is_scalar(schema) or not explode else f"{style}*"
    if is_scalar(schema) or not _may_be_object(schema):
        return ""
    return f"{style}*" if explode and style != "deepObject" else style


def _is_labelled(style: str, location: Location) -> bool:
    return style in _LABELS and location is Location.PATH


def _may_be_object(schema: Schema) -> bool:
    refers = schema.ref is not None or schema.all_of or schema.any_of or schema.one_of
    return bool(refers) or (schema.kinds != ANY_KIND and Kind.OBJECT in schema.kinds)


def _published(node: Node, location: Location) -> tuple[str, bool]:
    """(style, explode), each by default where it is left out."""
    style = node.text("style") or _usual(location)
    return style, node.flag("explode") if node.has("explode") else style == "form"


def _usual(location: Location) -> str:
    return "form" if location in _IN_URL else "simple"
