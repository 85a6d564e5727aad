"""For a change that breaks a client: a message that shows it, where no shim is between.

Theory of operation

The sender's spec makes values of the part of the message that changed: with what its schema admits
at the changed place and the receiver's does not, then without a value there, then as they come,
then with a field that nobody declares. The first that the receiver's spec forbids for what stands
at that place is the witness. Specs can be made of which this would never end, so it takes no more
steps than there is patience for, with one change and with all of them; a change for which nothing
was found by then has no witness.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level
from compat.differ.witness import Witness
from compat.lens.value import own
from compat.model.interface import Interface
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import Json, Schema
from compat.plan.spot import Side
from compat.verify.cases import Version
from compat.verify.changes import pointer
from compat.verify.documents import UNKNOWN_FIELD, NoDocumentError
from compat.verify.nodes import Path, places_of
from compat.verify.patience import ImpatientError, Patience, UntoldError
from compat.verify.samples import Pools, sample
from compat.verify.telling import telling
from compat.verify.validity import Fault
from compat.verify.wishes import Wish

_SAMPLES: Final = 4  # of each wish, the smallest first
_STEPS_OF_CHANGE_MAX: Final = 20_000
_STEPS_MAX: Final = 300_000  # with all changes
_SCHEMAS_A_STEP: Final = 10  # that are looked through
_UNSHOWN: Final = frozenset({Effect.STATED, Effect.UNSTATED})  # either spec allows all of these
_SIDES: Final = {Direction.REQUEST: Side.REQUEST, Direction.RESPONSE: Side.RESPONSE}


def witnesses(
    old: Interface, new: Interface, found: Iterable[Change], role: Role
) -> Mapping[str, Witness]:
    """By the fingerprints of the changes that break the role's client, or may."""
    search = _Search.of(old, new, role)
    loud = [each for each in found if each.level_for(role) > Level.INFO]
    shown = {each.fingerprint: search.witness(each) for each in loud}
    return {fingerprint: each for fingerprint, each in shown.items() if each is not None}


@dataclass(frozen=True, slots=True)
class _End:
    """One version's part in a message: the schema of the part, and where in it the change is."""

    version: Version
    root: Schema
    place: Place | None


@dataclass(slots=True, kw_only=True)
class _Search:
    old: Version
    new: Version
    role: Role
    patience: Patience
    left: float
    pools: Pools = field(default_factory=lambda: Pools(is_wary=True))

    @classmethod
    def of(cls, old: Interface, new: Interface, role: Role) -> "_Search":
        patience = Patience(0)
        versions = (Version(each, patience) for each in (old, new))
        return cls(
            old=next(versions), new=next(versions), role=role, patience=patience, left=_STEPS_MAX
        )

    def witness(self, change: Change) -> Witness | None:
        """None where the change is not in what schemas say, or nothing was found."""
        if self.left <= 0:
            return None
        allowed = self.patience.left = min(_STEPS_OF_CHANGE_MAX, self.left)
        try:
            return self._witness(change)
        except ImpatientError:
            return None
        finally:
            self.left -= allowed - self.patience.left

    def _witness(self, change: Change) -> Witness | None:
        if change.roots is None or change.effect in _UNSHOWN:
            return next(filter(None, map(self._witness, change.parts)), None)
        before, after = change.roots
        ends = [_End(self.old, before, change.old), _End(self.new, after, change.new)]
        if (self.role is Role.OLD_CLIENT) is not (change.direction is Direction.REQUEST):
            ends.reverse()
        sender, receiver = ends
        side = _SIDES[change.direction]
        for value in self._values(sender, receiver, side):
            with suppress(RecursionError, UntoldError):  # what leads on for ever, or for too long
                if (found := _shown(value, sender, receiver, side)) is not None:
                    return found
        return None

    def _values(self, sender: _End, receiver: _End, side: Side) -> Iterator[Json]:
        """What the sender may send, and that with an undeclared field at the changed place."""
        spec, made = sender.version.sides[side], list[Json]()
        for wish in _wishes(sender, receiver, side):
            for number in range(_SAMPLES):
                with suppress(NoDocumentError, RecursionError, UntoldError):
                    made.append(sample(spec, sender.root, wish, number, self.pools))
                    yield made[-1]
        for value in made:
            yield from _with_strangers(sender, value)


def _shown(value: Json, sender: _End, receiver: _End, side: Side) -> Witness | None:
    """The value as a witness; None where either side says otherwise."""
    ours, theirs = (each.version.sides[side].validity for each in (sender, receiver))
    if not ours.admits(sender.root, value):
        return None
    for fault in theirs.faults(receiver.root, value):
        if any(_is_about(fault, end) for end in (sender, receiver)):
            where = pointer(fault.path) if fault.path else ""
            return Witness(value=value, pointer=where, shows=fault.message)
    return None


def _wishes(sender: _End, receiver: _End, side: Side) -> Iterator[Wish]:
    if sender.place is not None:
        target = sender.version.ways.target(sender.place.id)
        sender.version.patience.take(len(target.distances) // _SCHEMAS_A_STEP)
        if values := _telling(sender, receiver, side):
            yield Wish(side=side, target=replace(target, values=values))
        yield Wish(side=side, target=target)
        yield Wish(side=side, target=replace(target, missing=True))
    yield Wish(side=side)


def _telling(sender: _End, receiver: _End, side: Side) -> tuple[Json, ...]:
    if sender.place is None or receiver.place is None:
        return ()
    ours = sender.version.ways.at(sender.place.id)
    theirs = receiver.version.ways.at(receiver.place.id)
    if not ours or not theirs:
        return ()
    specs = sender.version.sides[side], receiver.version.sides[side]
    return telling(specs[0], ours[0], specs[1], theirs[0])


def _with_strangers(sender: _End, value: Json) -> Iterator[Json]:
    """The value with a field that nobody declares, in each object that stands at the place."""
    pending: list[tuple[Path, Json]] = [((), value)]
    while pending:
        path, held = pending.pop()
        if isinstance(held, list):
            pending += (((*path, index), item) for index, item in enumerate(held))
        elif isinstance(held, dict):
            pending += (((*path, name), member) for name, member in held.items())
            if _stands_at(sender, path):
                held[UNKNOWN_FIELD] = True
                yield own(value)
                del held[UNKNOWN_FIELD]


def _stands_at(end: _End, path: Path) -> bool:
    if end.place is None:
        return False
    ways = end.version.nodes.along(end.root, path)
    end.version.patience.take(sum(map(len, ways)) // _SCHEMAS_A_STEP)
    governing = ways[-1]
    return any(end.place.id in places_of(schema) for schema in governing)


def _is_about(fault: Fault, end: _End) -> bool:
    """Is it where the change is, in the words of that version, or in a variant that has it?"""
    path = fault.path[:-1] if UNKNOWN_FIELD in fault.path[-1:] else fault.path
    if _stands_at(end, path):
        return True
    return any(_is_about(each, end) for variant in fault.alternatives for each in variant)
