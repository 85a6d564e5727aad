"""Numbers that bound a value, a length or a count, and what else a schema says in one word."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, Final

from compat.differ.atom import Atom
from compat.differ.effect import Effect
from compat.differ.types import common_kinds
from compat.model.record import record
from compat.model.schema import ABSENT, Absent, Bounds, FurtherKeyword, Json, Kind, Schema

if TYPE_CHECKING:
    from fractions import Fraction


@record()
class _Limit:
    """`idle` is the number that excludes nothing, which is as good as no limit."""

    name: str
    is_upper: bool
    is_exclusive: bool = False
    idle: int | None = None


_COUNTS: Final[Mapping[str, _Limit]] = {
    "min_length": _Limit("min-length", is_upper=False, idle=0),
    "max_length": _Limit("max-length", is_upper=True),
    "min_items": _Limit("min-items", is_upper=False, idle=0),
    "max_items": _Limit("max-items", is_upper=True),
    "min_properties": _Limit("min-properties", is_upper=False, idle=0),
    "max_properties": _Limit("max-properties", is_upper=True),
}
_SIDES: Final[tuple[Mapping[str, _Limit], ...]] = (
    {
        "minimum": _Limit("min", is_upper=False),
        "exclusive_minimum": _Limit("exclusive-min", is_upper=False, is_exclusive=True),
    },
    {
        "maximum": _Limit("max", is_upper=True),
        "exclusive_maximum": _Limit("exclusive-max", is_upper=True, is_exclusive=True),
    },
)
_STARTS_AT_NOUGHT: Final = frozenset({"min_length"})
"""Limits whose absence is told as nought: a first one is an increase."""

_ANY_TEXT: Final = frozenset({".*", "^.*$", "^.*", ".*$"})


def limits(old: Schema, new: Schema) -> Iterator[Atom]:
    """Every number that moved, was set or was taken away."""
    if old.bounds == new.bounds:
        return
    kinds = common_kinds(old, new)
    for kind, told in (
        (Kind.INTEGER, (*_sides(old, new, kinds), *_multiple_of(old, new, kinds))),
        (Kind.STRING, _counts(old, new, "length")),
        (Kind.ARRAY, (*_counts(old, new, "items"), *_unique_items(old, new))),
        (Kind.OBJECT, _counts(old, new, "properties")),
    ):
        for atom in told:
            yield atom if kind in kinds else replace(atom, effect=Effect.SAME)


def _counts(old: Schema, new: Schema, counted: str) -> Iterator[Atom]:
    for name in (f"min_{counted}", f"max_{counted}"):
        limit = _COUNTS[name]
        before, after = _number(old.bounds, name, limit), _number(new.bounds, name, limit)
        if name in _STARTS_AT_NOUGHT:
            before, after = before or 0, after or 0
        if before != after:
            yield _moved(limit, old, new, before, after)


def _unique_items(old: Schema, new: Schema) -> Iterator[Atom]:
    if old.bounds.unique_items != new.bounds.unique_items:
        stem, effect = "unique-items-removed", Effect.WIDER
        if new.bounds.unique_items:
            stem, effect = "unique-items-added", Effect.NARROWER
        yield Atom(stem=stem, effect=effect, old=old, new=new)


def pattern(old: Schema, new: Schema) -> Iterator[Atom]:
    """The pattern of a text."""
    before, after = old.bounds.pattern or None, new.bounds.pattern or None
    was_any, is_any = (each is None or each in _ANY_TEXT for each in (before, after))
    if before == after or (was_any and is_any):
        return
    if before is None:
        stem, effect = "pattern-added", Effect.NARROWER
    elif after is None:
        stem, effect = "pattern-removed", Effect.WIDER
    elif is_any:
        stem, effect = "pattern-generalized", Effect.WIDER
    else:
        stem, effect = "pattern-changed", Effect.NARROWER if was_any else Effect.UNKNOWN
    if Kind.STRING not in common_kinds(old, new):
        effect = Effect.SAME
    yield Atom(
        stem=stem, effect=effect, old=old, new=new, before=_stated(before), after=_stated(after)
    )


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


def _sides(old: Schema, new: Schema, kinds: frozenset[Kind]) -> Iterator[Atom]:
    """Where numbers end: of the two keywords of a side the tighter one counts.

    Where one comes in place of the other the limit has moved, and nothing was taken away.
    """
    is_whole = Kind.NUMBER not in kinds
    for side in _SIDES:
        ends = [_ends(each.bounds, side) for each in (old, new)]
        before, after = (_last(each, is_whole=is_whole) for each in ends)
        is_exchanged = before is not None and after is not None and not set(ends[0]) & set(ends[1])
        for limit in dict.fromkeys((*ends[0], *ends[1])):
            was, now = (each.get(limit) for each in ends)
            if was == now or (is_exchanged and (now is None or before == after)):
                continue
            atom = _moved(limit, old, new, was, now)
            if before == after:
                atom = replace(atom, effect=Effect.SAME)
            elif before is not None and after is not None:
                atom = replace(atom, effect=Effect.WIDER if after > before else Effect.NARROWER)
            yield atom


def _ends(bounds: Bounds, side: Mapping[str, _Limit]) -> dict[_Limit, float]:
    found = {limit: getattr(bounds, field) for field, limit in side.items()}
    return {limit: number for limit, number in found.items() if number is not None}


def _last(ends: Mapping[_Limit, float], *, is_whole: bool) -> tuple[float, bool] | None:
    """The tighter end; the greater one leaves more numbers. None where there is no end."""
    return min((_reach(*end, is_whole=is_whole) for end in ends.items()), default=None)


def _reach(limit: _Limit, number: float, *, is_whole: bool) -> tuple[float, bool]:
    """An exclusive end is just before its number, of whole numbers the one before it."""
    outwards = 1 if limit.is_upper else -1
    if is_whole and isfinite(number):
        last = floor(number) if limit.is_upper else ceil(number)
        return outwards * last - (limit.is_exclusive and last == number), True
    return outwards * number, not limit.is_exclusive


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
    return Atom(
        stem=stem, effect=effect, old=old, new=new, before=_stated(before), after=_stated(after)
    )


def _stated(limit: float | str | None) -> Json | Absent:
    """What is written down of it, if anything."""
    return ABSENT if limit is None else limit


def _multiple_of(old: Schema, new: Schema, kinds: frozenset[Kind]) -> Iterator[Atom]:
    before, after = old.bounds.multiple_of, new.bounds.multiple_of
    if before == after:
        return
    if before is None:
        stem = "multiple-of-added"
    else:
        stem = "multiple-of-removed" if after is None else "multiple-of-changed"
    is_whole = Kind.NUMBER not in kinds
    effect = _divides(_step(before, is_whole=is_whole), _step(after, is_whole=is_whole))
    yield Atom(
        stem=stem, effect=effect, old=old, new=new, before=_stated(before), after=_stated(after)
    )


def _step(value: float | None, *, is_whole: bool) -> "Fraction | None":
    """Exactly as it is written; of whole numbers all are multiples of 1, and so of 0.5."""
    # Imported where it is used: it takes longer than comparing small specs.
    from fractions import Fraction

    if value is None or not isfinite(value):
        return None
    exact = Fraction(str(value))
    if not is_whole:
        return exact
    return None if exact.numerator == 1 else Fraction(exact.numerator)


def _divides(before: "Fraction | None", after: "Fraction | None") -> Effect:
    if before == after:
        return Effect.SAME
    if before is None or after is None:
        return Effect.NARROWER if before is None else Effect.WIDER
    if before and after % before == 0:
        return Effect.NARROWER
    return Effect.WIDER if after and before % after == 0 else Effect.OTHER
