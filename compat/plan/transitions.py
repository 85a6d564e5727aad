"""Structural decisions of people about one object: moves, cuts, copies and stashes.

Each claims the raw additions and removals that it explains.
"""

import hashlib
from collections.abc import Mapping

from compat.intent.model import CopyFields, CutField, MoveFields, StashFields, UseHook
from compat.intent.problem import IntentError
from compat.lens.ops import (
    Copy,
    Default,
    DifferenceId,
    Drop,
    FieldPath,
    Flow,
    Focus,
    Forget,
    Hook,
    Lens,
    Loss,
    Merge,
    Move,
    Op,
    Restore,
    Split,
    Stash,
    invert,
)
from compat.model.place import Place
from compat.model.schema import ABSENT, Schema
from compat.model.shape import Field, ObjectShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.claims import Claims
from compat.plan.fields import Leftover, Tables
from compat.plan.ledger import Finding, value_hook_needs
from compat.plan.spot import Spot
from compat.plan.walk import Walk

STASH_KEY = "x-isthmus-stash"


def stated_claims(walk: Walk, spot: Spot) -> Claims:
    """The paths that moves stated at this spot take away from the places they pass through."""
    paths = [path for action, _ in walk.ledger.actions(spot, MoveFields) for path in action.paths]
    return Claims(frozenset(old for old, _ in paths), frozenset(new for _, new in paths))


