"""What the picture says in words, the same on paper and on a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from compat.plan.bridge import Difference
from compat.plan.fusing.spans import Route
from compat.report.counted import counted
from compat.report.matrix.cell import Cell, Passage
from compat.report.matrix.grid import Matrix

SHOWN_MAX: Final = 3

LEGEND: Final = {
    Passage.SAME: "nothing differs",
    Passage.AS_IS: "no shim is needed: nothing that differs matters on the wire",
    Passage.LOSSLESS: "through a shim, and nothing is lost",
    Passage.DEFAULTED: "through a shim, which supplies values",
    Passage.LOSSY: "through a shim, with losses: values are dropped or rounded, or calls are "
    "refused by name",
    Passage.NOT_AT_ALL: "open gaps: differences that nothing bridges and nobody accepted",
}
ROUTES: Final = {
    Route.DIRECT: "planned from the two specs",
    Route.FUSED: "the plans of the steps between them, fused into one",
    Route.CHAINED: "the plans of the steps between them, in a chain: they cannot be one",
}
FIGURES: Final = ("operations", "refused", "differences", "gaps", "losses", "defaults", "plan")


def figures(cell: Cell) -> tuple[str, ...]:
    """What stands below the headings FIGURES."""
    counts = (
        cell.operations.total,
        cell.operations.refused,
        cell.differences,
        len(cell.gaps),
        len(cell.losses),
        cell.defaults,
    )
    return (*map(str, counts), cell.route.value if cell.route is not None else "")


def remark(cell: Cell) -> str:
    """The figure that the verdict rests on; empty where there is none to tell."""
    match cell.passage:
        case Passage.NOT_AT_ALL:
            return counted(len(cell.gaps), "gap")
        case Passage.LOSSY:
            return _losses(cell)
        case Passage.DEFAULTED:
            return counted(cell.defaults, "default")
        case _:
            return ""


def pair(cell: Cell, matrix: Matrix) -> str:
    client, server = matrix.versions[cell.client], matrix.versions[cell.server]
    return f"{client.name} client → {server.name} server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why a client fares as it does: the first few differences, and how many more there are.

    `unsaid` is empty where all are shown.
    """

    heading: str
    shown: tuple[Difference, ...]
    unsaid: str


def reasons(cell: Cell) -> Iterator[Reasons]:
    """Its open gaps, then what is lost; nothing where neither is."""
    told = cell.passage.words
    if cell.gaps:
        yield _reasons(f"{told}, {counted(len(cell.gaps), 'gap')}", cell.gaps)
        told = "besides"
    if cell.losses:
        yield _reasons(f"{told}, {_losses(cell)}", cell.losses)


def _reasons(heading: str, found: tuple[Difference, ...]) -> Reasons:
    left = len(found) - SHOWN_MAX
    unsaid = f"and {left} more" if left > 0 else ""
    return Reasons(heading=heading, shown=found[:SHOWN_MAX], unsaid=unsaid)


def _losses(cell: Cell) -> str:
    return "1 loss" if len(cell.losses) == 1 else f"{len(cell.losses)} losses"


def totals(matrix: Matrix) -> str:
    """How the pairs fare, in a sentence, the best first."""
    told = [f"{number} {passage.words}" for passage, number in matrix.counts.items() if number]
    return f"{counted(sum(matrix.counts.values()), 'pair')}: {', '.join(told)}"
