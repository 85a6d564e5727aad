"""Parts of a request that went to another part of it, or to an operation of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compat.intent.write import Entry
from compat.model.interface import Operation
from compat.model.schema import Json
from compat.model.shape import Field
from compat.suggest.candidate import (
    Candidate,
    Evidence,
    Sort,
    bridge,
    moved,
    operation,
    path_words,
    total,
    weighed,
)
from compat.suggest.leftovers import Crossing, Leftover, Lone, Table
from compat.suggest.likeness import fields_alike, presence_alike
from compat.suggest.reading import Versions, request_body
from compat.suggest.tables import PAIRS_MAX, Tables, added, differences, removed
from compat.suggest.words import likeness, shared_words

_PARTS = ("query", "header", "cookie")
_WRITES = frozenset(("PUT", "POST", "PATCH"))
_FOLLOWS_MIN = 0.4


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter or body field that only one version has in that part of the request."""

    part: str
    name: str
    table: Table
    field: Field


def relocations(
    versions: Versions, tables: Tables, leftovers: Sequence[Leftover]
) -> Iterator[Candidate]:
    for left in leftovers:
        if isinstance(left, Crossing):
            parts = _tables(versions, tables, left)
            gone = [
                Slot(part, name, table, table.old_fields[name])
                for part, table in parts
                for name in table.removed
            ]
            come = [
                Slot(part, name, table, table.new_fields[name])
                for part, table in parts
                for name in table.added
            ]
            few = len(gone) * len(come) <= PAIRS_MAX
            for old in gone if few else ():
                for new in come:
                    if old.part != new.part and likeness(old.name, new.name) > 0.5:
                        yield _relocation(versions, left, old, new)


def _tables(versions: Versions, tables: Tables, left: Crossing) -> list[tuple[str, Table]]:
    """The parts of the request that anything is left of."""
    found = [
        (part, tables.find(f"{left.old.key} {part}", f"{left.new.key} {part}")) for part in _PARTS
    ]
    found.append(("body", tables.find(*_body_addresses(versions, left.old, left.new))))
    return [(part, table) for part, table in found if table is not None]


def _body_addresses(versions: Versions, old: Operation, new: Operation) -> tuple[str, str]:
    """How the planner calls the two bodies; one that only one version has, by the same name."""
    ours, theirs = request_body(old), request_body(new)
    one = versions.old.component(ours) if ours is not None else ""
    other = versions.new.component(theirs) if theirs is not None else ""
    if ours is None or theirs is None:
        one = other = one or other
    return one or f"{old.key} body", other or f"{new.key} body"


def _relocation(versions: Versions, left: Crossing, old: Slot, new: Slot) -> Candidate:
    schemas = old.field.schema, new.field.schema
    evidence = (
        *fields_alike(versions, (old.name, schemas[0]), (new.name, schemas[1])),
        presence_alike(old.field, new.field),
        Evidence(-0.05, "another part of the request"),
    )
    move = moved((old.part, old.name), (new.part, new.name))
    gone = differences(old.table, (old.name,), ())
    return Candidate(
        sort=Sort.RELOCATE,
        evidence=weighed(evidence),
        entries=(bridge(f"{left.old.key} request", move=move),),
        explains=frozenset((removed(old.table, old.name), added(new.table, new.name))),
        answers=gone | differences(new.table, (), (new.name,)),
        old=schemas[0].place,
        new=schemas[1].place,
    )


# --- fields that got an operation of their own ----------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Follower:
    """A removed body field, and the field of an added operation that may be it."""

    old: str
    new: str
    evidence: tuple[Evidence, ...]


def followers(
    versions: Versions, tables: Tables, leftovers: Sequence[Leftover]
) -> Iterator[Candidate]:
    added_operations = [
        one
        for left in leftovers
        if isinstance(left, Lone)
        for one in left.added
        if one.key.method in _WRITES
    ]
    for left in leftovers:
        if isinstance(left, Crossing) and left.old.key.method in _WRITES:
            table = tables.find(*_body_addresses(versions, left.old, left.new))
            for one in added_operations if table is not None and table.removed else ():
                assert table is not None
                found = _followers(versions, table, one)
                if found:
                    yield from _followed(versions, tables, left, table, one, found)


def _followers(versions: Versions, table: Table, other: Operation) -> list[_Follower]:
    """The pairs of fields that may be one, each field once, the likeliest first."""
    pairs = []
    fields = versions.new.fields(request_body(other))
    for old in table.removed if len(table.removed) * len(fields) <= PAIRS_MAX else ():
        named = _named(old, other)
        for new, field in fields.items() if named is not None else ():
            if named is not None and likeness(old, new) > 0.3:
                schemas = (old, table.old_fields[old].schema), (new, field.schema)
                evidence = weighed((*fields_alike(versions, *schemas), named))
                pairs.append(_Follower(old=old, new=new, evidence=evidence))
    found: list[_Follower] = []
    for pair in sorted(pairs, key=lambda one: (-total(one.evidence), one.old, one.new)):
        fresh = all(pair.old != one.old and pair.new != one.new for one in found)
        if fresh and total(pair.evidence) >= _FOLLOWS_MIN:
            found.append(pair)
    return found


def _named(name: str, other: Operation) -> Evidence | None:
    """The operation is called like the field."""
    shared = shared_words(other.key.path.rpartition("/")[2], name)
    if not shared:
        return None
    return Evidence(0.1, f"{other.key} is new and has {', '.join(shared)} in its name")


def _followed(
    versions: Versions,
    tables: Tables,
    left: Crossing,
    table: Table,
    other: Operation,
    found: Sequence[_Follower],
) -> Iterator[Candidate]:
    body = request_body(other)
    address = (versions.new.component(body) if body is not None else "") or f"{other.key} body"
    renamed: dict[str, Json] = {one.old: one.new for one in found if one.old != one.new}
    if renamed and tables.knows(address):
        return
    yield Candidate(
        sort=Sort.STAND_IN,
        evidence=found[0].evidence,
        entries=(
            _calls(left, other, found),
            *((bridge(address, rename=renamed),) if renamed else ()),
        ),
        explains=frozenset(
            (
                ("old", str(left.old.key), "operation"),
                *(removed(table, one.old) for one in found),
            )
        ),
        answers=differences(table, [one.old for one in found], ()),
        old=table.old_fields[found[0].old].schema.place,
        new=other.place,
    )


def _calls(left: Crossing, other: Operation, found: Sequence[_Follower]) -> Entry:
    when: list[Json] = [path_words(("body", one.old)) for one in found]
    calls: list[Json] = [
        {"operation": str(left.new.key)},
        {"operation": str(other.key), "when": when},
    ]
    return operation(old=str(left.old.key), calls=calls)