def stated_moves(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """Moves below this object, each with the lens of the value that moves."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, MoveFields):
        for source, target in action.paths:
            old = _member(walk.old, tables.old, source, place)
            new = _member(walk.new, tables.new, target, place)
            found = _enter(walk, spot, "moved", source, target, old.schema, new.schema)
            ops.append(Move(source=source, target=target, difference=found))
            inner = tables.value(
                old.schema, new.schema, spot.at(".".join(source), ".".join(target)), Claims()
            )
            if inner:
                ops.append(Focus(path=target, lens=inner))
            ops += _emptied(left, source, target, found)
    return tuple(ops)


def _emptied(left: Leftover, source: FieldPath, target: FieldPath, found: DifferenceId) -> Lens:
    """An object that only exists to hold what moved comes and goes with it."""
    if len(source) > 1:
        left.removed.pop(source[0], None)
    if len(target) > 1:
        holder = left.added.pop(target[0], None)
        if holder is not None and holder.required:
            return (Default(field=target[0], value={}, loss=Loss.KEEP, difference=found),)
    return ()


def _member(shapes: Shapes, fields: Mapping[str, Field], path: FieldPath, place: Place) -> Field:
    """The declared field that a path of the intent leads to."""
    for index, name in enumerate(path):
        field = fields.get(name)
        if field is None:
            raise IntentError(
                f"no field {'.'.join(path)}",
                where=str(place),
                hint=f"at {'.'.join(path[:index]) or 'the top'} there is "
                f"{', '.join(sorted(fields)) or 'nothing'}",
            )
        if index == len(path) - 1:
            return field
        shape = shapes.of(field.schema)
        fields = shape.fields if isinstance(shape, ObjectShape) else {}
    raise AssertionError("a path has at least one name")


def stated_cuts(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """One text that the other version holds as several."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, CutField):
        whole, pieces = (
            (left.removed, left.added) if action.into_new else (left.added, left.removed)
        )
        _take(whole, (action.field,), spot, place, tables.noun)
        _take(pieces, action.parts, spot, place, tables.noun)
        wholes = tables.old if action.into_new else tables.new
        found = _enter(
            walk,
            spot,
            "split" if action.into_new else "merged",
            (action.field,),
            action.parts,
            wholes[action.field].schema if action.into_new else None,
            None if action.into_new else wholes[action.field].schema,
        )
        make = Split if action.into_new else Merge
        ops.append(
            make(
                field=action.field,
                parts=action.parts,
                separator=action.separator,
                difference=found,
            )
        )
    return tuple(ops)


def stated_copies(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> tuple[Lens, Lens]:
    """Fields that repeat another; (before, after) the values are led across."""
    before: list[Op] = []
    after: list[Op] = []
    for action, place in walk.ledger.actions(spot, CopyFields):
        for name, source in action.sources.items():
            gone = next((one for one in (name, source) if one in left.removed), None)
            come = next((one for one in (name, source) if one in left.added), None)
            lone = gone or come
            fields = tables.old if gone is not None else tables.new
            if lone is None or name not in fields or source not in fields:
                raise IntentError(
                    f"{spot.subject} has no {tables.noun}s {name} and {source}, one of them in one "
                    "version alone",
                    where=str(place),
                    hint=f"left to explain there: {', '.join((*left.removed, *left.added))}",
                )
            schema = fields[lone].schema
            (left.removed if gone is not None else left.added).pop(lone)
            places = (schema, None) if gone is not None else (None, schema)
            found = _enter(walk, spot, "repeated", (lone,), (source,), *places)
            lens = _repeated(name, source, lone, found)
            if gone is not None:
                before += lens
            else:
                after += invert(lens)
    return tuple(before), tuple(after)


def _repeated(name: str, source: str, lone: str, found: DifferenceId) -> Lens:
    """For a field `lone` of the sending side alone."""
    if lone == name:
        return (Forget(field=name, source=source, loss=Loss.DROP, difference=found),)
    return (
        Copy(field=name, source=source, loss=Loss.KEEP, difference=found),
        Drop(field=source, value=ABSENT, loss=Loss.DROP, difference=found),
    )


def stated_hooks(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """A person's function works on the object that the generated part has made."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, UseHook):
        for name in action.takes:
            if left.removed.pop(name, None) is None and left.added.pop(name, None) is None:
                raise IntentError(
                    f"{spot.subject} has no {tables.noun} {name} that only one version knows",
                    where=str(place),
                    hint=f"left to explain there: {', '.join((*left.removed, *left.added))}",
                )
        found = _enter(walk, spot, "hooked", action.takes, (), None, None)
        for need in value_hook_needs(action.name, found, f"{spot.subject} between the versions"):
            walk.ledger.hook(need)
        ops.append(Hook(name=action.name, flow=Flow.UP, difference=found))
    return tuple(ops)


def stated_stashes(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """Fields that the peer cannot hold travel inside the object, for it to pass on."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, StashFields):
        only_old = tuple(name for name in action.fields if name in left.removed)
        only_new = tuple(name for name in action.fields if name not in left.removed)
        _take(left.removed, only_old, spot, place, tables.noun)
        _take(left.added, only_new, spot, place, tables.noun)
        for make, names, fields in ((Stash, only_old, tables.old), (Restore, only_new, tables.new)):
            if not names:
                continue
            schema = fields[names[0]].schema
            found = _enter(
                walk, spot, "stashed", names, (),
                schema if make is Stash else None, None if make is Stash else schema,
            )  # fmt: skip
            shape = _stash_shape(spot, names)
            ops.append(make(fields=names, key=STASH_KEY, shape=shape, difference=found))
    return tuple(ops)


def _stash_shape(spot: Spot, names: tuple[str, ...]) -> str:
    text = "\0".join((spot.old, spot.new, *names))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _take(
    fields: dict[str, Field], names: tuple[str, ...], spot: Spot, place: Place, noun: str
) -> None:
    for name in names:
        if fields.pop(name, None) is None:
            raise IntentError(
                f"{spot.subject} has no {noun} {name} that only one version knows",
                where=str(place),
                hint=f"left to explain there: {', '.join(sorted(fields)) or 'nothing'}",
            )


def _enter(
    walk: Walk,
    spot: Spot,
    what: str,
    source: tuple[str, ...],
    target: tuple[str, ...],
    old: Schema | None,
    new: Schema | None,
) -> DifferenceId:
    done = Judgement(verdict=Verdict.LOSSLESS, treatment=f"{what}, as the intent says")
    whole = ".".join(source) or "the object"
    return walk.ledger.enter(
        Finding(
            kind=f"field-{what}",
            subject=".".join((spot.subject, *source)),
            message=f"{whole}: {what} {', '.join(target)}".rstrip(),
            old=old.place if old else None,
            new=new.place if new else None,
            side=spot.side,
            up=done,
            down=done,
        )
    )
