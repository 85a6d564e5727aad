"""Operations that came, went or stayed, and what is said of them beside their messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level
from compat.differ.lifecycle import Life, Policy, deprecation, is_promised, removal, stability
from compat.differ.messages import messages
from compat.differ.schemas import Comparison
from compat.differ.teller import Teller
from compat.match.operations import Pairing
from compat.match.template import outline, shape
from compat.model.interface import Operation

_ENDS: Final[Mapping[str, tuple[str, Level]]] = {
    "reactivated": ("endpoint-reactivated", Level.INFO),
    "deprecated": ("endpoint-deprecated", Level.INFO),
    "deprecated-with-sunset": ("endpoint-deprecated-with-sunset", Level.INFO),
    "sunset-missing": ("api-deprecated-sunset-missing", Level.ERR),
    "sunset-invalid": ("api-deprecated-sunset-parse", Level.ERR),
    "sunset-too-small": ("api-sunset-date-too-small", Level.ERR),
    "sunset-deleted": ("sunset-deleted", Level.ERR),
    "sunset-changed-too-small": ("api-sunset-date-changed-too-small", Level.ERR),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """All operations of two interfaces, paired."""

    comparison: Comparison
    pairing: Pairing

    def changes(self) -> Iterator[Change]:
        kept = {shape(operation.key.path) for operation in self.comparison.new.operations}
        for operation in self.pairing.removed:
            if self._counts(operation):
                yield self._removed(operation, is_path=shape(operation.key.path) not in kept)
        for operation in self.pairing.added:
            yield _change("endpoint-added", "operation", Effect.WIDER, operation, None, operation)
        for pair in self.pairing.pairs:
            yield from self._of_pair(pair.old, pair.new)

    def _counts(self, operation: Operation) -> bool:
        """Is anything promised of it?"""
        return self.comparison.policy.covers(_life(operation).stability)

    def _removed(self, operation: Operation, *, is_path: bool) -> Change:
        how = removal(_life(operation), self.comparison.policy)
        rule = f"api{'-path' if is_path else ''}-removed-{how}"
        if how == "sunset-invalid":
            rule = "api-path-sunset-parse"
        may_go = how == "with-deprecation" or not is_promised(_life(operation))
        level = Level.INFO if may_go else Level.ERR
        return _change(rule, "operation", Effect.NARROWER, operation, operation, None, level)

    def _of_pair(self, old: Operation, new: Operation) -> Iterator[Change]:
        ours, theirs = _life(old), _life(new)
        for side, life in ((old, ours), (new, theirs)):
            if life.has_unknown_stability:
                rule = "api-invalid-stability-level"
                yield _change(rule, "stability", Effect.SAME, old, side, side, Level.ERR)
        if not (self._counts(old) or self._counts(new)):
            return
        yield from self._moved(old, new)
        yield from described(old, new, self.comparison.policy)
        teller = Teller(comparison=self.comparison, old=old, new=new)
        yield from messages(teller)

    def _moved(self, old: Operation, new: Operation) -> Iterator[Change]:
        """Of one that is somewhere else, whatever the base path is.

        Some servers answer with a slash at the end as well as without.
        """
        bases = self.comparison.old.base_of(old.key), self.comparison.new.base_of(new.key)
        paths = outline(old.key.path), outline(new.key.path)
        whole = bases[0] + paths[0], bases[1] + paths[1]
        if paths[0] == paths[1] or whole[0] == whole[1]:
            return
        is_alike = shape(paths[0]) == shape(paths[1])
        effect = Effect.UNKNOWN if is_alike else Effect.OTHER
        level = None if is_promised(_life(old)) else Level.INFO
        change = _change("endpoint-path-changed", "path", effect, old, old, new, level)
        yield replace(change, before=old.key.path, after=new.key.path)


def described(old: Operation, new: Operation, policy: Policy) -> Iterator[Change]:
    """What is said of a pair beside its messages: how long it stays, names and tags."""
    yield from _ends(old, new, policy)
    yield from _said(old, new)


def _ends(old: Operation, new: Operation, policy: Policy) -> Iterator[Change]:
    ours, theirs = _life(old), _life(new)
    for word in stability(ours, theirs, policy):
        level = Level.INFO if word == "increased" else Level.ERR
        rule = f"api-stability-{word}"
        yield _change(rule, "stability", Effect.SAME, old, old, new, level)
    for word in deprecation(ours, theirs, policy):
        rule, level = _ENDS[word]
        if word == "sunset-invalid" and ours.deprecated:
            rule = "api-path-sunset-parse"
        yield _change(rule, "deprecated", Effect.SAME, old, old, new, level)


def _life(operation: Operation) -> Life:
    """How long an operation stays, as far as its spec tells."""
    return Life(deprecated=operation.deprecated, extensions=operation.extensions)


def _said(old: Operation, new: Operation) -> Iterator[Change]:
    """Names and tags, of which no message knows."""
    if old.operation_id != new.operation_id:
        if old.operation_id:
            gone = _change("api-operation-id-removed", "operationId", Effect.SAME, old, old, new)
            yield replace(gone, before=old.operation_id)
        if new.operation_id:
            come = _change("api-operation-id-added", "operationId", Effect.SAME, old, old, new)
            yield replace(come, after=new.operation_id)
    for tag in sorted({*old.tags} - {*new.tags}):
        yield replace(_change("api-tag-removed", "tags", Effect.SAME, old, old, new), before=tag)
    for tag in sorted({*new.tags} - {*old.tags}):
        yield replace(_change("api-tag-added", "tags", Effect.SAME, old, old, new), after=tag)


def _change(
    rule: str,
    aspect: str,
    effect: Effect,
    told: Operation,
    old: Operation | None,
    new: Operation | None,
    level: Level | None = None,
) -> Change:
    return Change(
        id=rule,
        effect=effect,
        direction=Direction.REQUEST,
        operation=str(told.key),
        aspect=aspect,
        old=None if old is None else old.place,
        new=None if new is None else new.place,
        settled=level,
    )
