"""Unions of scalars that one scalar says as well."""

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import combinations

from compat.model.schema import UNBOUNDED, Bounds, Kind
from compat.model.shape import ScalarShape, Shapes, UnionShape
from compat.plan.values.bounds import admitted_kinds, kinds_overlap
from compat.plan.values.exclusion import are_disjoint
from compat.plan.values.variants import Union


def as_scalar(shapes: Shapes, shape: UnionShape) -> ScalarShape | None:
    """The scalar that admits just what the union does; None where no one scalar is sure to."""
    variants = [shapes.of(variant) for variant in shape.variants]
    scalars = [one for one in variants if isinstance(one, ScalarShape) and one.enum is None]
    says_more = any(shapes.notes(variant).further for variant in shape.variants)
    if says_more or not scalars or len(scalars) < len(variants):
        return None
    if shape.exclusive and not are_disjoint(Union.of(shapes, shape)):
        return None
    widest = _uncovered(scalars)
    if any(kinds_overlap(one.kinds, other.kinds) for one, other in combinations(widest, 2)):
        return None
    if len(widest) > 1 and any(one.format for one in widest):
        return None
    return ScalarShape(
        kinds=frozenset[Kind]().union(*(one.kinds for one in widest)),
        enum=None,
        format=widest[0].format,
        bounds=_each(widest),
        nullable=shape.nullable or any(one.nullable for one in scalars),
    )


def is_free(shape: ScalarShape) -> bool:
    """Is any value of its kinds admitted, as far as the shape tells?"""
    return shape.enum is None and shape.bounds == UNBOUNDED


def _uncovered(scalars: Sequence[ScalarShape]) -> list[ScalarShape]:
    """Without those of which another admits all."""
    kept: list[ScalarShape] = []
    for one in scalars:
        if not any(_covers(other, one) for other in kept):
            kept = [*(other for other in kept if not _covers(one, other)), one]
    return kept


def _covers(wide: ScalarShape, narrow: ScalarShape) -> bool:
    is_wide = is_free(wide) and not wide.format
    return is_wide and narrow.kinds <= admitted_kinds(wide.kinds)


def _each(scalars: Sequence[ScalarShape]) -> Bounds:
    """The bounds of all: each is about values of its kind alone, and no two are of one kind."""
    found = UNBOUNDED
    for one in scalars:
        stated = {bound.name: getattr(one.bounds, bound.name) for bound in fields(Bounds)}
        found = replace(
            found,
            **{name: limit for name, limit in stated.items() if limit != getattr(UNBOUNDED, name)},
        )
    return found
