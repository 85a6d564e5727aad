"""The changes between two specs as a person reads them on a terminal or in a file."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.place import Place
from compat.report.changes.listing import Listing
from compat.report.changes.words import UNSEARCHED, crossed, cut, heading, told, totals
from compat.report.printable import on_one_line
from compat.report.unbroken import unbroken

STYLES: Final[Mapping[Level, str]] = {
    Level.ERR: "bold red",
    Level.WARN: "yellow",
    Level.INFO: "dim",
}
_WORD_COLUMNS: Final = max(len(level.name) for level in Level)


def changes_text(listing: Listing) -> Group:
    """The whole report."""
    return Group(Text(totals(listing), style="bold"), *_sections(listing))


def _sections(listing: Listing) -> Iterator[RenderableType]:
    for section in listing.sections:
        yield Text()
        yield unbroken(on_one_line(heading(section)), "bold")
        for change, level in zip(section.changes, section.levels, strict=True):
            yield from _change(change, level)
            yield from _beside(listing, change)


def _beside(listing: Listing, change: Change) -> Iterator[RenderableType]:
    """What a shim makes of it, and a message that shows it."""
    indent = (0, 0, 0, 2 + _WORD_COLUMNS + 1)
    if told := crossed(listing, change):
        yield Padding(Text(on_one_line(f"with a shim {told}")), indent, expand=False)
    if witness := listing.witness(change):
        value = cut(json.dumps(witness.value, ensure_ascii=False))
        shown = on_one_line(f"shown by {value}: {cut(witness.shows)}")
        yield Padding(Text(shown, "dim"), indent, expand=False)
    elif listing.is_exhausted(change):
        yield Padding(Text(UNSEARCHED, "dim"), indent, expand=False)


def _change(change: Change, level: Level) -> Iterator[RenderableType]:
    word = Text(f"{level.name:<{_WORD_COLUMNS}} ", style=STYLES[level])
    yield Padding(word + Text(on_one_line(told(change))), (0, 0, 0, 2), expand=False)
    places = (_place(word, at) for word, at in (("old", change.old), ("new", change.new)))
    shown = "  ".join(each for each in (change.id, change.fingerprint, *places) if each)
    yield unbroken(" " * (2 + _WORD_COLUMNS + 1) + on_one_line(shown), "dim")


def _place(word: str, place: Place | None) -> str:
    return "" if place is None else f"{word} {place}"
