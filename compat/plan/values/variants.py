"""How to know which variant of a union a value belongs to."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from compat.lens.ops import Test
from compat.lens.value import identity
from compat.model.schema import Discriminator, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, ObjectShape, ScalarShape, Shapes, UnionShape
from compat.plan.values.bounds import NUMERIC


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
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
        same = self._same(variant)
        mapping = self.discriminator.mapping
        tags = [tag for tag, target in mapping.items() if self._target(target) in same]
        if not tags:  # OpenAPI 3.1, 4.8.25: then it is the name of the schema
            names = {self.shapes.name(variant)} - {""}
            tags = [name for name in names if name not in mapping]
        return sorted(tags)

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


def are_disjoint(union: Union) -> bool:
    """Is it sure that no value belongs to two of the variants?"""
    return all(
        _exclude_each_other(union, one, other) for one, other in combinations(union.variants, 2)
    )


def may_share(union: Union, one: Schema, other: Schema) -> bool:
    """Could a value be of both variants, if objects have none but the fields they declare?"""
    if _exclude_each_other(union, one, other):
        return False
    ours, theirs = union.shapes.of(one), union.shapes.of(other)
    if not (isinstance(ours, ObjectShape) and isinstance(theirs, ObjectShape)):
        return True
    return all(
        name in beside.fields
        for shape, beside in ((ours, theirs), (theirs, ours))
        for name, field in shape.fields.items()
        if field.required
    )


def _exclude_each_other(union: Union, one: Schema, other: Schema) -> bool:
    ours, theirs = union.shapes.of(one), union.shapes.of(other)
    if ours.nullable and theirs.nullable:
        return False
    match ours, theirs:
        case (UnionShape() | AnyShape(), _) | (_, UnionShape() | AnyShape()):
            return False
        case ScalarShape(enum=tuple(values)), ScalarShape(enum=tuple(enum)):
            return set(map(identity, values)).isdisjoint(map(identity, enum))
        case ScalarShape(kinds=kinds), ScalarShape(kinds=others):
            return not (kinds & others or (kinds & NUMERIC and others & NUMERIC))
        case ObjectShape(fields=fields), ObjectShape(fields=beside):
            names = {
                name
                for name in fields.keys() & beside.keys()
                if fields[name].required or beside[name].required
            } | ({union.property_name} - {""})
            constants = ((union.constant(one, each), union.constant(other, each)) for each in names)
            return any(None not in pair and pair[0] != pair[1] for pair in constants)
        case _:
            return type(ours) is not type(theirs)


def test_of(union: Union, variant: Schema) -> Test | None:
    """The plainest test that holds for the variant and for none beside it, if there is one."""
    others = [other for other in union.variants if other is not variant]
    return next(
        (
            test
            for test in _candidates(union, variant)
            if not any(_may_hold(test, union, other) for other in others)
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


def _may_hold(test: Test, union: Union, variant: Schema) -> bool:
    """Could a value of the variant, as declared, pass the test?"""
    match union.shapes.of(variant):
        case ScalarShape(kinds=kinds):
            return test.kind in kinds or (test.kind in NUMERIC and bool(kinds & NUMERIC))
        case ArrayShape():
            return test.kind is Kind.ARRAY
        case ObjectShape(fields=fields):
            if test.kind is not Kind.OBJECT:
                return False
            if test.field_is is not None:
                name, value = test.field_is
                is_tag = name == union.property_name and union.tag(variant) is not None
                return (is_tag or name in fields) and union.constant(variant, name) in (None, value)
            return test.has_field is None or test.has_field in fields
        case UnionShape() | AnyShape():
            return True
