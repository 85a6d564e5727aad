"""Units that names and descriptions speak of, and what leads from one to another."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from compat.suggest.words import words

# Dimension, size in its smallest unit, how names write it, how sentences do.
_UNITS: Final = """
time | 1 | ns nanos nano nanosecond | nanoseconds nanosecond ns
time | 1000 | us micros micro microsecond | microseconds microsecond us µs
time | 1000000 | ms millis milli millisecond msec | milliseconds millisecond millis msec ms
time | 1000000000 | s sec second | seconds secs
time | 60000000000 | minute | minutes
time | 3600000000000 | hr hour | hours
time | 86400000000000 | day | days
data | 1 | byte | bytes
data | 1000 | kb kilobyte | kilobytes kilobyte kb
data | 1024 | kib kibibyte | kibibytes kibibyte kib
data | 1000000 | mb megabyte | megabytes megabyte mb
data | 1048576 | mib mebibyte | mebibytes mebibyte mib
data | 1000000000 | gb gigabyte | gigabytes gigabyte gb
data | 1073741824 | gib gibibyte | gibibytes gibibyte gib
data | 1000000000000 | tb terabyte | terabytes terabyte tb
data | 1099511627776 | tib tebibyte | tebibytes tebibyte tib
share | 1 | percent pct percentage | percent percentage
share | 100 | fraction ratio | fraction ratio
frequency | 1 | hz hertz | hertz hz
frequency | 1000 | khz | kilohertz khz
frequency | 1000000 | mhz | megahertz mhz
frequency | 1000000000 | ghz | gigahertz ghz
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """`size` is in the dimension's smallest unit; `name` is for messages."""

    dimension: str
    size: int
    name: str


def _rows() -> Iterator[tuple[Unit, list[str], list[str]]]:
    for line in _UNITS.strip().splitlines():
        dimension, size, in_names, in_texts = (part.strip() for part in line.split("|"))
        unit = Unit(dimension, int(size), in_texts.split()[0])
        yield unit, in_names.split(), in_texts.split()


_IN_NAMES: Final = {word: unit for unit, in_names, _ in _rows() for word in in_names}
_IN_TEXTS: Final = {word: unit for unit, _, in_texts in _rows() for word in in_texts}
_SPOKEN: Final = re.compile(
    rf"(?<![\w.])(?:(in|as|of) )?\(?({'|'.join(map(re.escape, _IN_TEXTS))})(?![\w-])(?! per )"
)


@lru_cache(maxsize=1 << 14)
def unit_of_name(name: str) -> Unit | None:
    """The unit with which a name of several words ends: `timeout_ms`, `sizeBytes`."""
    found = words(name)
    return _IN_NAMES.get(found[-1]) if len(found) > 1 else None


@lru_cache(maxsize=1 << 14)
def unit_of_text(text: str) -> Unit | None:
    """The one unit that a description speaks of, "in seconds" before others; None if in doubt."""
    found = _SPOKEN.findall(text[:2_000].lower())
    stated = [word for lead, word in found if lead == "in"]
    units = dict.fromkeys(_IN_TEXTS[word] for word in stated or [word for _, word in found])
    return next(iter(units)) if len(units) == 1 else None


def factor(old: Unit, new: Unit) -> Fraction | None:
    """new number = old number * factor; None where there is nothing to convert."""
    if old.dimension != new.dimension or old.size == new.size:
        return None
    return Fraction(old.size, new.size)


def scale_words(found: Fraction) -> str:
    """A factor as an intent writes it."""
    whole = found.denominator == 1
    return str(found.numerator) if whole else f"{found.numerator}/{found.denominator}"


def scaled(old: Iterable[object], new: Iterable[object], by: Fraction) -> bool:
    """Are the numbers of the new version those of the old one, each times the factor?"""
    pairs = [
        (one, other)
        for one, other in zip(old, new, strict=True)
        if not isinstance(one, bool) and isinstance(one, int | float) and one
    ]
    return bool(pairs) and all(
        isinstance(other, int | float) and Fraction(one) * by == Fraction(other)
        for one, other in pairs
    )
