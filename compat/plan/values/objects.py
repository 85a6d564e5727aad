"""Objects and maps."""

from compat.lens.admits import Admits
from compat.lens.ops import VALUE, Flow, Focus, Lens
from compat.model.place import Place
from compat.model.schema import Schema
from compat.model.shape import Field, ObjectShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.gate.excess import Excess, Guard, admitted, enter_excess
from compat.plan.gate.stance import excess
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.tables import Tables, leftover
from compat.plan.values.bounds import bridge_bounds
from compat.plan.values.fields import bridge_fields, stated_renames
from compat.plan.values.likeness import equal, is_open
from compat.plan.values.moves import bridge_holders, bridge_moves, claimed, stated_moves
from compat.plan.values.transitions import (
    stated_copies,
    stated_cuts,
    stated_hooks,
    stated_stashes,
)
from compat.plan.values.whole import bridge_whole
from compat.plan.walk import Walk, declared

_PASSES = Judgement(verdict=Verdict.NONE, treatment="passes as it is")


def bridge_objects(
    walk: Walk,
    schemas: tuple[Schema, Schema],
    old: ObjectShape,
    new: ObjectShape,
    spot: Spot,
    claims: Claims,
) -> Lens:
    """Lead one object to the other."""
    guard = bridge_bounds(walk, schemas, old.bounds, new.bounds, spot)
    if old.is_map and new.is_map:
        return guard.around(_bridge_maps(walk, old, new, spot))
    _compare_openness(walk, schemas, old, new, spot)
    guard += bridge_undeclared(walk, (schemas[0].place, schemas[1].place), old, new, spot)
    ours, theirs = _fields(old, new, schemas[0]), _fields(new, old, schemas[1])
    if _is_free(old) != _is_free(new):
        guard += _bridge_specified(walk, schemas, (old, new), spot)
        if (old if _is_free(old) else new).additional is True:
            return guard.around(())
        if _is_free(old):
            ours = _free_fields(old, theirs)
        else:
            theirs = _free_fields(new, ours)
    tables = Tables(
        noun="field",
        old=ours,
        new=theirs,
        old_closed=old.additional is False,
        new_closed=new.additional is False,
        value=walk.value,
        stashes=True,
    )
    return guard.around(bridge_table(walk, tables, spot, claims))


def _fields(shape: ObjectShape, other: ObjectShape, schema: Schema) -> dict[str, Field]:
    """With those that an open object may have, and the other version requires undeclared."""
    if shape.additional is False:
        return dict(shape.fields)
    value = shape.additional if isinstance(shape.additional, Schema) else Schema(place=schema.place)
    missing = (name for name, field in other.fields.items() if not field.declared)
    return {**{name: Field(schema=value, required=False) for name in missing}, **shape.fields}


def bridge_table(walk: Walk, tables: Tables, spot: Spot, claims: Claims) -> Lens:
    """Structural decisions first, then field by field."""
    moves = stated_moves(walk, tables, spot)
    claims = claims.plus(claimed(moves))
    left = leftover(tables, claims)
    copied_before, copied_after = stated_copies(walk, tables, spot, left)
    renames = stated_renames(walk, tables, spot, left, claims)
    names = {old: new for old, (new, _) in renames.items()}
    cut = stated_cuts(walk, tables, spot, left)
    moved = bridge_moves(walk, tables, spot, left, moves, names)
    holders = bridge_holders(walk, tables, spot, left, claims)
    structural = (
        *cut,
        *holders.old_rest,
        *moved.old,
        *holders.old_made,
        *moved.moves,
        *holders.new_made,
        *holders.new_rest,
        *moved.new,
        *stated_stashes(walk, tables, spot, left),
    )
    hooked = stated_hooks(walk, tables, spot, left)
    renamed, fields = bridge_fields(walk, tables, spot, left, claims, renames)
    return (*copied_before, *renamed, *structural, *fields, *copied_after, *hooked)


def _bridge_maps(walk: Walk, old: ObjectShape, new: ObjectShape, spot: Spot) -> Lens:
    assert isinstance(old.additional, Schema)
    assert isinstance(new.additional, Schema)
    inner = bridge_whole(walk, old.additional, new.additional, spot.step("{}"))
    return (Focus(path=(VALUE,), lens=inner),) if inner else ()


def _is_free(shape: ObjectShape) -> bool:
    """It names no field, and takes any."""
    return not shape.fields and shape.additional is not False


