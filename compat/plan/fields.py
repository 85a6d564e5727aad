"""Fields of an object, or named parameters: which is which, and what to do about the rest.

People's decisions go first (renames, moves, cuts, copies), then fields of the same name are led
from one version to the other, and what is left over was removed or added.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from compat.intent.model import AcceptIntent, Fix, RenameFields, Supply
from compat.intent.problem import IntentError
from compat.lens.ops import (
    AdmitNull,
    Default,
    DifferenceId,
    Drop,
    Flow,
    Focus,
    Lens,
    Loss,
    MapValues,
    Op,
    Rename,
    Value,
    invert,
)
from compat.model.schema import ABSENT, Absent, Json, Schema
from compat.model.shape import Field
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.ledger import NOTHING, Finding
from compat.plan.spot import Side, Spot
from compat.plan.stance import Stance, shortage, surplus
from compat.plan.walk import ValueLens, Walk, admits, declared
from compat.suggest.leftovers import Table

Encode = Callable[[Schema, Json], Json]

_PAGED = Judgement(verdict=Verdict.LOSSLESS, treatment="answered by cutting the list in the shim")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The declared names of both versions, and how their values are written.

    `noun` is what they are called to users; `value` leads one's value to the other's; `encode`
    writes a JSON value the way the message holds it (texts, for parameters). `paging` are names
    that ask for a page: where the other side has none, the shim itself answers to them.
    """

    noun: str
    old: Mapping[str, Field]
    new: Mapping[str, Field]
    old_closed: bool
    new_closed: bool
    value: ValueLens
    encode: Encode = lambda _, value: value
    paging: frozenset[str] = frozenset()


@dataclass(eq=False)
class Leftover:
    """Names not yet explained."""

    removed: dict[str, Field]
    added: dict[str, Field]


def leftover(tables: Tables, claims: Claims) -> Leftover:
    """What only one version has, without what is claimed."""
    return Leftover(
        removed={
            name: field
            for name, field in tables.old.items()
            if name not in tables.new and name not in claims.old_names
        },
        added={
            name: field
            for name, field in tables.new.items()
            if name not in tables.old and name not in claims.new_names
        },
    )


def bridge_fields(
    walk: Walk, tables: Tables, spot: Spot, left: Leftover, claims: Claims, before: Lens
) -> Lens:
    """The lens for an object whose structural decisions are in `before` already."""
    supplied = _values(walk, tables, spot, Supply)
    fixed = _values(walk, tables, spot, Fix)
    ops: list[Op] = [*before]
    pairs = {name: name for name in tables.old if name in tables.new}
    for old, new in stated_renames(walk, spot, left, tables.noun, claims):
        pairs[old] = new
        ops.append(Rename(old=old, new=new, difference=_renamed(walk, tables, spot, old, new)))
        del left.removed[old], left.added[new]
    for old, new in pairs.items():
        if old in claims.old_names or new in claims.new_names:
            continue
        place = spot.at(old, new)
        below = claims.below(old, new)
        ops += _kept(walk, tables, place, (old, new), below, supplied.get(new, ABSENT))
    walk.ledger.leftovers.append(
        Table(
            subject=spot.subject,
            addresses=(spot.old, spot.new),
            noun=tables.noun,
            in_request=spot.side is Side.REQUEST,
            old_fields=tables.old,
            new_fields=tables.new,
            removed=tuple(left.removed),
            added=tuple(left.added),
            settled=frozenset({*supplied, *fixed}),
        )
    )
    for name, field in left.removed.items():
        ops += _removed(walk, tables, spot, name, field, supplied, fixed)
    for name, field in left.added.items():
        ops += _added(walk, tables, spot, name, field, supplied, fixed)
    return tuple(ops)


