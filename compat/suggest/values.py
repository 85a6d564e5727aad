"""Values of enums that got another name, and stand-ins for those that nothing replaced."""

from collections.abc import Iterator, Sequence

from compat.model.schema import Json, Schema
from compat.model.shape import ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Matter, Sort, bridge, mapped, weighed
from compat.suggest.leftovers import Leftover, Values
from compat.suggest.reading import Version, Versions
from compat.suggest.words import likeness, opposites

_CATCH_ALLS = frozenset(("unknown", "other", "unspecified", "undefined", "generic"))
_PAIRS_MAX = 2_500


def values(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    for left in leftovers:
        if isinstance(left, Values):
            yield from _renamed(versions, left)
            yield from _stood_in(versions, left)


def _renamed(versions: Versions, left: Values) -> Iterator[Candidate]:
    ours, theirs = _enum(versions.old, left.schemas[0]), _enum(versions.new, left.schemas[1])
    if len(left.removed) * len(left.added) > _PAIRS_MAX:
        return
    for old in left.removed:
        for new in left.added:
            evidence = [*_alike(old, new)]
            if ours.index(old) == theirs.index(new):
                evidence.append(Evidence(0.25, "both stand at the same place in the list"))
            if len(left.removed) == len(left.added) == 1:
                evidence.append(Evidence(0.25, "no other value was removed or added"))
            yield _candidate(left, evidence, removed=old, added=new)


def _stood_in(versions: Versions, left: Values) -> Iterator[Candidate]:
    """A value of one version alone becomes one that both know."""
    ours, theirs = _enum(versions.old, left.schemas[0]), _enum(versions.new, left.schemas[1])
    kept = [value for value in ours if value in theirs]
    for old in left.removed:
        for value, evidence in _nearest(old, kept):
            yield _candidate(left, [evidence], removed=old, stand_in=value)
    for new in left.added:
        for value, evidence in _nearest(new, kept):
            yield _candidate(left, [evidence], added=new, stand_in=value)


def _nearest(value: Json, kept: Sequence[Json]) -> Iterator[tuple[Json, Evidence]]:
    for other in kept:
        if not isinstance(value, str) or not isinstance(other, str):
            continue
        if other.casefold() in _CATCH_ALLS:
            yield other, Evidence(0.3, f"{other} stands for whatever else there is")
        elif likeness(value, other) > 0.4 and opposites(value, other) is None:
            yield other, Evidence(0.4 * likeness(value, other), "similar words")


def _alike(old: Json, new: Json) -> Iterator[Evidence]:
    if not isinstance(old, str) or not isinstance(new, str):
        return
    found = likeness(old, new)
    if found:
        yield Evidence(0.5 * found, "the same words" if found == 1.0 else "similar words")
    against = opposites(old, new)
    if against is not None:
        yield Evidence(-0.4, f"{against[0]} and {against[1]} are opposites")


def _candidate(
    left: Values,
    evidence: Sequence[Evidence],
    *,
    removed: Json = None,
    added: Json = None,
    stand_in: Json = None,
) -> Candidate:
    """`stand_in` is the value of both versions where only one of the two others is given."""
    matters: set[Matter] = set()
    answers: set[str] = set()
    if removed is not None:
        matters.add(("old", left.addresses[0], f"={removed}"))
        answers.add(f"value-removed {left.subject}={removed}")
    if added is not None:
        matters.add(("new", left.addresses[1], f"={added}"))
        answers.add(f"value-added {left.subject}={added}")
    if removed is None:
        entry = bridge(left.addresses[0], back=mapped(added, stand_in))
    else:
        other = stand_in if added is None else added
        entry = bridge(left.addresses[0], values=mapped(removed, other))
    return Candidate(
        sort=Sort.VALUES,
        evidence=weighed(evidence),
        entries=(entry,),
        explains=frozenset(matters),
        answers=frozenset(answers),
        old=left.schemas[0].place,
        new=left.schemas[1].place,
    )


def _enum(version: Version, schema: Schema) -> Sequence[Json]:
    shape = version.shape(schema)
    return (shape.enum or ()) if isinstance(shape, ScalarShape) else ()
