"""The two versions as suggestions read them: shapes, and what people wrote beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import TypeAlias

from compat.match.template import versionless
from compat.model.interface import Interface, Operation, Parameter
from compat.model.schema import Absent, Json, Schema
from compat.model.shape import ArrayShape, Field, ObjectShape, Shape, Shapes

Shifts: TypeAlias = Mapping[tuple[str, str], int]
"""(old word, new word) -> the number of different names in which one took the other's place."""


@dataclass(eq=False)
class Version:
    """One version of the interface."""

    shapes: Shapes

    @property
    def interface(self) -> Interface:
        return self.shapes.interface

    def shape(self, schema: Schema) -> Shape:
        return self.shapes.of(schema)

    def component(self, schema: Schema) -> str:
        """The name of the schema that this one is or refers to, "" where it has none."""
        return self.shapes.canonical(schema).name

    def items(self, schema: Schema) -> Schema | None:
        shape = self.shape(schema)
        return shape.items if isinstance(shape, ArrayShape) else None

    def fields(self, schema: Schema | None) -> Mapping[str, Field]:
        shape = self.shape(schema) if schema is not None else None
        return shape.fields if isinstance(shape, ObjectShape) else {}

    def text(self, schema: Schema) -> str:
        """Title and description: its own, else those of what it refers to."""
        own = self.own_text(schema)
        target = self.shapes.canonical(schema)
        return own or f"{target.title} {target.description}".strip()

    def own_text(self, schema: Schema) -> str:
        """Title and description as they stand there, for a parameter those of the parameter."""
        parameter = self._parameters.get(id(schema))
        own = f"{schema.title} {schema.description}".strip()
        if parameter is not None and parameter.description:
            own = f"{parameter.description} {own}".strip()
        return own

    def default(self, schema: Schema) -> Json | Absent:
        return self.shapes.notes(schema).default

    def travels(self, field: Field, *, in_request: bool) -> bool:
        """Is the field there at all on that side of the exchange?"""
        notes = self.shapes.notes(field.schema)
        return not (notes.read_only if in_request else notes.write_only)

    def examples(self, schema: Schema, name: str) -> Iterator[Json]:
        """Examples of the field `name`: its own, and what those of its object hold for it."""
        yield from schema.examples
        yield from self.shapes.canonical(schema).examples
        holder = self._holders.get(id(schema))
        for example in holder.examples if holder is not None else ():
            if isinstance(example, dict) and name in example:
                yield example[name]

    def path(self, operation: Operation) -> str:
        """The path without what all paths begin with, version numbers and parameters' names."""
        return "/".join(self._segments(operation)[self._common :])

    def _segments(self, operation: Operation) -> list[str]:
        return versionless(self.interface.base_path + operation.key.path).strip("/").split("/")

    @cached_property
    def _common(self) -> int:
        """With how many segments all paths begin, which have others after them."""
        every = [self._segments(operation)[:-1] for operation in self.interface.operations]
        columns = zip(*every, strict=False) if len(every) > 1 else ()
        return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))

    @cached_property
    def _parameters(self) -> Mapping[int, Parameter]:
        """By the identity of their schema; parameters are described beside it."""
        return {
            id(parameter.schema): parameter
            for operation in self.interface.operations
            for parameter in operation.parameters
        }

    @cached_property
    def _holders(self) -> Mapping[int, Schema]:
        """The named object of each field, by the identity of the field's schema."""
        return {
            id(member): schema
            for schema in self.interface.schemas.values()
            for member in schema.properties.values()
        }


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """Both, and the words that became others between them."""

    old: Version
    new: Version
    shifts: Shifts


def request_body(operation: Operation) -> Schema | None:
    """The schema of the JSON body that the operation takes."""
    if operation.body is None:
        return None
    return next((c.schema for c in operation.body.contents if c.is_json and c.schema), None)


def answer_body(operation: Operation, status: str) -> Schema | None:
    """The schema of the JSON body that the operation answers with."""
    for answer in operation.answers:
        if answer.status == status:
            return next((c.schema for c in answer.contents if c.is_json and c.schema), None)
    return None
