"""What a single schema says of values, looked at without its references."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from compat.model.schema import ANY_KIND, UNBOUNDED, Bounds, Json, Kind, Schema

_NUMERIC_FORMATS: Final = frozenset(("float", "double", "decimal"))
_INTEGER_FORMATS: Final = frozenset(
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
)

_LIMITS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.NUMBER: ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "multiple_of"),
    Kind.STRING: ("min_length", "max_length", "pattern"),
    Kind.ARRAY: ("min_items", "max_items", "unique_items"),
    Kind.OBJECT: ("min_properties", "max_properties"),
}
"""What kind of value each of the bounds is for (JSON Schema 2020-12 validation, 6)."""
_COUNTS: Final = ("min_length", "min_items", "min_properties")


def asserts_nothing(schema: Schema) -> bool:
    """Apart from what allOf, oneOf and anyOf hold."""
    return schema.kinds == ANY_KIND and schema.enum is None and not asserts_more(schema)


def asserts_more(schema: Schema) -> bool:
    """Apart from the kind of value, and what allOf, oneOf and anyOf hold."""
    return (
        schema.enum is not None
        or schema.bounds != UNBOUNDED
        or bool(schema.format)
        or bool(schema.properties)
        or bool(schema.required)
        or schema.additional is not True
        or schema.items is not None
        or bool(schema.prefix_items)
        or bool(schema.further)
    )


def variants_of(schema: Schema) -> tuple[Schema, ...]:
    return schema.one_of or schema.any_of


def only_asserts_presence(variants: tuple[Schema, ...]) -> bool:
    """A union of `required` lists says which fields go together, nothing about their shape."""
    return all(
        variant.ref is None
        and bool(variant.required)
        and not (variant.all_of or variant.any_of or variant.one_of)
        and not asserts_more(replace(variant, required=frozenset()))
        and variant.kinds in (ANY_KIND, frozenset({Kind.OBJECT}))
        for variant in variants
    )


def is_null(schema: Schema) -> bool:
    return schema.kinds == frozenset({Kind.NULL}) or schema.enum == (None,)


def admits_null(schema: Schema) -> bool:
    """It says so itself, or it says nothing but null."""
    if schema.enum is not None:
        return Kind.NULL in schema.kinds and None in schema.enum
    return (schema.kinds != ANY_KIND and Kind.NULL in schema.kinds) or is_null(schema)


def meant_kinds(schema: Schema) -> frozenset[Kind]:
    """The kinds a schema means: many name none and show it by their keywords or enum."""
    if schema.kinds != ANY_KIND:
        return schema.kinds - {Kind.NULL}
    if schema.enum is not None:
        return frozenset(_kind_of(value) for value in schema.enum) - {Kind.NULL}
    return shown_kinds(schema) - {Kind.NULL}


def shown_kinds(schema: Schema) -> frozenset[Kind]:
    """The kinds that its keywords are about; ANY_KIND where they are about none.

    Many a schema names no type: it means the one that it goes on to describe.
    """
    shown = {each.kind for each in schema.further if each.kind is not None}
    if schema.properties or schema.required or schema.additional is not True:
        shown.add(Kind.OBJECT)
    if schema.items is not None or schema.prefix_items:
        shown.add(Kind.ARRAY)
    if schema.format:
        shown.add(_formatted(schema.format))
    if schema.bounds != UNBOUNDED:
        shown |= _bounded(schema.bounds)
    return frozenset(shown) or ANY_KIND


def _formatted(format_: str) -> Kind:
    if format_ in _INTEGER_FORMATS:
        return Kind.INTEGER
    return Kind.NUMBER if format_ in _NUMERIC_FORMATS else Kind.STRING


def _bounded(bounds: Bounds) -> set[Kind]:
    return {
        kind
        for kind, names in _LIMITS.items()
        if any(getattr(bounds, name) not in (None, False) for name in names)
    }


def bounds_for(kinds: frozenset[Kind], bounds: Bounds) -> Bounds:
    """Those that can exclude a value of the kinds; none has fewer than no items."""
    if bounds == UNBOUNDED:
        return bounds
    wide = kinds | {Kind.NUMBER} if Kind.INTEGER in kinds else kinds
    others = [name for kind, names in _LIMITS.items() if kind not in wide for name in names]
    idle = [name for name in _COUNTS if getattr(bounds, name) == 0]
    return replace(bounds, **{name: getattr(UNBOUNDED, name) for name in (*others, *idle)})


def values_of(enum: tuple[Json, ...] | None, kinds: frozenset[Kind]) -> tuple[Json, ...] | None:
    """Those of the kinds."""
    return None if enum is None else tuple(value for value in enum if _kind_of(value) in kinds)


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
