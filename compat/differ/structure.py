"""Schemas made of others: allOf, oneOf, anyOf, discriminators and the less usual keywords."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from compat.differ.atom import Atom
from compat.differ.effect import Effect, Turn, reverse
from compat.differ.fields import is_evaluated
from compat.differ.pairing import Digests, Paired, Resolve, paired
from compat.model.assertions import asserts_nothing
from compat.model.patterns import searched
from compat.model.schema import ABSENT, Discriminator, Further, FurtherKeyword, Json, Schema

_STEMS: Final[Mapping[FurtherKeyword, str]] = {
    FurtherKeyword.PATTERN_PROPERTIES: "pattern-property",
    FurtherKeyword.PROPERTY_NAMES: "property-names",
    FurtherKeyword.DEPENDENT_SCHEMAS: "dependent-schema",
    FurtherKeyword.UNEVALUATED_PROPERTIES: "unevaluated-properties",
    FurtherKeyword.UNEVALUATED_ITEMS: "unevaluated-items",
    FurtherKeyword.CONTAINS: "contains",
    FurtherKeyword.CONTENT_SCHEMA: "content-schema",
    FurtherKeyword.NOT: "not",
}
_NO_PARTS: Final = Paired((), (), ()), ()
_PARTS: Final = ("if", "then", "else")
_KEYED: Final = (FurtherKeyword.PATTERN_PROPERTIES, FurtherKeyword.DEPENDENT_SCHEMAS)


def parts(
    keyword: str,
    old: Schema,
    new: Schema,
    digests: Digests,
    resolve_old: Resolve,
    resolve_new: Resolve,
) -> tuple[Paired, tuple[Atom, ...]]:
    """The pairs below `all_of`, `any_of` or `one_of`, and what is told of the others."""
    ours, theirs = getattr(old, keyword), getattr(new, keyword)
    if not (ours or theirs):
        return _NO_PARTS
    if keyword != "one_of":  # where a part that stands there twice admits nothing
        ours, theirs = _once(ours, digests, resolve_old), _once(theirs, digests, resolve_new)
    found = paired(
        ours, theirs, digests, resolve_old, resolve_new, hold_together=keyword == "all_of"
    )
    told = tuple(_parted(keyword, old, new, found, digests))
    return found, told


def _parted(
    keyword: str, old: Schema, new: Schema, found: Paired, digests: Digests
) -> Iterator[Atom]:
    stem = keyword.replace("_", "-")
    for action, lone in (("removed", found.removed), ("added", found.added)):
        for idle in (False, True):
            those = [each for each in lone if (keyword == "all_of" and is_idle(each)) is idle]
            if those:
                names: list[Json] = [_called(each) for each in those]
                marks = tuple(_mark(each, digests) for each in those)
                yield Atom(
                    stem=f"{stem}-{action}{'-annotation-only' if idle else ''}",
                    effect=Effect.SAME if idle else _effect(keyword, action, old, new),
                    old=old,
                    new=new,
                    before=names if action == "removed" else ABSENT,
                    after=names if action == "added" else ABSENT,
                    marks=marks,
                )


def _once(schemas: tuple[Schema, ...], digests: Digests, resolve: Resolve) -> tuple[Schema, ...]:
    """Without doubles; of a reference and the same inline, the reference."""
    found = {digests.meaning(each): each for each in reversed(schemas)}
    named = {digests.meaning(resolve(each)) for each in schemas if each.ref is not None}
    kept = [each for each in found.values() if each.ref or digests.meaning(each) not in named]
    return tuple(reversed(kept))


def is_idle(schema: Schema) -> bool:
    """A part that holds nothing but texts."""
    if schema.ref is not None or schema.all_of or schema.any_of or schema.one_of:
        return False
    return asserts_nothing(schema)


def _effect(keyword: str, action: str, old: Schema, new: Schema) -> Effect:
    if keyword == "all_of":  # what a part said may be said by the others now
        return Effect.NARROWER if action == "added" else Effect.UNKNOWN
    if not getattr(old, keyword):
        return Effect.NARROWER
    if not getattr(new, keyword):
        return Effect.WIDER
    return Effect.NARROWER if action == "removed" else Effect.WIDER


def _called(schema: Schema) -> str:
    if schema.ref is not None:
        return schema.ref.rpartition("/")[2]
    return schema.title or schema.place.pointer.rpartition("/")[2]


def _mark(schema: Schema, digests: Digests) -> str:
    """The name of a component; of what has none, what stands for its structure."""
    if schema.ref is not None:
        return _called(schema)
    return hashlib.sha256(digests.meaning(schema).encode()).hexdigest()[:16]


def discriminator(old: Schema, new: Schema) -> Iterator[Atom]:
    """Which field tells the variant, and by which values."""
    before, after = old.discriminator, new.discriminator
    if before is None and after is None:
        return
    if before is None or after is None:
        action = "added" if before is None else "removed"
        yield Atom(stem=f"discriminator-{action}", effect=Effect.SAME, old=old, new=new)
        return
    if before.property_name != after.property_name:
        yield Atom(
            stem="discriminator-property-name-changed",
            effect=Effect.SAME,
            old=old,
            new=new,
            before=before.property_name,
            after=after.property_name,
        )
    yield from _mapping(old, new, before, after)


def renamed_variants(old: Schema, new: Schema, found: Paired) -> Iterator[Atom]:
    """A schema's name is its value of the discriminator, where no mapping gives it another."""
    if old.discriminator is None or new.discriminator is None:
        return
    for one, other in found.pairs:
        is_mapped = (
            one.ref in old.discriminator.mapping.values()
            or other.ref in new.discriminator.mapping.values()
        )
        if one.ref and other.ref and _called(one) != _called(other) and not is_mapped:
            yield Atom(
                stem="discriminator-mapping-changed",
                effect=Effect.SAME,
                old=old,
                new=new,
                before=_called(one),
                after=_called(other),
            )


