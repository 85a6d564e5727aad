"""Which values a schema lists: enum, const and default."""

import json
from collections.abc import Iterator

from compat.differ.atom import Atom
from compat.differ.effect import Effect
from compat.model.schema import ABSENT, Json, Schema

_EXTENSIBLE = "x-extensible-enum"


def enum(old: Schema, new: Schema) -> Iterator[Atom]:
    """The list of values, one atom for each; a list of one that says so is a const."""
    before, after = old.enum, new.enum
    if before is None and after is None:
        return
    if _is_const(old) or _is_const(new):
        yield from _const(old, new)
    elif before is None:
        yield Atom(stem="became-enum", effect=Effect.NARROWER, old=old, new=new, after=_told(after))
    elif after is None:
        yield Atom(stem="enum-removed", effect=Effect.WIDER, old=old, new=new, before=_told(before))
    else:
        ours, theirs = _by_text(before), _by_text(after)
        for text, value in ours.items():
            if text not in theirs:
                stem = "enum-value-removed"
                yield Atom(stem=stem, effect=Effect.NARROWER, old=old, new=new, before=value)
        for text, value in theirs.items():
            if text not in ours:
                stem = "enum-value-added"
                yield Atom(stem=stem, effect=Effect.WIDER, old=old, new=new, after=value)


def extensible_enum(old: Schema, new: Schema) -> Iterator[Atom]:
    """Values that `x-extensible-enum` names no more, and new ones, which clients have to expect."""
    before, after = old.rest.get(_EXTENSIBLE), new.rest.get(_EXTENSIBLE)
    if not (isinstance(before, list) and isinstance(after, list)):
        return
    ours, theirs = _by_text(before), _by_text(after)
    for text, value in ours.items():
        if text not in theirs:
            stem = f"{_EXTENSIBLE}-value-removed"
            yield Atom(stem=stem, effect=Effect.NARROWER, old=old, new=new, before=value)
    for text, value in theirs.items():
        if text not in ours:
            yield Atom(
                stem=f"{_EXTENSIBLE}-value-added",
                effect=Effect.WIDER,
                in_responses=Effect.SAME,
                old=old,
                new=new,
                after=value,
            )


def default(old: Schema, new: Schema) -> Iterator[Atom]:
    """What the server takes where nothing is sent."""
    before, after = old.default, new.default
    if before is ABSENT and after is ABSENT:
        return
    if before is ABSENT:
        stem = "default-value-added"
    elif after is ABSENT:
        stem = "default-value-removed"
    elif _text(before) == _text(after):
        return
    else:
        stem = "default-value-changed"
    yield Atom(stem=stem, effect=Effect.SAME, old=old, new=new, before=before, after=after)


def same_values(one: tuple[Json, ...] | None, other: tuple[Json, ...] | None) -> bool:
    """Are both lists, and of the same values?"""
    if one is None or other is None:
        return False
    return _by_text(one).keys() == _by_text(other).keys()


def exact(values: tuple[Json, ...] | None) -> tuple[Json, ...] | None:
    """With whole numbers as integers."""
    return None if values is None else tuple(json.loads(_text(value)) for value in values)


def _is_const(schema: Schema) -> bool:
    return schema.enum is not None and len(schema.enum) == 1 and schema.states_const


def _const(old: Schema, new: Schema) -> Iterator[Atom]:
    before, after = old.enum, new.enum
    if before is None:
        yield Atom(stem="const-added", effect=Effect.NARROWER, old=old, new=new, after=_told(after))
    elif after is None:
        stem = "const-removed"
        yield Atom(stem=stem, effect=Effect.WIDER, old=old, new=new, before=_told(before))
    elif _by_text(before).keys() != _by_text(after).keys():
        ours, theirs = _by_text(before).keys(), _by_text(after).keys()
        effect = Effect.OTHER
        if ours < theirs:
            effect = Effect.WIDER
        elif theirs < ours:
            effect = Effect.NARROWER
        yield Atom(
            stem="const-changed",
            effect=effect,
            old=old,
            new=new,
            before=_told(before),
            after=_told(after),
        )


def _told(values: tuple[Json, ...] | None) -> Json:
    listed = list(values or ())
    return listed[0] if len(listed) == 1 else listed


def _by_text(values: tuple[Json, ...] | list[Json]) -> dict[str, Json]:
    return {_text(value): value for value in values}


def _text(value: object) -> str:
    return json.dumps(_exact(value), sort_keys=True)


def _exact(value: object) -> object:
    """1.0 is 1, wherever it stands."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_exact(each) for each in value]
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    return value
