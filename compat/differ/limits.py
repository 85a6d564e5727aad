"""Numbers that bound a value, a length or a count, and what else a schema says in one word."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from compat.differ.atom import Atom
from compat.differ.effect import Effect
from compat.model.schema import Bounds, FurtherKeyword, Schema


@dataclass(frozen=True, slots=True)
class _Limit:
    """`idle` is the number that excludes nothing, which is as good as no limit."""

    name: str
    is_upper: bool
    idle: int | None = None


_LIMITS: Final[Mapping[str, _Limit]] = {
    "minimum": _Limit("min", is_upper=False),
    "maximum": _Limit("max", is_upper=True),
    "exclusive_minimum": _Limit("exclusive-min", is_upper=False),
    "exclusive_maximum": _Limit("exclusive-max", is_upper=True),
    "min_length": _Limit("min-length", is_upper=False, idle=0),
    "max_length": _Limit("max-length", is_upper=True),
    "min_items": _Limit("min-items", is_upper=False, idle=0),
    "max_items": _Limit("max-items", is_upper=True),
    "min_properties": _Limit("min-properties", is_upper=False, idle=0),
    "max_properties": _Limit("max-properties", is_upper=True),
}
_STARTS_AT_NOUGHT: Final = frozenset({"min_length"})
"""Limits whose absence is told as nought: a first one is an increase."""

_ANY_TEXT: Final = frozenset({".*", "^.*$", "^.*", ".*$"})


def limits(old: Schema, new: Schema) -> Iterator[Atom]:
    """Every number that moved, was set or was taken away."""
    if old.bounds == new.bounds:
        return
    for field, limit in _LIMITS.items():
        before, after = _number(old.bounds, field, limit), _number(new.bounds, field, limit)
        if field in _STARTS_AT_NOUGHT:
            before, after = before or 0, after or 0
        if before != after:
            yield _moved(limit, old, new, before, after)
    yield from _multiple_of(old, new)
    if old.bounds.unique_items != new.bounds.unique_items:
        stem, effect = "unique-items-removed", Effect.WIDER
        if new.bounds.unique_items:
            stem, effect = "unique-items-added", Effect.NARROWER
        yield Atom(stem=stem, effect=effect, old=old, new=new)


def pattern(old: Schema, new: Schema) -> Iterator[Atom]:
    """The pattern of a text."""
    before, after = old.bounds.pattern or None, new.bounds.pattern or None
    if before == after:
        return
    if before is None:
        stem, effect = "pattern-added", Effect.NARROWER
    elif after is None:
        stem, effect = "pattern-removed", Effect.WIDER
    elif after in _ANY_TEXT:
        stem, effect = "pattern-generalized", Effect.WIDER
    else:
        stem, effect = "pattern-changed", Effect.UNKNOWN
    yield Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def contains(old: Schema, new: Schema) -> Iterator[Atom]:
    """How many items must match where both versions say what they match."""
    ours, theirs = _contains(old), _contains(new)
    if ours is None or theirs is None:
        return
    for limit, before, after in zip(_CONTAINED, ours, theirs, strict=True):
        if before != after:
            yield _moved(limit, old, new, before, after)


_CONTAINED: Final = (
    _Limit("min-contains", is_upper=False),
    _Limit("max-contains", is_upper=True),
)


def _contains(schema: Schema) -> tuple[int | None, int | None] | None:
    for each in schema.further:
        if each.keyword is FurtherKeyword.CONTAINS:
            least, most = each.about
            return (
                least if isinstance(least, int) else None,
                most if isinstance(most, int) else None,
            )
    return None


def _number(bounds: Bounds, field: str, limit: _Limit) -> float | None:
    value: float | None = getattr(bounds, field)
    return None if value is not None and value == limit.idle else value


def _moved(
    limit: _Limit, old: Schema, new: Schema, before: float | None, after: float | None
) -> Atom:
    if before is None:
        stem, effect = f"{limit.name}-set", Effect.STATED
    elif after is None:
        stem, effect = f"{limit.name}-unset", Effect.WIDER
    elif after > before:
        stem, effect = f"{limit.name}-increased", Effect.NARROWER
    else:
        stem, effect = f"{limit.name}-decreased", Effect.WIDER
    if limit.is_upper and before is not None and after is not None:
        effect = Effect.WIDER if after > before else Effect.NARROWER
    return Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def _multiple_of(old: Schema, new: Schema) -> Iterator[Atom]:
    before, after = old.bounds.multiple_of, new.bounds.multiple_of
    if before == after:
        return
    if before is None:
        stem, effect = "multiple-of-added", Effect.NARROWER
    elif after is None:
        stem, effect = "multiple-of-removed", Effect.WIDER
    else:
        stem, effect = "multiple-of-changed", _divides(before, after)
    yield Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def _divides(before: float, after: float) -> Effect:
    if before and after % before == 0:
        return Effect.NARROWER
    return Effect.WIDER if after and before % after == 0 else Effect.OTHER