def _mapping(
    old: Schema, new: Schema, before: Discriminator, after: Discriminator
) -> Iterator[Atom]:
    for value in dict.fromkeys((*before.mapping, *after.mapping)):
        ours, theirs = before.mapping.get(value), after.mapping.get(value)
        if ours is None or theirs is None:
            action = "added" if ours is None else "deleted"
        elif ours.rpartition("#")[2] != theirs.rpartition("#")[2]:
            action = "changed"
        else:
            continue
        yield Atom(
            stem=f"discriminator-mapping-{action}",
            effect=Effect.SAME,
            old=old,
            new=new,
            before=ABSENT if ours is None else {value: ours.rpartition("/")[2]},
            after=ABSENT if theirs is None else {value: theirs.rpartition("/")[2]},
        )


def lone_keywords(old: Schema, new: Schema) -> Iterator[Atom]:
    """Keywords that hold schemas and stand in one version alone."""
    ours, theirs = _keyed(old), _keyed(new)
    for stem, about in dict.fromkeys((*ours, *theirs)):
        if ((stem, about) in ours) is not ((stem, about) in theirs):
            is_new = (stem, about) in theirs
            effect = Effect.NARROWER if is_new else Effect.WIDER
            if stem == _STEMS[FurtherKeyword.PATTERN_PROPERTIES]:
                effect = _declared(effect, about, old, new)
            elif stem == _STEMS[FurtherKeyword.CONTAINS] and (
                has_unevaluated_items(old) or has_unevaluated_items(new)
            ):
                effect = Effect.OTHER
            yield Atom(
                stem=f"{stem}-{'added' if is_new else 'removed'}",
                effect=effect,
                old=old,
                new=new,
                before=ABSENT if is_new else about,
                after=about if is_new else ABSENT,
            )
    yield from _dependent_required(old, new)


def _declared(effect: Effect, pattern: str, old: Schema, new: Schema) -> Effect:
    """Where nothing else may be there, a pattern admits fields instead of excluding some."""
    if any(_fits(pattern, name) for name in (*old.properties, *new.properties)):
        return effect if old.additional is new.additional is True else Effect.OTHER
    closed = [each.additional is False or is_evaluated(each) for each in (old, new)]
    if all(closed):
        return reverse(effect)
    return Effect.OTHER if any(closed) or isinstance(old.additional, Schema) else effect


def _fits(pattern: str, name: str) -> bool:
    """As far as it can be told."""
    return searched(pattern, name) is not False


def shared_keywords(old: Schema, new: Schema) -> Iterator[tuple[str, Schema, Schema, Turn]]:
    """(segment, old, new, what becomes of effects) of those that stand in both."""
    ours, theirs = _keyed(old), _keyed(new)
    for (stem, about), schema in ours.items():
        other = theirs.get((stem, about))
        if other is not None:
            segment = f"{stem}[{about}]" if about else stem
            yield segment, schema, other, _turn(stem, old, new)


def has_unevaluated_items(schema: Schema) -> bool:
    """Then what says more of items takes them out of that."""
    return any(each.keyword is FurtherKeyword.UNEVALUATED_ITEMS for each in schema.further)


def _turn(stem: str, old: Schema, new: Schema) -> Turn:
    if stem == "not":
        return Turn.TURNED
    if stem == "if":  # more values meet `then`, and fewer `else`
        return Turn.LOST
    if stem == _STEMS[FurtherKeyword.CONTAINS] and not (_is_least(old) and _is_least(new)):
        return Turn.LOST
    return Turn.KEPT


def _is_least(schema: Schema) -> bool:
    """Is `contains` only about how many items match at least?"""
    return all(
        each.about[1] is None for each in schema.further if each.keyword is FurtherKeyword.CONTAINS
    )


def _keyed(schema: Schema) -> dict[tuple[str, str], Schema]:
    return dict(_held(schema.further))


def _held(further: tuple[Further, ...]) -> Iterator[tuple[tuple[str, str], Schema]]:
    for each in further:
        if each.keyword is FurtherKeyword.IF:
            for stem, held in zip(_PARTS, each.schemas, strict=True):
                if held is not None:
                    yield (stem, ""), held
        elif each.keyword in _STEMS:
            about = str(each.about[0]) if each.keyword in _KEYED else ""
            for held in each.schemas:
                if held is not None:
                    yield (_STEMS[each.keyword], about), held


def _dependent_required(old: Schema, new: Schema) -> Iterator[Atom]:
    ours, theirs = _dependents(old), _dependents(new)
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = ours.get(name), theirs.get(name)
        if before == after:
            continue
        if before is None:
            stem, effect = "dependent-required-added", Effect.NARROWER
        elif after is None:
            stem, effect = "dependent-required-removed", Effect.WIDER
        else:
            stem, effect = "dependent-required-changed", Effect.OTHER
            if before < after:
                effect = Effect.NARROWER
            elif after < before:
                effect = Effect.WIDER
        yield Atom(
            stem=stem,
            effect=effect,
            old=old,
            new=new,
            before=ABSENT if before is None else {name: [*sorted(before)]},
            after=ABSENT if after is None else {name: [*sorted(after)]},
        )


def _dependents(schema: Schema) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in schema.further:
        if each.keyword is FurtherKeyword.DEPENDENT_REQUIRED:
            found.setdefault(str(each.about[0]), set()).add(str(each.about[1]))
    return found
