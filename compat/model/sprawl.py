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
PARTS_PER_PUBLISHED_MAX: Final = 8
"""A union of any size may have something beside it that holds for all its variants."""


def sprawls(shapes: Shapes, schema: Schema) -> bool:
    """Are the schemas to be made below it of more parts in all than are made?"""
    core = shapes.core(schema)
    if id(core) not in shapes.sprawling:
        found = _made_below(shapes, core)
        shapes.sprawling |= dict.fromkeys(found or (id(core),), found is None)
    return shapes.sprawling[id(core)]


def _made_below(shapes: Shapes, core: Schema) -> set[int] | None:
    """By identity, with the schema itself; None where they are too many.

    Of published schemas this is asked when it is their turn.
    """
    waiting, found = [core], {id(core)}
    parts, published = 0, set[int]()
    while waiting:
        for below in map(shapes.core, _below(shapes, waiting.pop())):
            makeup = shapes.makeup(below)
            if makeup is None or id(below) in found:
                continue
            found.add(id(below))
            waiting.append(below)
            parts += len(makeup.asserted)
            published.update(one for one, _ in makeup.asserted)
            if parts > PARTS_MAX + PARTS_PER_PUBLISHED_MAX * len(published):
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