def stated_renames(
    walk: Walk, spot: Spot, left: Leftover, noun: str, claims: Claims
) -> Iterator[tuple[str, str]]:
    """Renames that the intent states and the interfaces bear out."""
    for action, place in walk.ledger.actions(spot, RenameFields):
        for old, new in action.names.items():
            if old in claims.old_names or new in claims.new_names:
                continue
            if old not in left.removed or new not in left.added:
                missing = old if old not in left.removed else new
                raise IntentError(
                    f"{spot.subject} has no {noun} {missing} that only one version knows",
                    where=str(place),
                    hint="a rename leads from a name of the old version alone to one of the new",
                )
            yield old, new


def _values(
    walk: Walk, tables: Tables, spot: Spot, kind: type[Supply] | type[Fix]
) -> dict[str, Json]:
    values: dict[str, Json] = {}
    for action, place in walk.ledger.actions(spot, kind):
        for name in action.values:
            if name not in tables.old and name not in tables.new:
                raise IntentError(
                    f"{spot.subject} has no {tables.noun} {name} in either version",
                    where=str(place),
                    hint=f"it has {', '.join(sorted({*tables.old, *tables.new}))}",
                )
        values.update(action.values)
    return values


def _renamed(walk: Walk, tables: Tables, spot: Spot, old: str, new: str) -> DifferenceId:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment="renamed, as the intent says")
    return walk.ledger.enter(
        Finding(
            kind=f"{tables.noun}-renamed",
            subject=f"{spot.subject}.{old}",
            message=f"{old} is called {new}",
            old=tables.old[old].schema.place,
            new=tables.new[new].schema.place,
            side=spot.side,
            up=done,
            down=done,
        )
    )


# --- a field that both versions have --------------------------------------------------------------


def _kept(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    names: tuple[str, str],
    claims: Claims,
    supplied: Json | Absent,
) -> Lens:
    """Lead the value, then its being null, missing or defaulted."""
    old_name, name = names
    old, new = tables.old[old_name], tables.new[name]
    ours, theirs = (
        declared(walk.old, old.schema, spot.side),
        declared(walk.new, new.schema, spot.side),
    )
    if ours.hidden or theirs.hidden:
        return ()
    inner = tables.value(old.schema, new.schema, spot, claims)
    ops: list[Op] = []
    if None not in (ours.nullable, theirs.nullable) and ours.nullable != theirs.nullable:
        ops += _nullability(walk, tables, spot, name, (old, new))
    if inner:
        ops.append(Focus(path=(name,), lens=inner))
    if old.required != new.required:
        ops += _presence(walk, tables, spot, name, (old, new), supplied)
    elif not new.required and ours.default != theirs.default and spot.side is Side.REQUEST:
        ops += _changed_default(walk, tables, spot, name, (old, new))
    return tuple(ops)


def _nullability(
    walk: Walk, tables: Tables, spot: Spot, name: str, fields: tuple[Field, Field]
) -> Lens:
    """One version admits null: the other gets a missing field, a default, or nothing."""
    old, new = fields
    admits_new = bool(declared(walk.new, new.schema, spot.side).nullable)
    strict, shapes = (old, walk.old) if admits_new else (new, walk.new)
    flow = Flow.DOWN if admits_new else Flow.UP
    kind, subject = "null-admitted" if admits_new else "null-excluded", spot.subject
    accepted = walk.ledger.accepted(kind, subject)
    default = declared(shapes, strict.schema, spot.side).default
    make: Callable[[DifferenceId], Lens]
    if accepted is not None:
        judgement = Judgement(verdict=Verdict.LOSSY, treatment="null passes, as accepted")
        make = _nothing
    elif not strict.required:
        judgement = Judgement(verdict=Verdict.LOSSY, treatment="null becomes a missing field")
        make = lambda found: (AdmitNull(field=name, difference=found),)  # noqa: E731
    elif not isinstance(default, Absent):
        judgement = Judgement(verdict=Verdict.DEFAULTED, treatment="null becomes the default")
        value = tables.encode(strict.schema, default)
        make = lambda found: _null_becomes(name, value, found)  # noqa: E731
    else:
        judgement = Judgement(
            verdict=Verdict.NEEDS_INTENT, treatment="null is refused: say what it becomes"
        )
        make = lambda found: _null_refused(name, found)  # noqa: E731
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=subject,
            message=f"{name} may be null in the {'new' if admits_new else 'old'} version alone",
            old=old.schema.place,
            new=new.schema.place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
        )
    )
    lens = make(found)
    return lens if flow is Flow.DOWN else invert(lens)


