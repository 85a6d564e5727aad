"""The changes that are told, as one role meets them: by operation, the worst first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from compat.differ.change import Change
from compat.differ.effect import Level
from compat.load import Problem
from compat.load.names import split_git
from compat.model.interface import Interface
from compat.model.place import Place
from compat.plan.role import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The changes of one operation, worst first, never none; it is empty for the whole interface.

    `levels` has that of each.
    """

    operation: str
    changes: tuple[Change, ...]
    levels: tuple[Level, ...]

    @property
    def worst(self) -> Level:
        return self.levels[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`role` is the one whose levels count; `problems` are those of the specs."""

    old: Interface
    new: Interface
    role: Role
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...] = ()

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

    def place(self, change: Change) -> Place:
        """Where a reader of the new spec looks: of what is gone, at the spec itself."""
        return change.new or self.new.place


def listed_file(place: Place) -> str:
    """The file by the name that it has in a checkout of its revision."""
    of_git = split_git(place.file)
    return place.file if of_git is None else of_git[1]


def level_for(change: Change, role: Role) -> Level:
    """How bad it is for the client with a server of the other version."""
    return change.level if role is Role.OLD_CLIENT else change.level_for_new_client


def listing(
    old: Interface,
    new: Interface,
    found: Iterable[Change],
    *,
    role: Role = Role.OLD_CLIENT,
    least: Level = Level.INFO,
    problems: Sequence[Problem] = (),
) -> Listing:
    """What is of the least level or above; equals stay in the order that they were found in."""
    groups: dict[str, list[tuple[Change, Level]]] = {}
    for change in found:
        level = level_for(change, role)
        if level >= least:
            groups.setdefault(change.operation, []).append((change, level))
    sections = [_section(operation, members) for operation, members in groups.items()]
    return Listing(
        old=old,
        new=new,
        role=role,
        sections=tuple(sorted(sections, key=lambda each: -each.worst)),
        problems=tuple(problems),
    )


def _section(operation: str, members: list[tuple[Change, Level]]) -> Section:
    ordered = sorted(members, key=lambda each: -each[1])
    changes, levels = zip(*ordered, strict=True)
    return Section(operation=operation, changes=changes, levels=levels)
