"""allOf: several schemas that hold together, as one that asserts what all of them do.

Members are not merged but joined again, so that a cycle stays an edge in the graph.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from math import lcm
from types import MappingProxyType
from typing import Any, TypeVar

from compat.model.further import further, has_further, unevaluated
from compat.model.schema import (
    ANY_KIND,
    UNBOUNDED,
    Bounds,
    Further,
    FurtherKeyword,
    Json,
    Kind,
    Schema,
)

T = TypeVar("T")
Join = Callable[[tuple[Schema, ...]], Schema]


def joined(parts: tuple[Schema, ...], name: str = "") -> Schema:
    """A schema that is all of the parts at once."""
    return Schema(place=parts[0].place, name=name, all_of=parts)


def conjunction(parts: tuple[Schema, ...], join: Join = joined) -> Schema:
    """One schema that asserts what all parts do, as far as shapes need it.

    `join` makes the schema of what several parts say of one member.
    """
    if len(parts) == 1 and not has_further(parts[0]):
        return parts[0]
    fields_beside = unevaluated(parts, FurtherKeyword.UNEVALUATED_PROPERTIES)
    items_behind = unevaluated(parts, FurtherKeyword.UNEVALUATED_ITEMS)
    return replace(
        parts[0],
        all_of=(),
        kinds=_common_kinds(parts),
        enum=_common_values(parts),
        format=_first(part.format or None for part in parts) or "",
        bounds=_tightest([part.bounds for part in parts if part.bounds != UNBOUNDED]),
        properties=_properties(parts, join),
        required=frozenset().union(*(part.required for part in parts)),
        additional=_additional(parts, fields_beside, join),
        states_additional=any(part.states_additional for part in parts),
        items=_items(parts, items_behind, join),
        prefix_items=_first(part.prefix_items or None for part in parts) or (),
        discriminator=_first(part.discriminator for part in parts),
        further=tuple(
            each for each in further(parts) if each not in (*fields_beside, *items_behind)
        ),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _common_kinds(parts: tuple[Schema, ...]) -> frozenset[Kind]:
    """What all admit, every integer being a number; of parts that exclude each other, the first."""
    stated = [part.kinds for part in parts if part.kinds != ANY_KIND]
    if not stated:
        return ANY_KIND
    wide = (one | {Kind.INTEGER} if Kind.NUMBER in one else one for one in stated)
    common = frozenset.intersection(*wide)
    if Kind.NUMBER in common and not any(Kind.INTEGER in one for one in stated):
        common -= {Kind.INTEGER}
    return common or stated[0]


def _common_values(parts: tuple[Schema, ...]) -> tuple[Json, ...] | None:
    stated = [part.enum for part in parts if part.enum is not None]
    if not stated:
        return None
    return tuple(value for value in stated[0] if all(value in other for other in stated[1:]))


def _tightest(several: Sequence[Bounds]) -> Bounds:
    if len(several) < 2:
        return several[0] if several else UNBOUNDED
    tightest: dict[str, Any] = {}
    for bound in fields(Bounds):
        limits = {getattr(one, bound.name) for one in several} - {None}
        if limits:
            tightest[bound.name] = _tighter(bound.name, sorted(limits))
    return Bounds(**tightest)


def _tighter(bound: str, limits: Sequence[Any]) -> Any:
    """Of limits in order."""
    match bound:
        case "pattern" if len(limits) > 1:
            return "".join(f"(?=.*?(?:{pattern}))" for pattern in limits)
        case "multiple_of" if all(isinstance(limit, int) for limit in limits):
            return lcm(*limits)
        case "max_length" | "max_items" | "max_properties" | "maximum" | "exclusive_maximum":
            return limits[0]
        case _:
            return limits[-1]


def _properties(parts: tuple[Schema, ...], join: Join) -> Mapping[str, Schema]:
    found: dict[str, list[Schema]] = {}
    for part in parts:
        for name, schema in part.properties.items():
            found.setdefault(name, []).append(schema)
    return MappingProxyType(
        {
            name: schemas[0] if len(schemas) == 1 else join(tuple(schemas))
            for name, schemas in found.items()
        }
    )


def _additional(parts: tuple[Schema, ...], beside: Sequence[Further], join: Join) -> Schema | bool:
    stated = [part.additional for part in parts if part.additional is not True]
    schemas = [one for one in stated if isinstance(one, Schema)]
    if len(schemas) < len(stated):
        return False
    schemas += _schemas(beside)
    return not any(_is_none(one) for one in schemas) and (_all_of_them(schemas, join) or True)


def _items(parts: tuple[Schema, ...], behind: Sequence[Further], join: Join) -> Schema | None:
    stated = [part.items for part in parts if part.items is not None]
    return _all_of_them(stated or _schemas(behind), join)


def _schemas(several: Sequence[Further]) -> list[Schema]:
    return [schema for each in several for schema in each.schemas if schema is not None]


def _is_none(schema: Schema) -> bool:
    """The schema `false`."""
    return schema.ref is None and not schema.kinds


def _all_of_them(schemas: Sequence[Schema], join: Join) -> Schema | None:
    if len(schemas) < 2:
        return schemas[0] if schemas else None
    return join(tuple(schemas))
