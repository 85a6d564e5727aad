"""The closed union of shapes: what a schema admits, once references and allOf are seen through.

Shapes are made on demand and one level deep: the members of a shape are schemas again, so cycles
stay edges in the graph. `Shapes` remembers each, so that a schema is looked at once.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias, TypeVar

from compat.model.assertions import (
    admits_null,
    asserts_more,
    asserts_nothing,
    bounds_for,
    meant_kinds,
    only_asserts_presence,
    values_of,
    variants_of,
)
from compat.model.conjunction import conjunction, joined
from compat.model.interface import Interface
from compat.model.record import record
from compat.model.schema import (
    ABSENT,
    ANY_KIND,
    UNBOUNDED,
    Absent,
    Bounds,
    Discriminator,
    Further,
    FurtherKeyword,
    Json,
    Kind,
    Schema,
)
from compat.model.wrappers import Wrappers


@record(kw_only=True)
class Field:
    """A field of an object; one that is not `declared` is only named as required."""

    schema: Schema
    required: bool
    declared: bool = True


@record(kw_only=True, eq=False)
class ObjectShape:
    """An object: its fields, and what any other may be (True: anything)."""

    fields: Mapping[str, Field]
    additional: Schema | bool
    nullable: bool = False
    bounds: Bounds = UNBOUNDED
    enum: tuple[Json, ...] | None = None

    @property
    def is_map(self) -> bool:
        """No declared fields, and a schema for all others."""
        return not self.fields and isinstance(self.additional, Schema)


@record(kw_only=True, eq=False)
class ArrayShape:
    """A list; `items` are those behind the `prefix`, None where anything may stand there."""

    items: Schema | None
    bounds: Bounds
    prefix: tuple[Schema, ...] = ()
    nullable: bool = False
    enum: tuple[Json, ...] | None = None


@record(kw_only=True, eq=False)
class ScalarShape:
    """Text, numbers and booleans; `kinds` is never empty and holds neither NULL nor containers."""

    kinds: frozenset[Kind]
    enum: tuple[Json, ...] | None
    format: str
    bounds: Bounds
    nullable: bool = False


@record(kw_only=True, eq=False)
class UnionShape:
    """One of several schemas; `exclusive` where exactly one may hold (oneOf)."""

    variants: tuple[Schema, ...]
    discriminator: Discriminator | None
    exclusive: bool
    nullable: bool = False


@record(kw_only=True, eq=False)
class AnyShape:
    """The spec says nothing: any JSON value."""

    nullable: bool = True


Shape: TypeAlias = ObjectShape | ArrayShape | ScalarShape | UnionShape | AnyShape

T = TypeVar("T")

CONTAINERS = frozenset({Kind.ARRAY, Kind.OBJECT})
_SHARED = re.compile(
    r"/(?:components/)?(responses|requestBodies|parameters)/([^/]+)(?:/content/[^/]+)?/schema"
)
_NOUNS = {"responses": "response", "requestBodies": "body", "parameters": "body"}


@record(kw_only=True)
class Notes:
    """What is said beside the shape, here or in what the schema refers to."""

    default: Json | Absent
    read_only: bool
    write_only: bool
    further: tuple[Further, ...]
    discriminator: Discriminator | None


Held = frozenset[tuple[int, bool]]
"""Published schemas by identity, each with whether null is admitted besides."""


@record(kw_only=True)
class Makeup:
    """What a schema made here says: all that `asserted` do, and the unions of the `open` ones."""

    asserted: Held
    open: Held


@dataclass(eq=False)
class Shapes:
    """The shapes of one interface's schemas.

    Schemas that are made on the way are made once for what they are made of, so that a cycle
    through several that hold together comes back to where it was.
    """

    interface: Interface
    _known: dict[int, tuple[Schema, Shape]] = field(default_factory=dict)
    """By identity; the schema is kept beside its shape so that the identity stays taken."""
    _notes: dict[int, tuple[Schema, Notes]] = field(default_factory=dict)
    _makeups: dict[int, Makeup] = field(default_factory=dict)
    _joined: dict[tuple[Makeup, frozenset[int], str], Schema] = field(default_factory=dict)
    _bases: dict[Held, Schema] = field(default_factory=dict)
    _within: dict[int, frozenset[int]] = field(default_factory=dict)
    """The unions that a schema made here is a variant of."""
    _nullable: dict[int, bool] = field(default_factory=dict)
    """Whether a variant of the union admits null."""

    subtypes: dict[int, tuple[Schema, Mapping[str, Schema]]] = field(default_factory=dict)
    """By the identity of what they extend; see `compat.model.subtypes`."""
    sprawling: dict[int, bool] = field(default_factory=dict)
    """By identity; see `compat.model.sprawl`."""
    parts_in_vain: int = 0
    many_made: int = 0

    @cached_property
    def _wrappers(self) -> Wrappers:
        return Wrappers(self.interface)

    def conjuncts(self, schema: Schema) -> tuple[Schema, ...]:
        """The schema and all that holds together with it, references followed, each once."""
        return tuple(part for part, _ in self._conjuncts(schema))

    def of(self, schema: Schema) -> Shape:
        known = self._known.get(id(schema))
        if known is None:
            way = self._wrappers.way(schema)
            if id(way.core) not in self._known:
                self._known[id(way.core)] = way.core, self._shape(way.core)
            known = schema, as_nullable(self._known[id(way.core)][1], way.nullable)
            self._known[id(schema)] = known
        return known[1]

    def makeup(self, schema: Schema) -> Makeup | None:
        """Of a schema that is made here, None for one as published."""
        return self._makeups.get(id(schema))

    def canonical(self, schema: Schema) -> Schema:
        """Through references, and through wrappers that add nothing to the one schema they hold."""
        return self._wrappers.way(schema, null=False).core

    def core(self, schema: Schema) -> Schema:
        """As `canonical`, also through wrappers that add null, which its shape knows nothing of."""
        return self._wrappers.way(schema).core

    def name(self, schema: Schema) -> str:
        """What the core of the schema is called, "" if it has no name but its place.

        It has that of the component, or of the last one that only wraps it; one of a sibling
        document has that document's name, too, where it is not the only one so called. What a
        shared answer or request body holds is called after that.
        """
        way = self._wrappers.way(schema)
        named = way.named or schema
        if not named.name:
            shared = _SHARED.fullmatch(way.core.place.pointer)
            return f"{shared[2]} {_NOUNS[shared[1]]}" if shared else ""
        file = named.place.file
        is_plain = file == self.interface.place.file or len(self._files[named.name]) == 1
        return named.name if is_plain else f"{named.name} of {file.rpartition('/')[2]}"

    @cached_property
    def _files(self) -> Mapping[str, set[str]]:
        """Component names -> the documents that have one of that name."""
        files: dict[str, set[str]] = defaultdict(set)
        for schema in (*self.interface.components.values(), *self.interface.schemas.values()):
            files[schema.name].add(schema.place.file)
        return files

    def notes(self, schema: Schema) -> Notes:
        schema = self.interface.resolve(schema)
        known = self._notes.get(id(schema))
        if known is None:
            parts = tuple(part for part, _ in self._conjuncts(schema))
            stated = (part.default for part in parts if part.default is not ABSENT)
            whole = conjunction(parts, self._join)
            notes = Notes(
                default=next(stated, ABSENT),
                read_only=any(part.read_only for part in parts),
                write_only=any(part.write_only for part in parts),
                further=whole.further,
                discriminator=whole.discriminator,
            )
            known = self._notes[id(schema)] = schema, notes
        return known[1]

    def _shape(self, schema: Schema) -> Shape:
        conjuncts = tuple(self._conjuncts(schema))
        parts = tuple(_or_null(part) if nullable else part for part, nullable in conjuncts)
        merged = conjunction(parts, self._join)
        known = {id(part) for part, _ in conjuncts}
        unions = [part for part, _ in conjuncts if self._is_union(part, known)]
        if not unions:
            return _plain(merged)
        return self._union(schema, unions, merged, self._base(conjuncts, merged))

    def _base(self, conjuncts: Sequence[tuple[Schema, bool]], merged: Schema) -> Schema:
        """What holds besides the unions."""
        asserted = frozenset[tuple[int, bool]]().union(
            *(self._makeup(part, nullable).asserted for part, nullable in conjuncts)
        )
        if asserted not in self._bases:
            base = self._bases[asserted] = _alone(merged)
            self._makeups[id(base)] = Makeup(asserted=asserted, open=frozenset())
        return self._bases[asserted]

    def _makeup(self, schema: Schema, nullable: bool) -> Makeup:
        made = self._makeups.get(id(schema))
        if made is None:
            itself = frozenset({(id(schema), nullable)})
            return Makeup(asserted=itself, open=itself)
        if not nullable:
            return made
        asserted, unions = (
            frozenset((one, True) for one, _ in held) for held in (made.asserted, made.open)
        )
        return Makeup(asserted=asserted, open=unions)

    def _join(
        self, parts: tuple[Schema, ...], name: str = "", within: frozenset[int] = frozenset()
    ) -> Schema:
        """A schema that is all of the parts at once, the same one for the same parts."""
        makeups = [self._makeup(self.interface.resolve(part), nullable=False) for part in parts]
        makeup = Makeup(
            asserted=frozenset[tuple[int, bool]]().union(*(one.asserted for one in makeups)),
            open=frozenset[tuple[int, bool]]().union(*(one.open for one in makeups)),
        )
        key = makeup, within, name
        if key not in self._joined:
            whole = self._joined[key] = joined(parts, name)
            self._makeups[id(whole)], self._within[id(whole)] = makeup, within
        return self._joined[key]

    def _is_union(self, schema: Schema, known: set[int]) -> bool:
        """Of a base that lists those who refer to it, one of them learns nothing new."""
        variants = self._wrappers.solid(schema, variants_of(schema))
        if len(variants) < 2 or only_asserts_presence(variants):
            return False
        return not any(id(self.interface.resolve(variant)) in known for variant in variants)

    def _conjuncts(self, schema: Schema) -> Iterator[tuple[Schema, bool]]:
        """The schema and all that holds together with it, each once; and whether null may, too.

        What allOf lists holds, and so does the only variant of a union, but for null.
        """
        waiting, seen = [(schema, False)], set[int]()
        while waiting:
            part, nullable = waiting.pop()
            part = self.interface.resolve(part)
            if id(part) in seen:
                continue
            seen.add(id(part))
            yield part, nullable
            below = [(one, nullable) for one in part.all_of]
            for variants in (part.one_of, part.any_of):
                solid = self._wrappers.solid(part, variants)
                if len(solid) == 1:
                    below.append((solid[0], nullable or self._wrappers.have_null(variants)))
            waiting += reversed(below)

    def _union(
        self, schema: Schema, unions: Sequence[Schema], merged: Schema, base: Schema
    ) -> Shape:
        """The variants of the first, each with all that holds besides.

        In the variants of a union they do not hold again: it would never end where one of them is
        a union that lists this one.
        """
        union, *others = unions
        variants = variants_of(union)
        may_be_null = merged.kinds != ANY_KIND or self._one_admits_null(variants)
        nullable = Kind.NULL in merged.kinds and may_be_null
        kinds = _admitted(base.kinds)
        solid = tuple(
            one for one in self._wrappers.solid(union, variants) if self._own_kinds(one) & kinds
        )
        holds = asserts_more(base) or any(self._own_kinds(one) - kinds for one in solid)
        rest = (*((base,) if holds else ()), *others)
        within = self._within.get(id(schema), frozenset())
        if rest and id(union) not in within:
            inner = within | {id(union)}
            solid = tuple(self._join((one, *rest), self.name(one), inner) for one in solid)
        return UnionShape(
            variants=solid,
            discriminator=merged.discriminator,
            exclusive=bool(union.one_of),
            nullable=nullable,
        )

    def _one_admits_null(self, variants: tuple[Schema, ...]) -> bool:
        """Of the variants, or of theirs; what is found out is known from then on."""
        waiting = [(variant, 0) for variant in variants]
        above: dict[int, int] = {}  # a union -> the one it is a variant of, 0 for none
        while waiting:
            variant, union = waiting.pop()
            way = self._wrappers.way(variant)
            core = way.core
            known = self._nullable.get(id(core), way.nullable or admits_null(core))
            if known:
                while union:
                    self._nullable[union], union = True, above[union]
                return True
            if id(core) not in self._nullable and id(core) not in above and asserts_nothing(core):
                above[id(core)] = union
                waiting += [(inner, id(core)) for inner in variants_of(core)]
        self._nullable |= dict.fromkeys(above, False)
        return False

    def _own_kinds(self, variant: Schema) -> frozenset[Kind]:
        """What kinds of value it admits besides null, as far as it says so itself."""
        return _admitted(self.interface.resolve(variant).kinds) - {Kind.NULL}


def as_nullable(shape: Shape, nullable: bool) -> Shape:
    """The shape, also admitting null where `nullable`."""
    if not nullable or shape.nullable or isinstance(shape, AnyShape):
        return shape
    return replace(shape, nullable=True)


def _admitted(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Every integer is a number."""
    return kinds | {Kind.INTEGER} if Kind.NUMBER in kinds else kinds


