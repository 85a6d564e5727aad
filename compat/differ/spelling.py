"""One spelling of schemas: what only passes another one on, unions of bare types, null apart.

What is made here is made once for a schema, so that a pair is known again when it comes back.
"""

from dataclasses import dataclass, field, replace

from compat.differ.flat import flat
from compat.differ.types import overlap
from compat.model.assertions import asserts_nothing, is_null, variants_of
from compat.model.conjunction import joined
from compat.model.interface import Interface
from compat.model.schema import ABSENT, ANY_KIND, Absent, Json, Kind, Schema


@dataclass(slots=True)
class Spelling:
    """Of the schemas of one interface."""

    interface: Interface
    _plain: dict[int, Schema] = field(default_factory=dict)
    _records: dict[int, Schema | None] = field(default_factory=dict)
    _parts: dict[int, Schema] = field(default_factory=dict)
    _present: dict[int, Schema] = field(default_factory=dict)
    _kept: list[Schema] = field(default_factory=list)

    def meant(self, schema: Schema) -> Schema:
        """References followed, and what only passes another schema on."""
        seen: set[int] = set()
        while id(schema) not in seen:
            seen.add(id(schema))
            schema = self.interface.resolve(schema)
            if len(schema.all_of) != 1 or variants_of(schema) or _says_something(schema):
                return schema
            schema = schema.all_of[0]
        return schema

    def plain(self, schema: Schema) -> Schema:
        """What is meant; a union of bare types is a list of types."""
        schema = self.meant(schema)
        if id(schema) not in self._plain:
            self._kept.append(schema)
            self._plain[id(schema)] = self._type_list(schema) or schema
        return self._plain[id(schema)]

    def record(self, schema: Schema) -> Schema | None:
        """The parts of allOf as one; None where they cannot be put side by side."""
        if not schema.all_of:
            return schema
        if id(schema) not in self._records:
            self._kept.append(schema)
            self._records[id(schema)] = flat(schema, self.interface.resolve)
        return self._records[id(schema)]

    def part(self, schema: Schema) -> Schema:
        """A schema as the only part of allOf."""
        if id(schema) not in self._parts:
            self._kept.append(schema)
            self._parts[id(schema)] = joined((schema,))
        return self._parts[id(schema)]

    def apart(self, schema: Schema) -> Schema:
        """What a union of it and null holds; the schema where it is no such union."""
        seen: set[int] = set()
        while id(schema) not in seen and asserts_nothing(schema) and not schema.all_of:
            seen.add(id(schema))
            variants = variants_of(schema)
            others = [each for each in variants if not is_null(self.interface.resolve(each))]
            if len(others) == len(variants) or not others:
                break
            if len(others) > 1:
                return self._of_others(schema, tuple(others))
            schema = self.meant(others[0])
        return schema

    def admits_null(self, schema: Schema) -> bool:
        """As far as kinds, values and unions of those tell."""
        variants = [self.interface.resolve(each) for each in variants_of(schema)]
        parts = (schema, *map(self.interface.resolve, schema.all_of))
        return all(map(_lets_null, parts)) and (not variants or any(map(_lets_null, variants)))

    def _of_others(self, schema: Schema, others: tuple[Schema, ...]) -> Schema:
        if id(schema) not in self._present:
            self._kept.append(schema)
            self._present[id(schema)] = (
                replace(schema, one_of=others) if schema.one_of else replace(schema, any_of=others)
            )
        return self._present[id(schema)]

    def _type_list(self, schema: Schema) -> Schema | None:
        variants = variants_of(schema)
        if not variants or not asserts_nothing(schema) or schema.all_of:
            return None
        kinds: set[Kind] = set()
        for variant in map(self.interface.resolve, variants):
            admitted = _bare_kinds(variant)
            if admitted is None or (schema.one_of and overlap(kinds, admitted)):
                return None
            kinds |= admitted
        return replace(schema, one_of=(), any_of=(), kinds=frozenset(kinds))


def admits_all(schema: Schema) -> bool:
    """Does it say nothing at all of values?"""
    return asserts_nothing(schema) and not (schema.all_of or variants_of(schema))


def present(schema: Schema, default: Json | Absent) -> Schema:
    """Of a schema that null stands beside: null left out, with the default of both together."""
    if schema.enum is not None and None in schema.enum and len(schema.enum) > 1:
        schema = replace(schema, enum=tuple(each for each in schema.enum if each is not None))
    if schema.kinds not in (ANY_KIND, frozenset({Kind.NULL})) and Kind.NULL in schema.kinds:
        schema = replace(schema, kinds=schema.kinds - {Kind.NULL})
    return schema if default is ABSENT else replace(schema, default=default)


def _says_something(schema: Schema) -> bool:
    """Of values, or of the place where it stands."""
    return (
        not asserts_nothing(schema)
        or bool(schema.rest)
        or schema.default is not ABSENT
        or schema.read_only
        or schema.write_only
        or schema.deprecated
    )


def _lets_null(schema: Schema) -> bool:
    return Kind.NULL in schema.kinds and (schema.enum is None or None in schema.enum)


def _bare_kinds(schema: Schema) -> frozenset[Kind] | None:
    """Of a schema that only names kinds, or null."""
    if is_null(schema):
        return frozenset({Kind.NULL})
    is_bare = admits_all(replace(schema, kinds=ANY_KIND))
    return schema.kinds if is_bare and schema.kinds != ANY_KIND else None
