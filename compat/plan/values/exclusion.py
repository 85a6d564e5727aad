"""Can a value belong to two variants of a union?

A list of values, or a field that every object fixes to a text of its own, tells most variants
apart; only what these leave in doubt is compared in pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain, combinations, product

from compat.lens.value import identity
from compat.model.schema import Schema
from compat.model.shape import AnyShape, ObjectShape, ScalarShape, UnionShape
from compat.plan.values.bounds import NUMERIC
from compat.plan.values.variants import NOBODY, Union

Pairs = Iterator[tuple[Schema, Schema]]


def are_disjoint(union: Union) -> bool:
    """Is it sure that no value belongs to two of the variants?"""
    if sum(union.shapes.of(one).nullable for one in union.variants) > 1:
        return False
    listing: list[Schema] = []
    objects: list[Schema] = []
    others: list[Schema] = []
    for one in union.variants:
        match union.shapes.of(one):
            case ScalarShape(enum=tuple()):
                listing.append(one)
            case ObjectShape():
                objects.append(one)
            case _:
                others.append(one)
    doubtful = chain(
        combinations(others, 2),
        product(others, (*listing, *objects)),
        _untold(union, objects),
    )
    return not _repeat(union, listing) and all(
        _exclude_each_other(union, *pair) for pair in doubtful
    )


def _repeat(union: Union, listing: Iterable[Schema]) -> bool:
    """Does one of the lists of values have a value that another has?"""
    known: set[object] = set()
    for one in listing:
        shape = union.shapes.of(one)
        assert isinstance(shape, ScalarShape)
        own = set(map(identity, shape.enum or ()))
        if not known.isdisjoint(own):
            return True
        known |= own
    return False


def _untold(union: Union, objects: Sequence[Schema]) -> Pairs:
    """Pairs of objects that the most telling field does not tell apart."""
    groups = _most_telling(union, objects)
    free = groups.pop(None, [])
    yield from combinations(free, 2)
    for told in groups.values():
        yield from product(free, told)
        yield from combinations(told, 2)


def _most_telling(union: Union, objects: Sequence[Schema]) -> dict[str | None, list[Schema]]:
    """The objects by the text that the field with the most of them admits; all by None at worst."""
    best: dict[str | None, list[Schema]] = {None: list(objects)}
    for name in _in_all(union, objects):
        groups: dict[str | None, list[Schema]] = defaultdict(list)
        for one in objects:
            groups[union.constant(one, name)].append(one)
        best = max(best, groups, key=len)
    return best


def _in_all(union: Union, objects: Sequence[Schema]) -> list[str]:
    """Fields that two values can be compared by."""
    if union.property_name:
        return [union.property_name]
    required = [_required(union, one) for one in objects]
    return sorted(frozenset.intersection(*required)) if required else []


def _required(union: Union, variant: Schema) -> frozenset[str]:
    shape = union.shapes.of(variant)
    fields = shape.fields if isinstance(shape, ObjectShape) else {}
    return frozenset(name for name, field in fields.items() if field.required)


def overlaps(union: Union, one: Schema, others: Sequence[Schema]) -> bool:
    """May a value of the variant be of one of the others? Of fields those declared count."""
    possible = _possible(union, one)
    beside = others if possible is None else (each for each in others if id(each) in possible)
    return any(_may_share(union, one, each) for each in beside)


def _possible(union: Union, one: Schema) -> Set[int] | None:
    """Those that could have a field which the variant requires, None where that is any."""
    if union.shapes.of(one).nullable:
        return None
    fewest: Set[int] | None = None
    for name in _required(union, one):
        text, held = union.constant(one, name), union.holders
        having = held.fields.get(name, NOBODY)
        if text is not None:
            texts = (held.constants.get((name, each), NOBODY) for each in (text, None))
            having = having & frozenset().union(*texts)
        if fewest is None or len(having) < len(fewest):
            fewest = having
    return None if fewest is None else fewest | union.holders.opaque


def _may_share(union: Union, one: Schema, other: Schema) -> bool:
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