def _or_null(schema: Schema) -> Schema:
    """The assertions of the schema, also admitting null."""
    enum = schema.enum if schema.enum is None or None in schema.enum else (*schema.enum, None)
    return replace(schema, kinds=schema.kinds | {Kind.NULL}, enum=enum)


def _alone(schema: Schema) -> Schema:
    return replace(schema, name="", all_of=(), one_of=(), any_of=(), discriminator=None)


def _plain(schema: Schema) -> Shape:
    """The shape of a schema without unions."""
    nullable = admits_null(schema)
    kinds = meant_kinds(schema)
    scalars = kinds - CONTAINERS
    bounds = bounds_for(kinds, schema.bounds)
    if kinds == {Kind.OBJECT}:
        return ObjectShape(
            fields=_fields(schema),
            additional=schema.additional,
            nullable=nullable,
            bounds=bounds,
            enum=values_of(schema.enum, kinds),
        )
    if kinds == {Kind.ARRAY}:
        return ArrayShape(
            items=schema.items,
            bounds=bounds,
            prefix=schema.prefix_items,
            nullable=nullable,
            enum=values_of(schema.enum, kinds),
        )
    if scalars and not kinds & CONTAINERS:
        return ScalarShape(
            kinds=scalars,
            enum=values_of(schema.enum, ANY_KIND - CONTAINERS - {Kind.NULL}),
            format=schema.format,
            bounds=bounds,
            nullable=nullable,
        )
    if kinds == ANY_KIND - {Kind.NULL}:
        return AnyShape()
    variants = tuple(_alone(replace(schema, kinds=frozenset({kind}))) for kind in sorted(kinds))
    return UnionShape(variants=variants, discriminator=None, exclusive=False, nullable=nullable)


def _fields(schema: Schema) -> dict[str, Field]:
    """Those that are declared, and those that must be there though nothing declares them."""
    fields = {
        name: Field(schema=member, required=name in schema.required)
        for name, member in schema.properties.items()
    }
    for name in sorted(schema.required - fields.keys()):
        fields[name] = Field(schema=_undeclared(schema), required=True, declared=False)
    return fields


def _undeclared(schema: Schema) -> Schema:
    """What a field that is not declared may hold; by a pattern, anything."""
    if isinstance(schema.additional, Schema):
        return schema.additional
    patterns = any(each.keyword is FurtherKeyword.PATTERN_PROPERTIES for each in schema.further)
    admitted = ANY_KIND if schema.additional or patterns else frozenset[Kind]()
    return Schema(place=schema.place, kinds=admitted)
