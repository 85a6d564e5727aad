"""Do two schemas mean the same sort of thing, at a glance?"""

from compat.model.schema import Schema
from compat.model.shape import (
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shapes,
    UnionShape,
)
from compat.plan.walk import Walk

_ENOUGH = 0.5  # share of field names that two objects must have in common


def alike(walk: Walk, old: Schema, new: Schema) -> bool:
    """One level deep: the same component, kind of scalar, items alike, or mostly the same fields.

    What is open on either side is like nothing: transitions must not rest on it.
    """
    ours, theirs = walk.old.of(old), walk.new.of(new)
    names = _name(walk.old, old), _name(walk.new, new)
    if names[0] and names[0] == names[1]:
        return True
    match ours, theirs:
        case ScalarShape(), ScalarShape():
            return ours.kinds == theirs.kinds
        case ArrayShape(), ArrayShape():
            return (
                ours.items is not None
                and theirs.items is not None
                and alike(walk, ours.items, theirs.items)
            )
        case ObjectShape(), ObjectShape():
            return _share(frozenset(ours.fields), frozenset(theirs.fields)) >= _ENOUGH
        case UnionShape(), UnionShape():
            return len(ours.variants) == len(theirs.variants)
        case _:
            return False


def _name(shapes: Shapes, schema: Schema) -> str:
    return shapes.canonical(schema).name


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    every = one | other
    return len(one & other) / len(every) if every else 0.0
