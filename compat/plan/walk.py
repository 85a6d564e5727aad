"""What every part of the planner is given, and how it asks for the parts below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from compat.lens.ops import Lens
from compat.model.schema import ABSENT, Absent, Json, Schema
from compat.model.shape import AnyShape, ScalarShape, Shapes
from compat.plan.claims import Claims
from compat.plan.ledger import Ledger
from compat.plan.spot import Side, Spot


class Walk(Protocol):
    """One planning run."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def old(self) -> Shapes: ...

    @property
    def new(self) -> Shapes: ...

    def value(self, old: Schema, new: Schema, spot: Spot, claims: Claims) -> Lens:
        """The lens that leads a value of the old schema to one of the new."""


ValueLens = Callable[[Schema, Schema, Spot, Claims], Lens]


@dataclass(frozen=True, slots=True)
class Declared:
    """What one version declares about a field, references seen through."""

    default: Json | Absent
    nullable: bool | None  # None where the spec leaves the value open
    hidden: bool  # it does not travel on this side


def declared(shapes: Shapes, schema: Schema, side: Side) -> Declared:
    """Look at the schema and at what it refers to."""
    target = shapes.interface.resolve(schema)
    read_only = schema.read_only or target.read_only
    write_only = schema.write_only or target.write_only
    shape = shapes.of(schema)
    return Declared(
        default=schema.default if schema.default is not ABSENT else target.default,
        nullable=None if isinstance(shape, AnyShape) else shape.nullable,
        hidden=read_only if side is Side.REQUEST else write_only,
    )


def admits(shapes: Shapes, schema: Schema, value: Json | Absent) -> bool:
    """Is the value one that the schema's list of values, if it has one, names?"""
    shape = shapes.of(schema)
    return not isinstance(shape, ScalarShape) or shape.enum is None or value in shape.enum
