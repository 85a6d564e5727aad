"""The schema keywords that hold no further schemas."""

from typing import Final

from compat.load.dialect import Dialect
from compat.load.node import Node, kind, shown
from compat.model.schema import ABSENT, ANY_KIND, UNBOUNDED, Absent, Bounds, Json, Kind

_KINDS: Final = {kind.value: kind for kind in Kind}
_TEXT_KINDS: Final = frozenset((Kind.STRING, Kind.NULL))
_BOUND_KEYWORDS: Final = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
}
_COUNTS: Final = frozenset(keyword for keyword in _BOUND_KEYWORDS if keyword[3:4].isupper()) - {
    "multipleOf"
}
NUMBERS: Final = frozenset(_BOUND_KEYWORDS)
BOUNDS: Final = NUMBERS | {"pattern", "uniqueItems"}


def kinds(node: Node, dialect: Dialect) -> frozenset[Kind]:
    """What `type` and the dialect's nullable keywords admit; ANY_KIND where neither says."""
    declared = node.get("type")
    if declared is None:
        return ANY_KIND
    if isinstance(declared.value, list):
        if not dialect.is_json_schema:
            declared.report(f"a list of types is not OpenAPI {dialect.name}: read as in 3.1")
        named = [_kind(element) for element in node.elements("type")]
    else:
        named = [_kind(declared)]
    if None in named or not named:
        return ANY_KIND
    found = frozenset(kind for kind in named if kind is not None)
    return found | {Kind.NULL} if is_nullable(node, dialect) else found


def is_nullable(node: Node, dialect: Dialect) -> bool:
    assert isinstance(node.value, dict)
    return not dialect.nullable.isdisjoint(node.value) and any(map(node.flag, dialect.nullable))


def _kind(node: Node) -> Kind | None:
    """None, and a problem, for what names no type."""
    if node.value == "file":  # 2.0 alone has it, for what 3.x calls a binary string
        return Kind.STRING
    if node.value is None:
        node.report('null stands where a type belongs: read as "null"')
        return Kind.NULL
    found = _KINDS.get(node.value) if isinstance(node.value, str) else None
    if found is None:
        node.report(f"{shown(node.value)} is no type: read as any type")
    return found


def bounds(node: Node, dialect: Dialect) -> Bounds:
    assert isinstance(node.value, dict)
    if BOUNDS.isdisjoint(node.value):
        return UNBOUNDED
    numbers: dict[str, float | None] = {}
    for keyword, field in _BOUND_KEYWORDS.items():
        limit = node.get(keyword)
        if limit is not None and not isinstance(limit.value, bool):
            numbers[field] = _number(limit, whole=keyword in _COUNTS)
    for side in ("minimum", "maximum"):
        _exclude(node, side, numbers, dialect)
    pattern = node.get("pattern")
    return Bounds(
        **numbers,  # type: ignore[arg-type]  # the counts are whole: _number made them so
        pattern=pattern.own_text() if pattern is not None else None,
        unique_items=node.flag("uniqueItems"),
    )


def _exclude(node: Node, side: str, numbers: dict[str, float | None], dialect: Dialect) -> None:
    """Reads `exclusiveMinimum: true` (draft 4) and its number form (2020-12) as the same thing."""
    limit = node.get(f"exclusive{side.capitalize()}")
    if limit is None:
        return
    is_flag = isinstance(limit.value, bool)
    if is_flag == dialect.is_json_schema:
        limit.report(f"{shown(limit.value)} is not what OpenAPI {dialect.name} has here")
    if limit.value is True:
        numbers[f"exclusive_{side}"] = numbers.pop(side, None)


def _number(node: Node, *, whole: bool) -> float | None:
    value = node.value
    if isinstance(value, int | float) and not (whole and value != int(value)):
        return int(value) if whole else value
    node.report(f"a {'whole ' if whole else ''}number belongs here, not {shown(value)}: left out")
    return None


def enum(node: Node, admitted: frozenset[Kind]) -> tuple[Json, ...] | None:
    """The values of `const` and `enum`, None where the spec names none."""
    listed = _listed(node, admitted)
    if (only := node.get("const")) is None:
        return listed
    constant = _value(only, admitted)
    if listed is None or any(_same(constant, value) for value in listed):
        return (constant,)
    only.report("const is no value of the enum beside it: together they admit nothing")
    return ()


def _listed(node: Node, admitted: frozenset[Kind]) -> tuple[Json, ...] | None:
    listed = node.get("enum")
    if listed is None:
        return None
    if listed.value == []:
        listed.report("an empty enum admits nothing: left out")
        return None
    values = []
    for element in node.elements("enum"):
        value = _value(element, admitted)
        if not _is_of(value, admitted):
            element.report(f"the enum value {shown(value)} is of no type declared here")
        values.append(value)
    return tuple(values) if isinstance(listed.value, list) else None


def default(
    node: Node, admitted: frozenset[Kind], values: tuple[Json, ...] | None
) -> Json | Absent:
    found = node.get("default")
    if found is None:
        return ABSENT
    value = _value(found, admitted | {Kind.NULL})
    if not _is_of(value, admitted):
        found.report(f"the default {shown(value)} is of no type declared here")
    elif values is not None and not any(_same(value, known) for known in values):
        found.report(f"the default {shown(value)} is not in the enum")
    return value


def examples(node: Node, admitted: frozenset[Kind]) -> tuple[Json, ...]:
    """`example` and `examples`, which 3.1 has as a list."""
    found = [below] if (below := node.get("example")) is not None else []
    several = node.get("examples")
    if several is not None and isinstance(several.value, dict):
        found.extend(example for _, example in several.own_members())
    elif several is not None:
        found.extend(node.elements("examples"))
    return tuple(_value(example, admitted | {Kind.NULL}) for example in found)


def _value(node: Node, admitted: frozenset[Kind]) -> Json:
    """The value as meant: under `type: string` a plain YAML scalar means its source text.

    So `enum: [Off, Null, 1.10]` are three texts; `null` or nothing is null where null is admitted.
    """
    if isinstance(node.value, str | list | dict):
        return node.value
    if Kind.STRING not in admitted or not admitted <= _TEXT_KINDS:
        return node.value
    text = node.plain_text()
    if text is None or (Kind.NULL in admitted and text in ("null", "~", "")):
        return node.value
    return text


def _is_of(value: Json, admitted: frozenset[Kind]) -> bool:
    return not admitted.isdisjoint(_kinds_of(value))


def _kinds_of(value: Json) -> frozenset[Kind]:
    """The types a value counts as: 1.0 is an integer too (2020-12, 6.1.1)."""
    match value:
        case float() if not value.is_integer():
            return frozenset((Kind.NUMBER,))
        case bool():
            return frozenset((Kind.BOOLEAN,))
        case int() | float():
            return frozenset((Kind.INTEGER, Kind.NUMBER))
        case None:
            return frozenset((Kind.NULL,))
        case str():
            return frozenset((Kind.STRING,))
        case list():
            return frozenset((Kind.ARRAY,))
        case dict():
            return frozenset((Kind.OBJECT,))


def _same(left: Json, right: Json) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def discriminator_property(node: Node) -> str:
    """The property's name, "" where there is none: text in 2.0, an object's propertyName in 3.x."""
    found = node.get("discriminator")
    if found is None:
        return ""
    if isinstance(found.value, str):
        return found.value
    if isinstance(found.value, dict):
        return found.text("propertyName")
    found.report(f"a discriminator is an object, not {kind(found.value)}: left out")
    return ""
