"""How much a value holds, aliases written out."""

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import mul
from typing import Final, TypeAlias

from compat.load.limits import DEPTH_MAX, NODES_MAX, POINTERS_CHARS_MAX
from compat.load.problem import SpecError
from compat.model.record import record
from compat.model.schema import Json

INDEX_CHARS: Final = 4
"""What a place in a list counts in a pointer: a slash, and three digits."""


@record(kw_only=True)
class Extent:
    """All nodes, the members of objects, the levels of objects and lists, the pointers' length."""

    nodes: int
    members: int
    levels: int
    pointers_chars: int


Held: TypeAlias = "tuple[dict[str, Json] | list[Json], int, int]"
"""An object or list, the length of its pointer and its level, the root's being 1."""


def measure(value: Json) -> Extent:
    """Stops counting one level beyond DEPTH_MAX or NODES_MAX."""
    nodes, members, levels, chars = 1, 0, 0, 0
    level = [(value, 0)] if isinstance(value, dict | list) else []
    while level and levels <= DEPTH_MAX and nodes <= NODES_MAX:
        levels += 1
        below: list[tuple[dict[str, Json] | list[Json], int]] = []
        for node, length in level:
            nodes += len(node)
            chars += len(node) * (length + 1)
            if isinstance(node, dict):
                members += len(node)
                chars += sum(map(len, node))
                below.extend(
                    (child, length + 1 + len(key))
                    for key, child in node.items()
                    if isinstance(child, dict | list)
                )
            else:
                below.extend(
                    (child, length + INDEX_CHARS)
                    for child in node
                    if isinstance(child, dict | list)
                )
        level = below
    return Extent(nodes=nodes, members=members, levels=levels, pointers_chars=chars)


def total(held: Sequence[Held]) -> Extent:
    """The same of all objects and lists in a value, of which there is one at least."""
    values, lengths, levels = zip(*held, strict=True)
    objects = [value for value in values if isinstance(value, dict)]
    sizes = [*map(len, values)]
    return Extent(
        nodes=1 + sum(sizes),
        members=sum(map(len, objects)),
        levels=max(levels),
        pointers_chars=sum(map(mul, sizes, lengths))
        + sum(sizes)
        + sum(map(len, chain.from_iterable(objects))),
    )


def held_in(value: Json, length: int, level: int) -> Iterator[Held]:
    """The object or list `value` and those in it."""
    if isinstance(value, dict | list):
        yield value, length, level
        if isinstance(value, dict):
            for key, below in value.items():
                yield from held_in(below, length + 1 + len(key), level + 1)
        else:
            for below in value:
                yield from held_in(below, length + INDEX_CHARS, level + 1)


def within_limits(extent: Extent) -> bool:
    try:
        check(extent, "")
    except SpecError:
        return False
    return True


def check(extent: Extent, where: str) -> None:
    """Raises SpecError beyond the limits."""
    if extent.levels > DEPTH_MAX:
        raise too_deep(where)
    if extent.nodes > NODES_MAX:
        raise too_many(where)
    if extent.pointers_chars > POINTERS_CHARS_MAX:
        raise SpecError(
            "keys too long stand above too many nodes",
            where=where,
            hint="give an OpenAPI document; no key of one has thousands of characters",
        )


def too_deep(where: str) -> SpecError:
    return SpecError(
        f"objects and lists stand more than {DEPTH_MAX} deep in each other",
        where=where,
        hint="give an OpenAPI document; move deep schemas to components and refer to them",
    )


def too_many(where: str) -> SpecError:
    return SpecError(
        f"the spec has more than {NODES_MAX:,} nodes, aliases and references written out",
        where=where,
        hint="give a smaller spec, or use $ref where it repeats itself",
    )
