"""One text of a version that is several in the other."""

from collections.abc import Iterator, Sequence

from compat.model.schema import Json, Kind, Schema
from compat.model.shape import ScalarShape
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge, weighed
from compat.suggest.leftovers import Table
from compat.suggest.reading import Version, Versions
from compat.suggest.tables import PAIRS_MAX, Tables, added, differences, removed
from compat.suggest.texts import names
from compat.suggest.words import words

_PARTS_MAX = 4
_SEPARATORS = (", ", " - ", "://", ":", "/", "@", ",", ";", "|", " ", "-", "_", ".")


def cuts(versions: Versions, tables: Tables) -> Iterator[Candidate]:
    for table in tables.merged:
        if len(table.removed) * len(table.added) > PAIRS_MAX:
            continue
        for name in _texts(versions.old, table.removed, table, is_old=True):
            parts = _texts(versions.new, table.added, table, is_old=False)
            yield from _cut(versions, tables, table, name, parts, is_split=True)
        for name in _texts(versions.new, table.added, table, is_old=False):
            parts = _texts(versions.old, table.removed, table, is_old=True)
            yield from _cut(versions, tables, table, name, parts, is_split=False)


def _texts(version: Version, found: Sequence[str], table: Table, *, is_old: bool) -> list[str]:
    """Those of the names that are free text."""
    fields = table.old_fields if is_old else table.new_fields
    shapes = {name: version.shape(fields[name].schema) for name in found}
    return [
        name
        for name, shape in shapes.items()
        if isinstance(shape, ScalarShape) and shape.kinds == {Kind.STRING} and not shape.enum
    ]


def _cut(
    versions: Versions,
    tables: Tables,
    table: Table,
    whole: str,
    found: Sequence[str],
    *,
    is_split: bool,
) -> Iterator[Candidate]:
    version = versions.old if is_split else versions.new
    schema = (table.old_fields if is_split else table.new_fields)[whole].schema
    parts, evidence = _parts(whole, version.text(schema), found)
    if not 2 <= len(parts) <= _PARTS_MAX:
        return
    old, new = ((whole,), parts) if is_split else (parts, (whole,))
    at = tables.at(table, lambda one: {*old} <= {*one.removed} and {*new} <= {*one.added})
    separator, told = _separator(version, schema, whole, len(parts))
    sort = Sort.SPLIT if is_split else Sort.MERGE
    cut: dict[str, Json] = {"field": whole, "parts": [*parts], "separator": separator}
    yield Candidate(
        sort=sort,
        evidence=weighed((*evidence, told)),
        entries=(bridge(at, **{sort.value: cut}),),
        explains=frozenset(
            (*(removed(table, name) for name in old), *(added(table, name) for name in new))
        ),
        answers=differences(table, old, new),
        old=table.old_fields[old[0]].schema.place,
        new=table.new_fields[new[0]].schema.place,
    )


def _parts(
    whole: str, text: str, found: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Evidence, ...]]:
    """The names that may be its parts: each says more than it, or together they say the same."""
    ours = frozenset(words(whole))
    narrower = tuple(name for name in found if ours < frozenset(words(name)))
    pieces = tuple(name for name in found if frozenset(words(name)) < ours)
    together = frozenset(word for name in pieces for word in words(name))
    told = tuple(name for name in found if names(text, name))
    if len(told) > 1:
        return told, (Evidence(0.5, f"the description of {whole} names {', '.join(told)}"),)
    if together == ours:
        return pieces, (Evidence(0.5, f"their names together are {whole}"),)
    return narrower, (Evidence(0.35, f"the name of each has {whole} in it"),)


def _separator(version: Version, schema: Schema, name: str, count: int) -> tuple[str, Evidence]:
    """What stands between the parts in an example; a space where nothing shows it."""
    for example in version.examples(schema, name):
        for separator in _SEPARATORS:
            if isinstance(example, str) and example.count(separator) == count - 1:
                return separator, Evidence(0.2, f"the example {example!r} has {separator!r} in it")
    return " ", Evidence(-0.1, "nothing shows what stands between the parts")
