"""What every part of the planner is given, and how it asks for the parts below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from compat.lens.ops import Lens
from compat.model.schema import Absent, Json, Schema
from compat.model.shape import AnyShape, Shapes
from compat.plan.claims import Claims
from compat.plan.ledger import Ledger
from compat.plan.spot import Side, Spot
from compat.plan.values.sameness import Sameness

LensPair = tuple[Lens, Lens]


class Walk(Protocol):
    """One planning run."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def old(self) -> Shapes: ...

    @property
    def new(self) -> Shapes: ...

    @property
    def same(self) -> Sameness: ...

    def value(self, old: Schema, new: Schema, spot: Spot, claims: Claims) -> Lens:
        """The lens that leads a value of the old schema, which is not null, to one of the new."""

    def unless_idle(
        self, lenses: Sequence[Lens], spot: Spot, enter: Callable[[], LensPair]
    ) -> LensPair:
        """Two lenses that do nothing if all the others turn out to do nothing either way.

        Else something is entered at the end, and they do what that gives.
        """


ValueLens = Callable[[Schema, Schema, Spot, Claims], Lens]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one version declares about a field, references seen through."""

    default: Json | Absent
    nullable: bool | None  # None where the spec leaves the value open
    hidden: bool  # it does not travel on this side


def declared(shapes: Shapes, schema: Schema, side: Side) -> Declared:
    """Look at the schema and at all that holds together with it."""
    notes, shape = shapes.notes(schema), shapes.of(schema)
    return Declared(
        default=notes.default,
        nullable=None if isinstance(shape, AnyShape) else shape.nullable,
        hidden=notes.read_only if side is Side.REQUEST else notes.write_only,
    )
