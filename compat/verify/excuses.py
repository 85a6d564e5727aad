"""What the plan lets pass: which difference answers for a value that is not as a spec has it.

A difference answers only for values at the place in the spec where it was found (or below it, where
it is about all there is below), only for what a difference of its kind is about, and only in a role
whose verdict says that something is lost, supplied or let through.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from compat.lens.ops import (
    Case,
    DifferenceId,
    Disclose,
    Enclose,
    Focus,
    Lens,
    Merge,
    Op,
    Split,
    Value,
)
from compat.model.parts import parts
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Difference, Verdict
from compat.plan.spot import Side
from compat.verify.changes import Change
from compat.verify.nodes import Governing, Path, PlaceKey, places_of
from compat.verify.validity import Fault

_PRESENCE: Final = frozenset({"required"})
_BOUNDS: Final[Mapping[str, str]] = {
    "multiple-of-changed": "multipleOf",
    "min-length-changed": "minLength",
    "max-length-changed": "maxLength",
    "pattern-changed": "pattern",
    "min-items-changed": "minItems",
    "max-items-changed": "maxItems",
    "unique-items-changed": "uniqueItems",
    "min-properties-changed": "minProperties",
    "max-properties-changed": "maxProperties",
}
_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    **{kind: frozenset({keyword}) for kind, keyword in _BOUNDS.items()},
    "minimum-changed": frozenset({"minimum", "exclusiveMinimum"}),
    "maximum-changed": frozenset({"maximum", "exclusiveMaximum"}),
    "kinds-changed": frozenset({"type", "enum", "format", "anyOf", "oneOf"}),
    "encoding-changed": frozenset({"type"}),
    "format-changed": frozenset({"format"}),
    "enum-opened": frozenset({"enum"}),
    "enum-closed": frozenset({"enum"}),
    "enum-changed": frozenset({"enum"}),
    "not-changed": frozenset({"not"}),
    "contains-changed": frozenset({"contains", "minContains", "maxContains"}),
    "dependent-required-changed": frozenset({"dependentRequired"}),
    "required-choice-changed": frozenset({"anyOf", "oneOf"}),
    "exclusiveness-changed": frozenset({"oneOf"}),
    "all-of-changed": frozenset({"type", "additionalProperties"}),
    "value-added": frozenset({"enum"}),
    "value-removed": frozenset({"enum"}),
    "null-admitted": frozenset({"type", "enum", "anyOf", "oneOf"}),
    "null-excluded": frozenset({"type", "enum", "anyOf", "oneOf"}),
    "object-closed": frozenset({"additionalProperties"}),
    "object-opened": frozenset({"additionalProperties"}),
    "wrapped-in-list": frozenset({"type", "maxItems"}),
    "unwrapped-from-list": frozenset({"type", "maxItems"}),
    **{
        f"{noun}-{what}": _PRESENCE
        for noun in ("field", "parameter")
        for what in ("added", "removed", "became-required", "became-optional")
    },
}
"""Kind of difference -> the keywords that a value at its very place may offend.

