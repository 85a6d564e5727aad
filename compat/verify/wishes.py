"""What a document is to be like, beyond being as its schema says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from compat.model.interface import Interface
from compat.model.parts import parts, reached, referred
from compat.model.schema import Json, Schema
from compat.plan.spot import Side
from compat.verify.nodes import PlaceKey, place_key

_FAR: Final = 1_000_000
_MADE_UP: Final = 4  # how deep schemas that shapes made up may lie in one another


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A schema that the document has to have a value of, and the way there.

    With `values` the value is one of these, be it as the schema says or not. With `missing` the
    field is to be left out instead, and what holds it is to be there.
    """

    place: PlaceKey
    distances: Mapping[int, int]
    values: tuple[Json, ...] = ()
    missing: bool = False

    def distance(self, schema: Schema) -> int:
        """How many steps it is from a value of the schema to the target; very many if none lead."""
        return self._distance(schema, _MADE_UP)

    def is_at(self, schema: Schema) -> bool:
        return place_key(schema) == self.place and schema.ref is None

    def _distance(self, schema: Schema, depth: int) -> int:
        known = self.distances.get(id(schema))
        if known is not None or not depth:
            return _FAR if known is None else known
        return min((1 + self._distance(each, depth - 1) for each in parts(schema)), default=_FAR)


def is_near(distance: int) -> bool:
    return distance < _FAR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wish:
    """`avoid` are the places of optional fields to leave out; with `extras` there are fields and
    enum values that the spec does not know."""

    side: Side
    avoid: frozenset[PlaceKey] = frozenset()
    target: Target | None = None
    extras: bool = False


@dataclass(eq=False)
class Ways:
    """The schemas of an interface, by what leads to them."""

    interface: Interface
    _above: dict[int, list[Schema]] = field(default_factory=dict)
    _by_place: dict[PlaceKey, list[Schema]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for schema in _all_schemas(self.interface):
            self._by_place.setdefault(place_key(schema), []).append(schema)
            for below in (*parts(schema), *referred(self.interface, schema)):
                self._above.setdefault(id(below), []).append(schema)

    def target(
        self, place: PlaceKey, values: tuple[Json, ...] = (), *, missing: bool = False
    ) -> Target:
        """The wish for a value of the schema at that place."""
        found = self.at(place)
        place = place_key(found[0]) if found else place
        distances: dict[int, int] = {id(each): 0 for each in found}
        waiting = list(found)
        while waiting:
            nearer, waiting = waiting, []
            for schema in nearer:
                for above in self._above.get(id(schema), ()):
                    if id(above) not in distances:
                        distances[id(above)] = distances[id(schema)] + 1
                        waiting.append(above)
        return Target(place, MappingProxyType(distances), values, missing)

    def at(self, place: PlaceKey) -> tuple[Schema, ...]:
        """The schemas that stand there, or that of the parameter which does."""
        return tuple(self._by_place.get(place) or self._by_place.get(f"{place}/schema") or ())


def _all_schemas(interface: Interface) -> Iterator[Schema]:
    """Every schema of an interface, once."""
    waiting = [*interface.schemas.values(), *interface.components.values()]
    for operation in interface.operations:
        waiting += (parameter.schema for parameter in operation.parameters)
        contents = [*(operation.body.contents if operation.body else ())]
        for answer in operation.answers:
            contents += answer.contents
            waiting += (header.schema for header in answer.headers)
        waiting += (content.schema for content in contents if content.schema is not None)
    yield from reached(interface, waiting)
