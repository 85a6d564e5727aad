"""The revisions of a spec, each with what it changed beside the version before it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.model.revision import Revision
from compat.model.role import Role

BREAKS_SHOWN_MAX: Final = 5  # of one revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A revision, the version that it has, and what it changed.

    `before` is the newest revision before it that could be read, None where there is none; then
    nothing is counted. `reason` is why this one cannot be read, else empty. `breaks` are the first
    changes that break the client of the history's role.
    """

    revision: Revision
    version: str = ""
    before: Revision | None = None
    counts: Mapping[Role, Mapping[Level, int]] | None = None
    breaks: tuple[Change, ...] = ()
    reason: str = ""

    def count(self, role: Role, level: Level) -> int:
        return 0 if self.counts is None else self.counts[role][level]

    def has(self, role: Role, least: Level) -> bool:
        """Is there a change of this level or above for the client?"""
        return any(self.count(role, level) for level in Level if level >= least)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The rows that are told, newest first; `role` is the client that a change breaks or not."""

    file: str
    role: Role
    rows: tuple[Row, ...]

    def changed(self, least: Level) -> tuple[Row, ...]:
        """Those with a change of this level or above for the client."""
        return tuple(row for row in self.rows if row.has(self.role, least))

    def at_least(self, least: Level) -> "History":
        """Without the rows that have no such change; what cannot be read stays."""
        rows = (row for row in self.rows if row.reason or row.has(self.role, least))
        return replace(self, rows=tuple(rows))

    @property
    def broken(self) -> tuple[Row, ...]:
        return self.changed(Level.ERR)

    @property
    def unread(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.reason)


def compared_row(
    revision: Revision, version: str, before: Revision, found: Iterable[Change], role: Role
) -> Row:
    """The row of a revision that was compared with another one."""
    every = tuple(found)
    figures = {each: Counter(change.level_for(each) for change in every) for each in Role}
    breaking = (change for change in every if change.level_for(role) is Level.ERR)
    return Row(
        revision=revision,
        version=version,
        before=before,
        counts={
            each: {level: found[level] for level in reversed(Level)}
            for each, found in figures.items()
        },
        breaks=tuple(islice(breaking, BREAKS_SHOWN_MAX)),
    )
