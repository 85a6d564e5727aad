"""The changes as a page of HTML: the interface as a tree, one file that needs no other.

Hiding what is of a level is done by style alone: the page has no scripts.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.listing import Listing, Section
from compat.report.changes.words import (
    MEANINGS,
    NOUNS,
    ROLES,
    UNSEARCHED,
    WHOLE,
    crossed,
    heading,
    sentence,
    subject,
    totals,
)
from compat.report.counted import counted
from compat.report.page import template
from compat.report.text import DIALECTS

SHADES: Final[Mapping[Level, tuple[str, str]]] = {
    Level.ERR: ("#fcd0cc", "#6b1d1d"),  # on light, on dark
    Level.WARN: ("#fdeaa8", "#5a4208"),
    Level.INFO: ("#dfe8f1", "#24384d"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A path of a document, and its operations by the order of the listing."""

    document: str
    path: str
    sections: tuple[Section, ...]

    @property
    def levels(self) -> tuple[Level, ...]:
        return tuple(level for section in self.sections for level in section.levels)

    @property
    def heading(self) -> str:
        return ": ".join(each for each in (self.document, self.path or WHOLE) if each)


def changes_page(listing: Listing) -> str:
    """The whole page; texts of strangers are escaped, for the browser and for terminals."""
    return template("compat.report.changes").render(
        listing=listing,
        title=_title(listing),
        totals=totals(listing),
        branches=branches(listing),
        subsets=tuple(_subsets()),
        levels=tuple(reversed(Level)),
        roles=ROLES,
        nouns=NOUNS,
        meanings=MEANINGS,
        whole=WHOLE,
        dialects=DIALECTS,
        shades={each.name: shade for each, shade in SHADES.items()},
        counted=counted,
        heading=heading,
        held=held,
        figures=figures,
        subject=subject,
        sentence=sentence,
        each_role=lambda change: [
            (change.level_for(role), _crossing(listing, change, role)) for role in Role
        ],
        witness_of=listing.witness,
        unsearched=UNSEARCHED,
        indented=lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    )


def _crossing(listing: Listing, change: Change, role: Role) -> str:
    return crossed(replace(listing, role=role), change)


def branches(listing: Listing) -> tuple[Branch, ...]:
    """The tree's first level, the path with the worst first."""
    groups: dict[tuple[str, str], list[Section]] = {}
    for section in listing.sections:
        path = section.operation.partition(" ")[2] or section.operation
        groups.setdefault((section.document, path), []).append(section)
    return tuple(
        Branch(document=document, path=path, sections=tuple(each))
        for (document, path), each in groups.items()
    )


def held(levels: tuple[Level, ...]) -> str:
    """The class of what has changes of these levels and of no other."""
    return "-".join(["only", *(level.name for level in reversed(Level) if level in levels)])


def figures(levels: tuple[Level, ...]) -> str:
    """How many of each level: "1 error, 2 notes"."""
    found = ((levels.count(level), NOUNS[level]) for level in reversed(Level))
    return ", ".join(counted(number, noun) for number, noun in found if number)


def _subsets() -> Iterator[tuple[Level, ...]]:
    for size in range(1, len(Level) + 1):
        yield from combinations(reversed(Level), size)


def _title(listing: Listing) -> str:
    if listing.folders is not None:
        return f"{listing.folders[1]}: what changed"
    [document] = listing.documents
    service = "" if document.new is None else document.new.title
    return f"{service}: what changed" if service else "What changed"