def _nothing(_: DifferenceId) -> Lens:
    return ()


def _null_becomes(name: str, value: Json, found: DifferenceId) -> Lens:
    return (
        Focus(path=(name,), lens=(MapValues(pairs=(), back=((None, value),), difference=found),)),
    )


def _null_refused(name: str, found: DifferenceId) -> Lens:
    return (
        Focus(
            path=(name,),
            lens=(MapValues(pairs=(), back=(), back_refused=(None,), difference=found),),
        ),
    )


def _presence(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    name: str,
    fields: tuple[Field, Field],
    supplied: Json | Absent,
) -> Lens:
    """Required in one version, optional in the other."""
    old, new = fields
    flow = Flow.UP if new.required else Flow.DOWN
    strict, shapes = (new, walk.new) if new.required else (old, walk.old)
    kind = f"{tables.noun}-became-{'required' if new.required else 'optional'}"
    if isinstance(supplied, Absent):
        supplied = declared(shapes, strict.schema, spot.side).default
    demand, judgement = shortage(
        walk.ledger.accepted(kind, spot.subject), supplied=not isinstance(supplied, Absent)
    )
    found = walk.ledger.enter(
        Finding(
            kind=kind,
            subject=spot.subject,
            message=f"{name} is required in the {'new' if new.required else 'old'} version alone",
            old=old.schema.place,
            new=new.schema.place,
            side=spot.side,
            up=judgement if flow is Flow.UP else NOTHING,
            down=judgement if flow is Flow.DOWN else NOTHING,
            stub=_default_stub(spot, name),
        )
    )
    value = _encoded(tables, strict.schema, supplied)
    if isinstance(value, Absent) and not demand:
        return ()
    op = Default(
        field=name, value=value, demand=demand, shared=True, loss=Loss.KEEP, difference=found
    )
    return (op,) if flow is Flow.UP else invert((op,))


def _changed_default(
    walk: Walk, tables: Tables, spot: Spot, name: str, fields: tuple[Field, Field]
) -> Lens:
    """A missing field means another value: each server is told what its caller's version means."""
    old, new = fields
    defaults = (
        declared(walk.old, old.schema, spot.side).default,
        declared(walk.new, new.schema, spot.side).default,
    )
    ours = defaults[0] if admits(walk.new, new.schema, defaults[0]) else ABSENT
    theirs = defaults[1] if admits(walk.old, old.schema, defaults[1]) else ABSENT
    found = walk.ledger.enter(
        Finding(
            kind=f"{tables.noun}-default-changed",
            subject=spot.subject,
            message=f"a missing {name} means {_text(defaults[0])} in the old version, "
            f"{_text(defaults[1])} in the new",
            old=old.schema.place,
            new=new.schema.place,
            side=spot.side,
            up=_default_judgement(ours),
            down=_default_judgement(theirs),
        )
    )
    ops: list[Op] = []
    if not isinstance(ours, Absent):
        value = tables.encode(old.schema, ours)
        ops.append(Default(field=name, value=value, loss=Loss.KEEP, difference=found))
    if not isinstance(theirs, Absent):
        value = tables.encode(new.schema, theirs)
        ops.append(Drop(field=name, value=value, loss=Loss.KEEP, difference=found))
    return tuple(ops)


def _text(default: Json | Absent) -> str:
    return "nothing in particular" if isinstance(default, Absent) else repr(default)


def _default_judgement(default: Json | Absent) -> Judgement:
    if isinstance(default, Absent):
        return NOTHING
    return Judgement(verdict=Verdict.DEFAULTED, treatment=f"a missing value is sent as {default!r}")


# --- a field that only one version has ------------------------------------------------------------


