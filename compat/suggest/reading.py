"""The two versions as suggestions read them: shapes, and what people wrote beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from compat.model.interface import Interface, Operation, Parameter
from compat.model.schema import Absent, Json, Schema
from compat.model.shape import ArrayShape, Field, ObjectShape, Shape, Shapes


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
        parameter = self._parameters.get(id(schema))
        own = f"{schema.title} {schema.description}".strip()
        if parameter is not None and parameter.description:
            own = f"{parameter.description} {own}".strip()
        if own:
            return own
        target = self.shapes.canonical(schema)
        return f"{target.title} {target.description}".strip()

    def default(self, schema: Schema) -> Json | Absent:
        return self.shapes.notes(schema).default

    def examples(self, schema: Schema, name: str) -> Iterator[Json]:
        """Examples of the field `name`: its own, and what those of its object hold for it."""
        yield from schema.examples
        yield from self.shapes.canonical(schema).examples
        holder = self._holders.get(id(schema))
        for example in holder.examples if holder is not None else ():
            if isinstance(example, dict) and name in example:
                yield example[name]

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
    old: Version
    new: Version


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
