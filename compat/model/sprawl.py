"""Schemas that are too many others put together.

allOf over unions, or over objects that have members in common, is seen through by making schemas of
several that hold together. Some specs of a few lines need exponentially many of them; there the
published schemas have to be compared as they stand.
"""

from collections.abc import Iterator
from typing import Final

from compat.model.schema import Schema
from compat.model.shape import ArrayShape, ObjectShape, Shapes, UnionShape

PARTS_MAX: Final = 5_000
PARTS_FEW: Final = 500
PARTS_PER_NEXT_MAX: Final = 8
"""A union of any size may have something beside it that holds for all its variants."""
IN_VAIN_MAX: Final = 100_000
"""Where so many parts were put together to no end, there is less patience with the rest."""
MANY_MADE: Final = 50
MANY_MADE_MAX: Final = 20_000
"""Below all those schemas of an interface together below each of which `MANY_MADE` are made."""


def sprawls(shapes: Shapes, schema: Schema) -> bool:
    """Are the schemas to be made below it of more parts in all than are made?"""
    core = shapes.core(schema)
    if id(core) not in shapes.sprawling:
        found = _made_below(shapes, core)
        if found is not None and len(found) > MANY_MADE:
            shapes.many_made += len(found)
        shapes.sprawling |= dict.fromkeys(found or (id(core),), found is None)
    return shapes.sprawling[id(core)]


def _made_below(shapes: Shapes, core: Schema) -> set[int] | None:
    """By identity, with the schema itself; None where they are too many.

    Of published schemas this is asked when it is their turn.
    """
    waiting, found = [core], {id(core)}
    parts, patience = 0, PARTS_MAX if shapes.parts_in_vain < IN_VAIN_MAX else PARTS_FEW
    while waiting:
        one = waiting.pop()
        for below in map(shapes.core, _below(shapes, one)):
            if shapes.makeup(below) is None or id(below) in found:
                continue
            found.add(id(below))
            if len(found) > MANY_MADE and shapes.many_made + len(found) > MANY_MADE_MAX:
                return None
            waiting.append(below)
            if one is core:
                patience += PARTS_PER_NEXT_MAX
                continue
            parts += len(shapes.conjuncts(below))
            if parts > patience:
                shapes.parts_in_vain += parts
                return None
    return found


def _below(shapes: Shapes, schema: Schema) -> Iterator[Schema]:
    match shapes.of(schema):
        case UnionShape(variants=variants):
            yield from variants
        case ArrayShape(items=items, prefix=prefix):
            yield from prefix
            if items is not None:
                yield items
        case ObjectShape(fields=fields, additional=additional):
            yield from (each.schema for each in fields.values())
            if isinstance(additional, Schema):
                yield additional
        case _:
            pass
