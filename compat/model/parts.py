"""What schemas are made of."""

from collections.abc import Iterable, Iterator

from compat.model.interface import Interface
from compat.model.schema import Schema


def parts(schema: Schema) -> Iterator[Schema]:
    """The schemas directly in a schema."""
    yield from schema.properties.values()
    if isinstance(schema.additional, Schema):
        yield schema.additional
    if schema.items is not None:
        yield schema.items
    yield from (*schema.prefix_items, *schema.all_of, *schema.any_of, *schema.one_of)


def referred(interface: Interface, schema: Schema) -> tuple[Schema, ...]:
    """The schema that it refers to, if it is a reference."""
    return (interface.schemas[schema.ref],) if schema.ref is not None else ()


def reached(interface: Interface, roots: Iterable[Schema]) -> Iterator[Schema]:
    """The roots, and all that they are made of and refer to, each once."""
    waiting, seen = [*roots], set[int]()
    while waiting:
        schema = waiting.pop()
        if id(schema) not in seen:
            seen.add(id(schema))
            yield schema
            waiting += (*parts(schema), *referred(interface, schema))
