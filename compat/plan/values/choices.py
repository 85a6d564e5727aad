"""How the variant of a value is chosen: by how many may hold, and by which text in which field."""

from collections.abc import Iterable, Iterator, Sequence

from compat.lens.ops import Flow
from compat.model.schema import Discriminator, Schema
from compat.model.shape import ObjectShape, Shape, UnionShape
from compat.plan.gate.excess import Guard, enter_excess
from compat.plan.spot import Spot
from compat.plan.values.bounds import flows
from compat.plan.values.exclusion import are_disjoint, overlaps
from compat.plan.values.likeness import equal, same_component
from compat.plan.values.variants import Union
from compat.plan.walk import Walk

Pair = tuple[Schema, Schema]
BOTH = frozenset(Flow)


def bridge_exclusion(
    walk: Walk,
    schemas: Pair,
    shapes: tuple[Shape, Shape],
    unions: tuple[Union, Union],
    lone: tuple[Sequence[Schema], Sequence[Schema]],
    spot: Spot,
) -> Guard:
    """In one version alone a value of two variants is one of none (oneOf, not anyOf).

    `lone` are the variants of one version alone: what they share with those that both have is
    excluded where they are.
    """
    exclusive = [isinstance(shape, UnionShape) and shape.exclusive for shape in shapes]
    is_single = not all(isinstance(shape, UnionShape) for shape in shapes)
    excluded = [
        out and _overlap_others(union, several)
        for out, union, several in zip(exclusive, unions, lone, strict=True)
    ]
    if not (is_single or exclusive[0] == exclusive[1] or any(map(are_disjoint, unions))):
        excluded = exclusive
    if not any(excluded):
        return Guard()
    side = "each version, others in the other" if all(excluded) else ""
    side = side or f"the {'old' if excluded[0] else 'new'} version alone"
    message = f"a value of several variants is excluded in {side}"
    places, kind = (schemas[0].place, schemas[1].place), "exclusiveness-changed"
    what, met = "a value of several variants", flows(excluded[1], excluded[0])
    return enter_excess(walk, places, spot, kind, message, met, what).refusal


def _overlap_others(union: Union, lone: Sequence[Schema]) -> bool:
    """May a value of a lone variant be of one that is not?"""
    known = set(map(id, lone))
    beside = [each for each in union.variants if id(each) not in known]
    return any(overlaps(union, one, beside) for one in lone)


def bridge_tags(
    walk: Walk, schemas: Pair, unions: tuple[Union, Union], pairs: Sequence[Pair], spot: Spot
) -> Guard:
    """The discriminator is another one; what variants say of their own field is told there."""
    if not pairs:
        return Guard()
    variants = zip(*pairs, strict=True)
    if all(_is_fixed(union, several) for union, several in zip(unions, variants, strict=True)):
        return Guard()
    names = unions[0].property_name, unions[1].property_name
    if names[0] == names[1]:
        flows = frozenset(flow for pair in pairs for flow in _retagged(unions, pair))
        message = f"the values of {names[0]} that tell the variant are others"
    else:
        flows = _renamed(names)
        message = _told(names)
    return _entered(walk, schemas, spot, message, flows)


def _is_fixed(union: Union, variants: Iterable[Schema]) -> bool:
    """Does each variant say itself what the union's discriminator does, if there is one?"""
    objects = (one for one in variants if isinstance(union.shapes.of(one), ObjectShape))
    return not union.property_name or all(map(union.is_constant, objects))


def bridge_base(walk: Walk, schemas: Pair, spot: Spot) -> Guard:
    """The discriminator of an object that others extend."""
    old, new = walk.old.notes(schemas[0]).discriminator, walk.new.notes(schemas[1]).discriminator
    names = old.property_name if old else "", new.property_name if new else ""
    if names[0] != names[1]:
        return _entered(walk, schemas, spot, _told(names), _renamed(names))
    if old is None or new is None:
        return Guard()
    message = f"the values of {names[0]} that tell the variant are others"
    return _entered(walk, schemas, spot, message, frozenset(_remapped(walk, old, new)))


def _entered(walk: Walk, schemas: Pair, spot: Spot, message: str, flows: frozenset[Flow]) -> Guard:
    if not flows:
        return Guard()
    places, kind = (schemas[0].place, schemas[1].place), "discriminator-changed"
    what = "a value told by the other discriminator"
    return enter_excess(walk, places, spot, kind, message, flows, what).refusal


def _renamed(names: Sequence[str]) -> frozenset[Flow]:
    """Where one version alone has a discriminator it is the only one that wants to be told."""
    if all(names):
        return BOTH
    return frozenset({Flow.UP if names[1] else Flow.DOWN})


def _told(names: tuple[str, str]) -> str:
    ours, theirs = (f"the field {name}" if name else "nothing" for name in names)
    return f"{ours} told the variant, {theirs} does now"


def _retagged(unions: tuple[Union, Union], pair: Pair) -> Iterator[Flow]:
    """Ways of tags that only the sender has; one that became another is led across."""
    ours, theirs = (set(union.tags(one)) for union, one in zip(unions, pair, strict=True))
    if len(ours) == len(theirs) == 1:
        return
    if ours - theirs:
        yield Flow.UP
    if theirs - ours:
        yield Flow.DOWN


def _remapped(walk: Walk, old: Discriminator, new: Discriminator) -> Iterator[Flow]:
    if old.mapping.keys() - new.mapping.keys():
        yield Flow.UP
    if new.mapping.keys() - old.mapping.keys():
        yield Flow.DOWN
    for tag in old.mapping.keys() & new.mapping.keys():
        ours = walk.old.interface.schemas[old.mapping[tag]]
        theirs = walk.new.interface.schemas[new.mapping[tag]]
        if not (same_component(walk, ours, theirs) or equal(walk, ours, theirs)):
            yield from BOTH
