"""What a receiver admits, as far as a limit tells it, and whether a value is that.

Constraints hold together and mean what they do in JSON Schema 2020-12: each is about values of its
kind and says nothing of others. Numbers are equal by value there, so `1.0` is an integer and the
same as `1` (unlike in operations, which have to keep a value letter by letter); `true` is neither.
Patterns are searched for, not matched, and read as Python reads them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import isfinite
from typing import Final

from compat.lens.value import kind_of
from compat.model.schema import ANY_KIND, UNBOUNDED, Bounds, Json, Kind

_ABOUT: Final[Mapping[str, Kind]] = {
    "minimum": Kind.NUMBER,
    "maximum": Kind.NUMBER,
    "exclusive_minimum": Kind.NUMBER,
    "exclusive_maximum": Kind.NUMBER,
    "multiple_of": Kind.NUMBER,
    "min_length": Kind.STRING,
    "max_length": Kind.STRING,
    "pattern": Kind.STRING,
    "min_items": Kind.ARRAY,
    "max_items": Kind.ARRAY,
    "unique_items": Kind.ARRAY,
    "min_properties": Kind.OBJECT,
    "max_properties": Kind.OBJECT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Admits:
    """The constraints; None, and what the defaults say, is no constraint.

    `kinds` (sorted; NUMBER stands for INTEGER, too) and `values` are about any value, null as well,
    and `bounds` about those of their kind. An object has to have the fields `required`, and none
    but `names`. ValueError for a pattern that Python cannot read, and where no value is admitted.
    """

    kinds: tuple[Kind, ...] | None = None
    values: tuple[Json, ...] | None = None
    bounds: Bounds = UNBOUNDED
    required: tuple[str, ...] = ()
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.bounds.pattern is not None and not is_readable(self.bounds.pattern):
            raise ValueError(f"not a pattern: {self.bounds.pattern!r}")
        if () in (self.kinds, self.values):
            raise ValueError("nothing is admitted")

    @property
    def refused(self) -> frozenset[Kind]:
        """The kinds of which some value is beyond the constraints; NUMBER stands for INTEGER."""
        bounds = self.bounds
        kinds = {kind for name, kind in _ABOUT.items() if _is_set(getattr(bounds, name))}
        if self.required or self.names is not None:
            kinds.add(Kind.OBJECT)
        if self.values is not None:
            kinds |= ANY_KIND - ({Kind.NULL} if None in self.values else set())
        if self.kinds is not None:
            numbers = {Kind.INTEGER} if Kind.NUMBER in self.kinds else set()
            kinds |= ANY_KIND.difference(self.kinds, numbers)
        return frozenset(kinds)


def _is_set(limit: float | str | None) -> bool:
    return limit is not None and limit is not False


NOTHING_BUT_NULL: Final = Admits(kinds=(Kind.NULL,))


def is_readable(pattern: str) -> bool:
    """Can Python read it? Specs write the regular expressions of ECMA 262."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def fault_of(value: Json, admits: Admits) -> str | None:
    """What about the value is beyond the constraints; None where it is within all of them."""
    return next(_faults(value, admits), None)


def _faults(value: Json, admits: Admits) -> Iterator[str]:
    if admits.kinds is not None and not _is_of_kind(value, admits.kinds):
        yield "type"
    if admits.values is not None and not any(is_equal(value, one) for one in admits.values):
        yield "value"
    match value:
        case bool() | None:
            return
        case int() | float():
            yield from _faults_of_number(value, admits.bounds)
        case str():
            yield from _faults_of_text(value, admits.bounds)
        case list():
            yield from _faults_of_list(value, admits.bounds)
        case dict():
            yield from _faults_of_object(value, admits)


def _is_of_kind(value: Json, kinds: Sequence[Kind]) -> bool:
    kind = kind_of(value)
    if kind in kinds or (kind is Kind.INTEGER and Kind.NUMBER in kinds):
        return True
    return isinstance(value, float) and value.is_integer() and Kind.INTEGER in kinds


def _faults_of_number(value: float, bounds: Bounds) -> Iterator[str]:
    if bounds.minimum is not None and value < bounds.minimum:
        yield "small number"
    if bounds.maximum is not None and value > bounds.maximum:
        yield "large number"
    if bounds.exclusive_minimum is not None and value <= bounds.exclusive_minimum:
        yield "small number"
    if bounds.exclusive_maximum is not None and value >= bounds.exclusive_maximum:
        yield "large number"
    if bounds.multiple_of is not None and not is_multiple(value, bounds.multiple_of):
        yield "fraction"


def _faults_of_text(value: str, bounds: Bounds) -> Iterator[str]:
    if bounds.min_length is not None and len(value) < bounds.min_length:
        yield "short text"
    if bounds.max_length is not None and len(value) > bounds.max_length:
        yield "long text"
    if bounds.pattern is not None and re.search(bounds.pattern, value) is None:
        yield "text"


def _faults_of_list(value: list[Json], bounds: Bounds) -> Iterator[str]:
    if bounds.min_items is not None and len(value) < bounds.min_items:
        yield "short list"
    if bounds.max_items is not None and len(value) > bounds.max_items:
        yield "long list"
    if bounds.unique_items and not are_unique(value):
        yield "repetition"


def _faults_of_object(value: dict[str, Json], admits: Admits) -> Iterator[str]:
    bounds = admits.bounds
    if bounds.min_properties is not None and len(value) < bounds.min_properties:
        yield "number of fields"
    if bounds.max_properties is not None and len(value) > bounds.max_properties:
        yield "number of fields"
    if any(name not in value for name in admits.required):
        yield "lack of a field"
    if admits.names is not None and any(name not in admits.names for name in value):
        yield "field"


def is_multiple(value: float, of: float) -> bool:
    """Exactly: a float stands for the decimal that `repr` writes; no infinity is a multiple."""
    if isinstance(value, float) and not isfinite(value):
        return False
    return _exact(value) % _exact(of) == 0


def _exact(number: float) -> Fraction:
    return Fraction(number if isinstance(number, int) else repr(number))


def are_unique(items: Sequence[Json]) -> bool:
    """Is no item equal to another? Pair by pair, unlike the quick way of packages."""
    return not any(is_equal(*pair) for pair in combinations(items, 2))


def is_equal(left: Json, right: Json) -> bool:
    """As JSON Schema has it (2020-12, 4.2.2): numbers by their value, a boolean is none."""
    pending: list[tuple[Json, Json]] = [(left, right)]
    while pending:
        one, other = pending.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pending.extend((one[name], other[name]) for name in one)
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other, strict=True))
        elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
            return False
    return True
