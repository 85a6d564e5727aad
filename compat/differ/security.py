"""What callers have to show: requirements of operations, of the whole interface, and schemes."""

from collections import Counter
from collections.abc import Iterator

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect
from compat.differ.schemes import schemes
from compat.match.operations import Pairing
from compat.model.interface import Interface, Operation
from compat.model.record import record
from compat.model.schema import ABSENT, Absent
from compat.model.security import Alternative, Demand, Security

_SHARED = "/security"
_NOTHING: Alternative = frozenset()


def security(old: Interface, new: Interface, pairing: Pairing) -> Iterator[Change]:
    """Everything about security; what an operation inherits is told once, of the interface."""
    yield from schemes(old, new)
    yield from _shared(pairing)
    for pair in pairing.pairs:
        if _is_own(pair.old.security) or _is_own(pair.new.security):
            yield from demands(pair.old, pair.new, Direction.REQUEST)


def demands(old: Operation, new: Operation, direction: Direction) -> Iterator[Change]:
    """What whoever sends requests of an operation has to show, in messages of the direction."""
    told = _Told("api-security", direction, str(old.key), old.security, new.security)
    yield from told.changes()


def _is_own(found: Security) -> bool:
    return found.place is not None and found.place.pointer != _SHARED


def _shared(pairing: Pairing) -> Iterator[Change]:
    """As the operations have it that state none of their own in either version."""
    for pair in pairing.pairs:
        ours, theirs = pair.old.security, pair.new.security
        if not (_is_own(ours) or _is_own(theirs)):
            told = _Told("api-global-security", Direction.REQUEST, "", ours, theirs)
            yield from told.changes()
            return


@record()
class _Told:
    """Alternatives in both versions, and how a change of them is told."""

    rule: str
    direction: Direction
    operation: str
    old: Security
    new: Security

    def changes(self) -> Iterator[Change]:
        """Alternatives that came or went; of one that has the schemes of another, its scopes.

        That nothing needs to be shown is told where no other alternative tells it.
        """
        removed, added, moved = _told_apart(self.old, self.new)
        for alternative in removed:
            effect = self._loss(alternative)
            yield self._change("removed", effect, before=_named(alternative))
        for alternative in added:
            effect = Effect.NARROWER if self._closes else Effect.WIDER
            yield self._change("added", effect, after=_named(alternative))
        if self._closes and not added:
            yield self._change("removed", Effect.NARROWER, before="nothing")
        if self._opens and not removed:
            yield self._change("added", Effect.WIDER, after="nothing")
        for before, after in moved:
            ours, theirs = _scopes(before), _scopes(after)
            for scheme, scope in sorted(ours - theirs):
                path = _beside(scheme, before)
                yield self._change("scope-removed", Effect.WIDER, path, before=scope)
            for scheme, scope in sorted(theirs - ours):
                path = _beside(scheme, after)
                yield self._change("scope-added", Effect.NARROWER, path, after=scope)

    @property
    def _closes(self) -> bool:
        """Must something be shown where nothing had to?"""
        return _NOTHING in self.old.alternatives and _NOTHING not in self.new.alternatives

    @property
    def _opens(self) -> bool:
        return _NOTHING in self.new.alternatives and _NOTHING not in self.old.alternatives

    def _loss(self, gone: Alternative) -> Effect:
        """Who meets one alternative meets all that ask for less."""
        if self._opens:
            return Effect.WIDER
        is_met = any(_implies(gone, each) for each in self.new.alternatives)
        return Effect.SAME if is_met else Effect.NARROWER

    def _change(
        self,
        suffix: str,
        effect: Effect,
        path: tuple[str, ...] = (),
        *,
        before: str | Absent = ABSENT,
        after: str | Absent = ABSENT,
    ) -> Change:
        return Change.between(
            f"{self.rule}-{suffix}",
            suffix.rpartition("-")[0] or "alternative",
            effect,
            self.old,
            self.new,
            direction=self.direction,
            operation=self.operation,
            part="security",
            path=path,
            before=before,
            after=after,
        )


def _told_apart(
    old: Security, new: Security
) -> tuple[list[Alternative], list[Alternative], list[tuple[Alternative, Alternative]]]:
    """(gone, come, those that are the only ones of their schemes in both versions)."""
    ours = {_named(each): each for each in old.alternatives if each}
    theirs = {_named(each): each for each in new.alternatives if each}
    gone = [ours[name] for name in sorted(ours.keys() - theirs.keys())]
    come = [theirs[name] for name in sorted(theirs.keys() - ours.keys())]
    moved = []
    for key in sorted({_schemes(each) for each in gone} & {_schemes(each) for each in come}):
        before = [each for each in gone if _schemes(each) == key]
        after = [each for each in come if _schemes(each) == key]
        if len(before) == len(after) == 1:
            moved.append((before[0], after[0]))
            gone.remove(before[0])
            come.remove(after[0])
    return gone, come, moved


def _implies(one: Alternative, other: Alternative) -> bool:
    """Does who shows the one show the other, too? One scheme is not shown for two."""
    return _counted(one) >= _counted(other) and all(
        any(
            str(shown.scheme) == str(asked.scheme) and shown.scopes >= asked.scopes for shown in one
        )
        for asked in other
    )


def _beside(scheme: str, alternative: Alternative) -> tuple[str, ...]:
    """Which of several schemes that must be shown together."""
    return (scheme,) if len(alternative) > 1 else ()


def _counted(alternative: Alternative) -> Counter[str]:
    return Counter(str(demand.scheme) for demand in alternative)


def _schemes(alternative: Alternative) -> str:
    return " and ".join(sorted(_counted(alternative).elements()))


def _named(alternative: Alternative) -> str:
    return " and ".join(sorted(map(str, alternative)))


def _scopes(alternative: frozenset[Demand]) -> set[tuple[str, str]]:
    return {(str(demand.scheme), scope) for demand in alternative for scope in demand.scopes}
