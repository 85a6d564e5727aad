"""A schema of several parts as one record, where the parts speak of different fields."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from compat.differ.structure import is_idle
from compat.model.conjunction import conjunction
from compat.model.schema import ABSENT, FurtherKeyword, Schema

_DEPTH_MAX: Final = 40  # of parts in each other; a schema that is a part of itself goes on for ever


def flat(schema: Schema, resolve: Callable[[Schema], Schema]) -> Schema | None:
    """None where it takes more than putting the parts side by side."""
    if not schema.all_of:
        return None
    parts = _parts(schema, resolve, _DEPTH_MAX)
    if parts is None or not _are_apart(parts):
        return None
    whole = conjunction(parts)
    if any(each.keyword is FurtherKeyword.ALL_OF for each in whole.further):
        return None  # they exclude each other
    return replace(
        whole,
        default=next((each.default for each in parts if each.default is not ABSENT), ABSENT),
        read_only=any(each.read_only for each in parts),
        write_only=any(each.write_only for each in parts),
        deprecated=any(each.deprecated for each in parts),
    )


def _parts(
    schema: Schema, resolve: Callable[[Schema], Schema], depth: int
) -> tuple[Schema, ...] | None:
    """What each asserts by itself; None where a part is a union or only texts, or without end."""
    if schema.any_of or schema.one_of or schema.discriminator is not None or not depth:
        return None
    found = [replace(schema, all_of=())]
    if any(is_idle(part) for part in schema.all_of):
        return None
    for part in schema.all_of:
        below = _parts(resolve(part), resolve, depth - 1)
        if below is None or len(found) > _DEPTH_MAX:
            return None
        found += below
    return tuple(found)


def _are_apart(parts: tuple[Schema, ...]) -> bool:
    """Do no two of them speak of the same field, list the values, or close the object?"""
    names = [name for part in parts for name in part.properties]
    return (
        len(names) == len(set(names))
        and all(part.additional is True and not part.further for part in parts)
        and sum(part.enum is not None for part in parts) < 2
        and sum(part.bounds.pattern is not None for part in parts) < 2
        and sum(part.default is not ABSENT for part in parts) < 2
        and sum(part.items is not None or bool(part.prefix_items) for part in parts) < 2
    )
