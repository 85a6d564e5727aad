"""One of several schemas: which variant is which."""

from collections.abc import Iterable, Iterator, Set
from typing import Final

from compat.lens.admits import NOTHING_BUT_NULL, Admits
from compat.lens.ops import (
    Branch,
    Case,
    Flow,
    Focus,
    Lens,
    Limit,
    MapValues,
    Op,
    Test,
    invert,
)
from compat.model.schema import UNBOUNDED, Kind, Schema
from compat.model.shape import (
    AnyShape,
    ArrayShape,
    ObjectShape,
    ScalarShape,
    Shape,
    Shapes,
    UnionShape,
)
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS
from compat.plan.gate.excess import Guard, enter_excess
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import Finding
from compat.plan.names import Names
from compat.plan.spot import Spot
from compat.plan.values.alternatives import as_scalar
from compat.plan.values.choices import bridge_exclusion, bridge_tags
from compat.plan.values.partners import paired
from compat.plan.values.scalars import bridge_scalars
from compat.plan.values.variants import Union, test_of
from compat.plan.walk import Walk

INDISTINCT: Final = "variants-indistinct"

Pair = tuple[Schema, Schema]


def bridge_unions(walk: Walk, schemas: Pair, old: Shape, new: Shape, spot: Spot) -> Lens:
    """At least one of the shapes is a union; the other counts as a union of one."""
    scalars = _scalars(walk, schemas, (old, new))
    if scalars is not None:
        return bridge_scalars(walk, schemas, *scalars, spot)
    unions = _union(walk.old, schemas[0], old), _union(walk.new, schemas[1], new)
    pairs, only_old, only_new = paired(walk, unions[0].variants, unions[1].variants)
    lone = only_old, only_new
    guard = bridge_exclusion(walk, schemas, (old, new), unions, lone, spot)
    guard += bridge_tags(walk, schemas, unions, pairs, spot)
    only_one = (
        *(_bridge_lone(walk, schemas, unions, one, spot, Flow.UP) for one in only_old),
        *(_bridge_lone(walk, schemas, unions, one, spot, Flow.DOWN) for one in only_new),
    )
    branches: list[Branch] = []
    untold: list[Lens] = []
    told = set(map(id, (*only_old, *only_new)))
    for pair, place in zip(pairs, _places(walk, pairs, spot), strict=True):
        lens = (*walk.value(*pair, place, NO_CLAIMS), *_retagged(walk, unions, pair, place))
        tests = test_of(unions[0], pair[0]), test_of(unions[1], pair[1])
        if tests[0] is None or tests[1] is None:
            untold.append(lens)
            continue
        told |= {id(pair[0]), id(pair[1])}
        if lens:
            branches.append(Branch(test=tests[0], back=tests[1], lens=lens))
    if untold:
        ends = walk.unless_idle(
            untold, spot, lambda: _bridge_indistinct(walk, schemas, unions, told, spot)
        )
        if not walk.ledger.is_accepted(INDISTINCT, spot.subject):
            guard = Guard(*ends) + guard
    for each in only_one:
        guard = each + guard
    return guard.around((Case(branches=tuple(branches)),) if branches else ())


def _scalars(
    walk: Walk, schemas: Pair, shapes: tuple[Shape, Shape]
) -> tuple[ScalarShape, ScalarShape] | None:
    """Where one is a scalar of as many types as the variants of the other, or of several."""
    found = _scalar(walk.old, schemas[0], shapes[0]), _scalar(walk.new, schemas[1], shapes[1])
    ours, theirs = found
    if ours is None or theirs is None or all(isinstance(one, UnionShape) for one in shapes):
        return None
    single = ours if isinstance(shapes[0], ScalarShape) else theirs
    return (ours, theirs) if ours.kinds == theirs.kinds or len(single.kinds) > 1 else None


def _scalar(shapes: Shapes, schema: Schema, shape: Shape) -> ScalarShape | None:
    match shape:
        case ScalarShape() if not shapes.notes(schema).further:
            return shape
        case UnionShape():
            return as_scalar(shapes, shape)
        case _:
            return None


def _union(shapes: Shapes, schema: Schema, shape: Shape) -> Union:
    if not isinstance(shape, UnionShape):
        return Union(shapes=shapes, variants=(schema,), discriminator=None)
    return Union.of(shapes, shape)


def _places(walk: Walk, pairs: list[Pair], spot: Spot) -> Iterator[Spot]:
    """Where the variants are; those without a name of their own are told apart by a title."""
    named = [bool(walk.old.name(old)) for old, _ in pairs]
    unnamed, titles = named.count(False), Names(" ")
    for is_named, (old, _) in zip(named, pairs, strict=True):
        is_alone = is_named or unnamed == 1
        yield spot if is_alone else spot.step(f"|{titles.new(_title(walk.old, old))}")


