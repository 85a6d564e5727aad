"""Structural decisions of people about one object: cuts, copies, stashes and hooks.

Each claims the raw additions and removals that it explains. What does not fit here, where an
address stands for several pairs of schemas, is an error only if it fits nowhere.
"""

import hashlib
from collections.abc import Mapping, Sequence

from compat.intent.model import Action, CopyFields, CutField, StashFields, UseHook
from compat.intent.problem import IntentError, nearest
from compat.lens.codecs import TextCodec
from compat.lens.ops import (
    Convert,
    Copy,
    DifferenceId,
    Drop,
    Flow,
    Focus,
    Forget,
    Hook,
    Lens,
    Loss,
    Op,
    Restore,
    Split,
    Stash,
    invert,
)
from compat.model.place import Place
from compat.model.schema import ABSENT, Kind, Schema
from compat.model.shape import Field, ScalarShape, Shapes
from compat.plan.bridge import Judgement, Verdict
from compat.plan.ledger import Finding, value_hook_needs
from compat.plan.spot import Spot
from compat.plan.tables import Leftover, Tables
from compat.plan.walk import Walk

STASH_KEY = "x-isthmus-stash"


def stated_cuts(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """One text that the other version holds as several."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, CutField):
        whole, pieces = (
            (left.removed, left.added) if action.into_new else (left.added, left.removed)
        )
        missing = [name for name in (action.field,) if name not in whole]
        missing += [name for name in action.parts if name not in pieces]
        if not _borne_out(walk, tables, spot, (action, place), action.field, missing, left):
            continue
        cut = whole.pop(action.field)
        parts = {name: pieces.pop(name) for name in action.parts}
        found = _enter(
            walk,
            spot,
            "split" if action.into_new else "merged",
            (action.field,),
            action.parts,
            cut.schema if action.into_new else None,
            None if action.into_new else cut.schema,
        )
        split: Lens = (
            *_focused(action.field, tables.text),
            Split(
                field=action.field,
                parts=action.parts,
                separator=action.separator,
                difference=found,
            ),
            *_read(walk.new if action.into_new else walk.old, tables, parts),
        )
        ops += split if action.into_new else invert(split)
    return tuple(ops)


def _focused(name: str, lens: Lens) -> Lens:
    return (Focus(path=(name,), lens=lens),) if lens else ()


def _read(shapes: Shapes, tables: Tables, parts: Mapping[str, Field]) -> Lens:
    """The texts that were cut out, as the version that has the parts writes them."""
    ops: list[Op] = []
    for name, field in parts.items():
        shape = shapes.of(field.schema)
        if tables.text:
            ops += _focused(name, invert(tables.text))
        elif isinstance(shape, ScalarShape) and len(shape.kinds) == 1:
            kind = next(iter(shape.kinds))
            read = Convert(codec=TextCodec(kind=kind), forward=False, difference="")
            ops += _focused(name, (read,)) if kind is not Kind.STRING else ()
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
            missing = [one for one in (name, source) if lone is None or one not in fields]
            known = _borne_out(walk, tables, spot, (action, place), name, missing, left)
            if lone is None or not known:
                continue
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
            missing = [name] if name not in left.removed and name not in left.added else []
            if _borne_out(walk, tables, spot, (action, place), name, missing, left):
                left.removed.pop(name, None)
                left.added.pop(name, None)
        found = _enter(walk, spot, "hooked", action.takes, (), None, None)
        for need in value_hook_needs(action.name, found, f"{spot.subject} between the versions"):
            walk.ledger.hook(need)
        ops.append(Hook(name=action.name, flow=Flow.UP, difference=found))
    return tuple(ops)


def stated_stashes(walk: Walk, tables: Tables, spot: Spot, left: Leftover) -> Lens:
    """Fields that the peer cannot hold travel inside the object, for it to pass on."""
    ops: list[Op] = []
    for action, place in walk.ledger.actions(spot, StashFields):
        known = []
        for name in action.fields:
            missing = [name] if name not in left.removed and name not in left.added else []
            if _borne_out(walk, tables, spot, (action, place), name, missing, left):
                known.append(name)
        only_old = tuple(name for name in known if left.removed.pop(name, None) is not None)
        only_new = tuple(name for name in known if left.added.pop(name, None) is not None)
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


def _borne_out(
    walk: Walk,
    tables: Tables,
    spot: Spot,
    stated: tuple[Action, Place],
    item: str,
    missing: Sequence[str],
    left: Leftover,
) -> bool:
    """Do the interfaces have all that the item of the action names?"""
    action, place = stated
    if not missing:
        walk.ledger.fits(action, item)
        return True
    known = (*left.removed, *left.added)
    error = IntentError(
        f"{spot.subject} has no {tables.noun} {missing[0]} that only one version knows",
        where=str(place),
        hint=nearest(missing[0], known)
        or f"left to explain there: {', '.join(known) or 'nothing'}",
    )
    walk.ledger.misfit(action, item, error)
    return False


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
