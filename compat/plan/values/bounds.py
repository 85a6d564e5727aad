"""Limits on numbers, texts, lists and objects, and the formats of scalars."""

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Final

from compat.lens.admits import Admits, is_readable
from compat.lens.ops import Flow
from compat.model.schema import UNBOUNDED, Bounds, Kind, Schema
from compat.model.shape import ScalarShape
from compat.plan.gate.excess import NO_TEXT, Guard, enter_excess
from compat.plan.spot import Spot
from compat.plan.walk import Walk

NUMERIC: Final = frozenset({Kind.INTEGER, Kind.NUMBER})

_INTEGERS: Final[Mapping[str, tuple[float, float]]] = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
_FLOATS: Final[Mapping[str, tuple[float, float]]] = {
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "double": (-1.7976931348623157e308, 1.7976931348623157e308),
}
_RANGES: Final = {**_INTEGERS, **_FLOATS}
"""Numeric format -> (least, greatest) of its values (OpenAPI format registry)."""


def kinds_overlap(old: frozenset[Kind], new: frozenset[Kind]) -> bool:
    """Is there a value that both admit?"""
    return bool(old & new) or (bool(old & NUMERIC) and bool(new & NUMERIC))


def admitted_kinds(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Every integer is a number."""
    return kinds | {Kind.INTEGER} if Kind.NUMBER in kinds else kinds


def beyond_format(shape: ScalarShape) -> Bounds:
    """Without the limits that the numeric format sets as well, or within them."""
    if shape.format not in _RANGES or not shape.kinds <= NUMERIC:
        return shape.bounds
    least, greatest = _RANGES[shape.format]
    minimum, maximum = shape.bounds.minimum, shape.bounds.maximum
    return replace(
        shape.bounds,
        minimum=None if minimum is not None and minimum <= least else minimum,
        maximum=None if maximum is not None and maximum >= greatest else maximum,
    )


def bridge_bounds(
    walk: Walk, schemas: tuple[Schema, Schema], old: Bounds, new: Bounds, spot: Spot
) -> Guard:
    """Limit by limit; an exclusive one counts with the inclusive one of its end."""
    found = Guard()
    if old == new:
        return found
    for bound in fields(Bounds):
        ours, theirs = _limit(old, bound.name), _limit(new, bound.name)
        if ours != theirs and not bound.name.startswith("exclusive"):
            name = bound.name.replace("_", "-")
            met = enter_excess(
                walk,
                (schemas[0].place, schemas[1].place),
                spot,
                f"{name}-changed",
                f"{name} {_limit_text(ours)} became {_limit_text(theirs)}",
                flows(_narrower(bound.name, theirs, ours), _narrower(bound.name, ours, theirs)),
                f"a value beyond the other {name}",
            )
            found += met.guard(_admits(old, bound.name), _admits(new, bound.name))
    return found


def flows(up: bool, down: bool) -> frozenset[Flow]:
    return frozenset(flow for flow, goes in ((Flow.UP, up), (Flow.DOWN, down)) if goes)


def _admits(bounds: Bounds, name: str) -> Admits:
    """What this bound admits alone; a pattern that nobody here can read no text at all."""
    if name == "pattern" and bounds.pattern is not None and not is_readable(bounds.pattern):
        return NO_TEXT
    names = [one for one in (name, f"exclusive_{name}") if hasattr(bounds, one)]
    return Admits(bounds=replace(UNBOUNDED, **{one: getattr(bounds, one) for one in names}))


def _limit(bounds: Bounds, name: str) -> object:
    """The limit as something to compare: numbers with whether they are excluded themselves."""
    inclusive = getattr(bounds, name)
    exclusive = getattr(bounds, f"exclusive_{name}", None)
    limits = [(one, out) for one, out in ((inclusive, 0), (exclusive, 1)) if one is not None]
    match name:
        case "minimum":
            return max(limits, default=None)
        case "maximum":
            return min(((one, -out) for one, out in limits), default=None)
        case _:
            return inclusive


def _limit_text(limit: object) -> str:
    match limit:
        case (number, 0):
            return str(number)
        case (number, _):
            return f"{number} (excluded)"
        case None:
            return "none"
        case _:
            return str(limit)


def _narrower(bound: str, tight: object, loose: object) -> bool:
    """Does the bound `tight` exclude something that `loose` admits?"""
    match tight, loose:
        case (None | False, _):
            return False
        case (_, None | False) | (str(), _):
            return True
        case (int() | float(), int() | float()) if bound == "multiple_of":
            return Fraction(str(loose)) % Fraction(str(tight)) != 0
        case (int() | float() as one, int() | float() as other):
            return one < other if "max" in bound else one > other
        case (tuple() as one, tuple() as other):
            return one < other if "max" in bound else one > other
    raise AssertionError(f"{bound} is no limit: {tight!r}, {loose!r}")


def bridge_formats(
    walk: Walk, schemas: tuple[Schema, Schema], old: ScalarShape, new: ScalarShape, spot: Spot
) -> Guard:
    """A numeric format is a range; nothing here can tell whether a text is of any other format."""
    if old.format == new.format:
        return Guard()
    numeric = bool(old.kinds & NUMERIC)
    both_named = bool(old.format and new.format) and not numeric
    met = enter_excess(
        walk,
        (schemas[0].place, schemas[1].place),
        spot,
        "format-changed",
        f"format {old.format!r} became {new.format!r}",
        flows(
            both_named or (numeric and excludes(new.format, old.format)),
            both_named or (numeric and excludes(old.format, new.format)),
        ),
        "a value of the other format",
    )
    return met.guard(_of_format(old.format), _of_format(new.format))


def excludes(tight: str, loose: str) -> bool:
    """Does the numeric format exclude what one has in the other, or in none?

    A width that one spec alone names is a note on what it always was; a sign is more than that.
    """
    if tight not in _RANGES or (loose in _RANGES and (tight in _INTEGERS) != (loose in _INTEGERS)):
        return False
    least, greatest = _RANGES[tight]
    below, above = _RANGES.get(loose, (-1, 0))
    return below < least or above > greatest


def _of_format(name: str) -> Admits:
    if name not in _RANGES:
        return NO_TEXT
    least, greatest = _RANGES[name]
    return Admits(bounds=Bounds(minimum=least, maximum=greatest))
