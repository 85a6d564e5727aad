"""Fields that say what another one beside them says, as their descriptions tell."""

from collections.abc import Iterator

from compat.suggest.candidate import Candidate, Sort, bridge, weighed
from compat.suggest.leftovers import Table
from compat.suggest.likeness import mentions, names_alike, schemas_alike, texts_alike
from compat.suggest.reading import Versions
from compat.suggest.tables import Tables, added, differences, removed

_TOLD = 0.4
_PAIRS_MAX = 20_000


def copies(versions: Versions, tables: Tables) -> Iterator[Candidate]:
    """A field of one version alone, and one beside it in that version which both know."""
    for table in tables.merged:
        for is_old, names in ((True, table.removed), (False, table.added)):
            fields = table.old_fields if is_old else table.new_fields
            if len(names) * len(fields) > _PAIRS_MAX:
                continue
            for name in names:
                for other in fields:
                    if other in table.old_fields and other in table.new_fields:
                        yield from _copy(versions, tables, table, name, other, is_old)


def _copy(
    versions: Versions, tables: Tables, table: Table, name: str, other: str, is_old: bool
) -> Iterator[Candidate]:
    version = versions.old if is_old else versions.new
    beside = Versions(version, version, {})
    fields = table.old_fields if is_old else table.new_fields
    lone, kept = fields[name], fields[other]
    told = mentions(beside, (name, lone.schema), (other, kept.schema))
    if told.weight < _TOLD:
        return
    evidence = (
        told,
        *names_alike(name, other, weight=0.2),
        *texts_alike(beside, lone.schema, kept.schema),
        *schemas_alike(beside, lone.schema, kept.schema),
    )
    at = tables.at(table, lambda one: name in (one.removed if is_old else one.added))
    # What an old client asks for under the old name must go on, not be compared and dropped.
    source, target = (name, other) if is_old and table.in_request else (other, name)
    yield Candidate(
        sort=Sort.COPY,
        evidence=weighed(evidence),
        entries=(bridge(at, copy={target: source}),),
        explains=frozenset(((removed if is_old else added)(table, name),)),
        answers=differences(table, (name,) if is_old else (), () if is_old else (name,)),
        old=lone.schema.place if is_old else kept.schema.place,
        new=None if is_old else lone.schema.place,
    )
