"""One of several schemas: which variant is which, and how to know a value's variant."""

from collections.abc import Iterator

from compat.lens.ops import Branch, Case, Flow, Lens, Test
from compat.model.schema import Kind, Schema
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
from compat.plan.likeness import alike
from compat.plan.spot import Spot
from compat.plan.stance import excess
from compat.plan.walk import Walk

Pair = tuple[Schema, Schema]


def bridge_unions(walk: Walk, schemas: Pair, old: Shape, new: Shape, spot: Spot) -> Lens:
    """At least one of the shapes is a union; the other counts as a union of one."""
    ours, theirs = _variants(schemas[0], old), _variants(schemas[1], new)
    pairs, only_old, only_new = _paired(walk, ours, theirs)
    for variant in only_old:
        _enter(walk, schemas, variant, walk.old, spot, Flow.UP)
    for variant in only_new:
        _enter(walk, schemas, variant, walk.new, spot, Flow.DOWN)
    lenses = [(pair, walk.value(*pair, spot, NO_CLAIMS)) for pair in pairs]
    led = [(pair, lens) for pair, lens in lenses if lens]
    if not led:
        return ()
    if len(ours) == len(theirs) == 1:
        return led[0][1]
    tests = [(_tests(walk, pair, ours, theirs), lens) for pair, lens in led]
    unknown = [pair for (pair, _), (test, _) in zip(led, tests, strict=True) if test is None]
    if unknown:
        _enter_indistinct(walk, schemas, spot)
    return (
        Case(
            branches=tuple(
                Branch(test=test[0], back=test[1], lens=lens)
                for test, lens in tests
                if test is not None
            )
        ),
    )


def _variants(schema: Schema, shape: Shape) -> tuple[Schema, ...]:
    return shape.variants if isinstance(shape, UnionShape) else (schema,)


def _paired(
    walk: Walk, ours: tuple[Schema, ...], theirs: tuple[Schema, ...]
) -> tuple[list[Pair], list[Schema], list[Schema]]:
    """Variants of the same component first, then those alike, each used once."""
    left, right = list(ours), list(theirs)
    pairs: list[Pair] = []
    for same in (_same_component, alike):
        for old in tuple(left):
            partner = next((new for new in right if same(walk, old, new)), None)
            if partner is not None:
                pairs.append((old, partner))
                left.remove(old)
                right.remove(partner)
    return pairs, left, right


def _same_component(walk: Walk, old: Schema, new: Schema) -> bool:
    names = walk.old.canonical(old).name, walk.new.canonical(new).name
    return bool(names[0]) and names[0] == names[1]


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
    name = shapes.canonical(variant).name
    if name:
        return name
    match shapes.of(variant):
        case ObjectShape(fields=fields):
            return f"object({', '.join(sorted(fields))})"
        case ArrayShape():
            return "array"
        case ScalarShape(kinds=kinds):
            return "/".join(sorted(kinds))
        case UnionShape() | AnyShape():
            return "any"


# --- telling a variant ----------------------------------------------------------------------------


def _tests(
    walk: Walk, pair: Pair, ours: tuple[Schema, ...], theirs: tuple[Schema, ...]
) -> tuple[Test, Test] | None:
    """(test before, test after) that hold for this variant and for none beside it."""
    before = _test(walk.old, pair[0], ours)
    after = _test(walk.new, pair[1], theirs)
    return None if before is None or after is None else (before, after)


def _test(shapes: Shapes, variant: Schema, variants: tuple[Schema, ...]) -> Test | None:
    others = [shapes.of(other) for other in variants if other is not variant]
    shape = shapes.of(variant)
    return next(
        (
            test
            for test in _candidates(shape)
            if not any(_may_hold(test, other) for other in others)
        ),
        None,
    )


def _candidates(shape: Shape) -> Iterator[Test]:
    """What is sure to hold for a value of the shape, the plainest first."""
    match shape:
        case ScalarShape(kinds=kinds) if len(kinds) == 1:
            yield Test(kind=next(iter(kinds)))
        case ArrayShape():
            yield Test(kind=Kind.ARRAY)
        case ObjectShape(fields=fields):
            yield Test(kind=Kind.OBJECT)
            for name, field in fields.items():
                constant = _constant(field.schema)
                if constant is not None and field.required:
                    yield Test(kind=Kind.OBJECT, field_is=(name, constant))
            for name, field in fields.items():
                if field.required:
                    yield Test(kind=Kind.OBJECT, has_field=name)
        case _:
            return


def _constant(schema: Schema) -> str | None:
    if schema.enum is not None and len(schema.enum) == 1 and isinstance(schema.enum[0], str):
        return schema.enum[0]
    return None


def _may_hold(test: Test, shape: Shape) -> bool:
    """Could a value of the shape, as declared, pass the test?"""
    match shape:
        case ScalarShape(kinds=kinds):
            return test.kind in kinds or (test.kind is Kind.NUMBER and Kind.INTEGER in kinds)
        case ArrayShape():
            return test.kind is Kind.ARRAY
        case ObjectShape(fields=fields):
            if test.kind is not Kind.OBJECT:
                return False
            if test.field_is is not None:
                field = fields.get(test.field_is[0])
                return field is not None and _constant(field.schema) in (None, test.field_is[1])
            return test.has_field is None or test.has_field in fields
        case UnionShape() | AnyShape():
            return True
