"""Do two fields mean the same? What their names, texts and schemas say for and against it.

Same shape is not same meaning: without a name, a text or a type of its own in common the evidence
stays far below what is likely.
"""

from collections.abc import Iterator, Sequence

from compat.model.schema import ABSENT, UNBOUNDED, Json, Kind, Schema
from compat.model.shape import AnyShape, ArrayShape, Field, ObjectShape, ScalarShape, UnionShape
from compat.suggest import texts
from compat.suggest.candidate import Evidence
from compat.suggest.reading import Versions
from compat.suggest.shifts import replaced
from compat.suggest.words import likeness, opposites, shared_words, words

NUMERIC = frozenset({Kind.INTEGER, Kind.NUMBER})


def fields_alike(
    versions: Versions, old: tuple[str, Schema], new: tuple[str, Schema]
) -> Iterator[Evidence]:
    """All that speaks for two fields, each a name and a schema, being one."""
    yield from names_alike(old[0], new[0])
    yield from shifted(versions, old[0], new[0])
    yield from texts_alike(versions, old[1], new[1])
    yield mentions(versions, old, new)
    yield from schemas_alike(versions, old[1], new[1])
    yield from examples_alike(versions, old, new)


def shifted(versions: Versions, old: str, new: str) -> Iterator[Evidence]:
    """One word stands where another did, as in other names of the interface."""
    shift = replaced(words(old), words(new))
    times = versions.shifts.get(shift, 0) if shift is not None else 0
    if shift is not None and times > 1:
        reason = f"{shift[0]} became {shift[1]} in {times} names"
        yield Evidence(0.25 if times > 2 else 0.15, reason)


def presence_alike(old: Field, new: Field) -> Evidence:
    if old.required != new.required:
        return Evidence(-0.02, "required in one version alone")
    return Evidence(0.03, "both are required" if old.required else "neither is required")


def names_alike(old: str, new: str, *, weight: float = 0.45) -> Iterator[Evidence]:
    """How much the names have in common; `weight` is for equal ones."""
    found = likeness(old, new)
    if old == new:
        yield Evidence(weight, f"both are called {old}")
    elif found == 1.0:
        short, long = sorted((old.lower(), new.lower()), key=len)
        is_plural = long == f"{short}s"
        reason = "differ in number alone" if is_plural else "are the same words"
        yield Evidence(weight, f"the names {reason}")
    elif found > 0:
        shared = shared_words(old, new)
        reason = f"the names share {', '.join(shared)}" if shared else "the names are similar"
        yield Evidence(weight * found, reason)
    against = opposites(old, new)
    if against is not None:
        yield Evidence(-0.3, f"{against[0]} and {against[1]} are opposites")


def texts_alike(versions: Versions, old: Schema, new: Schema) -> Iterator[Evidence]:
    """How much the descriptions have in common."""
    names = versions.old.component(old), versions.new.component(new)
    if names[0] and names[0] == names[1]:
        # The descriptions of one component are no evidence beside the component itself.
        ours, theirs = versions.old.own_text(old), versions.new.own_text(new)
    else:
        ours, theirs = versions.old.text(old), versions.new.text(new)
    found = texts.likeness(ours, theirs)
    if found == 1.0:
        yield Evidence(0.28, "the descriptions say the same")
    elif found:
        yield Evidence(0.25 * found, f"the descriptions share {found:.0%} of their words")
    elif found is not None:
        yield Evidence(-0.05, "the descriptions share nothing")


def mentions(versions: Versions, old: tuple[str, Schema], new: tuple[str, Schema]) -> Evidence:
    """Does the description of one speak of the other?"""
    cues = [
        (cue, owner, other)
        for cue, owner, other in (
            (texts.names(versions.old.text(old[1]), new[0]), old[0], new[0]),
            (texts.names(versions.new.text(new[1]), old[0]), new[0], old[0]),
        )
        if cue
    ]
    for cue, owner, other in sorted(cues, key=lambda found: found[0] == "names"):
        said = f"the description of {owner} says: {cue} {other}"
        if cue == "names":
            return Evidence(0.15, f"the description of {owner} names {other}")
        return Evidence(0.4, said)
    return Evidence(0.0, "")


def schemas_alike(versions: Versions, old: Schema, new: Schema) -> Iterator[Evidence]:
    """How much the schemas have in common: nature, values, bounds, defaults, examples."""
    yield from _natures(versions, old, new)
    ours, theirs = versions.old.shape(old), versions.new.shape(new)
    if isinstance(ours, ScalarShape) and isinstance(theirs, ScalarShape):
        yield from _enums(ours.enum, theirs.enum)
        if ours.bounds == theirs.bounds != UNBOUNDED:
            yield Evidence(0.05, "the same bounds")
    defaults = versions.old.default(old), versions.new.default(new)
    if defaults[0] is not ABSENT and defaults[0] == defaults[1]:
        yield Evidence(0.03, f"the same default {defaults[0]!r}")


