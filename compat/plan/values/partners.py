"""Which variant of one version is which of the other.

Variants that could be the same share a mark, or enough of their fields; only these are compared, so
that the cost is that of the variants and not of their pairs.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from compat.model.schema import Schema
from compat.model.shape import ObjectShape, ScalarShape, Shapes, UnionShape
from compat.plan.values.likeness import alike, chain, equal, same_component, sketch
from compat.plan.walk import Walk

Pair = tuple[Schema, Schema]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a schema is found by: each of `sure` suffices, of `some` a third of both sides' does."""

    sure: Sequence[Hashable] = ()
    some: Sequence[Hashable] = ()


@dataclass(eq=False)
class _Found:
    """The schemas of one version by their marks, those that have a partner left out."""

    marks: Sequence[Marks]
    _sure: dict[Hashable, dict[int, None]] = field(default_factory=dict)
    _some: dict[Hashable, dict[int, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, marks in enumerate(self.marks):
            for index, held in ((self._sure, marks.sure), (self._some, marks.some)):
                for mark in held:
                    index.setdefault(mark, {})[at] = None

    def by(self, marks: Marks) -> Iterator[int]:
        """The indices of those that may be the same, in order."""
        shared = Counter[int]()
        for mark in marks.some:
            shared.update(self._some.get(mark, {}).keys())
        least = len(marks.some)
        found = {at for at, n in shared.items() if 3 * n >= least + len(self.marks[at].some)}
        firsts = [self._sure[mark] for mark in marks.sure if mark in self._sure]
        yield from sorted(found.union(*firsts))

    def take(self, at: int) -> None:
        for index, held in ((self._sure, self.marks[at].sure), (self._some, self.marks[at].some)):
            for mark in held:
                index[mark].pop(at, None)


Way = tuple[Callable[[Walk, Schema, Schema], bool], Callable[[Shapes, Schema], Marks]]


def paired(
    walk: Walk, ours: Sequence[Schema], theirs: Sequence[Schema]
) -> tuple[list[Pair], list[Schema], list[Schema]]:
    """Variants of the same component first, then equals, then those alike; each used once."""
    left, right = list(ours), list(theirs)
    pairs: list[Pair] = []
    for way in _WAYS:
        made, left, right = _paired(walk, left, right, way)
        pairs += made
    return pairs, left, right


def _paired(
    walk: Walk, left: Sequence[Schema], right: Sequence[Schema], way: Way
) -> tuple[list[Pair], list[Schema], list[Schema]]:
    same, marks_of = way
    found = _Found([marks_of(walk.new, one) for one in right])
    taken: set[int] = set()
    pairs: list[Pair] = []
    lone: list[Schema] = []
    for old in left:
        possible = found.by(marks_of(walk.old, old))
        at = next((at for at in possible if same(walk, old, right[at])), None)
        if at is None:
            lone.append(old)
            continue
        pairs.append((old, right[at]))
        taken.add(at)
        found.take(at)
    return pairs, lone, [one for at, one in enumerate(right) if at not in taken]


def _named(shapes: Shapes, schema: Schema) -> Marks:
    name = shapes.name(schema)
    return Marks(sure=(name,) if name else ())


def _sketched(shapes: Shapes, schema: Schema) -> Marks:
    return Marks(sure=(sketch(shapes, schema),))


def _like(shapes: Shapes, schema: Schema) -> Marks:
    sure: list[Hashable] = []
    links = chain(shapes, schema)
    for depth, link in enumerate(links):
        held = tuple(type(shapes.of(one)) for one in links[:depth])
        if name := shapes.name(link):
            sure.append((held, name))
    match shapes.of(links[-1]):
        case ObjectShape(fields=fields):
            return Marks(sure=sure, some=[(held, name) for name in fields])
        case ScalarShape(kinds=kinds):
            sure.append((held, kinds))
        case UnionShape(variants=variants):
            sure.append((held, len(variants)))
        case _:
            pass
    return Marks(sure=sure)


_WAYS: Sequence[Way] = ((same_component, _named), (equal, _sketched), (alike, _like))
