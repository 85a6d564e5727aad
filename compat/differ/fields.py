"""The fields of an object: which there are, which must be sent, and who sends them."""

from collections.abc import Iterator, Mapping
from typing import Final

from compat.differ.atom import Atom, Lone, guard_of
from compat.differ.effect import Effect
from compat.differ.lifecycle import Life, Policy, Turn, deprecation, stability
from compat.differ.pairing import Resolve
from compat.model.record import record
from compat.model.schema import ABSENT, FurtherKeyword, Schema

_MARKS: Final = ("write_only", "read_only")
_LIVES: Final[Mapping[Turn, str]] = {
    Turn.REACTIVATED: "property-reactivated",
    Turn.DEPRECATED: "property-deprecated",
    Turn.DEPRECATED_WITH_SUNSET: "property-deprecated-with-sunset",
    Turn.SUNSET_MISSING: "property-deprecated-sunset-missing",
    Turn.SUNSET_INVALID: "property-deprecated-sunset-invalid",
    Turn.SUNSET_TOO_SMALL: "property-sunset-date-too-small",
    Turn.SUNSET_CHANGED_TOO_SMALL: "property-sunset-date-too-small",
    Turn.SUNSET_DELETED: "property-deprecated-sunset-missing",
    Turn.INCREASED: "property-stability-increased",
    Turn.DECREASED: "property-stability-decreased",
}
"""Rules without direction."""


@record(kw_only=True)
class _Kept:
    """A field of both versions: as it is written in each, and what that means."""

    name: str
    old: Schema
    new: Schema
    ours: Schema
    theirs: Schema
    was_required: bool
    is_required: bool


def fields(
    old: Schema, new: Schema, resolve_old: Resolve, resolve_new: Resolve, policy: Policy
) -> Iterator[Atom]:
    """What is told of the object itself; what changed inside a field is told there."""
    for name, schema in old.properties.items():
        if name not in new.properties:
            yield _lone("property-removed", name, old, new, resolve_old(schema), of_old=True)
    for name, schema in new.properties.items():
        if name not in old.properties:
            yield _lone("property-added", name, old, new, resolve_new(schema), of_old=False)
    for name, schema in old.properties.items():
        if name in new.properties:
            other = new.properties[name]
            kept = _Kept(
                name=name,
                old=schema,
                new=other,
                ours=resolve_old(schema),
                theirs=resolve_new(other),
                was_required=name in old.required,
                is_required=name in new.required,
            )
            yield from _requiredness(kept)
            yield from _mutability(kept)
            yield from _life(kept, policy)
    dropped = old.required - new.required - old.properties.keys()
    asked = new.required - old.required - old.properties.keys() - new.properties.keys()
    for name in sorted(dropped | asked):
        yield _required_alone(name, old, new)


def _required_alone(name: str, old: Schema, new: Schema) -> Atom:
    """A field may have to be there of which nothing else is said."""
    is_new = name in new.required
    return Atom(
        stem="property-became-required" if is_new else "property-became-optional",
        effect=Effect.NARROWER if is_new else Effect.WIDER,
        old=old,
        new=new,
        field=name,
        required=is_new,
    )


def _lone(stem: str, name: str, old: Schema, new: Schema, meant: Schema, *, of_old: bool) -> Atom:
    """Of one version alone; `meant` is what its schema says, which may stand elsewhere."""
    holder = old if of_old else new
    required, written = name in holder.required, holder.properties[name]
    if of_old:
        effect = _gone(new, required=required)
        in_responses = Effect.WIDER if required else Effect.UNSTATED
    else:
        effect = _come(old, required=required and name not in old.required)
        in_responses = Effect.NARROWER if required else Effect.SAME
    return Atom(
        stem=stem,
        effect=effect,
        in_responses=in_responses,
        old=written if of_old else None,
        new=None if of_old else written,
        field=name,
        lone=Lone.OLD if of_old else Lone.NEW,
        required=required,
        has_default=meant.default is not ABSENT,
        guard=guard_of(meant),
    )


def _gone(new: Schema, *, required: bool) -> Effect:
    """A server may ignore what it does not know any more, or refuse it; a closed one refuses."""
    if new.additional is not False or _has_patterns(new):
        return Effect.STATED
    return Effect.OTHER if required else Effect.NARROWER


def _come(old: Schema, *, required: bool) -> Effect:
    """A field that is not declared is taken not to be sent, unless it cannot be."""
    if old.additional is not False and not is_evaluated(old):
        return Effect.NARROWER if required else Effect.SAME
    if _has_patterns(old):
        return Effect.OTHER if required else Effect.UNKNOWN
    return Effect.OTHER if required else Effect.WIDER


def _has_patterns(schema: Schema) -> bool:
    """By which fields are declared that have no name of their own."""
    return any(each.keyword is FurtherKeyword.PATTERN_PROPERTIES for each in schema.further)


def is_evaluated(schema: Schema) -> bool:
    """Does it say what there may be beside what is declared anywhere?"""
    return any(each.keyword is FurtherKeyword.UNEVALUATED_PROPERTIES for each in schema.further)


def _requiredness(kept: _Kept) -> Iterator[Atom]:
    if kept.was_required == kept.is_required:
        return
    yield Atom(
        stem="property-became-required" if kept.is_required else "property-became-optional",
        effect=Effect.NARROWER if kept.is_required else Effect.WIDER,
        old=kept.old,
        new=kept.new,
        field=kept.name,
        required=kept.is_required,
        has_default=kept.theirs.default is not ABSENT,
        guard=guard_of(kept.ours, kept.theirs),
    )


def _life(kept: _Kept, policy: Policy) -> Iterator[Atom]:
    """How long the field stays, and how firmly it is promised."""
    before, after = (
        Life(deprecated=each.deprecated, extensions=each.rest) for each in (kept.ours, kept.theirs)
    )
    turns = (
        *((turn, before.promise, after.promise) for turn in stability(before, after, policy)),
        *((turn, before.end, after.end) for turn in deprecation(before, after, policy)),
    )
    for turn, was, is_now in turns:
        yield Atom(
            stem=_LIVES[turn],
            effect=Effect.SAME,
            old=kept.old,
            new=kept.new,
            before=was,
            after=is_now,
            field=kept.name,
            settled=turn.level,
        )


def _mutability(kept: _Kept) -> Iterator[Atom]:
    presence = "required" if kept.is_required else "optional"
    for mark in _MARKS:
        before, after = getattr(kept.ours, mark), getattr(kept.theirs, mark)
        if before != after:
            became = "became" if after else "became-not"
            stem = f"{presence}-property-{became}-{mark.replace('_', '-')}"
            yield Atom(stem=stem, effect=Effect.SAME, old=kept.old, new=kept.new, field=kept.name)
