"""Fields that went into an object, or came out of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from compat.lens.ops import FieldPath
from compat.model.shape import Field, ObjectShape
from compat.suggest.candidate import Candidate, Evidence, Matter, Sort, bridge, moved, weighed
from compat.suggest.leftovers import Table
from compat.suggest.likeness import (
    examples_alike,
    mentions,
    names_alike,
    schemas_alike,
    texts_alike,
)
from compat.suggest.reading import Version, Versions
from compat.suggest.tables import PAIRS_MAX, Tables
from compat.suggest.words import likeness, words

_LEVELS_MAX = 3
_PATHS_MAX = 400
"""So many fields below one table are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field below a table: its path from there, and the address of the object it is in."""

    path: FieldPath
    holder: str
    field: Field

    @property
    def name(self) -> str:
        return self.path[-1]


def moves(versions: Versions, tables: Tables) -> Iterator[Candidate]:
    for table in tables.merged:
        if table.noun != "field" or not (table.removed or table.added):
            continue
        ours = _places(versions.old, table.addresses[0], table.old_fields)
        theirs = _places(versions.new, table.addresses[1], table.new_fields)
        gone = [ours[path] for path in ours if path not in theirs]
        come = [theirs[path] for path in theirs if path not in ours]
        for source, target in _pairs(gone, come):
            if _is_move(table, source, target):
                yield from _move(versions, tables, table, source, target)


def _pairs(gone: Sequence[Place], come: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    """All of them; where there are too many, those of one name."""
    if len(gone) * len(come) <= PAIRS_MAX:
        yield from product(gone, come)
        return
    named: dict[str, list[Place]] = {}
    for target in come:
        named.setdefault(target.name, []).append(target)
    for source in gone:
        yield from ((source, target) for target in named.get(source.name, ())[:_LEVELS_MAX])


def _is_move(table: Table, source: Place, target: Place) -> bool:
    """One of the two is at the table itself, and their names have something in common."""
    if len(source.path) == 1:
        ends = source.name in table.removed and len(target.path) > 1
    else:
        ends = len(target.path) == 1 and target.name in table.added
    return ends and _common(source, target) > 0.3


def _common(source: Place, target: Place) -> float:
    return max(likeness(source.name, target.name), _joined(source.path, target.path))


def _joined(source: FieldPath, target: FieldPath) -> float:
    """Names that may have been put together from those on the way, or taken apart."""
    ours, theirs = words("_".join(source)), words("_".join(target))
    held = 0.75 if {*ours} <= {*theirs} or {*theirs} <= {*ours} else 0.0
    return 0.9 * max(held, likeness("_".join(source), "_".join(target)))


def _move(
    versions: Versions, tables: Tables, table: Table, source: Place, target: Place
) -> Iterator[Candidate]:
    at = tables.at(table, lambda other: _fits(versions, other, source.path, target.path))
    old, new = source.field.schema, target.field.schema
    names = (source.name, old), (target.name, new)
    levels = len(source.path) + len(target.path) - 2
    evidence = (
        *_names(source, target),
        *texts_alike(versions, old, new),
        mentions(versions, *names),
        *schemas_alike(versions, old, new),
        *examples_alike(versions, *names),
        Evidence(-0.04 * levels, f"{levels} level{'s'[: levels > 1]} away"),
    )
    yield Candidate(
        sort=Sort.MOVE,
        evidence=weighed(evidence),
        entries=(bridge(at, move=moved(source.path, target.path)),),
        explains=frozenset(_matters("old", table.addresses[0], source))
        | frozenset(_matters("new", table.addresses[1], target)),
        answers=frozenset(
            (*_differences(table, "removed", source), *_differences(table, "added", target))
        ),
        old=old.place,
        new=new.place,
    )


def _names(source: Place, target: Place) -> Iterator[Evidence]:
    joined = _joined(source.path, target.path)
    if joined > likeness(source.name, target.name):
        ours, theirs = ".".join(source.path), ".".join(target.path)
        yield Evidence(0.45 * joined, f"{ours} and {theirs} have words in common")
    else:
        yield from names_alike(source.name, target.name)


def _matters(version: str, address: str, place: Place) -> Iterator[Matter]:
    """From the table on, and from the object that holds it."""
    yield (version, address, *place.path)
    if len(place.path) > 1:
        yield (version, place.holder, place.name)


def _differences(table: Table, what: str, place: Place) -> Iterator[str]:
    """The field itself, and the object that comes or goes with it."""
    yield f"field-{what} {table.subject}.{place.path[0]}"
    if len(place.path) > 1:
        yield f"field-{what} {place.holder}.{place.name}"


def _fits(versions: Versions, table: Table, source: FieldPath, target: FieldPath) -> bool:
    return bool(
        _at(versions.old, table.old_fields, source) and _at(versions.new, table.new_fields, target)
    )


def _at(version: Version, fields: Mapping[str, Field], path: FieldPath) -> Field | None:
    field = fields.get(path[0])
    if field is None or len(path) == 1:
        return field
    return _at(version, version.fields(field.schema), path[1:])


def _places(version: Version, address: str, fields: Mapping[str, Field]) -> dict[FieldPath, Place]:
    return {place.path: place for place in islice(_below(version, address, fields, ()), _PATHS_MAX)}


def _below(
    version: Version, address: str, fields: Mapping[str, Field], path: FieldPath
) -> Iterator[Place]:
    """Level by level as far as one object goes: the nearer ones first."""
    for name, field in fields.items():
        yield Place((*path, name), address, field)
    if len(path) + 1 == _LEVELS_MAX:
        return
    for name, field in fields.items():
        if isinstance(version.shape(field.schema), ObjectShape):
            inner = version.component(field.schema) or f"{address}.{name}"
            yield from _below(version, inner, version.fields(field.schema), (*path, name))
