"""The edits of schemas that the oracle tries: families of alternatives, and where they stand.

Every two alternatives of a family are an edit, in both directions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Spelled: TypeAlias = Any  # a schema as JSON
ALL: Final = ("3.0", "3.1")
NEW: Final = ("3.1",)
OLD: Final = ("3.0",)


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """`shared` stands in each of the alternatives."""

    name: str
    shared: Mapping[str, Spelled]
    alternatives: tuple[Spelled, ...]
    dialects: tuple[str, ...] = ALL

    @property
    def schemas(self) -> tuple[Spelled, ...]:
        return tuple(
            {**self.shared, **each} if isinstance(each, dict) else each
            for each in self.alternatives
        )


def each_of(keyword: str, *values: Spelled) -> tuple[Spelled, ...]:
    """Without the keyword, and with each of the values."""
    return ({}, *({keyword: value} for value in values))


TEXT: Final = {"type": "string"}
WHOLE: Final = {"type": "integer"}
NUMBER: Final = {"type": "number"}
LIST: Final = {"type": "array"}
RECORD: Final = {"type": "object"}
LONG: Final = {"type": "string", "minLength": 3}
CLOSED: Final = {"type": "object", "additionalProperties": False}
NULL: Final = {"type": "null"}
KINDS: Final = tuple(
    {"type": name} for name in ("boolean", "integer", "number", "string", "array", "object")
)
BRANCHES: Final = ({"type": "string", "maxLength": 2}, {"type": "integer", "minimum": 5}, NUMBER)

_LIMITED: Final = (
    Family("minimum", NUMBER, each_of("minimum", 0, 3, 5.5)),
    Family("maximum", NUMBER, each_of("maximum", 0, 3, 5.5)),
    Family("minimum of integers", WHOLE, each_of("minimum", 0, 3, 5)),
    Family(
        "exclusive bounds",
        NUMBER,
        (*each_of("exclusiveMinimum", 0, 3), *each_of("exclusiveMaximum", 3, 5)[1:]),
        NEW,
    ),
    Family(
        "exclusive beside inclusive",
        NUMBER,
        (
            *({"minimum": 3}, {"exclusiveMinimum": 3}, {"minimum": 2, "exclusiveMinimum": 3}),
            *({"minimum": 4, "exclusiveMinimum": 3}, {"maximum": 5}, {"exclusiveMaximum": 5}),
        ),
        NEW,
    ),
    Family(
        "exclusive as a flag",
        NUMBER,
        (
            *({"minimum": 3}, {"minimum": 3, "exclusiveMinimum": True}),
            *({"minimum": 3, "exclusiveMinimum": False}, {"maximum": 5}, {}),
            {"maximum": 5, "exclusiveMaximum": True},
        ),
        OLD,
    ),
    Family("multipleOf", NUMBER, each_of("multipleOf", 2, 3, 6, 0.5, 0.1)),
    Family("multipleOf of integers", WHOLE, each_of("multipleOf", 1, 2, 0.5)),
    Family("minLength", TEXT, each_of("minLength", 0, 1, 3)),
    Family("maxLength", TEXT, each_of("maxLength", 0, 2, 4)),
    Family("pattern", TEXT, each_of("pattern", "^a", "^ab", "b$", ".*")),
    Family("minItems", LIST, each_of("minItems", 0, 1, 2)),
    Family("maxItems", LIST, each_of("maxItems", 0, 1, 2)),
    Family("uniqueItems", LIST, each_of("uniqueItems", True, False)),
    Family("minProperties", RECORD, each_of("minProperties", 0, 1, 2)),
    Family("maxProperties", RECORD, each_of("maxProperties", 0, 1, 2)),
    Family("limits of no type", {}, ({}, {"minimum": 3}, {"minLength": 3}, {"minItems": 2})),
    Family("limits of another type", TEXT, ({}, {"minimum": 3}, {"maxItems": 1})),
    Family(
        "several limits",
        TEXT,
        ({"minLength": 1, "maxLength": 3}, {"minLength": 2, "maxLength": 4}, {"maxLength": 2}),
    ),
)
_TYPED: Final = (
    Family("type", {}, ({}, *KINDS)),
    Family(
        "type list",
        {},
        (
            *(
                {"type": ["string"]},
                {"type": ["string", "integer"]},
                {"type": ["string", "number"]},
            ),
            *({"type": ["integer", "number"]}, {"type": "string"}, {"type": ["null", "boolean"]}),
            *(
                {"type": "null"},
                {"type": ["string", "null"]},
                {"type": ["string", "integer", "null"]},
            ),
            *({}, {"type": ["boolean", "array"]}),
        ),
        NEW,
    ),
    Family("format of texts", TEXT, each_of("format", "date", "uuid", "date-time")),
    Family(
        "format of several types",
        {"type": ["string", "integer"]},
        (*each_of("format", "date", "uuid"), {"type": ["string", "integer", "boolean"]}),
        NEW,
    ),
    Family("format of integers", WHOLE, each_of("format", "int32", "int64")),
    Family("format of numbers", NUMBER, each_of("format", "float", "double")),
    Family("nullable", TEXT, each_of("nullable", True, False), OLD),
    Family(
        "nullable beside enum",
        TEXT,
        (
            *({"enum": ["a", "b"]}, {"enum": ["a", "b", None], "nullable": True}),
            {"enum": ["a", "b"], "nullable": True},
        ),
        OLD,
    ),
    Family("null in the list", {}, (TEXT, {"type": ["string", "null"]}, {"type": "null"}), NEW),
    Family(
        "null in a union",
        {},
        (
            *(LONG, {"anyOf": [LONG, NULL]}, {"oneOf": [NULL, LONG]}, {"anyOf": [TEXT, NULL]}),
            {"type": ["string", "null"], "minLength": 3},
        ),
        NEW,
    ),
    Family("boolean schemas", {}, (True, False, {}, TEXT), NEW),
)
_LISTED: Final = (
    Family("enum", TEXT, each_of("enum", ["a"], ["a", "b"], ["b", "c"], ["c", "b"])),
    Family("enum of no type", {}, each_of("enum", [1, "a"], [1], [1.0, "a", True], [None, "a"])),
    Family("enum beside type", {}, ({"enum": ["a", 3]}, {"enum": ["a", 3], **TEXT}, WHOLE)),
    Family(
        "type of an enum",
        {},
        (
            *({"enum": ["a", "b"]}, {"enum": ["a", "b"], **TEXT}, {"enum": ["a"], **TEXT}),
            *({"enum": [3, 5], **WHOLE}, {"enum": [3, 5], **NUMBER}, {"enum": [3, 5]}),
        ),
    ),
    Family("const", {}, (*each_of("const", "a", "b", 3, None), {"enum": ["a", "b"]}), NEW),
    Family("default", TEXT, each_of("default", "a", "b")),
)
_COLLECTED: Final = (
    Family("items", LIST, each_of("items", TEXT, LONG, WHOLE, {})),
    Family("items false", LIST, each_of("items", False, True, TEXT), NEW),
    Family("prefixItems", LIST, each_of("prefixItems", [TEXT], [WHOLE], [TEXT, WHOLE]), NEW),
    Family(
        "items behind prefixItems",
        {"type": "array", "prefixItems": [TEXT]},
        each_of("items", False, WHOLE),
        NEW,
    ),
    Family(
        "prefixItems before items",
        {"type": "array", "items": WHOLE},
        each_of("prefixItems", [TEXT], [WHOLE, TEXT], [WHOLE]),
        NEW,
    ),
    Family("contains", LIST, each_of("contains", TEXT, LONG, WHOLE), NEW),
    Family(
        "minContains",
        {"type": "array", "contains": TEXT},
        (*each_of("minContains", 0, 1, 2), *each_of("maxContains", 1, 2)[1:]),
        NEW,
    ),
    Family(
        "contains at most",
        {"type": "array", "maxContains": 1, "minContains": 0},
        each_of("contains", TEXT, LONG),
        NEW,
    ),
    Family("unevaluatedItems", LIST, each_of("unevaluatedItems", False, TEXT, True), NEW),
)
_FIELDED: Final = (
    Family("properties", RECORD, each_of("properties", {"a": TEXT}, {"a": LONG}, {"b": WHOLE}, {})),
    Family("properties of a closed object", CLOSED, each_of("properties", {"a": TEXT}, {"b": {}})),
    Family(
        "required",
        {"type": "object", "properties": {"a": TEXT, "b": {}}},
        each_of("required", ["a"], ["a", "b"], ["b"]),
    ),
    Family("required of what is not declared", RECORD, each_of("required", ["a"], ["a", "x"])),
    Family("required of no type", {}, each_of("required", ["a"], ["b"])),
    Family(
        "additionalProperties",
        {"type": "object", "properties": {"a": {}}},
        each_of("additionalProperties", True, False, TEXT, LONG, {}),
    ),
    Family(
        "property of a map",
        {"type": "object", "additionalProperties": TEXT},
        each_of("properties", {"a": WHOLE}, {"a": TEXT}, {"a": LONG}),
    ),
    Family(
        "patternProperties",
        RECORD,
        each_of("patternProperties", {"^a": TEXT}, {"^a": LONG}, {"^b": TEXT}),
        NEW,
    ),
    Family(
        "patternProperties of a closed object",
        CLOSED,
        each_of("patternProperties", {"^a": TEXT}, {"^a": {}}),
        NEW,
    ),
    Family(
        "propertyNames", RECORD, each_of("propertyNames", {"maxLength": 1}, {"const": "a"}), NEW
    ),
    Family(
        "dependentRequired",
        RECORD,
        each_of("dependentRequired", {"a": ["b"]}, {"a": ["b", "x"]}, {"b": ["a"]}),
        NEW,
    ),
    Family(
        "dependentSchemas",
        RECORD,
        each_of("dependentSchemas", {"a": {"minProperties": 2}}, {"a": {"minProperties": 3}}),
        NEW,
    ),
    Family(
        "unevaluatedProperties",
        {"type": "object", "properties": {"a": {}}},
        each_of("unevaluatedProperties", False, TEXT, True),
        NEW,
    ),
)
_JOINED: Final = (
    Family("allOf", {}, each_of("allOf", [TEXT], [TEXT, {"minLength": 3}], [{"minLength": 3}])),
    Family("allOf beside type", TEXT, each_of("allOf", [{"minLength": 3}], [{"maxLength": 2}])),
    Family(
        "anyOf",
        {},
        each_of("anyOf", [BRANCHES[0], BRANCHES[1]], [BRANCHES[0]], list(BRANCHES), [TEXT, WHOLE]),
    ),
    Family(
        "anyOf beside type", RECORD, each_of("anyOf", [{"required": ["a"]}, {"required": ["b"]}])
    ),
    Family(
        "anyOf of limits",
        TEXT,
        each_of("anyOf", [{"minLength": 3}, {"pattern": "^a"}], [{"minLength": 3}]),
    ),
    Family(
        "oneOf",
        {},
        each_of("oneOf", [BRANCHES[0], BRANCHES[1]], [BRANCHES[0]], [LIST, *BRANCHES[:2]]),
    ),
    Family("a union of itself", {}, (LONG, {"anyOf": [LONG, WHOLE]}, {"oneOf": [LONG, WHOLE]})),
    Family("a union of others", {}, (LONG, {"anyOf": [LIST, WHOLE]}, {"oneOf": [TEXT, WHOLE]})),
    Family("not", {}, each_of("not", TEXT, LONG, WHOLE)),
    Family(
        "if",
        {},
        (
            *({}, {"if": TEXT, "then": LONG}, {"if": TEXT, "then": LONG, "else": WHOLE}),
            *({"if": LONG, "then": {"maxLength": 4}}, {"if": TEXT, "then": {"minLength": 4}}),
            {"if": TEXT, "else": WHOLE},
        ),
        NEW,
    ),
    Family("if that changes", {"then": {"maxLength": 4}}, each_of("if", TEXT, LONG), NEW),
)
_NOTED: Final = (
    Family(
        "notes",
        TEXT,
        (
            *({}, {"title": "t"}, {"description": "d"}, {"example": "e"}, {"x-note": 1}),
            *({"externalDocs": {"url": "https://example.org"}}, {"xml": {"name": "n"}}),
        ),
    ),
    Family("examples", TEXT, each_of("examples", ["a"], ["b"]), NEW),
    Family("content", TEXT, each_of("contentMediaType", "application/json"), NEW),
    Family("contentEncoding", TEXT, each_of("contentEncoding", "base64", "quoted-printable"), NEW),
)
FAMILIES: Final = (*_LIMITED, *_TYPED, *_LISTED, *_COLLECTED, *_FIELDED, *_JOINED, *_NOTED)

Wrap: TypeAlias = Callable[[Spelled], Spelled]
OTHER: Final = {"type": "object", "required": ["marker"]}


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Where a schema stands: the schema around it, and the instances around an instance."""

    name: str
    schema: Wrap
    instance: Wrap
    dialects: tuple[str, ...] = ALL
    is_named: bool = False
    """Whether the schema is the component `S` and `schema` ignores it."""
    is_partial: bool = False
    """Whether only some values reach the schema, so that a change of it need not show."""


