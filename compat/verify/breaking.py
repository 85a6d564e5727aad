"""For a change that breaks a client: a message that shows it, where no shim is between.

Theory of operation

The sender's spec makes values of the part of the message that changed: with what its schema admits
at the changed place and the receiver's does not, then without a value there, then as they come,
then each a little different there: with a field that nobody declares, with a member less or with
that alone, with items of other kinds, or with all items twice. The first that the receiver's spec
forbids for what stands at that place, and by the keyword that changed if it is one, is the witness.
Specs can be made of which this would never end, so it takes no more steps than there is patience
for, with one change and with all of them. A change for which nothing was found by then has no
witness, and that is told.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from compat.differ.change import Change
from compat.differ.effect import Direction, Effect, Level
from compat.differ.witness import Witness, Witnesses
from compat.model.interface import Interface
from compat.model.place import Place
from compat.model.role import Role
from compat.model.schema import Json, Schema
from compat.plan.spot import Side
from compat.verify.aspects import is_limit, is_of_aspect, is_of_items
from compat.verify.cases import Version
from compat.verify.changes import pointer
from compat.verify.documents import UNKNOWN_FIELD, NoDocumentError
from compat.verify.nodes import Path, places_of
from compat.verify.patience import ImpatientError, Patience, UntoldError
from compat.verify.samples import Pools, sample
from compat.verify.telling import telling
from compat.verify.validity import Fault
from compat.verify.variations import replaced, variations
from compat.verify.wishes import Wish

_SAMPLES: Final = 4  # of each wish, the smallest first
_STEPS_OF_CHANGE_MAX: Final = 20_000
_STEPS_MAX: Final = 300_000  # with all changes
_SCHEMAS_A_STEP: Final = 10  # that are looked through
_UNSHOWN: Final = frozenset({Effect.STATED, Effect.UNSTATED})
"""Where no limit is set, either spec allows all of these."""

_SIDES: Final = {Direction.REQUEST: Side.REQUEST, Direction.RESPONSE: Side.RESPONSE}


def witnesses(
    old: Interface, new: Interface, found: Iterable[Change], role: Role
) -> Witnesses[str]:
    """By the fingerprints of the changes that break the role's client, or may."""
    search = _Search.of(old, new, role)
    shown: dict[str, Witness] = {}
    exhausted: set[str] = set()
    for change in found:
        if change.level_for(role) > Level.INFO:
            try:
                witness = search.witness(change)
            except ImpatientError:
                exhausted.add(change.fingerprint)
            else:
                shown |= {} if witness is None else {change.fingerprint: witness}
    return Witnesses(found=shown, exhausted=frozenset(exhausted - shown.keys()))


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
        """None where the change is not in what schemas say, or nothing is found.

        Raises ImpatientError where it would take more steps to see that.
        """
        if not _may_be_shown(change):
            return None
        if self.left <= 0:
            raise ImpatientError
        allowed = self.patience.left = min(_STEPS_OF_CHANGE_MAX, self.left)
        try:
            return self._witness(change)
        except RecursionError:
            raise ImpatientError from None
        finally:
            self.left -= allowed - self.patience.left

    def _witness(self, change: Change) -> Witness | None:
        if change.roots is None or not _is_shown_by_itself(change):
            return next(filter(None, map(self._witness, change.parts)), None)
        before, after = change.roots
        ends = [_End(self.old, before, change.old), _End(self.new, after, change.new)]
        if (self.role is Role.OLD_CLIENT) is not (change.direction is Direction.REQUEST):
            ends.reverse()
        sender, receiver = ends
        for value in self._values(change, sender, receiver):
            with suppress(RecursionError, UntoldError):  # what leads on for ever, or for too long
                if (found := _shown(value, change, sender, receiver)) is not None:
                    return found
        return None

    def _values(self, change: Change, sender: _End, receiver: _End) -> Iterator[Json]:
        """What the sender may send, and that a little different at the changed place."""
        spec, made = sender.version.sides[_SIDES[change.direction]], list[Json]()
        for wish in _wishes(change, sender, receiver):
            for number in range(_SAMPLES):
                with suppress(NoDocumentError, RecursionError, UntoldError):
                    made.append(sample(spec, sender.root, wish, number, self.pools))
                    yield made[-1]
        for value in made:
            yield from _varied(sender, value)


