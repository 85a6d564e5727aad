"""Fields and parameters that got another name."""

from collections.abc import Collection, Iterator, Sequence

from compat.intent.write import Entry
from compat.model.schema import Schema
from compat.model.shape import ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge, weighed
from compat.suggest.leftovers import Table
from compat.suggest.likeness import NUMERIC, fields_alike, presence_alike
from compat.suggest.reading import Versions
from compat.suggest.tables import PAIRS_MAX, Tables, added, differences, removed
from compat.suggest.units import factor, scale_words, unit_of_name, unit_of_text
from compat.suggest.words import words


def renames(versions: Versions, tables: Tables) -> Iterator[Candidate]:
    for table in tables.merged:
        for old, new in _pairs(table):
            yield _rename(versions, tables, table, old, new)


def _pairs(table: Table) -> Iterator[tuple[str, str]]:
    many = len(table.removed) * len(table.added) > PAIRS_MAX
    by_word: dict[str, list[str]] = {}
    for new in table.added if many else ():
        for word in words(new):
            by_word.setdefault(word, []).append(new)
    for old in table.removed:
        partners = table.added
        if many:
            partners = list(dict.fromkeys(n for w in words(old) for n in by_word.get(w, ())))
        yield from ((old, new) for new in partners[: PAIRS_MAX // 10])


def _rename(versions: Versions, tables: Tables, table: Table, old: str, new: str) -> Candidate:
    at = tables.at(table, lambda other: old in other.removed and new in other.added)
    one, other = table.old_fields[old], table.new_fields[new]
    scale, unit = _unit(versions, table, old, new)
    evidence = (
        *fields_alike(versions, (old, one.schema), (new, other.schema)),
        presence_alike(one, other),
        *_positions(table, old, new),
        *unit,
    )
    return Candidate(
        sort=Sort.RENAME,
        evidence=weighed(evidence),
        entries=(bridge(at, rename={old: new}), *scale),
        explains=frozenset((removed(table, old), added(table, new))),
        answers=differences(table, (old,), (new,)),
        old=one.schema.place,
        new=other.schema.place,
    )


def _positions(table: Table, old: str, new: str) -> Iterator[Evidence]:
    """Where they stand, and whether anything else was removed or added."""
    if len(table.removed) == len(table.added) == 1:
        yield Evidence(0.07, "nothing else was removed or added there")
    before = _neighbours(list(table.old_fields), old, table.new_fields)
    after = _neighbours(list(table.new_fields), new, table.old_fields)
    shared = before & after
    if shared:
        yield Evidence(0.03 * len(shared), f"both stand beside {', '.join(sorted(shared))}")


def _neighbours(names: Sequence[str], name: str, known: Collection[str]) -> frozenset[str]:
    """The nearest fields before and after it that both versions have."""
    at = names.index(name)
    before = next((one for one in reversed(names[:at]) if one in known), None)
    after = next((one for one in names[at + 1 :] if one in known), None)
    return frozenset(one for one in (before, after) if one is not None)


def _unit(
    versions: Versions, table: Table, old: str, new: str
) -> tuple[tuple[Entry, ...], tuple[Evidence, ...]]:
    """A number that counts in another unit under its new name has to be scaled as well."""
    one, other = table.old_fields[old].schema, table.new_fields[new].schema
    ours = unit_of_name(old) or unit_of_text(versions.old.text(one))
    theirs = unit_of_name(new) or unit_of_text(versions.new.text(other))
    if ours is None or theirs is None or not _is_number(versions, one, other):
        return (), ()
    by = factor(ours, theirs)
    if by is None:
        return (), ()
    reason = f"{ours.name} before, {theirs.name} now"
    at = f"{table.addresses[1]}.{new}"
    return (bridge(at, scale=scale_words(by)),), (Evidence(0.02, reason),)


def _is_number(versions: Versions, old: Schema, new: Schema) -> bool:
    """Numbers that are no component: those have an address of their own."""
    shapes = versions.old.shape(old), versions.new.shape(new)
    named = versions.old.component(old) or versions.new.component(new)
    return not named and all(
        isinstance(shape, ScalarShape) and shape.kinds <= NUMERIC for shape in shapes
    )
