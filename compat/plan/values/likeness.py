"""Do two schemas mean the same sort of thing, at a glance?"""

import json
from collections.abc import Hashable

from compat.model.schema import Further, Json, Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from compat.model.sprawl import sprawls
from compat.model.subtypes import subtypes
from compat.plan.values.exclusion import are_disjoint
from compat.plan.values.variants import Union
from compat.plan.walk import Walk

_DEPTH_MAX = 10  # lists and maps in one another; some hold themselves
_SKETCHED = 1  # levels of fields
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


def chain(shapes: Shapes, schema: Schema) -> list[Schema]:
    """The schema, what the list or map that it is holds, and so on, as far as `alike` looks."""
    links = [schema]
    while len(links) < _DEPTH_MAX and (member := _members(shapes.of(links[-1]))) is not None:
        links.append(member)
    return links


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
    return _all_equal(walk, [(old, new)])


def asserts_same(walk: Walk, old: Further, new: Further) -> bool:
    """Do two assertions of a further keyword exclude the same values? Sure of it, or False."""
    below = _below_further((old,), (new,))
    return below is not None and _all_equal(walk, below)


def is_open(shapes: Shapes, schema: Schema) -> bool:
    """Does it admit any value?"""
    return isinstance(shapes.of(schema), AnyShape) and not shapes.notes(schema).further


def sketch(shapes: Shapes, schema: Schema, depth: int = _SKETCHED) -> Hashable:
    """What two equal schemas have in common for certain, some levels deep."""
    shape, further = shapes.of(schema), shapes.notes(schema).further
    stated = tuple(sorted((each.keyword, repr(each.about)) for each in further))
    return type(shape), shape.nullable, stated, _sketch(shapes, shape, depth)


def _sketch(shapes: Shapes, shape: Shape, depth: int) -> Hashable:
    match shape:
        case ScalarShape():
            return _assertions(shape)
        case ArrayShape():
            return *_limits(shape), len(shape.prefix)
        case ObjectShape(fields=fields):
            named = sorted(fields.items())
            below = [sketch(shapes, each.schema, depth - 1) for _, each in named if depth]
            required = (name for name, each in named if each.required)
            return *_limits(shape), frozenset(fields), frozenset(required), tuple(below)
        case UnionShape():
            return len(shape.variants), shape.discriminator and shape.discriminator.property_name
        case AnyShape():
            return ()


Pairs = list[tuple[Schema, Schema]]


def _all_equal(walk: Walk, pairs: Pairs) -> bool:
    waiting, seen = list(pairs), set[tuple[int, int]]()
    while waiting:
        one, other = waiting.pop()
        ours, theirs = walk.old.of(one), walk.new.of(other)
        if ours.nullable != theirs.nullable:
            return False
        key = id(walk.old.core(one)), id(walk.new.core(other))
        if key in seen:
            continue
        seen.add(key)
        if sprawls(walk.old, one) or sprawls(walk.new, other):
            if not walk.same.of((one, other)):
                return False
            continue
        stated = walk.old.notes(one).further, walk.new.notes(other).further
        below, further = _below(walk, ours, theirs), _below_further(*stated)
        extended = subtypes(walk.old, one), subtypes(walk.new, other)
        if below is None or further is None or extended[0].keys() != extended[1].keys():
            return False
        waiting += (*below, *further)
        waiting += [(extended[0][tag], extended[1][tag]) for tag in extended[0]]
    return True


def _below_further(old: tuple[Further, ...], new: tuple[Further, ...]) -> Pairs | None:
    """The pairs that must be equal for the assertions to be; None where they differ themselves."""
    pairs: Pairs = []
    if len(old) != len(new):
        return None
    for one, other in zip(sorted(old, key=_order), sorted(new, key=_order), strict=True):
        if (one.keyword, one.about) != (other.keyword, other.about):
            return None
        for ours, theirs in zip(one.schemas, other.schemas, strict=True):
            if ours is not None and theirs is not None:
                pairs.append((ours, theirs))
            elif ours is not theirs:
                return None
    return pairs


def _order(each: Further) -> tuple[str, str]:
    return each.keyword, repr(each.about)


def _below(walk: Walk, old: Shape, new: Shape) -> Pairs | None:
    """The pairs that must be equal for the shapes to be; None where they differ themselves."""
    match old, new:
        case AnyShape(), AnyShape():
            return []
        case ScalarShape(), ScalarShape():
            return [] if _assertions(old) == _assertions(new) else None
        case ArrayShape(), ArrayShape() if _limits(old) == _limits(new):
            if len(old.prefix) != len(new.prefix):
                return None
            items = _both(walk, old.items or True, new.items or True)
            return None if items is None else [*zip(old.prefix, new.prefix, strict=True), *items]
        case ObjectShape(), ObjectShape() if _limits(old) == _limits(new):
            return _below_objects(walk, old, new)
        case UnionShape(), UnionShape() if len(old.variants) == len(new.variants):
            unions = Union.of(walk.old, old), Union.of(walk.new, new)
            return _below_unions(unions, old.exclusive == new.exclusive)
        case _:
            return None


def _assertions(shape: ScalarShape) -> tuple[object, ...]:
    return shape.kinds, _values(shape.enum), shape.format, shape.bounds


def _limits(shape: ArrayShape | ObjectShape) -> tuple[object, ...]:
    return _values(shape.enum), shape.bounds


def _values(enum: tuple[Json, ...] | None) -> tuple[str, ...] | None:
    if enum is None:
        return None
    return tuple(sorted(json.dumps(value, sort_keys=True) for value in enum))


def _both(walk: Walk, old: Schema | bool, new: Schema | bool) -> Pairs | None:
    """For what neither declares; None where one admits what the other does not."""
    match old, new:
        case Schema(), Schema():
            return [(old, new)]
        case Schema(), True:
            return [] if is_open(walk.old, old) else None
        case True, Schema():
            return [] if is_open(walk.new, new) else None
        case _:
            return [] if old is new else None


def _below_objects(walk: Walk, old: ObjectShape, new: ObjectShape) -> Pairs | None:
    ours = {name: field.required for name, field in old.fields.items()}
    if ours != {name: field.required for name, field in new.fields.items()}:
        return None
    fields = [(old.fields[name].schema, new.fields[name].schema) for name in ours]
    others = _both(walk, old.additional, new.additional)
    return None if others is None else [*fields, *others]


def _below_unions(unions: tuple[Union, Union], alike_exclusive: bool) -> Pairs | None:
    """In order; a tag that their fields do not fix has to be the same for each variant."""
    if not alike_exclusive and not any(are_disjoint(union) for union in unions):
        return None
    if unions[0].property_name != unions[1].property_name:
        return None
    pairs = list(zip(unions[0].variants, unions[1].variants, strict=True))
    same_tags = all(unions[0].tags(one) == unions[1].tags(other) for one, other in pairs)
    return pairs if same_tags else None


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    every = one | other
    return len(one & other) / len(every) if every else 0.0
