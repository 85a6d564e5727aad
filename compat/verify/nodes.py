"""Which schemas of a spec govern a place in a document.

A place is a path of field names and list indices. Several schemas govern one place: a reference and
what it refers to, all parts of an allOf, every variant of a union. The answer errs on the side of
too many variants, never of too few.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from compat.lens.message import Body
from compat.model.interface import Interface
from compat.model.schema import Schema

Path: TypeAlias = tuple[str | int, ...]
Governing: TypeAlias = tuple[Schema, ...]
PlaceKey: TypeAlias = str  # document name + "#" + JSON pointer


def place_key(schema: Schema) -> PlaceKey:
    """Where the schema stands, as text."""
    return schema.place.id


def places_of(schema: Schema) -> tuple[PlaceKey, ...]:
    """Where the schema stands, and the parameter or content whose schema it is."""
    key = place_key(schema)
    return (key, key.removesuffix("/schema")) if key.endswith("/schema") else (key,)


@dataclass(eq=False)
class Nodes:
    """The schemas of one interface."""

    interface: Interface
    _closed: dict[int, Governing] = field(default_factory=dict)

    def at_root(self, schema: Schema) -> Governing:
        """All that governs the value that the schema is for."""
        known = self._closed.get(id(schema))
        if known is None:
            known = self._closed[id(schema)] = tuple(self._closure((schema,)))
        return known

    def below(self, governing: Iterable[Schema], step: str | int) -> Governing:
        """All that governs a field or an item of the value."""
        members = (member for schema in governing for member in _members(schema, step))
        return tuple(self._closure(members))

    def along(self, schema: Schema, path: Path) -> tuple[Governing, ...]:
        """What governs each value on the way, the outermost first."""
        ways = [self.at_root(schema)]
        for step in path:
            ways.append(self.below(ways[-1], step))
        return tuple(ways)

    def strangers(self, schema: Schema, value: Body) -> Iterator[Path]:
        """The fields of the value that the schema, though it may allow them, does not declare."""
        pending: list[tuple[Path, Governing, object]] = [((), self.at_root(schema), value)]
        while pending:
            path, governing, held = pending.pop()
            if isinstance(held, dict) and _declares(governing):
                for name, member in held.items():
                    below = self.below(governing, name)
                    if below:
                        pending.append(((*path, name), below, member))
                    else:
                        yield (*path, name)
            elif isinstance(held, list):
                items = self.below(governing, 0)
                pending.extend(((*path, index), items, item) for index, item in enumerate(held))

    def _closure(self, schemas: Iterable[Schema]) -> Iterator[Schema]:
        seen: set[int] = set()
        waiting = list(schemas)[::-1]
        while waiting:
            schema = waiting.pop()
            if id(schema) in seen:
                continue
            seen.add(id(schema))
            yield schema
            if schema.ref is not None:
                waiting.append(self.interface.schemas[schema.ref])
            waiting += (*schema.all_of, *schema.any_of, *schema.one_of)[::-1]


def _declares(governing: Governing) -> bool:
    return any(schema.properties for schema in governing)


def _members(schema: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        if step < len(schema.prefix_items):
            yield schema.prefix_items[step]
        elif schema.items is not None:
            yield schema.items
    elif step in schema.properties:
        yield schema.properties[step]
    elif isinstance(schema.additional, Schema):
        yield schema.additional
