"""Lists: their items, a value that became a list, a value that went into an envelope."""

from compat.intent.model import ReadPages
from compat.lens.ops import (
    ITEM,
    Default,
    DifferenceId,
    Disclose,
    Enclose,
    Flow,
    Focus,
    Lens,
    Loss,
    Wrap,
    invert,
)
from compat.model.schema import Schema
from compat.model.shape import ArrayShape, ObjectShape, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import NO_CLAIMS
from compat.plan.gate.gaps import incompatible
from compat.plan.gate.stance import surplus
from compat.plan.gate.stubs import pages_stub
from compat.plan.ledger import Finding
from compat.plan.spot import Side, Spot
from compat.plan.tables import Tables
from compat.plan.values.bounds import bridge_bounds
from compat.plan.values.likeness import alike, equal, same_component
from compat.plan.values.objects import bridge_table
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk

_COMMON_MIN = 2
_PAGED = " response 200", " response default"
_LOSSLESS = Judgement(verdict=Verdict.LOSSLESS, treatment="wrapped")


def bridge_arrays(
    walk: Walk, schemas: tuple[Schema, Schema], old: ArrayShape, new: ArrayShape, spot: Spot
) -> Lens:
    """Lead each item of one list to one of the other."""
    guard = bridge_bounds(walk, schemas, old.bounds, new.bounds, spot)
    if not same_prefix(walk, old, new):
        return incompatible(walk, *schemas, spot, "the first items of the list are others")
    if old.prefix or (old.items is None and new.items is None):
        return guard.around(())
    items = old.items or Schema(place=schemas[0].place), new.items or Schema(place=schemas[1].place)
    inner = bridge_whole(walk, *items, spot.step("[]"))
    return guard.around((Focus(path=(ITEM,), lens=inner),) if inner else ())


def same_prefix(walk: Walk, old: ArrayShape, new: ArrayShape) -> bool:
    """Lists of fixed places must be the same all the way: no operation is for one place alone."""
    if not (old.prefix or new.prefix):
        return True
    if len(old.prefix) != len(new.prefix) or (old.items is None) != (new.items is None):
        return False
    ours = (*old.prefix, *((old.items,) if old.items else ()))
    theirs = (*new.prefix, *((new.items,) if new.items else ()))
    return all(equal(walk, one, other) for one, other in zip(ours, theirs, strict=True))


def holds_any_one(shapes: Shapes, schema: Schema) -> bool:
    """Is a list of one item admitted whatever the item, if it is of the type of the items?"""
    shape = shapes.of(schema)
    if not isinstance(shape, ArrayShape) or shape.prefix or shape.enum is not None:
        return False
    bounds = shape.bounds
    has_room = (bounds.min_items or 0) <= 1 and (bounds.max_items is None or bounds.max_items >= 1)
    return has_room and not shapes.notes(schema).further


def wrapped(
    walk: Walk, one: Schema, many: Schema, items: Schema | None, spot: Spot, to_list: Flow
) -> Lens | None:
    """A value of one version is a list of them in the other; None where they are not alike.

    `to_list` is the flow that makes the list.
    """
    shapes, singles = (walk.new, walk.old) if to_list is Flow.UP else (walk.old, walk.new)
    if items is None or not holds_any_one(shapes, many):
        return None
    if isinstance(shapes.of(items), ArrayShape) and not isinstance(singles.of(one), ArrayShape):
        return None
    old, new = (one, items) if to_list is Flow.UP else (items, one)
    if not alike(walk, old, new):
        return None
    kind, subject = "wrapped-in-list" if to_list is Flow.UP else "unwrapped-from-list", spot.subject
    accepted = walk.ledger.accepted(kind, subject)
    first = surplus(spot.side, to_list.back, accepted, always=False, closed=True)
    unwrapping = Judgement(
        verdict=first.judgement.verdict,
        treatment=f"the first item counts; more than one {first.judgement.treatment}",
    )
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message="one value in a version, a list of them in the other",
            old=(one if to_list is Flow.UP else many).place,
            new=(many if to_list is Flow.UP else one).place,
            side=spot.side,
            up=_LOSSLESS if to_list is Flow.UP else unwrapping,
            down=unwrapping if to_list is Flow.UP else _LOSSLESS,
        )
    )
    wrap: Lens = (Wrap(loss=first.loss, difference=found),)
    inner = bridge_whole(walk, old, new, _beside(spot, "[]", to_list))
    within: Lens = (Focus(path=(ITEM,), lens=inner),) if inner else ()
    return (*wrap, *within) if to_list is Flow.UP else (*within, *invert(wrap))


