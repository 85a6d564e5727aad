"""Do two schemas mean the same sort of thing, at a glance?"""

from compat.model.schema import Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    UnionShape,
)
from compat.plan.walk import Walk

_DEPTH_MAX = 10  # lists and maps in one another; some hold themselves
_ENOUGH = 0.5  # share of field names that two objects must have in common


def alike(walk: Walk, old: Schema, new: Schema) -> bool:
    """One level deep: the same component, kind of scalar, items alike, or mostly the same fields.

    What is open on either side is like nothing: transitions must not rest on it.
    """
    for _ in range(_DEPTH_MAX):
        if same_component(walk, old, new):
            return True
        ours, theirs = walk.old.of(old), walk.new.of(new)
        members = _members(ours), _members(theirs)
        if None in members or type(ours) is not type(theirs):
            return _alike_themselves(ours, theirs)
        assert members[0] is not None
        assert members[1] is not None
        old, new = members[0], members[1]
    return False


def same_component(walk: Walk, old: Schema, new: Schema) -> bool:
    names = walk.old.name(old), walk.new.name(new)
    return bool(names[0]) and names[0] == names[1]


def _members(shape: Shape) -> Schema | None:
    """What a list or a map holds."""
    match shape:
        case ArrayShape(items=items):
            return items
        case ObjectShape(additional=Schema() as additional) if shape.is_map:
            return additional
        case _:
            return None


def _alike_themselves(old: Shape, new: Shape) -> bool:
    match old, new:
        case ScalarShape(), ScalarShape():
            return old.kinds == new.kinds
        case ObjectShape(), ObjectShape():
            return _share(frozenset(old.fields), frozenset(new.fields)) >= _ENOUGH
        case UnionShape(), UnionShape():
            return len(old.variants) == len(new.variants)
        case _:
            return False


def equal(walk: Walk, old: Schema, new: Schema) -> bool:
    """All the way down: do both admit the same values? Sure of it, or False.

    A pair met again on the way counts as equal, so that cycles end.
    """
    waiting, seen = [(old, new)], set[tuple[int, int]]()
    while waiting:
        one, other = waiting.pop()
        ours, theirs = walk.old.of(one), walk.new.of(other)
        if ours.nullable != theirs.nullable:
            return False
        key = id(walk.old.core(one)), id(walk.new.core(other))
        if key in seen:
            continue
        seen.add(key)
        below = _below(ours, theirs)
        if below is None:
            return False
        waiting += below
    return True


def _below(old: Shape, new: Shape) -> list[tuple[Schema, Schema]] | None:
    """The pairs that must be equal for the shapes to be; None where they differ themselves."""
    match old, new:
        case AnyShape(), AnyShape():
            return []
        case ScalarShape(), ScalarShape() if _assertions(old) == _assertions(new):
            return []
        case ArrayShape(), ArrayShape() if old.bounds == new.bounds:
            ours = (*old.prefix, *((old.items,) if old.items else ()))
            theirs = (*new.prefix, *((new.items,) if new.items else ()))
            same = len(old.prefix) == len(new.prefix) and len(ours) == len(theirs)
            return list(zip(ours, theirs, strict=True)) if same else None
        case ObjectShape(), ObjectShape() if old.bounds == new.bounds:
            return _below_objects(old, new)
        case UnionShape(), UnionShape() if len(old.variants) == len(new.variants):
            return list(zip(old.variants, new.variants, strict=True))
        case _:
            return None


def _assertions(shape: ScalarShape) -> tuple[object, ...]:
    values = None if shape.enum is None else sorted(map(repr, shape.enum))
    return shape.kinds, values, shape.format, shape.bounds


def _below_objects(old: ObjectShape, new: ObjectShape) -> list[tuple[Schema, Schema]] | None:
    ours = {name: field.required for name, field in old.fields.items()}
    if ours != {name: field.required for name, field in new.fields.items()}:
        return None
    fields = [(old.fields[name].schema, new.fields[name].schema) for name in ours]
    match old.additional, new.additional:
        case Schema() as one, Schema() as other:
            return [*fields, (one, other)]
        case one, other:
            return fields if one == other else None


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    every = one | other
    return len(one & other) / len(every) if every else 0.0
