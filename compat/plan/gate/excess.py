"""Refusing values that go beyond what the receiver admits, while that is an open gap.

A receiver's limit is written in its own words, so a value is held against it at the receiver's end
of the lens: behind all that is done to the value on its way there.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from compat.lens.admits import NOTHING_BUT_NULL, Admits, is_readable
from compat.lens.ops import DifferenceId, Flow, Focus, Gap, Lens, Limit, Step, invert
from compat.model.place import Place
from compat.model.schema import ANY_KIND, Kind, Schema
from compat.model.shape import ArrayShape, ObjectShape, ScalarShape, Shapes
from compat.plan.gate.stance import excess
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Spot
from compat.plan.walk import Walk

NO_TEXT: Final = Admits(kinds=tuple(sorted(ANY_KIND - {Kind.STRING})))


@dataclass(frozen=True, slots=True)
class Guard:
    """What refuses, at the old version's end and at the new one's."""

    old: Lens = ()
    new: Lens = ()

    def __add__(self, other: "Guard") -> "Guard":
        return Guard((*self.old, *other.old), (*self.new, *other.new))

    def around(self, lens: Lens) -> Lens:
        return (*self.old, *lens, *self.new)

    def at(self, *path: Step) -> "Guard":
        """The same for what the path leads to."""
        old, new = ((Focus(path=path, lens=lens),) if lens else () for lens in (self.old, self.new))
        return Guard(old, new)


@dataclass(frozen=True, slots=True)
class Excess:
    """A difference of values beyond what the receiver admits, and the ways on which it is open."""

    difference: DifferenceId
    gaps: frozenset[Flow]

    def guard(self, old: Admits | None, new: Admits | None) -> Guard:
        """What each version admits, None where that cannot be said: then any value is refused."""
        at_old, at_new = self._limit(old, Flow.DOWN), self._limit(new, Flow.UP)
        return Guard(invert(at_old), at_new)

    def _limit(self, admits: Admits | None, flow: Flow) -> Lens:
        if flow not in self.gaps:
            return ()
        if admits is None:
            return (Gap(forward=True, back=False, difference=self.difference),)
        return (Limit(admits=admits, back=None, difference=self.difference),)

    @property
    def refusal(self) -> Guard:
        """Any value but null, which is a matter of its own, is refused."""
        return self.guard(NOTHING_BUT_NULL, NOTHING_BUT_NULL)


def enter_excess(
    walk: Walk,
    places: tuple[Place | None, Place | None],
    spot: Spot,
    kind: str,
    message: str,
    flows: Container[Flow],
    what: str,
) -> Excess:
    """Book that values which take these ways may go beyond what is admitted at the end of it."""
    accepted = walk.ledger.accepted(kind, spot.subject)
    up, down = (
        excess(spot.side, flow, accepted, what) if flow in flows else NOTHING for flow in Flow
    )
    finding = Finding(
        kind=kind,
        subject=spot.subject,
        message=message,
        old=places[0],
        new=places[1],
        side=spot.side,
        up=up,
        down=down,
    )
    return Excess(walk.ledger.enter(finding), finding.gaps)


def admitted(shapes: Shapes, schema: Schema) -> Admits | None:
    """What the schema admits, if a limit can say that to the letter.

    Else null is all that is sure to be admitted, and nothing at all where None is the answer.
    """
    shape = shapes.of(schema)
    null = (Kind.NULL,) if shape.nullable else ()
    is_whole = not shapes.notes(schema).further
    match shape:
        case ScalarShape(kinds=kinds, enum=enum, bounds=bounds) if is_whole:
            if bounds.pattern is None or is_readable(bounds.pattern):
                values = None if enum is None else (*enum, *(None for _ in null))
                if values == ():
                    return None
                return Admits(kinds=tuple(sorted({*kinds, *null})), values=values, bounds=bounds)
        case ArrayShape(items=None, prefix=(), enum=None, bounds=bounds) if is_whole:
            return Admits(kinds=(Kind.ARRAY, *null), bounds=bounds)
        case ObjectShape(additional=True, enum=None, bounds=bounds) if is_whole:
            if not shape.fields:
                return Admits(kinds=(*null, Kind.OBJECT), bounds=bounds)
    return NOTHING_BUT_NULL if null else None
