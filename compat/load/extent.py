"""How much a value holds, aliases written out."""

from dataclasses import dataclass

from compat.load.limits import DEPTH_MAX, NODES_MAX, POINTERS_CHARS_MAX
from compat.load.problem import SpecError
from compat.model.schema import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """All nodes, the members of objects, the levels of objects and lists, the pointers' length."""

    nodes: int
    members: int
    levels: int
    pointers_chars: int


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
                    (child, length + 4) for child in node if isinstance(child, dict | list)
                )
        level = below
    return Extent(nodes=nodes, members=members, levels=levels, pointers_chars=chars)


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
