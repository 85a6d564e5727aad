"""Do schemas of the two versions stand there alike, word for word and all the way down?

Nothing is seen through and nothing made for that, so each pair of published schemas is looked at
once, whatever they come to when they are put together.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from compat.lens.value import identity
from compat.model.schema import ABSENT, Further, Schema
from compat.model.shape import Shapes
from compat.model.subtypes import subtypes

Pair = tuple[Schema, Schema]
PairKey = tuple[int, int]


@dataclass(eq=False)
class Sameness:
    """What is known of the pairs of two versions."""

    old: Shapes
    new: Shapes
    _known: dict[PairKey, bool] = field(default_factory=dict)

    def resolved(self, pair: Pair) -> Pair:
        return self.old.interface.resolve(pair[0]), self.new.interface.resolve(pair[1])

    def of(self, pair: Pair) -> bool:
        """A pair met again on the way counts as the same, so that cycles end."""
        start = self.resolved(pair)
        if _key(start) not in self._known:
            self._explore(start)
        return self._known[_key(start)]

    def _explore(self, start: Pair) -> None:
        waiting, found = [start], {_key(start)}
        above: dict[PairKey, list[PairKey]] = defaultdict(list)
        different: list[PairKey] = []
        while waiting:
            pair = waiting.pop()
            key = _key(pair)
            if assertions(pair[0]) != assertions(pair[1]) or self._extended(pair) is None:
                different.append(key)
                continue
            for below in map(self.resolved, self._all_below(pair)):
                above[_key(below)].append(key)
                if self._known.get(_key(below)) is False:
                    different.append(_key(below))
                elif _key(below) not in found and _key(below) not in self._known:
                    found.add(_key(below))
                    waiting.append(below)
        self._known |= dict.fromkeys(found, True)
        while different:
            key = different.pop()
            self._known[key] = False
            different += [one for one in above.pop(key, ()) if self._known[one]]

    def _all_below(self, pair: Pair) -> Iterator[Pair]:
        yield from beside(pair)
        yield from ((ours, theirs) for _, ours, theirs in members(pair))
        yield from within(pair)
        yield from self._extended(pair) or ()

    def _extended(self, pair: Pair) -> list[Pair] | None:
        """What extends them, by their discriminators; None where that is told otherwise."""
        if pair[0].discriminator is None:
            return []
        ours, theirs = subtypes(self.old, pair[0]), subtypes(self.new, pair[1])
        if ours.keys() != theirs.keys() or pair[0].name != pair[1].name:
            return None
        return [(ours[tag], theirs[tag]) for tag in ours]


def assertions(schema: Schema) -> Hashable:
    """All that a schema says itself; of what it holds, only how much there is."""
    told = schema.discriminator
    return (
        (schema.kinds, _values(schema), schema.format, schema.bounds),
        (frozenset(schema.properties), schema.required, schema.states_additional),
        (schema.additional if isinstance(schema.additional, bool) else None),
        (schema.items is None, len(schema.prefix_items)),
        (len(schema.all_of), len(schema.any_of), len(schema.one_of)),
        tuple(map(_stated, schema.further)),
        None if told is None else (told.property_name, frozenset(told.mapping)),
        (schema.read_only, schema.write_only),
        None if schema.default is ABSENT else identity(schema.default),
    )


def _values(schema: Schema) -> Hashable:
    return None if schema.enum is None else tuple(map(identity, schema.enum))


def _stated(further: Further) -> Hashable:
    return further.keyword, further.about, tuple(one is None for one in further.schemas)


def beside(pair: Pair) -> Iterator[Pair]:
    """What is about the same value; of a pair that asserts the same, as all below."""
    ours, theirs = pair
    for name in ("all_of", "any_of", "one_of"):
        yield from zip(getattr(ours, name), getattr(theirs, name), strict=True)


def members(pair: Pair) -> Iterator[tuple[str, Schema, Schema]]:
    """The fields."""
    ours, theirs = pair
    for name, schema in ours.properties.items():
        yield name, schema, theirs.properties[name]


def within(pair: Pair) -> Iterator[Pair]:
    """What is about all else that the value holds."""
    ours, theirs = pair
    yield from zip(ours.prefix_items, theirs.prefix_items, strict=True)
    for one, other in ((ours.items, theirs.items), (ours.additional, theirs.additional)):
        if isinstance(one, Schema) and isinstance(other, Schema):
            yield one, other
    for mine, its in zip(ours.further, theirs.further, strict=True):
        for one, other in zip(mine.schemas, its.schemas, strict=True):
            if one is not None and other is not None:
                yield one, other


def _key(pair: Pair) -> PairKey:
    return id(pair[0]), id(pair[1])
