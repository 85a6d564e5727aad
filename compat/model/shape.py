"""The closed union of shapes: what a schema admits, once references and allOf are seen through.

Shapes are made on demand and one level deep: the members of a shape are schemas again, so cycles
stay edges in the graph. `Shapes` remembers each, so that a schema is looked at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from compat.model.interface import Interface
from compat.model.schema import (
    ANY_KIND,
    UNBOUNDED,
    Bounds,
    Discriminator,
    Json,
    Kind,
    Schema,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A declared field of an object."""

    schema: Schema
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectShape:
    """An object: declared fields, and what an undeclared one may be (True: anything)."""

    fields: Mapping[str, Field]
    additional: Schema | bool
    nullable: bool = False
    bounds: Bounds = UNBOUNDED

    @property
    def is_map(self) -> bool:
        """No declared fields, and a schema for all others."""
        return not self.fields and isinstance(self.additional, Schema)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayShape:
    """A list; `items` is None where anything may stand in it."""

    items: Schema | None
    bounds: Bounds
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScalarShape:
    """Text, numbers and booleans; `kinds` is never empty and holds neither NULL nor containers."""

    kinds: frozenset[Kind]
    enum: tuple[Json, ...] | None
    format: str
    bounds: Bounds
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnionShape:
    """One of several schemas; `exclusive` where exactly one may hold (oneOf)."""

    variants: tuple[Schema, ...]
    discriminator: Discriminator | None
    exclusive: bool
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnyShape:
    """The spec says nothing: any JSON value."""

    nullable: bool = True


Shape: TypeAlias = ObjectShape | ArrayShape | ScalarShape | UnionShape | AnyShape

T = TypeVar("T")

CONTAINERS = frozenset({Kind.ARRAY, Kind.OBJECT})


@dataclass(eq=False)
class Shapes:
    """The shapes of one interface's schemas."""

    interface: Interface
    _known: dict[int, tuple[Schema, Shape]] = field(default_factory=dict)
    """By identity; the schema is kept beside its shape so that the identity stays taken."""

    def of(self, schema: Schema) -> Shape:
        schema = self.canonical(schema)
        known = self._known.get(id(schema))
        if known is None:
            self._known[id(schema)] = schema, AnyShape()  # what a schema that is only itself admits
            known = schema, self._shape(schema)
            self._known[id(schema)] = known
        return known[1]

    def canonical(self, schema: Schema) -> Schema:
        """Through references, and through wrappers that add nothing to the one schema they hold."""
        seen: set[int] = set()
        while id(schema) not in seen:
            seen.add(id(schema))
            schema = self.interface.resolve(schema)
            if not _is_wrapper(schema):
                break
            schema = (schema.all_of or schema.one_of or schema.any_of)[0]
        return schema

    def _shape(self, schema: Schema) -> Shape:
        parts = tuple(self._conjuncts(schema, set()))
        union = next((part for part in parts if _variants(part)), None)
        merged = _conjunction(parts)
        if union is not None and not _only_asserts_presence(union):
            return self._union(union, merged)
        return _plain(merged)

    def _conjuncts(self, schema: Schema, seen: set[int]) -> Iterator[Schema]:
        """The schema and, transitively, all that its allOf adds to it; each once."""
        schema = self.interface.resolve(schema)
        if id(schema) in seen:
            return
        seen.add(id(schema))
        yield schema
        for part in schema.all_of:
            yield from self._conjuncts(part, seen)

    def _union(self, union: Schema, merged: Schema) -> Shape:
        variants = _variants(union)
        solid = tuple(v for v in variants if not _is_null(self.interface.resolve(v)))
        nullable = len(solid) < len(variants) or (
            merged.kinds != ANY_KIND and Kind.NULL in merged.kinds
        )
        if len(solid) == 1:
            return as_nullable(self.of(solid[0]), nullable)
        if merged.properties:
            solid = tuple(_joined((variant, _alone(merged))) for variant in solid)
        return UnionShape(
            variants=solid,
            discriminator=merged.discriminator,
            exclusive=bool(union.one_of),
            nullable=nullable,
        )


def as_nullable(shape: Shape, nullable: bool) -> Shape:
    """The shape, also admitting null where `nullable`."""
    if not nullable or shape.nullable or isinstance(shape, AnyShape):
        return shape
    return replace(shape, nullable=True)


def _variants(schema: Schema) -> tuple[Schema, ...]:
    return schema.one_of or schema.any_of


def _is_null(schema: Schema) -> bool:
    return schema.kinds == frozenset({Kind.NULL}) or schema.enum == (None,)


def _is_wrapper(schema: Schema) -> bool:
    held = (*schema.all_of, *schema.one_of, *schema.any_of)
    return len(held) == 1 and _asserts_nothing(schema)


