"""What a plan does about the changes that the differ tells.

The differ tells every change of every message; a plan has one difference for what may stand behind
many of them. They meet at their places in the specs: a difference is about a change if one of its
places is one of the change's, in an operation that both name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from compat.differ.change import Change
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import ABSENT, Absent, Json
from compat.plan.bridge import BridgePlan, Difference, Verdict

_ELSEWHERE: Final[Mapping[str, frozenset[str]]] = {
    "body": frozenset({"parameter-relocated"}),  # it is there because parameters went into it
    "server": frozenset({"path-prefix-changed"}),
    "base-path": frozenset({"path-prefix-changed"}),
    "alternative": frozenset({"security-changed"}),  # told once for operations that are alike
    "scope": frozenset({"security-changed"}),
}
"""The aspects of changes -> the kinds of the differences that explain them from other places."""

_OF_MEDIA_TYPES: Final = ("media-type-changed", "media-type-renamed", "became-stream")
_OF_VALUES: Final = frozenset({"value-added", "value-removed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """How one change is crossed in one role: the worst verdict, and all that is done about it."""

    verdict: Verdict
    treatment: str

    @property
    def told(self) -> str:
        done = self.treatment
        return done if self.verdict is Verdict.NONE else f"{self.verdict.label}: {done}"


@dataclass(frozen=True, slots=True)
class Bridging:
    """The differences of one plan, by where they stand."""

    _by_place: Mapping[tuple[str, str], tuple[Difference, ...]]
    _by_kind: Mapping[str, tuple[Difference, ...]]

    @classmethod
    def of(cls, plan: BridgePlan) -> "Bridging":
        by_place: dict[tuple[str, str], tuple[Difference, ...]] = {}
        by_kind: dict[str, tuple[Difference, ...]] = {}
        for difference in plan.differences:
            by_kind[difference.kind] = (*by_kind.get(difference.kind, ()), difference)
            for key in _keys(difference.old, difference.new):
                by_place[key] = (*by_place.get(key, ()), difference)
        return cls(by_place, by_kind)

    def differences(self, change: Change) -> tuple[Difference, ...]:
        """Those that the change is part of, each once; none where the plan says nothing of it."""
        if change.parts:
            found = [each for part in change.parts for each in self.differences(part)]
        else:
            found = [*self._there(change), *self._elsewhere(change)]
        return tuple({each.id: each for each in found}.values())

    def crossing(self, change: Change, role: Role) -> Crossing | None:
        """None where the plan says nothing of the change."""
        found = [each.judgements[role] for each in self.differences(change)]
        if not found:
            return None
        done = [each.treatment for each in found if each.verdict > Verdict.NONE]
        return Crossing(
            verdict=max(each.verdict for each in found),
            treatment="; ".join(dict.fromkeys(done or [found[0].treatment])),
        )

    def _there(self, change: Change) -> Iterator[Difference]:
        for key in _keys(change.old, change.new):
            for difference in self._by_place.get(key, ()):
                if _meets(change, difference) and _is_of_value(change, difference):
                    yield difference

    def _elsewhere(self, change: Change) -> Iterator[Difference]:
        for kind in sorted(_ELSEWHERE.get(change.aspect, ())):
            for difference in self._by_kind.get(kind, ()):
                if _meets(change, difference):
                    yield difference
        for kind in _OF_MEDIA_TYPES if change.aspect == "media-type" else ():
            for difference in self._by_kind.get(kind, ()):
                if _meets(change, difference) and _messages(change) & _messages(difference):
                    yield difference


def _messages(found: Change | Difference) -> set[tuple[str, str]]:
    """The messages in which it stands."""
    return {(side, key.partition("/content/")[0]) for side, key in _keys(found.old, found.new)}


def _keys(old: Place | None, new: Place | None) -> Iterator[tuple[str, str]]:
    """A parameter's place and that of its schema are one; the root's is everybody's."""
    for side, place in (("old", old), ("new", new)):
        if place is not None and place.pointer:
            yield side, f"{place.file}#{place.pointer.removesuffix('/schema')}"


def _meets(change: Change, difference: Difference) -> bool:
    return not difference.operations or change.operation in difference.operations


def _is_of_value(change: Change, difference: Difference) -> bool:
    """A difference of one value is not about another one."""
    if difference.kind not in _OF_VALUES or change.aspect != "enum-value":
        return True
    told: Json | Absent = change.before if change.after is ABSENT else change.after
    return difference.subject.endswith(f"={told}")