That a text is a number in another guise is a person's word; a text that is none passes.
"""

_BELOW: Final = frozenset(
    {
        "type-changed",
        "value-specified",
        "value-freed",
        "fields-specified",
        "variant-added",
        "variant-removed",
        "variants-indistinct",
        "alternatives-too-many",
        "undeclared-fields-changed",
        "pattern-properties-changed",
        "property-names-changed",
        "dependent-schemas-changed",
        "unevaluated-properties-changed",
        "unevaluated-items-changed",
        "if-changed",
    }
)
"""Kinds that let everything pass at their place and below."""

_TOLD_ANYHOW: Final = frozenset(
    {"fields-specified", "object-closed", "object-opened", "encoding-changed"}
)
"""Kinds whose verdict is that nothing is to be done: what is undeclared passes."""

_MOVED: Final = "field-moved"

_RENAMED: Final = "values-renamed"
"""Of these it speaks, whatever else may stand there."""

_TEXT_FORMAT: Final = "format-changed"
"""A text's format is a note to people (JSON Schema 2020-12 validation, 7.2.1): told, and let pass
even where the verdict is that nothing is to be done."""

_LOSING: Final = frozenset(
    {
        *(f"{noun}-{what}" for noun in ("field", "parameter") for what in (
            "added", "removed", "became-required", "became-optional", "default-changed")),
        *("null-admitted", "null-excluded", "values-renamed", "unit-changed", "field-repeated"),
        *("wrapped-in-list", "unwrapped-from-list", "type-changed", "body-added", "body-removed"),
        *("variant-added", "variant-removed", "variants-indistinct", "parameter-repeated"),
        "alternatives-too-many",
    }
)  # fmt: skip
"""Kinds with which a value may not come back as it was."""

_CUTS: Final = frozenset({"field-split", "field-merged", "parameter-split", "parameter-merged"})
"""Kinds by which one text is several: one that cannot be cut stays, and the pieces are missing."""

_ENVELOPES: Final = frozenset({"enclosed", "disclosed"})

_MAY_REPEAT: Final = frozenset({"field-repeated", "parameter-repeated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a value is looked at: in which role, in which message, in the words of which version.

    `operations` are the operations of both versions that the exchange is about; none means any.
    """

    role: Role
    side: Side
    is_new: bool
    operations: frozenset[str]


@dataclass(eq=False)
class Excuses:
    """The differences of a plan by where they are."""

    plan: BridgePlan
    _by_place: dict[tuple[bool, PlaceKey], list[Difference]] = field(default_factory=dict)
    _held: dict[DifferenceId, str] = field(default_factory=dict)
    _pieces: dict[DifferenceId, frozenset[str]] = field(default_factory=dict)
    _by_id: dict[DifferenceId, Difference] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_id = {each.id: each for each in self.plan.differences}
        for each in self.plan.differences:
            for is_new, place in ((False, each.old), (True, each.new)):
                if place is not None:
                    key = is_new, place.id
                    self._by_place.setdefault(key, []).append(each)
        for lens in _lenses(self.plan):
            for op in _operations(lens):
                match op:
                    case Enclose() | Disclose():
                        self._held[op.difference] = op.name
                    case Split() | Merge():
                        self._pieces[op.difference] = frozenset({op.field, *op.parts})

    def of_fault(
        self, scene: Scene, ways: tuple[Governing, ...], fault: Fault
    ) -> Difference | None:
        """The difference that lets the fault pass; `ways` govern the path to it, root first."""
        for depth, each in self._met(scene, ways):
            if not _is_about(each, fault, depth, len(ways) - 1):
                continue
            if _lets_pass(each, scene.role) or _is_text_format(each, fault):
                return each
        return self._of_message(scene, fault)

    def of_loss(
        self,
        scene: Scene,
        ways: tuple[Governing, ...],
        change: Change,
        touched: Iterable[tuple[DifferenceId, Path]] = (),
    ) -> Difference | None:
        """The difference because of which a value does not come back as it was.

        `touched` are the differences of hooks and what those changed: that is their business.
        """
        for difference, path in touched:
            if path and _is_within(path, change.path):
                return self._by_id[difference]
        hooks = {difference for difference, _ in touched}
        members = tuple(member for schema in ways[-1] for member in parts(schema))
        for depth, each in self._met(scene, (*ways, members)):
            is_member = depth == len(ways)
            if each.kind == _MOVED and {} in (change.before, change.after):
                return each  # what only holds things that moved comes and goes with them
            if is_member or (each.kind == _RENAMED and not _is_named(ways[-1], change.before)):
                continue
            if each.id in hooks or self._loses(each, change, depth):
                return each
        return None

    def _loses(self, each: Difference, change: Change, depth: int) -> bool:
        """Does the manifest say that something is lost there? Of an envelope, all but its value."""
        if each.kind in _MAY_REPEAT:
            return True
        if each.verdict < Verdict.DEFAULTED:
            return False
        if each.kind in _ENVELOPES:
            return change.path[depth : depth + 1] not in ((), (self._held.get(each.id),))
        return each.kind in _LOSING

    def places(self, scene: Scene, differences: Iterable[DifferenceId]) -> frozenset[PlaceKey]:
        """Where these differences are in the version."""
        wanted = set(differences)
        return frozenset(
            place
            for (is_new, place), found in self._by_place.items()
            if is_new is scene.is_new and any(each.id in wanted for each in found)
        )

    def _met(self, scene: Scene, ways: tuple[Governing, ...]) -> Iterator[tuple[int, Difference]]:
        """The differences on the way to a value, the nearest first, each with its depth."""
        for depth in range(len(ways) - 1, -1, -1):
            keys = (key for schema in ways[depth] for key in places_of(schema))
            for key in keys:
                for each in self._by_place.get((scene.is_new, key), ()):
                    if _concerns(each, scene):
                        yield depth, each

    def _of_message(self, scene: Scene, fault: Fault) -> Difference | None:
        """Differences that have no schema to be found at: of whole messages, and of pieces."""
        if fault.keyword == "required":
            for difference, names in self._pieces.items():
                each = self._by_id[difference]
                if fault.path[-1] in names and each.kind in _CUTS and _concerns(each, scene):
                    return each
        kinds = {"media-type-changed", "became-stream"}
        if fault.keyword == "required" and fault.path == ("body",):
            kinds |= {"body-added", "body-removed"}
        if fault.path[:1] != ("body",):
            return None
        return next(
            (
                each
                for each in self.plan.differences
                if each.kind in kinds
                and scene.operations & set(each.operations)
                and _lets_pass(each, scene.role)
            ),
            None,
        )


