"""Schemas of every dialect into `compat.model.schema.Schema`.

A reference stays one: its target is read on its own, later, from a list of targets still to be
read. So cycles end by themselves, and only nesting in the text makes the reader recurse.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from compat.load import keywords
from compat.load.dialect import Dialect
from compat.load.documents import Documents, looping
from compat.load.further import content_format, every_field, further, states_additional
from compat.load.limits import REFERENCE_CHAIN_MAX
from compat.load.node import Node, kind, shown
from compat.load.nullable import or_null
from compat.load.pointer import split
from compat.load.vocabulary import READ, annotates, asserts
from compat.model.schema import ANY_KIND, Discriminator, Json, Kind, Schema, SchemaId

_COMPONENT_PARENTS: Final = ("/definitions", "/components/schemas")
_COMPONENT_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_REFERENCE: Final = re.compile(r"[/#]|\.(json|ya?ml)$")
_NO_SCHEMAS: Final[Mapping[str, Schema]] = MappingProxyType({})
_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


class SchemaReader:
    """Reads schemas and keeps those that references lead to, by id."""

    def __init__(self, documents: Documents, dialect: Dialect) -> None:
        self._documents, self._dialect = documents, dialect
        self._targets: dict[SchemaId, Schema] = {}
        self._wanted: dict[SchemaId, Node] = {}
        self._read_once: dict[SchemaId, Schema] = {}
        self._warned_of_nullable = False

    def read_once(self, node: Node) -> Schema:
        """As `read`, the same schema each time: what many operations share is compared once."""
        identity = node.id
        if identity not in self._read_once:
            self._read_once[identity] = self.read(node)
        return self._read_once[identity]

    def read(self, node: Node) -> Schema:
        """Any node: what is no schema is reported and allows anything."""
        value = node.value
        if isinstance(value, dict):
            if keywords.is_nullable(node, self._dialect):
                self._warn_of_nullable(node)
                if "$ref" in value or "type" not in value:
                    return self._or_null(node, value)
            if "$ref" in value:
                return self._reference(node, value, "$ref")
            if "$dynamicRef" in value and self._dialect.is_json_schema:
                node.report("$dynamicRef is read as $ref: what overrides its anchor is not seen")
                return self._reference(node, value, "$dynamicRef")
            return self._assertions(node, value, _component_name(node))
        if not isinstance(value, bool):
            node.report(f"a schema belongs here, not {kind(value)}: read as allowing anything")
        elif not self._dialect.is_json_schema:
            node.report(f"OpenAPI {self._dialect.name} has no boolean schemas: read as in 3.1")
        admitted = frozenset[Kind]() if value is False else ANY_KIND
        return Schema(place=node.place, name=_component_name(node), kinds=admitted)

    def want(self, node: Node) -> SchemaId:
        """Has the schema at `node` read in time, as the target of a reference."""
        identity = node.id
        self._documents.spend(len(identity) // 100, node)
        if identity not in self._targets:
            self._wanted[identity] = node
        return identity

    def finish(self) -> Mapping[SchemaId, Schema]:
        """Reads what is still wanted; raises SpecError where references only lead in circles."""
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            for identity, node in wanted.items():
                if identity not in self._targets:
                    self._targets[identity] = self.read(node)
        for target in self._targets.values():
            schema, steps = target, 0
            while schema.ref is not None:
                schema, steps = self._targets[schema.ref], steps + 1
                if steps > REFERENCE_CHAIN_MAX:
                    raise looping(target.place)
        return MappingProxyType(self._targets)

    def _reference(self, node: Node, value: dict[str, Json], keyword: str) -> Schema:
        name = _component_name(node)
        beside = {key: below for key, below in value.items() if key != keyword}
        if not self._dialect.is_json_schema:
            beside = {key: below for key, below in beside.items() if not asserts(key)}
        target = self._documents.resolve(node, keyword)
        if target is None:
            return self._assertions(_with(node, beside), beside, name)
        if not any(map(asserts, beside)):
            return Schema(
                place=node.place,
                name=name,
                ref=self.want(target),
                title=node.text("title"),
                description=node.text("description"),
                rest=self._rest(value),
            )
        at = node.get(keyword)
        assert at is not None
        parts = [Schema(place=at.place, ref=self.want(target))]
        own = {key: below for key, below in beside.items() if not annotates(key)}
        if own:
            parts.append(self._assertions(_with(node, own), own, ""))
        notes = {key: below for key, below in beside.items() if annotates(key)}
        return replace(self._assertions(_with(node, notes), notes, name), all_of=tuple(parts))

    def _warn_of_nullable(self, node: Node) -> None:
        if self._dialect.is_json_schema and not self._warned_of_nullable:
            self._warned_of_nullable = True
            node.report("OpenAPI 3.1 has no nullable: read as in 3.0, here and in the whole spec")

    def _or_null(self, node: Node, value: dict[str, Json]) -> Schema:
        core = {key: below for key, below in value.items() if key not in self._dialect.nullable}
        return or_null(self.read(_with(node, core)))

    def _assertions(self, node: Node, value: dict[str, Json], name: str) -> Schema:
        admitted = keywords.kinds(node, self._dialect)
        values = keywords.enum(node, admitted)
        all_of, any_of = self._several(node, "allOf"), self._several(node, "anyOf")
        one_of = self._several(node, "oneOf")
        if any_of and one_of:
            all_of, any_of = (*all_of, Schema(place=node.place, any_of=any_of)), ()
        return Schema(
            place=node.place,
            name=name,
            kinds=admitted,
            enum=values,
            states_const=node.has("const"),
            format=node.text("format") or _format(value),
            bounds=keywords.bounds(node, self._dialect),
            default=keywords.default(node, admitted, values),
            properties=self._properties(node),
            required=_required(node),
            additional=self._additional(node),
            states_additional=states_additional(node),
            items=self._items(node),
            prefix_items=self._prefix_items(node),
            all_of=all_of,
            any_of=any_of,
            one_of=one_of,
            further=further(node, self.read),
            discriminator=self._discriminator(node),
            read_only=node.flag("readOnly"),
            write_only=node.flag("writeOnly"),
            deprecated=node.flag("deprecated"),
            title=node.text("title"),
            description=node.text("description"),
            examples=keywords.examples(node, admitted),
            rest=self._rest(value),
        )

    def _properties(self, node: Node) -> Mapping[str, Schema]:
        if not node.has("properties"):
            return _NO_SCHEMAS
        members = node.members("properties")
        return MappingProxyType({name: self.read(below) for name, below in members})

    def _additional(self, node: Node) -> Schema | bool:
        below = every_field(node) or node.get("additionalProperties")
        if below is None or below.value == {}:
            return True
        return below.value if isinstance(below.value, bool) else self.read(below)

    def _items(self, node: Node) -> Schema | None:
        below = node.get("items")
        return None if below is None or isinstance(below.value, list) else self.read(below)

    def _prefix_items(self, node: Node) -> tuple[Schema, ...]:
        below = node.get("items")
        if below is None or not isinstance(below.value, list):
            return self._several(node, "prefixItems")
        below.report("items is no list: read as the prefixItems of 3.1")
        return self._several(node, "items")

    def _several(self, node: Node, keyword: str) -> tuple[Schema, ...]:
        return tuple(map(self.read, node.elements(keyword))) if node.has(keyword) else ()

    def _discriminator(self, node: Node) -> Discriminator | None:
        property_name = keywords.discriminator_property(node)
        if not property_name:
            return None
        below = node.get("discriminator")
        assert below is not None
        mapping = {}
        for value, entry in below.members("mapping"):
            target = self._mapped(entry, entry.own_text())
            if target is None:
                entry.report(f"{shown(entry.value)} names no schema: left out")
            else:
                mapping[value] = self.want(target)
        return Discriminator(property_name=property_name, mapping=MappingProxyType(mapping))

    def _mapped(self, entry: Node, text: str) -> Node | None:
        """A discriminator's value is the name of a schema or a reference (OpenAPI 3.1, 4.8.25)."""
        target = None
        if _COMPONENT_NAME.fullmatch(text):
            target = self._documents.target(entry, f"#{self._dialect.components}/{text}")
        if target is None and _REFERENCE.search(text):
            target = self._documents.target(entry, text)
        return target

    def _rest(self, value: dict[str, Json]) -> Mapping[str, Json]:
        rest = {
            key: below
            for key, below in value.items()
            if key not in READ and key not in self._dialect.nullable
        }
        return MappingProxyType(rest) if rest else _NOTHING


def _format(value: dict[str, Json]) -> str:
    """What says as much as a format where there is none."""
    return "binary" if value.get("type") == "file" else content_format(value)


def _with(node: Node, value: dict[str, Json]) -> Node:
    return Node(node.document, node.pointer, value)


def _component_name(node: Node) -> str:
    parent = node.pointer.rpartition("/")[0]
    return split(node.pointer)[-1] if parent in _COMPONENT_PARENTS else ""


def _required(node: Node) -> frozenset[str]:
    below = node.get("required")
    if below is None:
        return frozenset()
    if isinstance(below.value, bool):
        below.report("required is a list of names in the object's schema: left out here")
        return frozenset()
    return frozenset(element.own_text() for element in node.elements("required"))
