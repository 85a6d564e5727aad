"""Which kinds of value a schema admits, and in which format."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from compat.differ.atom import Atom
from compat.differ.effect import Effect
from compat.differ.values import exact, same_values
from compat.model.assertions import values_of
from compat.model.schema import ABSENT, ANY_KIND, Absent, FurtherKeyword, Json, Kind, Schema

_NULL: Final = frozenset({Kind.NULL})
_CONTENT: Final = {
    FurtherKeyword.CONTENT_ENCODING: "content-encoding-changed",
    FurtherKeyword.CONTENT_MEDIA_TYPE: "content-media-type-changed",
}
_FORMATS: Final[Mapping[tuple[FurtherKeyword, str], Json]] = {
    (FurtherKeyword.CONTENT_ENCODING, "byte"): "base64",
    (FurtherKeyword.CONTENT_MEDIA_TYPE, "binary"): "application/octet-stream",
}
"""What a format of 3.0 says of the content."""
_FITTING: Final = {
    Kind.INTEGER: {"int32": ("int64", "bigint", ""), "int64": ("bigint", ""), "bigint": ("",)},
    Kind.NUMBER: {"float": ("double", ""), "double": ("",)},
}
"""Formats whose values are all of the formats behind them, too."""


def types(old: Schema, new: Schema) -> Iterator[Atom]:
    """Null apart, which `nullable` tells."""
    if _is_none(old) or _is_none(new):
        yield from _nothing(old, new)
        return
    for atom in _kinds(old, new):
        yield replace(atom, effect=Effect.SAME) if _list_the_same(old, new) else atom


def _list_the_same(old: Schema, new: Schema) -> bool:
    """Where all values are listed, naming their kind as well changes nothing."""
    ours, theirs = (values_of(exact(each.enum), _wide(each.kinds)) for each in (old, new))
    return old.format == new.format and same_values(ours, theirs)


def _kinds(old: Schema, new: Schema) -> Iterator[Atom]:
    before, after = _stated(old), _stated(new)
    if (before, old.format) == (after, new.format):
        return
    if len(before) > 1 or len(after) > 1:
        yield from _lists(old, new, before, after)
        return
    stem, effect = _single(old, new, before, after)
    if stem:
        yield _changed(stem, effect, old, new)


def are_apart(old: Schema, new: Schema) -> bool:
    """Have they no kind of value in common? Then that says it all."""
    return not common_kinds(old, new)


def common_kinds(old: Schema, new: Schema) -> frozenset[Kind]:
    """The kinds of which both may have values, null apart where it is not the only one."""
    before, after = _wide(_stated(old)), _wide(_stated(new))
    if _is_none(old) or _is_none(new):
        return frozenset()
    if _NULL in (before, after):
        return _NULL & old.kinds & new.kinds
    return before & after


def nullable(old: Schema, new: Schema) -> Iterator[Atom]:
    """Whether null is among the values, where the schemas name their types."""
    if ANY_KIND in (old.kinds, new.kinds) or _NULL in (old.kinds, new.kinds):
        return
    if _is_none(old) or _is_none(new):
        return
    if Kind.NULL in new.kinds and Kind.NULL not in old.kinds:
        effect = Effect.WIDER if _lists_null(new) else Effect.SAME
        yield Atom(stem="became-nullable", effect=effect, old=old, new=new)
    elif Kind.NULL in old.kinds and Kind.NULL not in new.kinds:
        effect = Effect.NARROWER if _lists_null(old) else Effect.SAME
        yield Atom(stem="became-not-nullable", effect=effect, old=old, new=new)


def _lists_null(schema: Schema) -> bool:
    """An enum without null excludes it, whatever the type says."""
    return schema.enum is None or None in schema.enum


def _is_none(schema: Schema) -> bool:
    """The schema `false`."""
    return not schema.kinds


def _nothing(old: Schema, new: Schema) -> Iterator[Atom]:
    """Where one of them admits no value."""
    if _is_none(old) and not _is_none(new):
        yield Atom(stem="type-generalized", effect=Effect.WIDER, old=old, new=new)
    elif _is_none(new) and not _is_none(old):
        yield Atom(stem="type-specialized", effect=Effect.NARROWER, old=old, new=new)


def contents(old: Schema, new: Schema) -> Iterator[Atom]:
    """How a text is encoded, and what is in it."""
    for keyword, stem in _CONTENT.items():
        before, after = _content(old, keyword), _content(new, keyword)
        if before != after:
            effect = Effect.OTHER
            yield Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def _content(schema: Schema, keyword: FurtherKeyword) -> Json | Absent:
    for each in schema.further:
        if each.keyword is keyword:
            return each.about[0]
    return _FORMATS.get((keyword, schema.format), ABSENT)


def _stated(schema: Schema) -> frozenset[Kind]:
    """The kinds that the schema names, none where it names none."""
    if schema.kinds == ANY_KIND:
        return frozenset()
    return schema.kinds - _NULL or schema.kinds


def _named(kinds: frozenset[Kind], schema: Schema) -> str:
    name = ", ".join(sorted(kinds)) or "any"
    return f"{name}/{schema.format}" if schema.format else name


def overlap(one: frozenset[Kind] | set[Kind], other: frozenset[Kind]) -> bool:
    """Does a value of both kinds exist? Every integer is a number."""
    numbers = frozenset({Kind.INTEGER, Kind.NUMBER})
    return not one.isdisjoint(other) or not (numbers.isdisjoint(one) or numbers.isdisjoint(other))


def _wide(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """With the integers where numbers are admitted; all kinds where none is named."""
    if not kinds:
        return ANY_KIND
    return kinds | {Kind.INTEGER} if Kind.NUMBER in kinds else kinds


def _lists(
    old: Schema, new: Schema, before: frozenset[Kind], after: frozenset[Kind]
) -> Iterator[Atom]:
    ours, theirs = _wide(before), _wide(after)
    if not before or not after or _NULL in (before, after):
        stem, effect = _single(old, new, before, after)
    elif ours == theirs:
        if old.format == new.format:
            return
        stem, effect = "type-changed", Effect.OTHER
        if not new.format:
            stem, effect = "type-generalized", Effect.WIDER
        elif not old.format:
            stem, effect = "type-specialized", Effect.NARROWER
    elif ours < theirs and new.format in ("", old.format):
        stem, effect = "list-of-types-widened", Effect.WIDER
    elif theirs < ours and old.format in ("", new.format):
        stem, effect = "list-of-types-narrowed", Effect.NARROWER
    else:
        stem, effect = "type-changed", Effect.OTHER
    yield _changed(stem, effect, old, new)


def _changed(stem: str, effect: Effect, old: Schema, new: Schema) -> Atom:
    before, after = (_named(_stated(each), each) for each in (old, new))
    return Atom(stem=stem, effect=effect, old=old, new=new, before=before, after=after)


def _single(
    old: Schema, new: Schema, before: frozenset[Kind], after: frozenset[Kind]
) -> tuple[str, Effect]:
    """The change between at most one kind each, with the format; no stem where it says nothing."""
    if not after and not new.format:
        return "type-generalized", Effect.WIDER
    if before == _NULL and Kind.NULL in new.kinds:
        return "type-generalized", Effect.WIDER
    if after == _NULL and Kind.NULL in old.kinds:
        return "type-specialized", Effect.NARROWER
    if not before and not old.format:
        return "type-specialized", Effect.NARROWER
    if before == after:
        [kind] = before or {Kind.STRING}
        if _fits(kind, old.format, new.format):
            return "type-generalized", Effect.WIDER
        if _fits(kind, new.format, old.format):
            return "type-specialized", Effect.NARROWER
        return "type-changed", Effect.OTHER
    if _wide(before) < _wide(after) and not new.format:
        return "type-generalized", Effect.WIDER
    if _wide(after) < _wide(before) and not old.format:
        return "type-specialized", Effect.NARROWER
    return "type-changed", Effect.OTHER


def _fits(kind: Kind, one: str, other: str) -> bool:
    """Is every value of the one format of the other, too?"""
    return other in _FITTING.get(kind, {}).get(one, ("",) if one else ())