def examples_alike(
    versions: Versions, old: tuple[str, Schema], new: tuple[str, Schema]
) -> Iterator[Evidence]:
    ours = list(versions.old.examples(old[1], old[0]))
    same = next((one for one in versions.new.examples(new[1], new[0]) if one in ours), None)
    if same not in (None, "", 0, False, [], {}):
        yield Evidence(0.07, "the same example")


def _natures(versions: Versions, old: Schema, new: Schema) -> Iterator[Evidence]:
    ours, theirs = versions.old.shape(old), versions.new.shape(new)
    names = versions.old.component(old), versions.new.component(new)
    if names[0] and names[0] == names[1]:
        is_scalar = isinstance(ours, ScalarShape)
        yield Evidence(0.2 if is_scalar else 0.3, f"both are {names[0]}")
        return
    match ours, theirs:
        case AnyShape(), _:
            return
        case _, AnyShape():
            return
        case ScalarShape(), ScalarShape():
            yield _scalars(ours, theirs)
        case ArrayShape(items=one), ArrayShape(items=other):
            yield _lists(versions, one, other)
        case ScalarShape(), ArrayShape(items=items) if items is not None:
            yield _listed(ours, versions.new.shape(items))
        case ArrayShape(items=items), ScalarShape() if items is not None:
            yield _listed(theirs, versions.old.shape(items))
        case ObjectShape(), ObjectShape():
            yield _objects(ours, theirs, names)
        case UnionShape(), UnionShape():
            yield Evidence(0.05, "both are one of several")
        case _:
            yield Evidence(-0.4, "values of another nature")


def _scalars(old: ScalarShape, new: ScalarShape) -> Evidence:
    if old.kinds == new.kinds:
        noun = "/".join(sorted(old.kinds))
        if old.format != new.format:
            return Evidence(0.06, f"both are {noun}")
        named = f"{noun} ({old.format})" if old.format else noun
        return Evidence(0.1, f"both are {named}")
    if old.kinds & new.kinds or (old.kinds & NUMERIC and new.kinds & NUMERIC):
        return Evidence(0.04, "some values are of both types")
    return Evidence(-0.2, f"{'/'.join(sorted(old.kinds))} became {'/'.join(sorted(new.kinds))}")


def _lists(versions: Versions, old: Schema | None, new: Schema | None) -> Evidence:
    if old is None or new is None:
        return Evidence(0.05, "both are lists")
    names = versions.old.component(old), versions.new.component(new)
    if names[0] and names[0] == names[1]:
        return Evidence(0.3, f"both are lists of {names[0]}")
    ours, theirs = versions.old.shape(old), versions.new.shape(new)
    match ours, theirs:
        case ScalarShape(), ScalarShape() if ours.kinds == theirs.kinds:
            return Evidence(0.12, f"both are lists of {'/'.join(sorted(ours.kinds))}")
        case ObjectShape(), ObjectShape():
            inner = _objects(ours, theirs, names)
            return Evidence(inner.weight, f"lists: of their items {inner.reason}")
        case (AnyShape(), _) | (_, AnyShape()):
            return Evidence(0.05, "both are lists")
        case _:
            return Evidence(-0.3, "lists of values of another nature")


def _listed(one: ScalarShape, item: object) -> Evidence:
    """A value of one version may be an item of the list in the other."""
    if isinstance(item, ScalarShape) and one.kinds & item.kinds:
        return Evidence(0.1, "a list of such values in one version")
    return Evidence(-0.3, "a value and a list of others")


def _objects(old: ObjectShape, new: ObjectShape, names: tuple[str, str]) -> Evidence:
    every = old.fields.keys() | new.fields.keys()
    if not every:
        return Evidence(0.08, "both are objects of any fields")
    share = len(old.fields.keys() & new.fields.keys()) / len(every)
    if share:
        return Evidence(0.3 * share, f"the objects share {share:.0%} of their fields")
    if all(names) and likeness(*names) > 0.5:
        return Evidence(0.05, f"{names[0]} and {names[1]} are similar names")
    return Evidence(-0.2, "the objects share no field")


def _enums(old: Sequence[Json] | None, new: Sequence[Json] | None) -> Iterator[Evidence]:
    if old is None or new is None:
        return
    ours, theirs = {_folded(value) for value in old}, {_folded(value) for value in new}
    share = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    if share:
        yield Evidence(0.25 * share, f"the lists of values share {share:.0%}")
    else:
        yield Evidence(-0.15, "the lists of values share nothing")


def _folded(value: Json) -> str:
    return value.casefold() if isinstance(value, str) else repr(value)
