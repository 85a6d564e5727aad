"""Operations that came, went or stayed, and what is said of them beside their messages."""

from collections.abc import Iterator, Mapping
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Effect, Level
from compat.differ.lifecycle import (
    Life,
    Removal,
    Turn,
    deprecation,
    is_promised,
    removal,
    stability,
)
from compat.differ.messages import messages
from compat.differ.schemas import Comparison
from compat.differ.teller import Teller
from compat.match.operations import Pairing
from compat.match.template import outline, shape
from compat.model.interface import Operation
from compat.model.record import record
from compat.model.schema import ABSENT

_ENDS: Final[Mapping[Turn, str]] = {
    Turn.REACTIVATED: "endpoint-reactivated",
    Turn.DEPRECATED: "endpoint-deprecated",
    Turn.DEPRECATED_WITH_SUNSET: "endpoint-deprecated-with-sunset",
    Turn.SUNSET_MISSING: "api-deprecated-sunset-missing",
    Turn.SUNSET_INVALID: "api-deprecated-sunset-parse",
    Turn.SUNSET_TOO_SMALL: "api-sunset-date-too-small",
    Turn.SUNSET_DELETED: "sunset-deleted",
    Turn.SUNSET_CHANGED_TOO_SMALL: "api-sunset-date-changed-too-small",
}


@record(kw_only=True)
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
            told = ("endpoint-added", "operation", Effect.WIDER, None, operation)
            yield Change.between(*told, operation=str(operation.key))
        for pair in self.pairing.pairs:
            yield from self._of_pair(pair.old, pair.new)

    def _counts(self, operation: Operation) -> bool:
        """Is anything promised of it?"""
        return self.comparison.policy.covers(_life(operation).stability)

    def _removed(self, operation: Operation, *, is_path: bool) -> Change:
        how = removal(_life(operation), self.comparison.policy)
        rule = f"api{'-path' if is_path else ''}-removed-{how}"
        if how is Removal.SUNSET_INVALID:
            rule = "api-path-sunset-parse"
        may_go = how is Removal.WITH_DEPRECATION or not is_promised(_life(operation))
        level = Level.INFO if may_go else Level.ERR
        told = (rule, "operation", Effect.NARROWER, operation, None)
        return Change.between(*told, operation=str(operation.key), settled=level)

    def _of_pair(self, old: Operation, new: Operation) -> Iterator[Change]:
        teller = Teller(comparison=self.comparison, old=old, new=new)
        for side in (old, new):
            life = _life(side)
            if life.has_unknown_stability:
                told = ("api-invalid-stability-level", "stability", Effect.SAME, "", side, side)
                before, after = (life.promise, ABSENT) if side is old else (ABSENT, life.promise)
                yield teller.change(*told, before=before, after=after, settled=Level.ERR)
        if not (self._counts(old) or self._counts(new)):
            return
        yield from self._moved(teller)
        yield from described(teller)
        yield from messages(teller)

    def _moved(self, teller: Teller) -> Iterator[Change]:
        """Of one that is somewhere else, whatever the base path is.

        Some servers answer with a slash at the end as well as without.
        """
        old, new = teller.old, teller.new
        bases = self.comparison.old.base_of(old.key), self.comparison.new.base_of(new.key)
        paths = outline(old.key.path), outline(new.key.path)
        whole = bases[0] + paths[0], bases[1] + paths[1]
        if paths[0] == paths[1] or whole[0] == whole[1]:
            return
        is_alike = shape(paths[0]) == shape(paths[1])
        effect = Effect.UNKNOWN if is_alike else Effect.OTHER
        level = None if is_promised(_life(old)) else Level.INFO
        told = ("endpoint-path-changed", "path", effect, "", old, new)
        yield teller.change(*told, before=old.key.path, after=new.key.path, settled=level)


def described(teller: Teller) -> Iterator[Change]:
    """What is said of a pair beside its messages: how long it stays, names and tags."""
    yield from _ends(teller)
    yield from _said(teller)


def _ends(teller: Teller) -> Iterator[Change]:
    old, new, policy = teller.old, teller.new, teller.comparison.policy
    ours, theirs = _life(old), _life(new)
    for turn in stability(ours, theirs, policy):
        told = (f"api-stability-{turn}", "stability", Effect.SAME, "", old, new)
        before, after = ours.promise, theirs.promise
        yield teller.change(*told, before=before, after=after, settled=turn.level)
    for turn in deprecation(ours, theirs, policy):
        rule = _ENDS[turn]
        if turn is Turn.SUNSET_INVALID and ours.deprecated:
            rule = "api-path-sunset-parse"
        told = (rule, "deprecated", Effect.SAME, "", old, new)
        before, after = ours.end, theirs.end
        yield teller.change(*told, before=before, after=after, settled=turn.level)


def _life(operation: Operation) -> Life:
    """How long an operation stays, as far as its spec tells."""
    return Life(deprecated=operation.deprecated, extensions=operation.extensions)


def _said(teller: Teller) -> Iterator[Change]:
    """Names and tags, of which no message knows."""
    old, new = teller.old, teller.new
    if old.operation_id != new.operation_id:
        if old.operation_id:
            gone = ("api-operation-id-removed", "operationId", Effect.SAME, "", old, new)
            yield teller.change(*gone, before=old.operation_id)
        if new.operation_id:
            come = ("api-operation-id-added", "operationId", Effect.SAME, "", old, new)
            yield teller.change(*come, after=new.operation_id)
    for tag in sorted({*old.tags} - {*new.tags}):
        yield teller.change("api-tag-removed", "tags", Effect.SAME, "", old, new, before=tag)
    for tag in sorted({*new.tags} - {*old.tags}):
        yield teller.change("api-tag-added", "tags", Effect.SAME, "", old, new, after=tag)
