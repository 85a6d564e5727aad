"""Whether a value is within the limits of a spec, where that takes more than a comparison.

Numbers are equal by their value here, as in JSON Schema: `1.0` is the same as `1`, `true` is not.
"""

from __future__ import annotations

import re
from itertools import combinations

from .codecs import fraction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .message import Json


def pattern(text: str) -> re.Pattern[str]:
    """What is searched for in texts."""
    return re.compile(text)


def is_multiple(value: float, of: float) -> bool:
    """Exactly: a float is the decimal that its `repr` writes; no infinity is a multiple."""
    whole, part = fraction(value), fraction(of)
    if whole is None or part is None:
        return False
    return whole[0] * part[1] % (whole[1] * part[0]) == 0


def are_unique(items: list[Json]) -> bool:
    """Is no item equal to another?"""
    scalars = [(isinstance(one, bool), one) for one in items if not isinstance(one, (list, dict))]
    if len(set(scalars)) < len(scalars):
        return False
    others = [one for one in items if isinstance(one, (list, dict))]
    return not any(_equal(one, other) for one, other in combinations(others, 2))


def is_one_of(value: Json, values: tuple[Json, ...]) -> bool:
    return any(_equal(value, one) for one in values)


def has_all(value: dict[str, Json], names: tuple[str, ...]) -> bool:
    """Does the object have each of the fields?"""
    return all(name in value for name in names)


def has_others(value: dict[str, Json], names: tuple[str, ...]) -> bool:
    """Does the object have a field of another name?"""
    return any(name not in names for name in value)


def _equal(left: Json, right: Json) -> bool:
    pending: list[tuple[Json, Json]] = [(left, right)]
    while pending:
        one, other = pending.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pending.extend([(member, other[name]) for name, member in one.items()])
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pending.extend(zip(one, other, strict=True))
        elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
            return False
    return True