def _asserts_nothing(schema: Schema) -> bool:
    """Apart from what allOf, oneOf and anyOf hold."""
    return (
        schema.kinds == ANY_KIND
        and schema.ref is None
        and schema.enum is None
        and schema.bounds == UNBOUNDED
        and not schema.properties
        and not schema.required
        and schema.additional is True
        and schema.items is None
        and not schema.prefix_items
        and schema.negated is None
    )


def _only_asserts_presence(schema: Schema) -> bool:
    """A union of `required` lists says which fields go together, nothing about their shape."""
    return all(
        variant.ref is None
        and not variant.properties
        and not (variant.all_of or variant.any_of or variant.one_of)
        and variant.items is None
        and variant.enum is None
        and variant.kinds in (ANY_KIND, frozenset({Kind.OBJECT}))
        for variant in _variants(schema)
    )


def _joined(parts: tuple[Schema, ...]) -> Schema:
    return Schema(place=parts[0].place, all_of=parts)


def _alone(schema: Schema) -> Schema:
    return replace(schema, all_of=(), one_of=(), any_of=(), discriminator=None)


def _conjunction(parts: tuple[Schema, ...]) -> Schema:
    """One schema that asserts what all parts do, as far as shapes need it."""
    if len(parts) == 1:
        return parts[0]
    kinds = frozenset.intersection(*(part.kinds for part in parts)) or parts[0].kinds
    return replace(
        parts[0],
        all_of=(),
        kinds=kinds,
        enum=_first(part.enum for part in parts),
        format=_first(part.format or None for part in parts) or "",
        bounds=_bounds(parts),
        properties=_properties(parts),
        required=frozenset().union(*(part.required for part in parts)),
        additional=_additional(parts),
        items=_first(part.items for part in parts),
        discriminator=_first(part.discriminator for part in parts),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _bounds(parts: tuple[Schema, ...]) -> Bounds:
    return next((part.bounds for part in parts if part.bounds != UNBOUNDED), UNBOUNDED)


def _properties(parts: tuple[Schema, ...]) -> Mapping[str, Schema]:
    found: dict[str, list[Schema]] = {}
    for part in parts:
        for name, schema in part.properties.items():
            found.setdefault(name, []).append(schema)
    return MappingProxyType(
        {
            name: schemas[0] if len(schemas) == 1 else _joined(tuple(schemas))
            for name, schemas in found.items()
        }
    )


def _additional(parts: tuple[Schema, ...]) -> Schema | bool:
    stated = [part.additional for part in parts if part.additional is not True]
    if any(value is False for value in stated):
        return False
    return stated[0] if stated else True


def _plain(schema: Schema) -> Shape:
    """The shape of a schema without unions."""
    nullable = Kind.NULL in schema.kinds and schema.kinds != ANY_KIND
    kinds = _kinds(schema)
    scalars = kinds - CONTAINERS
    if Kind.OBJECT in kinds and not scalars and Kind.ARRAY not in kinds:
        return ObjectShape(
            fields={
                name: Field(schema=member, required=name in schema.required)
                for name, member in schema.properties.items()
            },
            additional=schema.additional,
            nullable=nullable,
            bounds=schema.bounds,
        )
    if kinds == {Kind.ARRAY}:
        return ArrayShape(items=schema.items, bounds=schema.bounds, nullable=nullable)
    if scalars and not kinds & CONTAINERS:
        return ScalarShape(
            kinds=scalars,
            enum=_without_null(schema.enum),
            format=schema.format,
            bounds=schema.bounds,
            nullable=nullable and (schema.enum is None or None in schema.enum),
        )
    if kinds == ANY_KIND - {Kind.NULL}:
        return AnyShape()
    variants = tuple(_alone(replace(schema, kinds=frozenset({kind}))) for kind in sorted(kinds))
    return UnionShape(variants=variants, discriminator=None, exclusive=False, nullable=nullable)


def _without_null(enum: tuple[Json, ...] | None) -> tuple[Json, ...] | None:
    return None if enum is None else tuple(value for value in enum if value is not None)


def _kinds(schema: Schema) -> frozenset[Kind]:
    """The kinds a schema means: many name none and show it by their keywords or enum."""
    if schema.kinds != ANY_KIND:
        return schema.kinds - {Kind.NULL}
    if schema.enum is not None:
        return frozenset(_kind_of(value) for value in schema.enum) - {Kind.NULL}
    if schema.properties or schema.required or schema.additional is not True:
        return frozenset({Kind.OBJECT})
    if schema.items is not None or schema.prefix_items:
        return frozenset({Kind.ARRAY})
    return ANY_KIND - {Kind.NULL}


def _kind_of(value: Json) -> Kind:
    match value:
        case None:
            return Kind.NULL
        case bool():
            return Kind.BOOLEAN
        case int():
            return Kind.INTEGER
        case float():
            return Kind.NUMBER
        case str():
            return Kind.STRING
        case list():
            return Kind.ARRAY
        case dict():
            return Kind.OBJECT