def _itself(value: Spelled) -> Spelled:
    return value


def _named(value: Spelled) -> Spelled:
    return {"a": value}


TOP: Final = Setting("at the top", _itself, _itself)
_REFERENCE: Final = {"$ref": "#/components/schemas/S"}
SETTINGS: Final = (
    Setting("in a property", lambda s: {"type": "object", "properties": {"a": s}}, _named),
    Setting(
        "in a required property",
        lambda s: {"type": "object", "properties": {"a": s}, "required": ["a"]},
        _named,
    ),
    Setting("in items", lambda s: {"type": "array", "items": s}, lambda x: [x, x]),
    Setting(
        "in additionalProperties", lambda s: {"type": "object", "additionalProperties": s}, _named
    ),
    Setting("in allOf", lambda s: {"allOf": [s, {"maxProperties": 3}]}, _itself),
    Setting("alone in allOf", lambda s: {"allOf": [s]}, _itself),
    Setting("in anyOf", lambda s: {"anyOf": [s, OTHER]}, _itself),
    Setting("in oneOf", lambda s: {"oneOf": [s, OTHER]}, _itself),
    Setting("in not", lambda s: {"not": s}, _itself),
    Setting(
        "in not of a property",
        lambda s: {"type": "object", "properties": {"a": {"not": {"allOf": [s]}}}},
        _named,
    ),
    Setting("behind a reference", lambda _: _REFERENCE, _itself, is_named=True),
    Setting(
        "behind a reference in items",
        lambda _: {"type": "array", "items": _REFERENCE},
        lambda x: [x],
        is_named=True,
    ),
    Setting(
        "behind a nullable reference",
        lambda _: {"anyOf": [_REFERENCE, NULL]},
        _itself,
        NEW,
        is_named=True,
    ),
    Setting(
        "behind a nullable reference of 3.0",
        lambda _: {"allOf": [_REFERENCE], "nullable": True},
        _itself,
        OLD,
        is_named=True,
    ),
    Setting("in prefixItems", lambda s: {"prefixItems": [s]}, lambda x: [x, 0], NEW),
    Setting("in patternProperties", lambda s: {"patternProperties": {"^a": s}}, _named, NEW),
    Setting(
        "in dependentSchemas",
        lambda s: {"dependentSchemas": {"a": s}},
        _itself,
        NEW,
        is_partial=True,
    ),
    Setting(
        "in propertyNames",
        lambda s: {"propertyNames": s},
        lambda x: {str(x): 1},
        NEW,
        is_partial=True,
    ),
    Setting("in contains", lambda s: {"contains": s}, lambda x: [x], NEW),
    Setting(
        "in contains at most once",
        lambda s: {"contains": s, "maxContains": 1},
        lambda x: [x, x],
        NEW,
        is_partial=True,
    ),
    Setting("in if", lambda s: {"if": s, "then": {"enum": ["a"]}}, _itself, NEW, is_partial=True),
    Setting("in then", lambda s: {"if": TEXT, "then": s}, _itself, NEW, is_partial=True),
    Setting("in else", lambda s: {"if": NULL, "else": s}, _itself, NEW, is_partial=True),
    Setting(
        "in unevaluatedProperties",
        lambda s: {"type": "object", "unevaluatedProperties": s},
        _named,
        NEW,
    ),
    Setting("in unevaluatedItems", lambda s: {"unevaluatedItems": s}, lambda x: [x], NEW),
)
