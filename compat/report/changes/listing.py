"""The changes that are told, as one role meets them: by operation, the worst first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compat.differ.change import Change
from compat.differ.documents import Document
from compat.differ.effect import Level
from compat.differ.witness import NO_WITNESSES, Witness, Witnesses
from compat.load import Problem
from compat.load.names import split_git
from compat.model.place import Place
from compat.model.role import Role
from compat.report.changes.nearest import nearest

if TYPE_CHECKING:
    from compat.bridging.bridging import Bridging


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The changes of one operation, worst first, never none; it is empty for the whole interface.

    `levels` has that of each; `document` is as in the changes.
    """

    document: str = ""
    operation: str
    changes: tuple[Change, ...]
    levels: tuple[Level, ...]

    @property
    def worst(self) -> Level:
        return self.levels[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`role` is the one whose levels count; `problems` are those of the specs.

    With a plan, `bridging` tells what is done about each change. `witnesses` are the messages that
    changes break for the role, by document and fingerprint.

    `folders` are the two that were compared, None for two specs by themselves: one document then.
    `command` is the one that tells them.
    """

    documents: tuple[Document, ...]
    role: Role
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()
    bridging: "Bridging | None" = None
    witnesses: Witnesses[tuple[str, str]] = NO_WITNESSES
    folders: tuple[str, str] | None = None
    command: str = "diff"

    @property
    def changes(self) -> tuple[tuple[Change, Level], ...]:
        """All that are told, each with its level, section by section."""
        return tuple(
            pair
            for section in self.sections
            for pair in zip(section.changes, section.levels, strict=True)
        )

    @property
    def counts(self) -> Mapping[Level, int]:
        """How many there are of each level, the worst first."""
        found = Counter(level for _, level in self.changes)
        return {level: found[level] for level in reversed(Level)}

    def witness(self, change: Change) -> Witness | None:
        """A message that shows it, where one was looked for and found."""
        return self.witnesses.found.get((change.document, change.fingerprint))

    def is_exhausted(self, change: Change) -> bool:
        """Did the search for one end before everything was tried?"""
        return (change.document, change.fingerprint) in self.witnesses.exhausted

    def place(self, change: Change) -> Place:
        """Where a reader of the new spec looks."""
        if change.new is not None:
            return change.new
        [document] = (each for each in self.documents if each.name == change.document)
        return nearest(change, document)


def listed_file(place: Place) -> str:
    """The file by the name that it has in a checkout of its revision."""
    of_git = split_git(place.file)
    return (place.file if of_git is None else of_git[1]).removeprefix("./")


def listing(
    documents: Sequence[Document],
    found: Iterable[Change],
    *,
    folders: tuple[str, str] | None = None,
    role: Role = Role.OLD_CLIENT,
    least: Level = Level.INFO,
    problems: Sequence[Problem] = (),
    bridging: "Bridging | None" = None,
    witnesses: Witnesses[tuple[str, str]] = NO_WITNESSES,
    command: str = "diff",
) -> Listing:
    """What is of the least level or above; equals stay in the order that they were found in.

    All of one document stands together, the worst document first.
    """
    groups: dict[tuple[str, str], list[tuple[Change, Level]]] = {}
    for change in found:
        level = change.level_for(role)
        if level >= least:
            groups.setdefault((change.document, change.operation), []).append((change, level))
    sections = [_section(*home, members) for home, members in groups.items()]
    worst: dict[str, Level] = {}
    for each in sections:
        worst[each.document] = max(each.worst, worst.get(each.document, each.worst))
    order = {name: number for number, name in enumerate(worst)}
    return Listing(
        documents=tuple(documents),
        role=role,
        sections=tuple(
            sorted(
                sections,
                key=lambda each: (-worst[each.document], order[each.document], -each.worst),
            )
        ),
        problems=tuple(problems),
        bridging=bridging,
        witnesses=witnesses,
        folders=folders,
        command=command,
    )


def _section(document: str, operation: str, members: list[tuple[Change, Level]]) -> Section:
    ordered = sorted(members, key=lambda each: -each[1])
    changes, levels = zip(*ordered, strict=True)
    return Section(document=document, operation=operation, changes=changes, levels=levels)
