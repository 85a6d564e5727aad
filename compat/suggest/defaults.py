"""Values for fields that one version insists on and the other does not send."""

from collections.abc import Iterator

from compat.model.schema import ABSENT, Json, Kind
from compat.model.shape import AnyShape, ArrayShape, Field, ObjectShape, ScalarShape, Shape
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge
from compat.suggest.leftovers import Table
from compat.suggest.reading import Version, Versions
from compat.suggest.tables import Tables, added, removed


def defaults(versions: Versions, tables: Tables) -> Iterator[Candidate]:
    for table in tables.merged:
        for name, is_old, kind in _needed(table):
            version = versions.old if is_old else versions.new
            field = (table.old_fields if is_old else table.new_fields)[name]
            for value, evidence in _values(version, name, field):
                yield from _default(tables, table, name, is_old, (kind, value, evidence))


def _default(
    tables: Tables, table: Table, name: str, is_old: bool, found: tuple[str, Json, Evidence]
) -> Iterator[Candidate]:
    kind, value, evidence = found
    at = tables.at(table, lambda one: name in one.old_fields or name in one.new_fields)
    place = (table.old_fields if is_old else table.new_fields)[name].schema.place
    yield Candidate(
        sort=Sort.DEFAULT,
        evidence=(evidence,),
        entries=(bridge(at, default={name: value}),),
        explains=frozenset(((removed if is_old else added)(table, name),)),
        answers=frozenset((f"{kind} {table.subject}.{name}",)),
        old=place if is_old else None,
        new=None if is_old else place,
    )


def _needed(table: Table) -> Iterator[tuple[str, bool, str]]:
    """(name, is it the old version that insists, the kind of difference)."""
    for name in table.removed:
        if table.old_fields[name].required:
            yield name, True, f"{table.noun}-removed"
    for name in table.added:
        if table.new_fields[name].required:
            yield name, False, f"{table.noun}-added"
    for name, field in table.old_fields.items():
        other = table.new_fields.get(name)
        if other is not None and field.required != other.required:
            became = "optional" if field.required else "required"
            yield name, field.required, f"{table.noun}-became-{became}"


def _values(version: Version, name: str, field: Field) -> Iterator[tuple[Json, Evidence]]:
    """Values that the spec shows, and those that say least."""
    shape = version.shape(field.schema)
    example = next(version.examples(field.schema, name), ABSENT)
    if example is not ABSENT:
        weight = 0.3 if isinstance(example, bool | int | float) else 0.2
        yield example, Evidence(weight, "an example has this value")
    if shape.nullable and not isinstance(shape, (AnyShape, ArrayShape, ObjectShape)):
        yield None, Evidence(0.35, "it may be null")
    enum = shape.enum if isinstance(shape, ScalarShape) else None
    if enum:
        weight = 0.5 if len(enum) == 1 else 0.2
        reason = "its only value" if len(enum) == 1 else "the first of its values"
        yield enum[0], Evidence(weight, reason)
    else:
        yield from _empty(shape)


def _empty(shape: Shape) -> Iterator[tuple[Json, Evidence]]:
    """The value with which an object of the type says least."""
    match shape:
        case ScalarShape(kinds=kinds) if kinds == {Kind.BOOLEAN}:
            yield False, Evidence(0.22, "false is the usual default")
        case ArrayShape() if not shape.bounds.min_items:
            yield [], Evidence(0.28, "an empty list says least")
        case ObjectShape() if not any(field.required for field in shape.fields.values()):
            yield {}, Evidence(0.28, "an empty object says least")
        case _:
            return