def enveloped(
    walk: Walk,
    bare: Schema,
    envelope: Schema,
    shape: ObjectShape,
    spot: Spot,
    to_envelope: Flow,
) -> Lens | None:
    """A value of one version stands in a field of an object in the other; None if none is alike.

    Beyond the value an envelope may hold fields that the bare side has no place for. Pages are
    read to the end when the intent says how; else a person must say that the rest may go.
    """
    name = _held(walk, bare, shape, to_envelope)
    if name is None:
        return None
    others = {key: field for key, field in shape.fields.items() if key != name}
    kind = "enclosed" if to_envelope is Flow.UP else "disclosed"
    paged = walk.ledger.action(spot, ReadPages) is not None
    judgement, loss = _opening(walk, spot, to_envelope.back, kind, bool(others), paged)
    closing = Judgement(verdict=Verdict.LOSSLESS, treatment=f"put under {name}")
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"a bare value in a version, under {name} in the other",
            old=(bare if to_envelope is Flow.UP else envelope).place,
            new=(envelope if to_envelope is Flow.UP else bare).place,
            side=spot.side,
            up=closing if to_envelope is Flow.UP else judgement,
            down=judgement if to_envelope is Flow.UP else closing,
            stub=pages_stub(spot.old, name) if spot.old.endswith(_PAGED) else "",
        )
    )
    held = shape.fields[name].schema
    value_spot = _beside(spot, f".{name}", to_envelope)
    up = to_envelope is Flow.UP
    inner = bridge_whole(walk, bare if up else held, held if up else bare, value_spot)
    within: Lens = (Focus(path=(name,), lens=inner),) if inner else ()
    absent = _absent_list(walk, shape, name, to_envelope, found)
    tables = Tables(
        noun="field",
        old={} if up else others,
        new=others if up else {},
        old_closed=False,
        new_closed=False,
        value=walk.value,
    )
    rest = _bridge_required(walk, tables, spot)
    if up:
        return (Enclose(name=name, loss=loss, difference=found), *within, *rest, *invert(absent))
    return (*absent, *rest, *within, Disclose(name=name, loss=loss, difference=found))


def _bridge_required(walk: Walk, tables: Tables, spot: Spot) -> Lens:
    """The envelope's other fields: only those it must have are anyone's business."""
    kept = Tables(
        noun=tables.noun,
        old={name: field for name, field in tables.old.items() if field.required},
        new={name: field for name, field in tables.new.items() if field.required},
        old_closed=False,
        new_closed=False,
        value=tables.value,
    )
    return bridge_table(walk, kept, spot, NO_CLAIMS)


def _held(walk: Walk, bare: Schema, shape: ObjectShape, to_envelope: Flow) -> str | None:
    """The one field of the envelope that holds the value."""
    if isinstance(walk.old.of(bare) if to_envelope is Flow.UP else walk.new.of(bare), ScalarShape):
        return None
    names = [
        name
        for name, field in shape.fields.items()
        if _is_held(
            walk, *((bare, field.schema) if to_envelope is Flow.UP else (field.schema, bare))
        )
    ]
    return names[0] if len(names) == 1 else None


def _is_held(walk: Walk, old: Schema, new: Schema) -> bool:
    """One field in common is too little to know an object again by."""
    ours, theirs = walk.old.of(old), walk.new.of(new)
    if isinstance(ours, ObjectShape) and isinstance(theirs, ObjectShape):
        few = len(ours.fields.keys() & theirs.fields.keys()) < _COMMON_MIN
        if few and not same_component(walk, old, new):
            return False
    return alike(walk, old, new)


def _opening(
    walk: Walk, spot: Spot, flow: Flow, kind: str, has_others: bool, paged: bool
) -> tuple[Judgement, Loss]:
    """How taking the value out of its envelope is judged."""
    if not has_others:
        return Judgement(verdict=Verdict.LOSSLESS, treatment="taken out"), Loss.DROP
    if paged:
        treatment = "taken out, all pages read to the end"
        return Judgement(verdict=Verdict.LOSSLESS, treatment=treatment), Loss.DROP
    accepted = walk.ledger.accepted(kind, spot.subject)
    if accepted is not None or spot.side is Side.REQUEST:
        stance = surplus(spot.side, flow, accepted, always=False, closed=True)
        return stance.judgement, stance.loss
    return (
        Judgement(
            verdict=Verdict.NEEDS_INTENT,
            treatment="taken out, refused with more beside it: say how further pages are read, or "
            "that the rest may go",
        ),
        Loss.REFUSE,
    )


def _absent_list(
    walk: Walk, shape: ObjectShape, name: str, to_envelope: Flow, found: DifferenceId
) -> Lens:
    """An envelope that may leave an empty list out is one with an empty list, for who opens it."""
    shapes = walk.new if to_envelope is Flow.UP else walk.old
    field = shape.fields[name]
    if field.required or not isinstance(shapes.of(field.schema), ArrayShape):
        return ()
    return (Default(field=name, value=[], shared=True, loss=Loss.KEEP, difference=found),)


def _beside(spot: Spot, mark: str, longer: Flow) -> Spot:
    """One step further in the version that the flow leads to, and no step in the other."""
    up = longer is Flow.UP
    old, new = ("", mark) if up else (mark, "")
    return Spot(spot.side, spot.old + old, spot.new + new, spot.subject + mark)