def _is_named(governing: Governing, value: Value) -> bool:
    """Is it among the values that an enum there lists?"""
    return any(value in (schema.enum or ()) for schema in governing)


def _is_within(part: Path, whole: Path) -> bool:
    """Are these steps, one after the other, steps of the whole path?"""
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _concerns(each: Difference, scene: Scene) -> bool:
    met = set(each.operations)
    return not met or not scene.operations or bool(scene.operations & met)


def _lets_pass(each: Difference, role: Role) -> bool:
    verdict = each.judgements[role].verdict
    return verdict >= Verdict.LOSSY or each.kind in _TOLD_ANYHOW


def _is_text_format(each: Difference, fault: Fault) -> bool:
    return each.kind == _TEXT_FORMAT and isinstance(fault.value, str)


def _is_about(each: Difference, fault: Fault, depth: int, deepest: int) -> bool:
    if each.kind in _BELOW:
        return True
    if fault.keyword not in _KEYWORDS.get(each.kind, ()):
        return False
    if fault.keyword == "additionalProperties":
        return depth == deepest - 1
    if depth != deepest:
        return False
    if each.kind in ("value-added", "value-removed"):
        return each.subject.endswith(f"={fault.value}")
    if each.kind in ("null-admitted", "null-excluded"):
        return fault.value is None
    return True


# --- what is in the lenses ------------------------------------------------------------------------


def _lenses(plan: BridgePlan) -> Iterator[Lens]:
    yield from (lens.up for lens in plan.lenses.values())
    for exchanges in plan.exchanges.values():
        for exchange in exchanges:
            for call in exchange.calls:
                yield call.request
                yield from (answer.lens for answer in call.answers)


def _operations(lens: Lens) -> Iterator[Op]:
    """Every operation of a lens, those of lenses within it too."""
    for op in lens:
        yield op
        match op:
            case Focus(lens=inner):
                yield from _operations(inner)
            case Case(branches=branches):
                for branch in branches:
                    yield from _operations(branch.lens)


Excused = Callable[[Fault], Difference | None]


def alternatives_pass(fault: Fault, excused: Excused) -> Difference | None:
    """The difference that makes one variant of a union fit, if one does."""
    for variant in fault.alternatives:
        found = [excused(each) or alternatives_pass(each, excused) for each in variant]
        if found and all(found):
            return found[0]
    return None
