"""Where in a TOML file something stands, for messages about it."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_TABLE: Final = re.compile(r"\s*\[(\[?)\s*([\w.-]+)\s*\]?\]")
_KEY: Final = re.compile(r"\s*([\w-]+)\s*=")

Path = Sequence[str | int]


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of a key or a table, or of the closest around it; None if there is none."""
    places = dict(_places(text))
    for length in range(len(path), 0, -1):
        if found := places.get(tuple(path[:length])):
            return found
    return None


def _places(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Tables and keys that stand at the beginning of a line, and their lines."""
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.match(line):
            table = tuple(match[2].split("."))
            if match[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            yield table, number
        elif match := _KEY.match(line):
            yield (*table, match[1]), number
