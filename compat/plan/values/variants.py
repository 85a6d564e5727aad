"""How to know which variant of a union a value belongs to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from compat.lens.ops import Test
from compat.model.schema import Discriminator, Kind, Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from compat.plan.values.bounds import NUMERIC

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Holders:
    """The variants, by identity, of which a value as declared could pass a test."""

    opaque: Set[int]
    kinds: Mapping[Kind, Set[int]]
    fields: Mapping[str, Set[int]]
    constants: Mapping[tuple[str, str | None], Set[int]]
    """By a field and the only text it admits, None where that may be another."""

    def of(self, test: Test) -> Iterator[Set[int]]:
        """Each set of those that could pass it; together they are all."""
        yield self.opaque
        if test.field_is is not None:
            name, text = test.field_is
            yield self.constants.get((name, text), NOBODY)
            yield self.constants.get((name, None), NOBODY)
        elif test.has_field is not None:
            yield self.fields.get(test.has_field, NOBODY)
        elif test.kind is not None:
            yield self.kinds.get(test.kind, NOBODY)


@dataclass(frozen=True, kw_only=True, eq=False)
class Union:
    """One version's variants, of which there may be only one."""

    shapes: Shapes
    variants: tuple[Schema, ...]
    discriminator: Discriminator | None

    @staticmethod
    def of(shapes: Shapes, shape: UnionShape) -> "Union":
        return Union(shapes=shapes, variants=shape.variants, discriminator=shape.discriminator)

    @property
    def property_name(self) -> str:
        return self.discriminator.property_name if self.discriminator is not None else ""

    def tag(self, variant: Schema) -> str | None:
        """The one value of the discriminator's property that stands for the variant."""
        tags = self.tags(variant)
        return tags[0] if len(tags) == 1 else None

    def tags(self, variant: Schema) -> list[str]:
        """All of them."""
        if self.discriminator is None:
            return []
        tags = [tag for one in self._same(variant) for tag in self._mapped.get(one, ())]
        if not tags:  # OpenAPI 3.1, 4.8.25: then it is the name of the schema
            names = {self.shapes.name(variant)} - {""}
            tags = [name for name in names if name not in self.discriminator.mapping]
        return sorted(tags)

    @cached_property
    def _mapped(self) -> Mapping[int, list[str]]:
        """What the discriminator's table leads to, by identity -> the tags that do."""
        found: dict[int, list[str]] = defaultdict(list)
        if self.discriminator is not None:
            for tag, target in self.discriminator.mapping.items():
                found[self._target(target)].append(tag)
        return dict(found)

    @cached_property
    def tests(self) -> Mapping[int, Test | None]:
        """Of each variant, by identity."""
        return {id(variant): _plainest(self, variant) for variant in self.variants}

    @cached_property
    def holders(self) -> Holders:
        opaque: set[int] = set()
        kinds: dict[Kind, set[int]] = defaultdict(set)
        fields: dict[str, set[int]] = defaultdict(set)
        constants: dict[tuple[str, str | None], set[int]] = defaultdict(set)
        for variant in self.variants:
            shape, one = self.shapes.of(variant), id(variant)
            for kind in _kinds(shape):
                kinds[kind].add(one)
            if isinstance(shape, UnionShape | AnyShape):
                opaque.add(one)
            elif isinstance(shape, ObjectShape):
                for name in shape.fields:
                    fields[name].add(one)
                is_tagged = self.tag(variant) is not None
                for name in {*shape.fields, *([self.property_name] if is_tagged else [])}:
                    constants[name, self.constant(variant, name)].add(one)
        return Holders(opaque=opaque, kinds=kinds, fields=fields, constants=constants)

    def _same(self, variant: Schema) -> set[int]:
        """The variant, and what it is joined of with all that holds besides."""
        return {id(self.shapes.core(one)) for one in (variant, *variant.all_of[:1])}

    def _target(self, identity: str) -> int:
        return id(self.shapes.core(self.shapes.interface.schemas[identity]))

    def is_constant(self, variant: Schema) -> bool:
        """Does the variant itself say which values its tag may have?"""
        shape = self.shapes.of(variant)
        field = shape.fields.get(self.property_name) if isinstance(shape, ObjectShape) else None
        inner = self.shapes.of(field.schema) if field is not None else None
        return isinstance(inner, ScalarShape) and inner.enum is not None

    def constant(self, variant: Schema, name: str) -> str | None:
        """The only text that the variant admits in its field of that name."""
        if name == self.property_name and (tag := self.tag(variant)) is not None:
            return tag
        shape = self.shapes.of(variant)
        field = shape.fields.get(name) if isinstance(shape, ObjectShape) else None
        inner = self.shapes.of(field.schema) if field is not None else None
        if not isinstance(inner, ScalarShape) or inner.enum is None or len(inner.enum) != 1:
            return None
        return inner.enum[0] if isinstance(inner.enum[0], str) else None


def test_of(union: Union, variant: Schema) -> Test | None:
    """The plainest test that holds for the variant and for none beside it, if there is one."""
    return union.tests[id(variant)]


def _plainest(union: Union, variant: Schema) -> Test | None:
    itself = {id(variant)}
    return next(
        (
            test
            for test in _candidates(union, variant)
            if all(several <= itself for several in union.holders.of(test))
        ),
        None,
    )


def _candidates(union: Union, variant: Schema) -> Iterator[Test]:
    """What is sure to hold for a value of the variant, the plainest first."""
    match union.shapes.of(variant):
        case ScalarShape(kinds=kinds) if len(kinds) == 1:
            yield Test(kind=next(iter(kinds)))
        case ArrayShape():
            yield Test(kind=Kind.ARRAY)
        case ObjectShape(fields=fields):
            yield Test(kind=Kind.OBJECT)
            if (tag := union.tag(variant)) is not None:
                yield Test(kind=Kind.OBJECT, field_is=(union.property_name, tag))
            for name, field in fields.items():
                constant = union.constant(variant, name)
                if constant is not None and field.required:
                    yield Test(kind=Kind.OBJECT, field_is=(name, constant))
            for name, field in fields.items():
                if field.required:
                    yield Test(kind=Kind.OBJECT, has_field=name)
        case _:
            return


def _kinds(shape: Shape) -> frozenset[Kind]:
    match shape:
        case ScalarShape(kinds=kinds):
            return kinds | NUMERIC if kinds & NUMERIC else kinds
        case ArrayShape():
            return frozenset({Kind.ARRAY})
        case ObjectShape():
            return frozenset({Kind.OBJECT})
        case UnionShape() | AnyShape():
            return frozenset()
