"""Values of enums that got another name, and stand-ins for those that nothing replaced."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compat.model.schema import Json, Schema
from compat.model.shape import ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Matter, Sort, bridge, mapped, weighed
from compat.suggest.leftovers import Leftover, Values
from compat.suggest.reading import Version, Versions
from compat.suggest.words import likeness, opposites

_CATCH_ALLS = frozenset(("unknown", "other", "unspecified", "undefined", "generic"))
_PAIRS_MAX = 2_500


def values(versions: Versions, leftovers: Sequence[Leftover]) -> Iterator[Candidate]:
    enums = [left for left in leftovers if isinstance(left, Values)]
    met: dict[str, list[Values]] = {}
    for left in enums:
        for address in left.addresses:
            met.setdefault(address, []).append(left)
    for left in enums:
        for pair in (*_renamed(versions, left), *_stood_in(versions, left)):
            yield _candidate(left, _address(versions, left, met, pair), pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A value of the old version and one of the new; which of them the other version lacks."""

    old: Json
    new: Json
    removed: bool
    added: bool
    evidence: tuple[Evidence, ...]


def _address(
    versions: Versions, left: Values, met: Mapping[str, Sequence[Values]], pair: _Pair
) -> str:
    """The address that stands only for enums which have the two values, if one does."""
    return next(
        (
            address
            for address in left.addresses
            if all(
                pair.old in _enum(versions.old, other.schemas[0])
                and pair.new in _enum(versions.new, other.schemas[1])
                for other in met[address]
            )
        ),
        left.addresses[0],
    )


def _renamed(versions: Versions, left: Values) -> Iterator[_Pair]:
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
            yield _Pair(old=old, new=new, removed=True, added=True, evidence=weighed(evidence))


def _stood_in(versions: Versions, left: Values) -> Iterator[_Pair]:
    """A value of one version alone becomes one that both know."""
    ours, theirs = _enum(versions.old, left.schemas[0]), _enum(versions.new, left.schemas[1])
    kept = [value for value in ours if value in theirs]
    if (len(left.removed) + len(left.added)) * len(kept) > _PAIRS_MAX:
        kept = [value for value in kept if _stands_for_others(value)]
    for old in left.removed:
        for value, evidence in _nearest(old, kept):
            yield _Pair(old=old, new=value, removed=True, added=False, evidence=(evidence,))
    for new in left.added:
        for value, evidence in _nearest(new, kept):
            yield _Pair(old=value, new=new, removed=False, added=True, evidence=(evidence,))


def _nearest(value: Json, kept: Sequence[Json]) -> Iterator[tuple[Json, Evidence]]:
    for other in kept:
        if not isinstance(value, str) or not isinstance(other, str):
            continue
        if _stands_for_others(other):
            yield other, Evidence(0.3, f"{other} stands for whatever else there is")
        elif likeness(value, other) > 0.4 and opposites(value, other) is None:
            yield other, Evidence(0.34 * likeness(value, other), "similar words")


def _stands_for_others(value: Json) -> bool:
    return isinstance(value, str) and value.casefold() in _CATCH_ALLS


def _alike(old: Json, new: Json) -> Iterator[Evidence]:
    if not isinstance(old, str) or not isinstance(new, str):
        return
    found = likeness(old, new)
    if found:
        yield Evidence(0.5 * found, "the same words" if found == 1.0 else "similar words")
    against = opposites(old, new)
    if against is not None:
        yield Evidence(-0.4, f"{against[0]} and {against[1]} are opposites")


def _candidate(left: Values, at: str, pair: _Pair) -> Candidate:
    matters: set[Matter] = set()
    answers: set[str] = set()
    if pair.removed:
        matters.add(("old", left.addresses[0], f"={pair.old}"))
        answers.add(f"value-removed {left.subject}={pair.old}")
    if pair.added:
        matters.add(("new", left.addresses[1], f"={pair.new}"))
        answers.add(f"value-added {left.subject}={pair.new}")
    if pair.removed:
        entry = bridge(at, values=mapped(pair.old, pair.new))
    else:
        entry = bridge(at, back=mapped(pair.new, pair.old))
    return Candidate(
        sort=Sort.VALUES,
        evidence=pair.evidence,
        entries=(entry,),
        explains=frozenset(matters),
        answers=frozenset(answers),
        old=left.schemas[0].place,
        new=left.schemas[1].place,
    )


def _enum(version: Version, schema: Schema) -> Sequence[Json]:
    shape = version.shape(schema)
    return (shape.enum or ()) if isinstance(shape, ScalarShape) else ()
