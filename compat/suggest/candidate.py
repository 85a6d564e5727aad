"""A candidate: an entry that an intent might have, how likely it is meant, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from compat.intent.write import Entry, Section
from compat.model.place import Place
from compat.model.schema import Json

LIKELY: Final = 0.5
"""From this score on a guess is called likely."""

SURE_MAX: Final = 0.99
"""No evidence is proof."""


class Sort(StrEnum):
    """What a candidate does."""

    RENAME = "rename"
    MOVE = "move"
    RELOCATE = "relocate"
    COPY = "copy"
    SPLIT = "split"
    MERGE = "merge"
    VALUES = "values"
    ENCODE = "encode"
    SCALE = "scale"
    DEFAULT = "default"
    STATUS = "status"
    PAGES = "pages"
    SAME = "same"
    STAND_IN = "stand-in"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a candidate, or with a negative weight against it."""

    weight: float
    reason: str


Matter: TypeAlias = tuple[str, ...]
"""What needs explaining, once only: the version, the address there, and the names from it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`score` is the sum of the evidence, from 0 to 1.

    Its `entries` go together, a rename with the scale of what it renames. `answers` are the
    differences ("kind subject") that it would settle. `best` marks the candidates that together
    explain most, each matter once. With `loses` some of what the caller says about which thing is
    meant would go nowhere, so that it is only shown with all its evidence.
    """

    sort: Sort
    evidence: tuple[Evidence, ...]
    entries: tuple[Entry, ...]
    explains: frozenset[Matter]
    answers: frozenset[str]
    old: Place | None
    new: Place | None
    best: bool = False
    loses: bool = False

    @property
    def score(self) -> float:
        total = sum(evidence.weight for evidence in self.evidence)
        return round(min(max(total, 0.0), SURE_MAX), 2)

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


def weighed(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """What says anything, the strongest first."""
    return tuple(
        sorted((one for one in evidence if round(one.weight, 2)), key=lambda one: -abs(one.weight))
    )


def bridge(at: str, **words: Json) -> Entry:
    """An entry of `bridges`; a keyword is an action."""
    return Entry(section=Section.BRIDGES, words={"at": at, **words})


def operation(**words: Json) -> Entry:
    """An entry of `operations`."""
    return Entry(section=Section.OPERATIONS, words=words)


def narrow(addresses: tuple[str, str]) -> str:
    """The address that names one place, not a component that may stand in several."""
    old, new = addresses
    return new if old.isidentifier() and not new.isidentifier() else old


def total(evidence: Iterable[Evidence]) -> float:
    return sum(one.weight for one in evidence)


def path_words(path: tuple[str, ...]) -> str | list[Json]:
    """A path as the intent writes it: with dots, unless a name has one."""
    return ".".join(path) if all(name and "." not in name for name in path) else [*path]


def moved(source: tuple[str, ...], target: tuple[str, ...]) -> Json:
    """The words of a move, as a mapping where both paths can be written with dots."""
    one, other = path_words(source), path_words(target)
    if isinstance(one, str):
        return {one: other}
    return [[one, other]]


def mapped(one: Json, other: Json) -> Json:
    """The words for a value and what it becomes."""
    return {one: other} if isinstance(one, str) else [[one, other]]
