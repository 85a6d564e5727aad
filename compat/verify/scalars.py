"""Strategies for texts, numbers and booleans as a schema admits them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from compat.lens.admits import is_readable
from compat.model.schema import Bounds, Json, Kind
from compat.model.shape import ScalarShape
from compat.verify.formats import INTEGERS, TEXTS

# Letters and what codecs, separators, URLs and headers may trip over.
ALPHABET: Final = "abcxyzABC0129 -_.,:;/|=&?%+#'\"\\é✓"
TEXT_LENGTH_MAX: Final = 12
_INTEGERS_DEFAULT: Final = (-(2**63), 2**63 - 1)

NOTHING: Final = st.nothing()


def scalars(shape: ScalarShape) -> SearchStrategy[Json]:
    """Values that the shape admits, null apart; none at all where it admits none."""
    if shape.enum is not None:
        return st.sampled_from(shape.enum) if shape.enum else NOTHING
    return st.one_of([_of_kind(kind, shape) for kind in sorted(shape.kinds)])


def _of_kind(kind: Kind, shape: ScalarShape) -> SearchStrategy[Json]:
    match kind:
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.INTEGER:
            return _integers(shape.bounds, INTEGERS.get(shape.format, _INTEGERS_DEFAULT))
        case Kind.NUMBER:
            return _numbers(shape.bounds)
        case Kind.STRING:
            return _texts(shape)
        case _:
            raise AssertionError(f"{kind} is no scalar")


def _integers(bounds: Bounds, within: tuple[int, int]) -> SearchStrategy[Json]:
    least, greatest = within
    if bounds.minimum is not None:
        least = max(least, ceil(bounds.minimum))
    if bounds.exclusive_minimum is not None:
        least = max(least, floor(bounds.exclusive_minimum) + 1)
    if bounds.maximum is not None:
        greatest = min(greatest, floor(bounds.maximum))
    if bounds.exclusive_maximum is not None:
        greatest = min(greatest, ceil(bounds.exclusive_maximum) - 1)
    step = Fraction(str(bounds.multiple_of or 1)).numerator
    first, last = ceil(Fraction(least, step)), floor(Fraction(greatest, step))
    if first > last:
        return NOTHING
    return st.integers(first, last).map(lambda times: times * step)


def _numbers(bounds: Bounds) -> SearchStrategy[Json]:
    """Whole ones and others; where multiples are wanted, whole ones alone."""
    whole = _integers(bounds, _INTEGERS_DEFAULT)
    if bounds.multiple_of is not None:
        return whole
    lowest = [low for low in (bounds.minimum, bounds.exclusive_minimum) if low is not None]
    highest = [top for top in (bounds.maximum, bounds.exclusive_maximum) if top is not None]
    broken = st.floats(
        min_value=float(max(lowest)) if lowest else -1e15,
        max_value=float(min(highest)) if highest else 1e15,
        exclude_min=bounds.exclusive_minimum is not None,
        exclude_max=bounds.exclusive_maximum is not None,
        allow_nan=False,
        allow_infinity=False,
    )
    return st.one_of(whole, broken)


def _texts(shape: ScalarShape) -> SearchStrategy[str]:
    bounds = shape.bounds
    least = int(bounds.min_length or 0)
    longest = int(bounds.max_length) if bounds.max_length is not None else None
    if bounds.pattern is not None and is_readable(bounds.pattern):
        matching = st.from_regex(re.compile(bounds.pattern), alphabet=st.characters(codec="utf-8"))
        return matching.map(_one_line).filter(
            lambda text: (
                least <= len(text) <= (len(text) if longest is None else longest)
                and re.search(bounds.pattern or "", text) is not None
            )
        )
    if shape.format in TEXTS and not least and longest is None:
        return TEXTS[shape.format]
    most = max(least, TEXT_LENGTH_MAX) if longest is None else min(longest, least + TEXT_LENGTH_MAX)
    return st.text(ALPHABET, min_size=least, max_size=most)


def _one_line(text: str) -> str:
    """`$` also matches before a last line break, which no spec means."""
    return text.removesuffix("\n")


def edges(bounds: Bounds) -> Iterator[Json]:
    """Values just inside and just outside the bounds of a scalar."""
    for limit in (
        bounds.minimum,
        bounds.maximum,
        bounds.exclusive_minimum,
        bounds.exclusive_maximum,
    ):
        if limit is not None:
            yield from (limit - 1, limit, limit + 1)
    if bounds.multiple_of:
        yield from (bounds.multiple_of, bounds.multiple_of + 1)
    for length in (bounds.min_length, bounds.max_length):
        if length is not None and length < 100_000:
            yield from ("x" * size for size in (length - 1, length, length + 1) if size >= 0)