def _retagged(walk: Walk, unions: tuple[Union, Union], pair: Pair, spot: Spot) -> Lens:
    """The text that tells the variant, where only the discriminator's table says which it is."""
    ours, theirs = unions[0].tag(pair[0]), unions[1].tag(pair[1])
    if ours is None or theirs is None or ours == theirs:
        return ()
    names = unions[0].property_name, unions[1].property_name
    if names[0] != names[1] or unions[0].is_constant(pair[0]) or unions[1].is_constant(pair[1]):
        return ()
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="values are mapped")
    found = walk.ledger.enter(
        Finding(
            kind="tag-renamed",
            subject=f"{spot.subject}|{ours}",
            message=f"{names[0]} {ours} is {theirs}",
            old=pair[0].place,
            new=pair[1].place,
            side=spot.side,
            up=done,
            down=done,
        )
    )
    mapped = MapValues(pairs=((ours, theirs),), back=((theirs, ours),), difference=found)
    return (Focus(path=(names[0],), lens=(mapped,)),)


def _bridge_lone(
    walk: Walk, schemas: Pair, unions: tuple[Union, Union], variant: Schema, spot: Spot, flow: Flow
) -> Guard:
    """A variant of one version alone; it is refused in the sender's words, before all else."""
    up = flow is Flow.UP
    sender, receiver = unions if up else unions[::-1]
    what = _title(sender.shapes, variant)
    found = enter_excess(
        walk,
        (variant.place if up else schemas[0].place, schemas[1].place if up else variant.place),
        Spot(spot.side, spot.old, spot.new, f"{spot.subject}|{what}"),
        "variant-removed" if up else "variant-added",
        f"the variant {what} is in the {'old' if up else 'new'} version alone",
        {flow},
        f"the variant {what}",
    )
    if flow not in found.gaps:
        return Guard()
    admits = _plain(receiver) if isinstance(sender.shapes.of(variant), ScalarShape) else ()
    limit = Limit(
        admits=Admits(kinds=tuple(sorted({*admits, Kind.NULL}))),
        back=None,
        difference=found.difference,
    )
    test = test_of(sender, variant)
    others = [one for one in sender.variants if one is not variant]
    refusing = _unless(sender, others, limit) if test is None else _when(test, limit)
    return Guard((refusing,), ()) if up else Guard((), invert((refusing,)))


def _plain(union: Union) -> Iterator[Kind]:
    """The types of scalars of which the union takes any value."""
    for one in union.variants:
        shape = union.shapes.of(one)
        says_more = union.shapes.notes(one).further
        if isinstance(shape, ScalarShape) and not (shape.enum or shape.format or says_more):
            yield from shape.kinds if shape.bounds == UNBOUNDED else ()


def _when(test: Test, op: Op) -> Case:
    return Case(branches=(Branch(test=test, back=test, lens=(op,)),))


def _unless(union: Union, others: Iterable[Schema], op: Op) -> Case:
    """Done with a value that is not told to be one of the others."""
    tests = [test for one in others if (test := test_of(union, one)) is not None]
    passing = (Branch(test=test, back=test, lens=()) for test in tests)
    return Case(branches=(*passing, Branch(test=Test(), back=Test(), lens=(op,))))


def _bridge_indistinct(
    walk: Walk, schemas: Pair, unions: tuple[Union, Union], told: Set[int], spot: Spot
) -> tuple[Lens, Lens]:
    """`told` are the identities of the variants that are known in both versions, or in the one
    that has them."""
    accepted = walk.ledger.accepted(INDISTINCT, spot.subject)
    if accepted is not None:
        only_passes(accepted, "a value of variants that nothing tells apart can only pass")
    judgement = Judgement(
        verdict=Verdict.LOSSY if accepted is not None else Verdict.NEEDS_INTENT,
        treatment="passes as it is, as accepted"
        if accepted is not None
        else "is refused: nothing tells its variant; convert it with a hook",
    )
    found = walk.ledger.enter(
        Finding(
            kind=INDISTINCT,
            subject=spot.subject,
            message="variants that changed cannot be told from the others",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=judgement,
            down=judgement,
        )
    )
    if accepted is not None:
        return (), ()
    limit = Limit(admits=NOTHING_BUT_NULL, back=None, difference=found)
    up, down = (
        _unless(union, [one for one in union.variants if id(one) in told], limit)
        for union in unions
    )
    return (up,), invert((down,))


def _title(shapes: Shapes, variant: Schema) -> str:
    name = shapes.name(variant)
    if name:
        return name
    match shapes.of(variant):
        case ObjectShape(fields=fields):
            return f"object({', '.join(sorted(fields))})"
        case ArrayShape():
            return "array"
        case ScalarShape(kinds=kinds, enum=enum):
            values = f"({', '.join(map(str, enum))})" if enum else ""
            return "/".join(sorted(kinds)) + values
        case UnionShape() | AnyShape():
            return "any"
