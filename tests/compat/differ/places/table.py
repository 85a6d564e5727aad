"""The tables of what is told at each place, a line for each that tells anything.

    Schema maxItems | added WARN request-property-max-items-set | removed INFO ...

Behind what happens there stand the rules that tell it, each with its level for an old client.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from tests.compat.differ.places.atlas import Place

_TABLES: Final = Path(__file__).parents[3] / "data" / "differ"
_WHOLE: Final = "(document)"

Told = Mapping[str, str]
"""What happens -> the rules."""


@cache
def table(dialect: str) -> Mapping[Place, Told]:
    text = (_TABLES / f"places-{dialect}.txt").read_text(encoding="utf-8")
    return dict(map(_read, text.splitlines()))


def line(place: Place, told: Told) -> str:
    """As it stands in the table."""
    name, keyword = place
    cells = (f"{name or _WHOLE} {keyword}", *(f"{verb} {rules}" for verb, rules in told.items()))
    return " | ".join(cells)


def _read(line: str) -> tuple[Place, Told]:
    named, *cells = line.split(" | ")
    name, _, keyword = named.partition(" ")
    told = (cell.partition(" ") for cell in cells)
    return ("" if name == _WHOLE else name, keyword), {verb: rules for verb, _, rules in told}
