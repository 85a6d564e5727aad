"""Null added to a schema as a whole, where nullable stands beside no type.

OpenAPI 3.0.3 gives nullable no effect without a type in the same object, but those who write it
beside `$ref` or `oneOf` mean this, and say it in 3.1 as anyOf with null.
"""

from dataclasses import replace
from types import MappingProxyType

from compat.model.assertions import shown_kinds
from compat.model.schema import ABSENT, ANY_KIND, Kind, Schema


def or_null(schema: Schema) -> Schema:
    """The schema, admitting null too."""
    null = Schema(place=schema.place, kinds=frozenset((Kind.NULL,)))
    if any(variant.kinds == null.kinds for variant in (*schema.one_of, *schema.any_of)):
        return schema
    if schema.one_of:
        return replace(schema, one_of=(*schema.one_of, null))
    if schema.any_of:
        return replace(schema, any_of=(*schema.any_of, null))
    if schema.ref is not None or schema.all_of:
        return replace(_notes(schema), any_of=(_without_notes(schema), null))
    own = schema.kinds if schema.kinds != ANY_KIND else shown_kinds(schema)
    return replace(schema, kinds=own | null.kinds)


def _notes(schema: Schema) -> Schema:
    """What is said about the schema's values without asserting anything of them."""
    return Schema(
        place=schema.place,
        name=schema.name,
        default=schema.default,
        read_only=schema.read_only,
        write_only=schema.write_only,
        deprecated=schema.deprecated,
        title=schema.title,
        description=schema.description,
        examples=schema.examples,
        rest=schema.rest,
    )


def _without_notes(schema: Schema) -> Schema:
    return replace(
        schema,
        name="",
        default=ABSENT,
        read_only=False,
        write_only=False,
        deprecated=False,
        title="",
        description="",
        examples=(),
        rest=MappingProxyType({}),
    )
