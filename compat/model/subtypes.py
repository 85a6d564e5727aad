"""Subtypes: objects that extend another by allOf, told by its discriminator (OpenAPI 3.1, 4.8.25).

The object that is extended lists none of them, so a value of it may be one of any.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from compat.model.conjunction import joined
from compat.model.schema import Discriminator, Schema
from compat.model.shape import Shapes


def subtypes(shapes: Shapes, base: Schema) -> Mapping[str, Schema]:
    """What each asserts beyond the base, by the text in the field of its discriminator.

    Empty for a base without one. The same schemas each time, so that they can be told by identity.
    """
    core = shapes.core(base)
    if id(core) not in shapes.subtypes:
        found = dict(_found(shapes, core, core.discriminator)) if core.discriminator else {}
        shapes.subtypes[id(core)] = core, MappingProxyType(found)
    return shapes.subtypes[id(core)][1]


def _found(shapes: Shapes, base: Schema, discriminator: Discriminator) -> list[tuple[str, Schema]]:
    schemas = shapes.interface.schemas
    mapped: dict[int, list[str]] = {}
    for tag, target in discriminator.mapping.items():
        mapped.setdefault(id(shapes.core(schemas[target])), []).append(tag)
    common = {id(part) for part in shapes.conjuncts(base)}
    found: list[tuple[str, Schema]] = []
    for name, component in sorted(shapes.interface.components.items()):
        parts = shapes.conjuncts(component)
        if component is base or id(base) not in {id(part) for part in parts}:
            continue
        own = tuple(replace(part, all_of=()) for part in parts if id(part) not in common)
        extension = joined(own, shapes.name(component))
        tags = mapped.get(id(shapes.core(component)), [name])
        found += [(tag, extension) for tag in tags]
    return found
