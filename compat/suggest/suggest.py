"""Suggesting: leftovers of a plan in, ranked candidates out."""

from collections.abc import Iterator, Sequence

from compat.model.shape import Shapes
from compat.suggest.candidate import Candidate, Sort
from compat.suggest.copies import copies
from compat.suggest.cuts import cuts
from compat.suggest.defaults import defaults
from compat.suggest.leftovers import Leftover
from compat.suggest.moves import moves
from compat.suggest.operations import same_operations, stand_ins
from compat.suggest.pages import pages
from compat.suggest.ranking import ranked
from compat.suggest.reading import Version, Versions
from compat.suggest.renames import renames
from compat.suggest.requests import followers, relocations
from compat.suggest.scalars import encodings, scales
from compat.suggest.shifts import shifts
from compat.suggest.statuses import statuses
from compat.suggest.tables import Tables
from compat.suggest.values import values


def suggest(
    leftovers: Sequence[Leftover], old: Shapes, new: Shapes, open_gaps: frozenset[str]
) -> tuple[Candidate, ...]:
    """Candidates for what was left over, the best marked; the same input gives the same order.

    `open_gaps` are the differences ("kind subject") that need a person's word: a value is only
    suggested where one is needed.
    """
    one, other = Version(old), Version(new)
    versions = Versions(one, other, shifts(leftovers, one, other))
    tables = Tables.of(versions, leftovers)
    return ranked(
        candidate
        for candidate in _candidates(versions, tables, leftovers)
        if candidate.sort is not Sort.DEFAULT or candidate.answers & open_gaps
    )


def _candidates(
    versions: Versions, tables: Tables, leftovers: Sequence[Leftover]
) -> Iterator[Candidate]:
    for find in (renames, moves, copies, cuts, defaults):
        yield from find(versions, tables)
    for look in (values, encodings, scales, statuses, pages, same_operations, stand_ins):
        yield from look(versions, leftovers)
    for search in (relocations, followers):
        yield from search(versions, tables, leftovers)