def _removed(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    name: str,
    field: Field,
    supplied: Mapping[str, Json],
    fixed: Mapping[str, Json],
) -> Lens:
    """Only the old version has it: the mirror image of an added field."""
    op, finding = _one_sided(walk, tables, spot, name, field, Flow.UP, supplied, fixed)
    if finding is None:
        return ()
    found = walk.ledger.enter(finding)
    return invert((replace(op, difference=found),)) if _acts(op) else ()


def _added(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    name: str,
    field: Field,
    supplied: Mapping[str, Json],
    fixed: Mapping[str, Json],
) -> Lens:
    op, finding = _one_sided(walk, tables, spot, name, field, Flow.DOWN, supplied, fixed)
    if finding is None:
        return ()
    found = walk.ledger.enter(finding)
    return (replace(op, difference=found),) if _acts(op) else ()


def _acts(op: Default) -> bool:
    """Does it do anything either way?"""
    return op.value is not ABSENT or op.demand or op.loss is not Loss.KEEP


def _one_sided(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    name: str,
    field: Field,
    away: Flow,
    supplied: Mapping[str, Json],
    fixed: Mapping[str, Json],
) -> tuple[Default, Finding | None]:
    """The operation towards the version that has the field, and the finding (None: no matter).

    `away` is the flow towards the version that lacks it.
    """
    is_old = away is Flow.UP
    facts = declared(walk.old if is_old else walk.new, field.schema, spot.side)
    kind = f"{tables.noun}-{'removed' if is_old else 'added'}"
    subject = f"{spot.subject}.{name}"
    accepted = walk.ledger.accepted(kind, subject)
    value, overwrite = _supply(name, field, facts.default, supplied, fixed)
    closed = tables.new_closed if is_old else tables.old_closed
    leaving = surplus(spot.side, away, accepted, always=_always(field, value), closed=closed)
    if name in tables.paging:
        leaving = Stance(Loss.DROP, _PAGED)
    demand, arriving = _arrival(spot, away, field, accepted, value)
    encoded = _encoded(tables, field.schema, value)
    op = Default(
        field=name,
        value=encoded,
        neutral=_encoded(tables, field.schema, facts.default),
        overwrite=overwrite,
        demand=demand,
        loss=leaving.loss,
        difference="",
    )
    if facts.hidden:
        return op, None
    finding = Finding(
        kind=kind,
        subject=subject,
        message=f"{'required ' if field.required else ''}{tables.noun} {name} is only in the "
        f"{'old' if is_old else 'new'} version",
        old=field.schema.place if is_old else None,
        new=None if is_old else field.schema.place,
        side=spot.side,
        up=leaving.judgement if is_old else arriving,
        down=arriving if is_old else leaving.judgement,
        stub=_default_stub(spot, name),
    )
    return op, finding


def _always(field: Field, value: Json | Absent) -> bool:
    """Does every message carry a value that says something?"""
    return field.required and isinstance(value, Absent)


def _supply(
    name: str,
    field: Field,
    default: Json | Absent,
    supplied: Mapping[str, Json],
    fixed: Mapping[str, Json],
) -> tuple[Json | Absent, bool]:
    """(value to supply, always)."""
    if name in fixed:
        return fixed[name], True
    if name in supplied:
        return supplied[name], False
    return (default if field.required else ABSENT), False


def _arrival(
    spot: Spot, away: Flow, field: Field, accepted: AcceptIntent | None, value: Json | Absent
) -> tuple[bool, Judgement]:
    """How the version that has the field fares without the other's word; (demand, judgement)."""
    if not isinstance(value, Absent):
        return shortage(None, supplied=True)
    if field.required:
        return shortage(accepted, supplied=False)
    if spot.side is Side.RESPONSE and away is Flow.UP:
        gone = Judgement(verdict=Verdict.LOSSY, treatment="old clients no longer get it")
        return False, gone
    return False, NOTHING


def _encoded(tables: Tables, schema: Schema, value: Json | Absent) -> Value:
    return ABSENT if isinstance(value, Absent) else tables.encode(schema, value)


def _default_stub(spot: Spot, name: str) -> str:
    return f"- at: {spot.subject}\n  default: {{{name}: ...}}"
