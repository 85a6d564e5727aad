"""Objects and maps."""

from compat.lens.ops import VALUE, Focus, Lens
from compat.model.schema import Schema
from compat.model.shape import Field, ObjectShape
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.fields import Tables, bridge_fields, leftover
from compat.plan.ledger import Finding
from compat.plan.spot import Spot
from compat.plan.transitions import (
    stated_claims,
    stated_copies,
    stated_cuts,
    stated_hooks,
    stated_moves,
    stated_stashes,
)
from compat.plan.walk import Walk

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
    if old.is_map and new.is_map:
        return _bridge_maps(walk, old, new, spot)
    _compare_openness(walk, schemas, old, new, spot)
    ours, theirs = dict(old.fields), dict(new.fields)
    if _is_free(old) != _is_free(new):
        _enter_specified(walk, schemas, spot)
        if old.additional is True or new.additional is True:
            return ()
        ours = ours or _free_fields(old, theirs)
        theirs = theirs or _free_fields(new, ours)
    tables = Tables(
        noun="field",
        old=ours,
        new=theirs,
        old_closed=old.additional is False,
        new_closed=new.additional is False,
        value=walk.value,
    )
    return bridge_table(walk, tables, spot, claims)


def bridge_table(walk: Walk, tables: Tables, spot: Spot, claims: Claims) -> Lens:
    """Structural decisions first, then field by field."""
    claims = claims.plus(stated_claims(walk, spot))
    left = leftover(tables, claims)
    copied_before, copied_after = stated_copies(walk, tables, spot, left)
    structural = (
        *copied_before,
        *stated_cuts(walk, tables, spot, left),
        *stated_moves(walk, tables, spot, left),
        *stated_stashes(walk, tables, spot, left),
    )
    hooked = stated_hooks(walk, tables, spot, left)
    return (*bridge_fields(walk, tables, spot, left, claims, structural), *copied_after, *hooked)


def _bridge_maps(walk: Walk, old: ObjectShape, new: ObjectShape, spot: Spot) -> Lens:
    assert isinstance(old.additional, Schema)
    assert isinstance(new.additional, Schema)
    inner = walk.value(old.additional, new.additional, spot.step("{}"), Claims())
    return (Focus(path=(VALUE,), lens=inner),) if inner else ()


def _is_free(shape: ObjectShape) -> bool:
    """It names no field, and takes any."""
    return not shape.fields and shape.additional is not False


def _free_fields(free: ObjectShape, declared: dict[str, Field]) -> dict[str, Field]:
    """What the other version names may have been there all along, as a value of the map."""
    assert isinstance(free.additional, Schema)
    return {name: Field(schema=free.additional, required=False) for name in declared}


def _enter_specified(walk: Walk, schemas: tuple[Schema, Schema], spot: Spot) -> None:
    walk.ledger.enter(
        Finding(
            kind="fields-specified",
            subject=spot.subject,
            message="an object of any fields in one version, of named ones in the other",
            old=schemas[0].place,
            new=schemas[1].place,
            side=spot.side,
            up=_PASSES,
            down=_PASSES,
        )
    )


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
