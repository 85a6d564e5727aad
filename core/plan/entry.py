"""One mapping of a description: its values as numbers, and where it stands when one is absurd."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from core.errors import CoreError
from core.units import duration_text, parse_duration, parse_size, size_text

Steps: TypeAlias = Sequence[str | int]
Refusal: TypeAlias = Callable[[Steps, str, str], CoreError]
"""Of a place, what is wrong there, and the remedy, makes what is to be raised."""

SIZE_MAX: Final = 1 << 60
RATE_MAX: Final = 10**12
PARTS: Final = 1000
"""Shares and reserves are in thousandths."""

_RATE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kMGT]?)(i?)(B|bit)/s")
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d)?)\s*%")
_CLOCK: Final = re.compile(r"(\d\d?):(\d\d)")
_DAY_MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class Entry:
    """`steps` lead to it from the top of the description."""

    value: Mapping[str, Any]
    steps: tuple[str | int, ...]
    refusal: Refusal

    def refuse(self, key: str, what: str, hint: str) -> CoreError:
        """What is wrong with a key of it, as it is to be raised."""
        return self.refusal((*self.steps, key), what, hint)

    def has(self, key: str) -> bool:
        """Is it said?"""
        return key in self.value

    def text(self, key: str, default: str = "") -> str:
        """A word."""
        return str(self.value.get(key, default))

    def number(self, key: str, default: float = 0.0) -> float:
        """A plain number."""
        return float(self.value.get(key, default))

    def duration_ns(self, key: str, default_ns: int = 0, *, least_ns: int = 0, most_ns: int) -> int:
        """Nanoseconds of `15m`; raises what is refused where that is out of its range."""
        if key not in self.value:
            return default_ns
        found = self._parsed(key, parse_duration)
        if not least_ns <= found <= most_ns:
            raise self.refuse(
                key,
                f"{self.value[key]} is beyond what can be planned for",
                f"give {_least_text(least_ns)} at least and {duration_text(most_ns)} at most",
            )
        return found

    def size(self, key: str, default: int = 0) -> int:
        """Bytes of `20GiB`; raises what is refused where they are more than can be."""
        return self._within(key, parse_size, SIZE_MAX, size_text) if self.has(key) else default

    def rate(self, key: str, default: int = 0) -> int:
        """Bytes in a second, of `25MB/s` or `200Mbit/s`; raises where they are too many."""
        return self._within(key, parse_rate, RATE_MAX, _rate_text) if self.has(key) else default

    def thousandths(self, key: str, default: int = 0) -> int:
        """Of `12.5%`."""
        return self._parsed(key, parse_thousandths) if key in self.value else default

    def minute(self, key: str) -> int:
        """Of the day, of `08:30`; midnight without a word."""
        return self._parsed(key, parse_minute) if key in self.value else 0

    def above_nothing(self, key: str, found: int, unit: str) -> int:
        """What was read for a key, which there has to be some of."""
        if found <= 0:
            raise self.refuse(key, f"nothing can be done with {self.value.get(key)}", unit)
        return found

    def entries(self, key: str) -> Iterator["Entry"]:
        """The mappings of a list."""
        for nth, each in enumerate(self.value.get(key, ())):
            yield Entry(each, (*self.steps, key, nth), self.refusal)

    def inner(self, key: str) -> "Entry":
        """A mapping in it; an empty one without a word."""
        return Entry(self.value.get(key, {}), (*self.steps, key), self.refusal)

    def _within(
        self, key: str, parse: Callable[[str], int], most: int, text: Callable[[int], str]
    ) -> int:
        found = self._parsed(key, parse)
        if found > most:
            raise self.refuse(
                key,
                f"{self.value[key]} is beyond what can be planned for",
                f"give {text(most)} at most",
            )
        return found

    def _parsed(self, key: str, parse: Callable[[str], int]) -> int:
        try:
            return parse(str(self.value[key]))
        except CoreError as error:
            raise self.refuse(key, error.what, error.hint) from None


def parse_rate(text: str) -> int:
    """Bytes in a second; of a unit without an i the prefix is decimal."""
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise CoreError(f"{text!r} is no rate", hint="write it as 25MB/s, 20MiB/s or 200Mbit/s")
    count, prefix, binary, unit = match.groups()
    scale = (1024 if binary else 1000) ** ("kMGT".index(prefix) + 1 if prefix else 0)
    return int(float(count) * scale / (8 if unit == "bit" else 1))


def parse_thousandths(text: str) -> int:
    """Of a whole: `12.5%` are 125."""
    match = _PERCENT.fullmatch(text.strip())
    if match is None or float(match[1]) > 100:
        raise CoreError(f"{text!r} is no share", hint="write it as 10%, at most 100%")
    return round(float(match[1]) * 10)


def parse_minute(text: str) -> int:
    """Of the day."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None or int(match[1]) * 60 + int(match[2]) > _DAY_MINUTES or int(match[2]) > 59:
        raise CoreError(f"{text!r} is no time of day", hint="write it as 08:00")
    return int(match[1]) * 60 + int(match[2])


def refuse_twice(entries: Sequence[Entry], what: str) -> None:
    """Raises what is refused where two have one name."""
    known: set[str] = set()
    for each in entries:
        name = each.text("name")
        if name in known:
            raise each.refuse("name", f"there are two {what} named {name}", "give each a name")
        known.add(name)


def _rate_text(rate: int) -> str:
    return f"{rate // 10**9}GB/s"


def _least_text(least_ns: int) -> str:
    return duration_text(least_ns) if least_ns else "0s"
