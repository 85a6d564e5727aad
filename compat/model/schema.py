"""Schemas as published: one record of assertions, the same for every dialect.

JSON Schema keywords are assertions that hold together, so a schema is a record of them rather than
one of several kinds; `compat.model.shape` gives the closed union of shapes that comparing needs.
References stay references (`ref`), so a cycle is an edge in a graph and never an expanded copy.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from compat.model.place import Place
from compat.model.record import record

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
SchemaId: TypeAlias = str  # document name + "#" + JSON pointer, e.g. "v1.yaml#/definitions/Volume"


class Kind(StrEnum):
    """The JSON types (JSON Schema 2020-12, 6.1.1)."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    ARRAY = "array"
    OBJECT = "object"


ANY_KIND: Final = frozenset(Kind)


class Absent(Enum):
    """The value of a keyword or field that is not there; `None` is JSON null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@record(kw_only=True)
class Bounds:
    """Assertions on one scalar or collection; None where the spec says nothing."""

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None


UNBOUNDED: Final = Bounds()


@record(kw_only=True)
class Discriminator:
    """Which field tells the variant, and the value -> schema table (OpenAPI 3.1, 4.8.25)."""

    property_name: str
    mapping: Mapping[str, SchemaId] = field(default_factory=lambda: MappingProxyType({}))


class FurtherKeyword(StrEnum):
    """The keywords that few schemas have, and what schemas that hold together exclude."""

    NOT = "not"
    IF = "if"
    PATTERN_PROPERTIES = "patternProperties"
    PROPERTY_NAMES = "propertyNames"
    DEPENDENT_REQUIRED = "dependentRequired"
    DEPENDENT_SCHEMAS = "dependentSchemas"
    UNEVALUATED_PROPERTIES = "unevaluatedProperties"
    CONTAINS = "contains"
    UNEVALUATED_ITEMS = "unevaluatedItems"
    CONTENT_ENCODING = "contentEncoding"
    CONTENT_MEDIA_TYPE = "contentMediaType"
    CONTENT_SCHEMA = "contentSchema"
    ANY_REQUIRED = "anyOf"  # of `required` lists alone
    ONE_REQUIRED = "oneOf"  # likewise
    ALL_OF = "allOf"  # of parts that exclude each other


_ABOUT: Final[Mapping[FurtherKeyword, Kind]] = {
    FurtherKeyword.PATTERN_PROPERTIES: Kind.OBJECT,
    FurtherKeyword.PROPERTY_NAMES: Kind.OBJECT,
    FurtherKeyword.DEPENDENT_REQUIRED: Kind.OBJECT,
    FurtherKeyword.DEPENDENT_SCHEMAS: Kind.OBJECT,
    FurtherKeyword.UNEVALUATED_PROPERTIES: Kind.OBJECT,
    FurtherKeyword.CONTAINS: Kind.ARRAY,
    FurtherKeyword.UNEVALUATED_ITEMS: Kind.ARRAY,
    FurtherKeyword.CONTENT_ENCODING: Kind.STRING,
    FurtherKeyword.CONTENT_MEDIA_TYPE: Kind.STRING,
    FurtherKeyword.CONTENT_SCHEMA: Kind.STRING,
    FurtherKeyword.ANY_REQUIRED: Kind.OBJECT,
    FurtherKeyword.ONE_REQUIRED: Kind.OBJECT,
}


@record(kw_only=True, eq=False)
class Further:
    """One assertion of such a keyword: two say the same if they are about the same and their
    schemas mean the same.

    `about` is a pattern, the name of a field or two, or the least and greatest number of items;
    `schemas` has None for `then` or `else` where there is none.
    """

    keyword: FurtherKeyword
    about: tuple[str | int | None, ...] = ()
    schemas: tuple["Schema | None", ...] = ()

    @property
    def kind(self) -> Kind | None:
        """The only kind of value that it can exclude, None where that may be any."""
        return _ABOUT.get(self.keyword)


@record(kw_only=True, eq=False)
class Schema:
    """One schema object as published; compared by identity.

    `kinds` already holds NULL for each of the three spellings of nullable (`nullable: true`,
    `x-nullable: true`, a type list), and is `ANY_KIND` where the spec names no type. `name` is the
    component name when the schema is one. `additional` is True (open), False (closed) or the schema
    of undeclared fields; `states_additional` tells an open one that says so from one that says
    nothing, which to `unevaluatedProperties` is not the same. A `const` is an `enum` of one value,
    and `states_const` tells how it is spelled. When `ref` is set nothing else but the texts counts.
    """

    place: Place
    name: str = ""
    ref: SchemaId | None = None
    kinds: frozenset[Kind] = ANY_KIND
    enum: tuple[Json, ...] | None = None
    states_const: bool = False
    format: str = ""
    bounds: Bounds = UNBOUNDED
    default: Json | Absent = ABSENT
    properties: Mapping[str, "Schema"] = field(default_factory=lambda: MappingProxyType({}))
    required: frozenset[str] = frozenset()
    additional: "Schema | bool" = True
    states_additional: bool = False
    items: "Schema | None" = None
    prefix_items: tuple["Schema", ...] = ()
    all_of: tuple["Schema", ...] = ()
    any_of: tuple["Schema", ...] = ()
    one_of: tuple["Schema", ...] = ()
    further: tuple[Further, ...] = ()
    discriminator: Discriminator | None = None
    read_only: bool = False
    write_only: bool = False
    deprecated: bool = False
    title: str = ""
    description: str = ""
    examples: tuple[Json, ...] = ()
    rest: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    """Keywords kept as they stand: extensions, and what asserts nothing."""
