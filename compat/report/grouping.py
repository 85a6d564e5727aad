"""Differences as a reader meets them: by operation or schema, the worst first.

Several fields that changed in the same way, and are treated in the same way, are one entry.
Operations that differ as a whole, those of one version alone first of all, share a section.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

from compat.model.role import Role
from compat.plan.bridge import Acceptance, Difference, Judgement, Verdict

_OPERATION: Final = re.compile(r"[A-Z]+ /\S*(?: to [A-Z]+ /\S*)?")
_SCHEMA: Final = re.compile(r"[^.\[{=\s]+(?: to [^.\[{=\s]+)?")

ANY_NAME: Final = "…"
WHOLE_OPERATIONS: Final = "Operations"

Likeness: TypeAlias = tuple[str, str, tuple[tuple[Role, Verdict, str], ...], Acceptance | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Differences of one owner that are alike in all but the name; never empty."""

    differences: tuple[Difference, ...]

    @property
    def message(self) -> str:
        """What they all say; an ellipsis stands for the name where there are several."""
        return self.first.message if len(self.differences) == 1 else _nameless(self.first)

    @property
    def first(self) -> Difference:
        return self.differences[0]

    @property
    def kind(self) -> str:
        return self.first.kind

    @property
    def judgements(self) -> Mapping[Role, Judgement]:
        return self.first.judgements

    @property
    def acceptance(self) -> Acceptance | None:
        return self.first.acceptance


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What differs in one operation or schema, worst first; never empty.

    `owner` is its name, or WHOLE_OPERATIONS.
    """

    owner: str
    entries: tuple[Entry, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        return tuple(each for entry in self.entries for each in entry.differences)

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations of either version that meet any of it."""
        return tuple(sorted({name for each in self.differences for name in each.operations}))


def owner(subject: str) -> str:
    """The operation or schema that a difference's subject begins with."""
    found = _OPERATION.match(subject) or _SCHEMA.match(subject)
    return found.group() if found else subject


def local_name(subject: str) -> str:
    """The rest of the subject below its owner; of an operation as a whole, the operation."""
    if _OPERATION.fullmatch(subject):
        return subject
    return subject.removeprefix(owner(subject)).removeprefix(".").strip()


def sections(differences: Iterable[Difference]) -> tuple[Section, ...]:
    """Every difference in one section; those with the worst that is still open come first."""
    ordered = sorted(differences, key=lambda each: (_home(each), _rank(each)))
    found = [
        Section(owner=name, entries=tuple(_entries(members)))
        for name, members in groupby(ordered, key=_home)
    ]
    return tuple(sorted(found, key=lambda each: (_severity(each.entries[0].first), each.owner)))


def _home(difference: Difference) -> str:
    is_whole = _OPERATION.fullmatch(difference.subject) is not None
    return WHOLE_OPERATIONS if is_whole else owner(difference.subject)


def _entries(ordered: Iterable[Difference]) -> Iterator[Entry]:
    alike: dict[Likeness, list[Difference]] = {}
    for each in ordered:
        alike.setdefault(_likeness(each), []).append(each)
    for members in alike.values():
        yield Entry(differences=tuple(members))


def _likeness(difference: Difference) -> Likeness:
    said = (
        (role, judgement.verdict, judgement.treatment)
        for role, judgement in difference.judgements.items()
    )
    return difference.kind, _nameless(difference), tuple(sorted(said)), difference.acceptance


def _nameless(difference: Difference) -> str:
    """The message without the name of the thing: that of its siblings may be the same."""
    name = local_name(difference.subject)
    if name != difference.subject:
        name = re.split(r"[.=]", name)[-1]
    if not name or name not in difference.message:
        return difference.message
    return re.sub(rf"(?<!\w){re.escape(name)}(?![\w/])", ANY_NAME, difference.message)


def _rank(difference: Difference) -> tuple[bool, int, str, str]:
    return (*_severity(difference), difference.subject, difference.kind)


def _severity(difference: Difference) -> tuple[bool, int]:
    """Sorts what is open before what is accepted, and the worse before the better."""
    return not difference.is_open_gap, -difference.verdict
