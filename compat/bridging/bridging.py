"""What a plan does about the changes that the differ tells.

The differ tells every change of every message; a plan has one difference for what may stand behind
many of them. They meet at their places in the specs: a difference is about a change if one of its
places is one of the change's, in an operation that both name.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compat.differ.change import Change
from compat.lens.value import identity
from compat.model.parts import reached
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import Absent
from compat.plan.bridge import BridgePlan, Difference, Verdict

_ELSEWHERE: Final[Mapping[str, str]] = {
    "server": "path-prefix-changed",
    "base-path": "path-prefix-changed",
    "alternative": "security-changed",  # told once for operations that are alike
    "scope": "security-changed",
}
"""The aspects of changes -> the kind of the differences that explain them from other places."""

_OF_MEDIA_TYPES: Final = ("media-type-changed", "media-type-renamed", "became-stream")
_Key = tuple[str, str]  # old or new, and where in that version


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
    """The differences of one plan, by where they stand; those of one value by that, too."""

    _plan: BridgePlan
    _by_place: Mapping[_Key, Sequence[Difference]]
    _by_value: Mapping[tuple[_Key, Hashable], Sequence[Difference]]
    _by_kind: Mapping[str, Sequence[Difference]]

    @classmethod
    def of(cls, plan: BridgePlan) -> "Bridging":
        by_place: dict[_Key, list[Difference]] = {}
        by_value: dict[tuple[_Key, Hashable], list[Difference]] = {}
        by_kind: dict[str, list[Difference]] = {}
        for difference in plan.differences:
            by_kind.setdefault(difference.kind, []).append(difference)
            for key in _keys(difference.old, difference.new):
                if isinstance(difference.value, Absent):
                    by_place.setdefault(key, []).append(difference)
                else:
                    value = identity(difference.value)
                    by_value.setdefault((key, value), []).append(difference)
        return cls(plan, by_place, by_value, by_kind)

    def differences(self, change: Change) -> tuple[Difference, ...]:
        """Those that the change is part of, each once; none where the plan says nothing of it."""
        if change.parts:
            found = [each for part in change.parts for each in self.differences(part)]
        else:
            found = [each for each in self._near(change) if _meets(change, each)]
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

    def is_of_one_value(self, change: Change) -> bool:
        """Is there a difference of the very value that came or went?"""
        return any(not isinstance(each.value, Absent) for each in self.differences(change))

    def _near(self, change: Change) -> Iterator[Difference]:
        for key in _keys(change.old, change.new):
            yield from self._by_place.get(key, ())
            if change.aspect == "enum-value":
                value = change.before if isinstance(change.after, Absent) else change.after
                if not isinstance(value, Absent):
                    yield from self._by_value.get((key, identity(value)), ())
        yield from self._by_kind.get(_ELSEWHERE.get(change.aspect, ""), ())
        if change.aspect == "body":
            yield from self._in_body(change)
        for kind in _OF_MEDIA_TYPES if change.aspect == "media-type" else ():
            for difference in self._by_kind.get(kind, ()):
                if _messages(change) & _messages(difference):
                    yield difference

    def _in_body(self, change: Change) -> Iterator[Difference]:
        """What is in a body that came or went: parameters that went into it, fields to supply."""
        for side, interface, place in (
            ("old", self._plan.old, change.old),
            ("new", self._plan.new, change.new),
        ):
            for operation in interface.operations:
                if operation.body is not None and operation.body.place == place:
                    roots = (each.schema for each in operation.body.contents if each.schema)
                    for schema in reached(interface, roots):
                        yield from self._by_place.get((side, _where(schema.place)), ())


def _messages(found: Change | Difference) -> set[_Key]:
    """The messages in which it stands."""
    return {(side, key.partition("/content/")[0]) for side, key in _keys(found.old, found.new)}


def _keys(old: Place | None, new: Place | None) -> Iterator[_Key]:
    """The root's place is everybody's, and so tells nothing."""
    for side, place in (("old", old), ("new", new)):
        if place is not None and place.pointer:
            yield side, _where(place)


def _where(place: Place) -> str:
    """A parameter's place and that of its schema are one."""
    return place.id.removesuffix("/schema")


def _meets(change: Change, difference: Difference) -> bool:
    return not difference.operations or change.operation in difference.operations