def _may_be_shown(change: Change) -> bool:
    return _is_shown_by_itself(change) or any(map(_may_be_shown, change.parts))


def _is_shown_by_itself(change: Change) -> bool:
    """Is it in what schemas say, and does one of them forbid what the other allows?"""
    is_unshown = change.effect in _UNSHOWN and not is_limit(change)
    return change.roots is not None and not is_unshown


def _shown(value: Json, change: Change, sender: _End, receiver: _End) -> Witness | None:
    """The value as a witness; None where either side says otherwise."""
    side = _SIDES[change.direction]
    ours, theirs = (each.version.sides[side].validity for each in (sender, receiver))
    if not ours.admits(sender.root, value):
        return None
    for fault in theirs.faults(receiver.root, value):
        if any(_is_about(fault, change, end) for end in (sender, receiver)):
            where = pointer(fault.path) if fault.path else ""
            return Witness(value=value, pointer=where, shows=fault.message)
    return None


def _wishes(change: Change, sender: _End, receiver: _End) -> Iterator[Wish]:
    side = _SIDES[change.direction]
    if sender.place is not None:
        target = sender.version.ways.target(sender.place.id)
        sender.version.patience.take(len(target.distances) // _SCHEMAS_A_STEP)
        if values := _telling(change, sender, receiver):
            yield Wish(side=side, target=replace(target, values=values))
        yield Wish(side=side, target=target)
        yield Wish(side=side, target=replace(target, missing=True))
    yield Wish(side=side)


def _telling(change: Change, sender: _End, receiver: _End) -> tuple[Json, ...]:
    """Those that are at fault for what changed, or all where there are none."""
    if sender.place is None or receiver.place is None:
        return ()
    ours = sender.version.ways.at(sender.place.id)
    theirs = receiver.version.ways.at(receiver.place.id)
    if not ours or not theirs:
        return ()
    side = _SIDES[change.direction]
    specs = sender.version.sides[side], receiver.version.sides[side]
    found = telling(specs[0], ours[0], specs[1], theirs[0])
    faults = specs[1].validity.faults
    own = tuple(
        value
        for value in found
        if any(is_of_aspect(fault, change) for fault in faults(theirs[0], value))
    )
    return own or found


def _varied(sender: _End, value: Json) -> Iterator[Json]:
    """The value with each object and list that stands at the place as `variations` makes it."""
    pending: list[tuple[Path, Json]] = [((), value)]
    while pending:
        path, held = pending.pop()
        if isinstance(held, list):
            pending += (((*path, index), item) for index, item in enumerate(held))
        elif isinstance(held, dict):
            pending += (((*path, name), member) for name, member in held.items())
        if isinstance(held, dict | list) and _stands_at(sender, path):
            yield from (replaced(value, path, other) for other in variations(held))


def _stands_at(end: _End, path: Path) -> bool:
    if end.place is None:
        return False
    ways = end.version.nodes.along(end.root, path)
    end.version.patience.take(sum(map(len, ways)) // _SCHEMAS_A_STEP)
    governing = ways[-1]
    return any(end.place.id in places_of(schema) for schema in governing)


def _is_about(fault: Fault, change: Change, end: _End) -> bool:
    """Is it what changed, and where, in the words of that version, or in a variant that has it?"""
    paths = _to_lists(fault) if is_of_items(change) else _paths(fault)
    if is_of_aspect(fault, change) and any(_stands_at(end, path) for path in paths):
        return True
    return any(_is_about(each, change, end) for variant in fault.alternatives for each in variant)


def _paths(fault: Fault) -> Iterator[Path]:
    """To the value at fault; for a missing field, which may not be declared, to its holder too."""
    if UNKNOWN_FIELD not in fault.path[-1:]:
        yield fault.path
    if UNKNOWN_FIELD in fault.path[-1:] or fault.keyword == "required":
        yield fault.path[:-1]


def _to_lists(fault: Fault) -> Iterator[Path]:
    """To those in which the value at fault is."""
    for at, step in enumerate(fault.path):
        if isinstance(step, int):
            yield fault.path[:at]