def _free_fields(free: ObjectShape, declared: dict[str, Field]) -> dict[str, Field]:
    """What the other version names may have been there all along, as a value of the map."""
    assert isinstance(free.additional, Schema)
    return {name: Field(schema=free.additional, required=False) for name in declared}


def _bridge_specified(
    walk: Walk, schemas: tuple[Schema, Schema], shapes: tuple[ObjectShape, ObjectShape], spot: Spot
) -> Guard:
    """Any fields may be the named ones, unless some of these must be there."""
    kind, what = "fields-specified", "an object of any fields"
    flow = Flow.UP if _is_free(shapes[0]) else Flow.DOWN
    within, named = (walk.new, shapes[1]) if flow is Flow.UP else (walk.old, shapes[0])
    judgement = _PASSES
    needed = sorted(n for n, field in named.fields.items() if _is_needed(within, field, spot))
    if needed:
        accepted = walk.ledger.accepted(kind, spot.subject)
        judgement = excess(spot.side, flow, accepted, what)
    finding = Finding(
        kind=kind,
        subject=spot.subject,
        message="an object of any fields in one version, of named ones in the other",
        old=schemas[0].place,
        new=schemas[1].place,
        side=spot.side,
        up=judgement if flow is Flow.UP else _PASSES,
        down=judgement if flow is Flow.DOWN else _PASSES,
    )
    admits = Admits(required=tuple(needed))
    return Excess(walk.ledger.enter(finding), finding.gaps).guard(admits, admits)


def _is_needed(shapes: Shapes, field: Field, spot: Spot) -> bool:
    return field.required and not declared(shapes, field.schema, spot.side).hidden


def bridge_undeclared(
    walk: Walk,
    places: tuple[Place, Place],
    old: ObjectShape,
    new: ObjectShape,
    spot: Spot,
) -> Guard:
    """What fields without a name may hold, beside named ones or in a map.

    That a version is closed is told elsewhere, unless the other one is all about such fields.
    """
    flows = _undeclared_flows(walk, old, new)
    if not flows:
        return Guard()
    kind, what = "undeclared-fields-changed", "a field without a name"
    message = "fields without a name hold other values"
    found = enter_excess(walk, places, spot, kind, message, flows, what)
    names = tuple(sorted({*old.fields, *new.fields}))
    if names:
        return found.guard(Admits(names=names), Admits(names=names))
    return found.guard(_undeclared(walk.old, old), _undeclared(walk.new, new)).at(VALUE)


def _undeclared(shapes: Shapes, shape: ObjectShape) -> Admits | None:
    return admitted(shapes, shape.additional) if isinstance(shape.additional, Schema) else None


def _undeclared_flows(walk: Walk, old: ObjectShape, new: ObjectShape) -> frozenset[Flow]:
    """The ways on which such a field goes beyond what the receiver admits.

    What may stand beside the fields that a map has been given is open, and no promise.
    """
    if _is_free(old) != _is_free(new) and (new if _is_free(old) else old).additional is True:
        return frozenset()
    match old.additional, new.additional:
        case Schema() as ours, Schema() as theirs:
            return frozenset() if equal(walk, ours, theirs) else frozenset(Flow)
        case True, Schema() as theirs:
            return frozenset() if is_open(walk.new, theirs) else frozenset({Flow.UP})
        case Schema() as ours, True:
            return frozenset() if is_open(walk.old, ours) else frozenset({Flow.DOWN})
        case Schema() | True, False if _is_about_undeclared(old):
            return frozenset({Flow.UP})
        case False, Schema() | True if _is_about_undeclared(new):
            return frozenset({Flow.DOWN})
        case _:
            return frozenset()


def _is_about_undeclared(shape: ObjectShape) -> bool:
    return isinstance(shape.additional, Schema) or _is_free(shape)


def _compare_openness(
    walk: Walk,
    schemas: tuple[Schema, Schema],
    old: ObjectShape,
    new: ObjectShape,
    spot: Spot,
) -> None:
    closed = old.additional is False, new.additional is False
    if closed[0] == closed[1]:
        return
    walk.ledger.enter(
        Finding(
            kind="object-closed" if closed[1] else "object-opened",
            subject=spot.subject,
            message=f"undeclared fields are forbidden in the {'new' if closed[1] else 'old'} "
            "version alone",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=_PASSES,
            down=_PASSES,
        )
    )
