"""One of several schemas: which variant is which."""

from collections.abc import Iterator

from compat.lens.ops import Branch, Case, Flow, Focus, Lens, MapValues
from compat.model.schema import Schema
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
from compat.plan.ledger import NOTHING, Finding
from compat.plan.likeness import alike, equal, same_component
from compat.plan.spot import Spot
from compat.plan.stance import excess
from compat.plan.variants import Union, test_of
from compat.plan.walk import Walk

Pair = tuple[Schema, Schema]


def bridge_unions(walk: Walk, schemas: Pair, old: Shape, new: Shape, spot: Spot) -> Lens:
    """At least one of the shapes is a union; the other counts as a union of one."""
    unions = _union(walk.old, schemas[0], old), _union(walk.new, schemas[1], new)
    pairs, only_old, only_new = _paired(walk, unions[0].variants, unions[1].variants)
    for variant in only_old:
        _enter(walk, schemas, variant, walk.old, spot, Flow.UP)
    for variant in only_new:
        _enter(walk, schemas, variant, walk.new, spot, Flow.DOWN)
    branches: list[Branch] = []
    untold: list[Lens] = []
    for pair, place in zip(pairs, _places(walk, pairs, spot), strict=True):
        lens = (*walk.value(*pair, place, NO_CLAIMS), *_retagged(walk, unions, pair, place))
        tests = test_of(unions[0], pair[0]), test_of(unions[1], pair[1])
        if tests[0] is None or tests[1] is None:
            untold.append(lens)
        elif lens:
            branches.append(Branch(test=tests[0], back=tests[1], lens=lens))
    walk.unless_idle(untold, lambda: _enter_indistinct(walk, schemas, spot))
    return (Case(branches=tuple(branches)),) if branches else ()


def _union(shapes: Shapes, schema: Schema, shape: Shape) -> Union:
    if not isinstance(shape, UnionShape):
        return Union(shapes=shapes, variants=(schema,), discriminator=None)
    return Union(shapes=shapes, variants=shape.variants, discriminator=shape.discriminator)


def _paired(
    walk: Walk, ours: tuple[Schema, ...], theirs: tuple[Schema, ...]
) -> tuple[list[Pair], list[Schema], list[Schema]]:
    """Variants of the same component first, then equals, then those alike; each used once."""
    left, right = list(ours), list(theirs)
    pairs: list[Pair] = []
    for same in (same_component, equal, alike):
        for old in tuple(left):
            partner = next((new for new in right if same(walk, old, new)), None)
            if partner is not None:
                pairs.append((old, partner))
                left.remove(old)
                right.remove(partner)
    return pairs, left, right


def _places(walk: Walk, pairs: list[Pair], spot: Spot) -> Iterator[Spot]:
    """Where the variants are; those without a name of their own are told apart by a title."""
    named = [bool(walk.old.name(old)) for old, _ in pairs]
    titles: set[str] = set()
    for is_named, (old, _) in zip(named, pairs, strict=True):
        if is_named or named.count(False) == 1:
            yield spot
            continue
        title, number = _title(walk.old, old), 2
        while title in titles:
            title, number = f"{_title(walk.old, old)} {number}", number + 1
        titles.add(title)
        yield spot.step(f"|{title}")


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


def _enter(
    walk: Walk, schemas: Pair, variant: Schema, shapes: Shapes, spot: Spot, flow: Flow
) -> None:
    kind = "variant-removed" if flow is Flow.UP else "variant-added"
    what = _title(shapes, variant)
    subject = f"{spot.subject}|{what}"
    accepted = walk.ledger.accepted(kind, subject)
    judgement = excess(spot.side, flow, accepted, f"the variant {what}")
    walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"the variant {what} is in the {'old' if flow is Flow.UP else 'new'} "
            "version alone",
            old=schemas[0].place if flow is Flow.DOWN else variant.place,
            new=schemas[1].place if flow is Flow.UP else variant.place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )


def _enter_indistinct(walk: Walk, schemas: Pair, spot: Spot) -> None:
    told = Judgement(
        verdict=Verdict.NEEDS_INTENT,
        treatment="passes as it is: nothing tells its variant; convert it with a hook",
    )
    walk.ledger.enter(
        Finding(
            kind="variants-indistinct",
            subject=spot.subject,
            message="variants that changed cannot be told from the others",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=told,
            down=told,
        )
    )


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
