"""Swagger 2.0: bodies and forms among the parameters, media types beside the operation."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from compat.load.documents import Documents
from compat.load.encodings import MULTIPART, URLENCODED, encoding_of_20, nested_formats
from compat.load.node import Node, shown
from compat.load.operations import Parts, is_scalar, parameter_name, statuses
from compat.load.schema import SchemaReader
from compat.model.interface import Answer, Body, Content, Location, Parameter, Style
from compat.model.schema import Kind, Schema

_STYLES: Final = {
    "csv": Style.SIMPLE,
    "ssv": Style.SPACE,
    "tsv": Style.TAB,
    "pipes": Style.PIPE,
    "multi": Style.MULTI,
}
_LOCATIONS: Final = {
    "path": Location.PATH,
    "query": Location.QUERY,
    "header": Location.HEADER,
}
_JSON: Final = "application/json"
_NOT_OF_SCHEMA: Final = frozenset(
    ("name", "in", "required", "description", "collectionFormat", "allowEmptyValue", "schema")
)


def base_path(root: Node) -> str:
    """`basePath` without a slash at its end, "" where it is the root."""
    path = root.text("basePath").rstrip("/")
    return path if path.startswith("/") or not path else f"/{path}"


class Swagger20:
    """Reads the parts of operations."""

    def __init__(self, documents: Documents, schemas: SchemaReader) -> None:
        self._documents, self._schemas = documents, schemas
        self._parameters: dict[str, Parameter] = {}
        self._answered: dict[tuple[str, str, tuple[str, ...]], Answer] = {}

    def parts(self, operation: Node, nodes: tuple[Node, ...]) -> Parts:
        parameters, bodies, fields = [], [], []
        for node in nodes:
            place = node.text("in")
            if place == "body":
                bodies.append(node)
            elif place == "formData":
                fields.append(node)
            elif place in _LOCATIONS:
                parameters.append(self._parameter(node, _LOCATIONS[place]))
            else:
                node.report(f"{shown(place)} is no place of a parameter: left out")
        for extra in bodies[1:]:
            extra.report("an operation has one body: left out")
        if bodies:
            body: Body | None = self._body(operation, bodies[0])
        else:
            body = self._form(operation, fields) if fields else None
        return Parts(tuple(parameters), body, self._answers(operation))

    def _parameter(self, node: Node, location: Location) -> Parameter:
        if node.id not in self._parameters:
            self._parameters[node.id] = self._new_parameter(node, location)
        return self._parameters[node.id]

    def _new_parameter(self, node: Node, location: Location) -> Parameter:
        name, required = node.text("name"), node.flag("required")
        if location is Location.PATH:
            name = parameter_name(name)
            if not required:
                node.report("a path parameter is always required: read so")
        schema = self._own_schema(node)
        return Parameter(
            place=node.place,
            name=name,
            location=location,
            required=required or location is Location.PATH,
            schema=schema,
            style=_style(node, schema, location),
            written=nested_formats(node),
            allow_empty=node.flag("allowEmptyValue"),
            description=node.text("description"),
        )

    def _own_schema(self, node: Node) -> Schema:
        """The schema whose keywords stand in the parameter itself."""
        own = {key: value for key, value in node.as_object().items() if key not in _NOT_OF_SCHEMA}
        return self._schemas.read_once(Node(node.document, node.pointer, own))

    def _body(self, operation: Node, node: Node) -> Body:
        below = node.get("schema")
        schema = self._schemas.read_once(below) if below is not None else None
        return Body(
            place=node.place,
            required=node.flag("required"),
            contents=self._contents(node, schema, self._media_types(operation, "consumes")),
            description=node.text("description"),
        )

    def _form(self, operation: Node, fields: list[Node]) -> Body:
        """The form's fields as one object."""
        required = frozenset(node.text("name") for node in fields if node.flag("required"))
        schema = Schema(
            place=fields[0].place,
            kinds=frozenset((Kind.OBJECT,)),
            properties=MappingProxyType({node.text("name"): self._field(node) for node in fields}),
            required=required,
        )
        has_file = any(node.has("type") and node.text("type") == "file" for node in fields)
        declared = self._media_types(operation, "consumes")
        media_types = tuple(name for name in declared if name in (MULTIPART, URLENCODED)) or (
            MULTIPART if has_file else URLENCODED,
        )
        contents = self._contents(fields[0], schema, media_types)
        return Body(
            place=fields[0].place,
            required=bool(required),
            contents=tuple(replace(one, encoding=_encoding(fields)) for one in contents),
        )

    def _field(self, node: Node) -> Schema:
        schema = self._own_schema(node)
        rest = dict(schema.rest)
        if (style := node.text("collectionFormat")) not in ("", "csv"):
            rest["collectionFormat"] = style
        return replace(schema, description=node.text("description"), rest=MappingProxyType(rest))

    def _answers(self, operation: Node) -> tuple[Answer, ...]:
        media_types = self._media_types(operation, "produces")
        return tuple(
            self._answer(status, node, media_types)
            for status, node in statuses(self._documents, operation)
        )

    def _answer(self, status: str, node: Node, media_types: tuple[str, ...]) -> Answer:
        key = (status, node.id, media_types)
        if key not in self._answered:
            self._answered[key] = self._new_answer(status, node, media_types)
        return self._answered[key]

    def _new_answer(self, status: str, node: Node, media_types: tuple[str, ...]) -> Answer:
        below = node.get("schema")
        contents: tuple[Content, ...] = ()
        if below is not None:
            contents = self._contents(node, self._schemas.read_once(below), media_types)
        return Answer(
            place=node.place,
            status=status,
            contents=contents,
            headers=tuple(self._header(name, header) for name, header in node.members("headers")),
            description=node.text("description"),
        )

    def _header(self, name: str, node: Node) -> Parameter:
        schema = self._own_schema(node)
        return Parameter(
            place=node.place,
            name=name,
            location=Location.HEADER,
            required=False,
            schema=schema,
            style=_style(node, schema, Location.HEADER),
            written=nested_formats(node),
            description=node.text("description"),
        )

    def _contents(
        self, node: Node, schema: Schema | None, media_types: tuple[str, ...]
    ) -> tuple[Content, ...]:
        self._documents.spend(len(media_types), node)
        return tuple(
            Content(place=node.place, media_type=name, schema=schema) for name in media_types
        )

    def _media_types(self, operation: Node, keyword: str) -> tuple[str, ...]:
        """The operation's own, else the spec's, else JSON."""
        for node in (operation, self._documents.root):
            if node.has(keyword):
                named = tuple(entry.own_text() for entry in node.elements(keyword))
                return named or (_JSON,)
        return (_JSON,)


def _encoding(fields: list[Node]) -> Mapping[str, str]:
    told = {node.text("name"): encoding_of_20(node) for node in fields}
    return MappingProxyType({name: words for name, words in told.items() if words})


def _style(node: Node, schema: Schema, location: Location) -> Style:
    """By collectionFormat; a scalar has the style that 3.x gives it, as it makes no difference."""
    if is_scalar(schema):
        return Style.MULTI if location is Location.QUERY else Style.SIMPLE
    name = node.text("collectionFormat") or "csv"
    if name not in _STYLES or (name == "multi" and location is not Location.QUERY):
        node.report(f"{shown(name)} is no collectionFormat here: read as csv")
        return Style.SIMPLE
    return _STYLES[name]
