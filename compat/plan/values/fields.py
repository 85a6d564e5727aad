"""Fields of an object, or named parameters: which is which, and what to do about the rest.

People's decisions go first (renames, moves, cuts, copies), then fields of the same name are led
from one version to the other, and what is left over was removed or added.
"""

from collections.abc import Iterator

from compat.intent.model import Fix, RenameFields, Supply
from compat.intent.problem import IntentError, nearest
from compat.lens.ops import DifferenceId, Flow, Lens, Op, Rename
from compat.model.schema import Absent
from compat.model.shape import Field
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.gate.stubs import rename_stub, stash_stub
from compat.plan.ledger import Finding
from compat.plan.spot import Side, Spot
from compat.plan.tables import Leftover, Tables
from compat.plan.values.kept import bridge_kept
from compat.plan.values.lone import Lone, bridge_lone
from compat.plan.values.stated import Stated, stated_values
from compat.plan.walk import Walk, declared
from compat.suggest.leftovers import Table


def stated_renames(
    walk: Walk, tables: Tables, spot: Spot, left: Leftover, claims: Claims
) -> dict[str, tuple[str, DifferenceId]]:
    """Renames that the intent states and the interfaces bear out, by old name."""
    renames = {}
    for old, new in _borne_out(walk, tables, spot, left, claims):
        fields = left.removed.pop(old), left.added.pop(new)
        renames[old] = new, _renamed(walk, tables, spot, (old, new), fields)
    return renames


def _borne_out(
    walk: Walk, tables: Tables, spot: Spot, left: Leftover, claims: Claims
) -> Iterator[tuple[str, str]]:
    for action, place in walk.ledger.actions(spot, RenameFields):
        for old, new in action.names.items():
            if old in claims.old_names or new in claims.new_names:
                continue
            if old in left.removed and new in left.added:
                walk.ledger.fits(action, old)
                yield old, new
                continue
            missing, known = (old, left.removed) if old not in left.removed else (new, left.added)
            error = IntentError(
                f"{spot.subject} has no {tables.noun} {missing} that only one version knows",
                where=str(place),
                hint=nearest(missing, known)
                or "a rename leads from a name of the old version alone to one of the new",
            )
            walk.ledger.misfit(action, old, error)


def _renamed(
    walk: Walk, tables: Tables, spot: Spot, names: tuple[str, str], fields: tuple[Field, Field]
) -> DifferenceId:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="renamed, as the intent says")
    return walk.ledger.enter(
        Finding(
            kind=f"{tables.noun}-renamed",
            subject=f"{spot.subject}.{names[0]}",
            message=f"{names[0]} is called {names[1]}",
            old=fields[0].schema.place,
            new=fields[1].schema.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )


def bridge_fields(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    left: Leftover,
    claims: Claims,
    renames: dict[str, tuple[str, DifferenceId]],
) -> tuple[tuple[Rename, ...], Lens]:
    """(the renames, the rest): what stated moves, cuts and copies do comes between them."""
    supplied = stated_values(walk, tables, spot, Supply)
    fixed = stated_values(walk, tables, spot, Fix)
    ops: list[Op] = []
    pairs = {name: name for name in tables.old if name in tables.new}
    pairs |= {old: new for old, (new, _) in renames.items()}
    for old, new in pairs.items():
        if old in claims.old_names or new in claims.new_names:
            continue
        below = claims.below(old, new)
        ops += bridge_kept(walk, tables, spot.at(old, new), (old, new), below, supplied)
    walk.ledger.leftovers.append(_table(tables, spot, left))
    for flow, fields in ((Flow.UP, left.removed), (Flow.DOWN, left.added)):
        for name in fields:
            ops += _bridge_leftover(walk, tables, spot, left, (name, flow), (supplied, fixed))
    named = tuple(
        Rename(old=old, new=new, difference=found) for old, (new, found) in renames.items()
    )
    return named, tuple(ops)


def _table(tables: Tables, spot: Spot, left: Leftover) -> Table:
    return Table(
        subject=spot.subject,
        addresses=(spot.old, spot.new),
        noun=tables.noun,
        in_request=spot.side is Side.REQUEST,
        old_fields=tables.old,
        new_fields=tables.new,
        removed=tuple(left.removed),
        added=tuple(left.added),
    )


def _bridge_leftover(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    left: Leftover,
    named: tuple[str, Flow],
    stated: tuple[Stated, Stated],
) -> Lens:
    """A field of one version alone; one that does not travel this way is no matter."""
    name, away = named
    is_old = away is Flow.UP
    shapes = walk.old if is_old else walk.new
    field = (left.removed if is_old else left.added)[name]
    if declared(shapes, field.schema, spot.side).hidden:
        return ()
    supplied, fixed = stated
    constant = fixed.take(name, shapes, field.schema)
    always = not isinstance(constant, Absent)
    lone = Lone(
        name=name,
        field=field,
        away=away,
        side=spot.side,
        kind=f"{tables.noun}-{'removed' if is_old else 'added'}",
        subject=f"{spot.subject}.{name}",
        message=f"{'required ' if field.required else ''}{tables.noun} {name} is only in the "
        f"{'old' if is_old else 'new'} version",
        address=spot.old if is_old else spot.new,
        elsewhere=rename_stub(spot.old, name) if is_old and _has_room(walk, spot, left) else "",
        past=stash_stub(spot.old, name) if tables.stashes and not tables.new_closed else "",
        value=constant if always else supplied.take(name, shapes, field.schema),
        always=always,
    )
    return bridge_lone(walk, tables, lone)


def _has_room(walk: Walk, spot: Spot, left: Leftover) -> bool:
    """Is there a name of the new version that nothing explains?"""
    fields = left.added.values()
    return not all(declared(walk.new, field.schema, spot.side).hidden for field in fields)
