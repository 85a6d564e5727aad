"""The walk over pairs of schemas: each pair once per side, whatever the number of ways to it.

A pair of objects, lists or unions becomes a named lens, so that places share it and a cycle of
references is a lens that applies itself. Scalars are led in line. Pairs wait in a queue, so that
no depth of a spec is a depth of calls.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from compat.intent.model import (
    CopyFields,
    CutField,
    MoveFields,
    RenameFields,
    StashFields,
    UseHook,
)
from compat.lens.ops import Apply, DifferenceId, Flow, Lens
from compat.lens.simplify import prune
from compat.model.role import Role
from compat.model.schema import Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from compat.plan.bridge import NamedLens
from compat.plan.claims import Claims
from compat.plan.gate.excess import admitted, enter_excess
from compat.plan.gate.gaps import incompatible, stated_hook
from compat.plan.ledger import Ledger
from compat.plan.names import Names
from compat.plan.spot import Side, Spot
from compat.plan.values.arrays import bridge_arrays, enveloped, wrapped
from compat.plan.values.choices import bridge_base
from compat.plan.values.keywords import bridge_keywords
from compat.plan.values.objects import bridge_objects
from compat.plan.values.sameness import Sameness
from compat.plan.values.scalars import bridge_scalars
from compat.plan.values.sprawling import bridge_sprawling, is_sprawling
from compat.plan.values.subtypes import bridge_subtypes
from compat.plan.values.unions import bridge_unions
from compat.plan.walk import LensPair

_FIELD_BY_FIELD = (RenameFields, MoveFields, CutField, CopyFields, StashFields, UseHook)

Pair = tuple[Schema, Schema]
PairKey = tuple[int, int, Side, frozenset[Role]]


@dataclass(eq=False)
class Visit:
    """One pair of schemas on one side; `lens` is None until it is made."""

    name: str
    title: str
    schemas: Pair | None = None  # None for a section of an operation, and what is filled in later
    lens: Lens | None = None
    children: dict[int, "Visit"] = field(default_factory=dict)
    """By identity."""
    differences: list[DifferenceId] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waiting:
    """A pair that is still to be led, and who asks."""

    visit: Visit
    schemas: Pair
    spot: Spot
    claims: Claims
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unsettled:
    """Something to enter unless the lenses do nothing, and the two lenses that it gives then."""

    lenses: Sequence[Lens]
    enter: Callable[[], LensPair]
    visits: tuple[Visit, Visit]
    met: list[DifferenceId]
    roles: frozenset[Role]


@dataclass(eq=False)
class Walker:
    """One planning run; satisfies `compat.plan.walk.Walk`."""

    ledger: Ledger
    old: Shapes
    new: Shapes
    visits: list[Visit] = field(default_factory=list)
    _known: dict[PairKey, Visit] = field(default_factory=dict)
    _names: Names = field(default_factory=lambda: Names("_"))
    _at: Visit | None = None
    _queue: deque[Waiting] = field(default_factory=deque)
    _unsettled: list[Unsettled] = field(default_factory=list)
    same: Sameness = field(init=False)

    def __post_init__(self) -> None:
        self.same = Sameness(self.old, self.new)

    def value(self, old: Schema, new: Schema, spot: Spot, claims: Claims) -> Lens:
        """The lens that leads a value of the old schema to one of the new."""
        ours, theirs = self.old.core(old), self.new.core(new)
        shapes = self.old.of(ours), self.new.of(theirs)
        spot = spot.entering(self.old.name(old), self.new.name(new))
        if not _is_shared(shapes):
            return self._lens((ours, theirs), shapes, spot, claims)
        key = id(ours), id(theirs), spot.side, self.ledger.roles
        visit = None if claims else self._known.get(key)
        if visit is None:
            visit = self._begin((ours, theirs), spot, claims)
            if not claims:
                self._known[key] = visit
        if self._at is not None:
            self._at.children[id(visit)] = visit
        return (_applied(visit),)

    def unless_idle(
        self, lenses: Sequence[Lens], spot: Spot, enter: Callable[[], LensPair]
    ) -> LensPair:
        """Two lenses that do nothing if all the others turn out to do nothing either way.

        Else something is entered at the end, and they do what that gives.
        """
        first, last = (self._blank(spot, ending) for ending in ("before", "after"))
        self._unsettled.append(
            Unsettled(
                lenses=lenses,
                enter=enter,
                visits=(first, last),
                met=self.ledger.met,
                roles=self.ledger.roles,
            )
        )
        return (_applied(first),), (_applied(last),)

    def root(self, name: str) -> Visit:
        """A visit for an operation's own section, which nothing applies."""
        visit = Visit(name=name, title=name, lens=())
        self._at = visit
        self.ledger.met = visit.differences
        return visit

    def finish(self) -> None:
        """Lead all pairs that wait, and those that come up on the way."""
        while self._queue:
            waiting = self._queue.popleft()
            visit, self._at = waiting.visit, waiting.visit
            self.ledger.met, self.ledger.roles = visit.differences, waiting.roles
            shapes = self.old.of(waiting.schemas[0]), self.new.of(waiting.schemas[1])
            visit.lens = self._lens(waiting.schemas, shapes, waiting.spot, waiting.claims)
        self._settle()

    def _settle(self) -> None:
        """What is filled in does something where what it asks about does, be that filled in, too.

        All at once: what asks about one another in turn would take a round for each otherwise.
        """
        if not self._unsettled:
            return
        named = {visit.name: visit.lens or () for visit in self.visits}
        for unsettled in self._unsettled:
            asked = tuple(op for lens in unsettled.lenses for op in lens)
            named |= {visit.name: asked for visit in unsettled.visits}
        acting = {name for name, lens in prune(named).items() if lens}
        for unsettled in self._unsettled:
            if unsettled.visits[0].name in acting:
                self.ledger.met, self.ledger.roles = unsettled.met, unsettled.roles
                for visit, lens in zip(unsettled.visits, unsettled.enter(), strict=True):
                    visit.lens = lens
        self._unsettled = []

    def named_lenses(self) -> dict[str, NamedLens]:
        """Every lens made, by name."""
        return {
            visit.name: NamedLens(
                name=visit.name,
                title=visit.title,
                up=visit.lens or (),
                old_schema=visit.schemas[0].place.id if visit.schemas else "",
                new_schema=visit.schemas[1].place.id if visit.schemas else "",
            )
            for visit in self.visits
        }

    def _begin(self, schemas: Pair, spot: Spot, claims: Claims) -> Visit:
        visit = Visit(name=self._name(spot), title=spot.subject, schemas=schemas)
        self.visits.append(visit)
        self._queue.append(
            Waiting(visit=visit, schemas=schemas, spot=spot, claims=claims, roles=self.ledger.roles)
        )
        return visit

    def _blank(self, spot: Spot, ending: str) -> Visit:
        """A lens that is filled in at the end, if ever."""
        visit = Visit(name=self._name(spot, f"_{ending}"), title=spot.subject, lens=())
        self.visits.append(visit)
        return visit

    def _name(self, spot: Spot, ending: str = "") -> str:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", spot.old or spot.new)
        base = re.sub(r"_+", "_", words).strip("_").lower() or "value"
        base = f"{'n' if base[0].isdigit() else ''}{base}"[:60].rstrip("_") + ending
        return self._names.new(base)

    def _lens(self, schemas: Pair, shapes: tuple[Shape, Shape], spot: Spot, claims: Claims) -> Lens:
        both_objects = all(isinstance(shape, ObjectShape) for shape in shapes)
        sprawling = _is_shared(shapes) and is_sprawling(self, schemas)
        hooked = None if both_objects and not sprawling else stated_hook(self, *schemas, spot)
        if hooked is not None:
            return hooked
        if sprawling:
            return bridge_sprawling(self, schemas, spot)
        guard = bridge_keywords(self, schemas, shapes, spot)
        return guard.around(self._bridge(schemas, shapes, spot, claims))

    def _bridge(
        self, schemas: Pair, shapes: tuple[Shape, Shape], spot: Spot, claims: Claims
    ) -> Lens:
        one, other = schemas
        match shapes:
            case (AnyShape(), AnyShape()):
                return ()
            case (AnyShape(), _) | (_, AnyShape()):
                return self._specified(schemas, spot, isinstance(shapes[0], AnyShape))
            case (UnionShape(), _) | (_, UnionShape()):
                return bridge_unions(self, schemas, shapes[0], shapes[1], spot)
            case (ScalarShape() as old, ScalarShape() as new):
                return bridge_scalars(self, schemas, old, new, spot)
            case (ArrayShape() as old, ArrayShape() as new):
                return bridge_arrays(self, schemas, old, new, spot)
            case (ObjectShape() as old, ObjectShape() as new):
                found = self._enveloped_object(schemas, old, new, spot)
                if found is not None:
                    return found
                told = bridge_base(self, schemas, spot)
                common = bridge_objects(self, schemas, old, new, spot, claims)
                return told.around((*bridge_subtypes(self, schemas, spot), *common))
            case (ArrayShape(items=items), ObjectShape() as new):
                found = enveloped(self, one, other, new, spot, Flow.UP) or wrapped(
                    self, other, one, items, spot, Flow.DOWN
                )
            case (ObjectShape() as old, ArrayShape(items=items)):
                found = enveloped(self, other, one, old, spot, Flow.DOWN) or wrapped(
                    self, one, other, items, spot, Flow.UP
                )
            case (ScalarShape(), ArrayShape(items=items)):
                found = wrapped(self, one, other, items, spot, Flow.UP)
            case (ArrayShape(items=items), ScalarShape()):
                found = wrapped(self, other, one, items, spot, Flow.DOWN)
            case _:
                found = None
        if found is not None:
            return found
        why = f"{_noun(shapes[0])} became {_noun(shapes[1])}"
        return incompatible(self, one, other, spot, why)

    def _enveloped_object(
        self, schemas: Pair, old: ObjectShape, new: ObjectShape, spot: Spot
    ) -> Lens | None:
        """An object put into a field of another, with which it has no field in common.

        Where people say which field is which there is nothing to guess.
        """
        if not old.fields or not new.fields or old.fields.keys() & new.fields.keys():
            return None
        if self.ledger.speaks_of(spot, _FIELD_BY_FIELD):
            return None
        return enveloped(self, *schemas, new, spot, Flow.UP) or enveloped(
            self, schemas[1], schemas[0], old, spot, Flow.DOWN
        )

    def _specified(self, schemas: Pair, spot: Spot, was_open: bool) -> Lens:
        kind = "value-specified" if was_open else "value-freed"
        places = schemas[0].place, schemas[1].place
        flow = Flow.UP if was_open else Flow.DOWN
        message = "any value in one version, a declared one in the other"
        found = enter_excess(self, places, spot, kind, message, {flow}, "any value")
        guard = found.guard(admitted(self.old, schemas[0]), admitted(self.new, schemas[1]))
        return guard.around(())


def _applied(visit: Visit) -> Apply:
    return Apply(name=visit.name, flow=Flow.UP)


def _is_shared(shapes: tuple[Shape, Shape]) -> bool:
    """Pairs that get a lens of their own: all that may hold a reference back to themselves."""
    plain = (ScalarShape, AnyShape)
    return not any(isinstance(shape, plain) for shape in shapes)


def _noun(shape: Shape) -> str:
    match shape:
        case ObjectShape():
            return "an object"
        case ArrayShape():
            return "a list"
        case ScalarShape(kinds=kinds):
            return " or ".join(sorted(kinds))
        case UnionShape():
            return "one of several"
        case AnyShape():
            return "any value"
