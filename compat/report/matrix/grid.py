"""The whole picture: a row for each version's clients, a column for each version's servers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compat.load import Problem
from compat.model.interface import Interface
from compat.report.matrix.cell import Cell, Passage, own_cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the service; `intent` is the digest of what leads to it, empty without."""

    name: str
    interface: Interface
    intent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """`rows` and the cells of each are in the order of `versions`, from the oldest to the newest.

    `problems` are those of the specs.
    """

    versions: tuple[Version, ...]
    rows: tuple[tuple[Cell, ...], ...]
    problems: tuple[Problem, ...] = ()

    @property
    def pairs(self) -> Iterator[Cell]:
        """Every cell but those of a version with itself."""
        return (cell for row in self.rows for cell in row if cell.client != cell.server)

    @property
    def is_explained(self) -> bool:
        """Is there a pair with gaps or losses?"""
        return any(cell.gaps or cell.losses for cell in self.pairs)

    @property
    def worst(self) -> Passage:
        return max(cell.passage for cell in self.pairs)

    @property
    def counts(self) -> Mapping[Passage, int]:
        """How many pairs have each passage, in the passages' order."""
        found = Counter(cell.passage for cell in self.pairs)
        return {passage: found[passage] for passage in Passage}


def grid(
    versions: tuple[Version, ...], found: Iterable[Cell], problems: tuple[Problem, ...] = ()
) -> Matrix:
    """The picture of two versions or more; `found` has a cell for every pair, in any order."""
    numbers = range(len(versions))
    by_pair = {(cell.client, cell.server): cell for cell in found}
    for at in numbers:
        by_pair[at, at] = own_cell(at, len(versions[at].interface.operations))
    rows = tuple(tuple(by_pair[client, server] for server in numbers) for client in numbers)
    return Matrix(versions=versions, rows=rows, problems=problems)
