"""Wrappers: schemas that add nothing, or null alone, to the one schema that they hold.

What is found out is known from then on: a chain of wrappers is followed once, however many places
lead into it, and the variants of a union are looked through once, however often one asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from compat.model.assertions import asserts_nothing, is_null, variants_of
from compat.model.cycles import Cycles
from compat.model.interface import Interface
from compat.model.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """Where a chain of wrappers leads from one of its schemas on."""

    core: Schema
    nullable: bool
    """A wrapper on the way admits null."""
    named: Schema | None
    """The last one on the way that has a name."""


@dataclass(eq=False)
class Wrappers:
    """Those of one interface, by identity; what is kept beside stays taken."""

    interface: Interface
    _ways: dict[tuple[int, bool], tuple[Schema, Way]] = field(default_factory=dict)
    _solid: dict[tuple[int, int], tuple[Schema, tuple[Schema, ...]]] = field(default_factory=dict)

    @cached_property
    def _cycles(self) -> Cycles:
        return Cycles(self.interface)

    def way(self, schema: Schema, *, null: bool = True) -> Way:
        """Through references and wrappers to the end; through those that add null only if `null`.

        Wrappers that hold one another in a ring all end at one of them, and so do schemas that hold
        one another by allOf.
        """
        start = self.interface.resolve(schema)
        if (id(start), null) not in self._ways:
            self._follow(start, null)
        return self._ways[id(start), null][1]

    def solid(self, schema: Schema, variants: tuple[Schema, ...]) -> tuple[Schema, ...]:
        """Those of the schema's variants that say something of values.

        That is without null, where there are others, and without the schema itself: it admits what
        the others admit.
        """
        if not variants:
            return ()
        key = id(schema), id(variants)
        if key not in self._solid:
            self._solid[key] = schema, self._others(schema, variants)
        return self._solid[key][1]

    def have_null(self, variants: tuple[Schema, ...]) -> bool:
        return any(is_null(self.interface.resolve(one)) for one in variants)

    def _others(self, schema: Schema, variants: tuple[Schema, ...]) -> tuple[Schema, ...]:
        resolved = [(one, self.interface.resolve(one)) for one in variants]
        others = [(one, target) for one, target in resolved if target is not schema]
        solid = tuple(one for one, target in others if not is_null(target))
        return solid or tuple(one for one, _ in others[:1])

    def _follow(self, start: Schema, null: bool) -> None:
        chain: list[tuple[Schema, bool]] = []
        met: dict[int, int] = {}
        schema = start
        while (id(schema), null) not in self._ways:
            if id(schema) in met:
                at = met[id(schema)]
                self._close(chain[at:], null)
                del chain[at:]
                break
            held = self._held(schema)
            if held is None or (held[1] and not null):
                core = self._cycles.representative(schema)
                self._know(schema, Way(core=core, nullable=False, named=_named(core)), null)
                break
            met[id(schema)] = len(chain)
            chain.append((schema, held[1]))
            schema = self.interface.resolve(held[0])
        way = self._ways[id(schema), null][1]
        for one, with_null in reversed(chain):
            nullable, named = way.nullable or with_null, way.named or _named(one)
            way = Way(core=way.core, nullable=nullable, named=named)
            self._know(one, way, null)

    def _close(self, ring: Sequence[tuple[Schema, bool]], null: bool) -> None:
        """Whichever of the ring is asked about first must not matter."""
        first = min(range(len(ring)), key=lambda at: _order(ring[at][0]))
        core = ring[first][0]
        before = (one for one, _ in reversed((*ring[first + 1 :], *ring[:first])))
        named = next((one for one in (core, *before) if one.name), None)
        way = Way(core=core, nullable=any(with_null for _, with_null in ring), named=named)
        for one, _ in ring:
            self._know(one, way, null)

    def _know(self, schema: Schema, way: Way, null: bool) -> None:
        self._ways[id(schema), null] = schema, way

    def _held(self, schema: Schema) -> tuple[Schema, bool] | None:
        """The only schema under allOf, oneOf or anyOf; and whether null stands beside it."""
        if not asserts_nothing(schema) or (schema.all_of and (schema.one_of or schema.any_of)):
            return None
        if schema.all_of:
            parts = [one for one in schema.all_of if self.interface.resolve(one) is not schema]
            return (parts[0], False) if len(parts) == 1 else None
        variants = variants_of(schema)
        solid = self.solid(schema, variants)
        return (solid[0], self.have_null(variants)) if len(solid) == 1 else None


def _named(schema: Schema) -> Schema | None:
    return schema if schema.name else None


def _order(schema: Schema) -> tuple[str, str]:
    return schema.place.pointer, schema.place.file
