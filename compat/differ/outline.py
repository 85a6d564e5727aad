"""What an inline schema looks like from outside: it tells variants apart that have no name.

Texts tell nothing: a title that is reworded leaves a variant the same. What has nothing of the
kind gives what is false.
"""

import json
from collections.abc import Hashable, Iterable, Sequence

from compat.model.schema import ANY_KIND, Schema


def tag(schema: Schema) -> Hashable:
    """Its fields that hold one value alone, as those do that say which variant it is."""
    return tuple(
        sorted(
            (name, json.dumps(field.enum[0], sort_keys=True))
            for name, field in schema.properties.items()
            if field.enum is not None and len(field.enum) == 1
        )
    )


def field_names(schema: Schema) -> Hashable:
    return tuple(sorted(schema.properties))


def kinds(schema: Schema) -> Hashable:
    """Of what has no fields, which kinds of values it admits."""
    return () if schema.properties or schema.kinds == ANY_KIND else tuple(sorted(schema.kinds))


def sharing(old: Sequence[Schema], new: Sequence[Schema]) -> list[tuple[Schema, Schema]]:
    """Those that share fields which no others of their version have, with one partner alone."""
    ours, theirs = _owners(old), _owners(new)
    shared = [(ours[name], theirs[name]) for name in ours.keys() & theirs.keys()]
    onward, back = _partners(shared), _partners((there, here) for here, there in shared)
    return [
        (old[here], new[there])
        for here in sorted(onward)
        for there in onward[here]
        if len(onward[here]) == len(back[there]) == 1
    ]


def _owners(schemas: Sequence[Schema]) -> dict[str, int]:
    """The fields that only one of the schemas has, and which one that is."""
    found: dict[str, list[int]] = {}
    for at, schema in enumerate(schemas):
        for name in schema.properties:
            found.setdefault(name, []).append(at)
    return {name: at[0] for name, at in found.items() if len(at) == 1}


def _partners(shared: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for one, other in shared:
        found.setdefault(one, set()).add(other)
    return found
