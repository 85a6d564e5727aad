"""What the picture says in words, the same on paper and on a page."""

from typing import Final

from compat.plan.bridge import Difference
from compat.plan.fusing.spans import Route
from compat.report.counted import counted
from compat.report.matrix.cell import Cell, Passage
from compat.report.matrix.grid import Matrix

REASONS_SHOWN_MAX: Final = 3

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
        cell.losses,
        cell.defaults,
    )
    return (*map(str, counts), cell.route.value if cell.route is not None else "")


def remark(cell: Cell) -> str:
    """The figure that the verdict rests on; empty where there is none to tell."""
    match cell.passage:
        case Passage.NOT_AT_ALL:
            return counted(len(cell.gaps), "gap")
        case Passage.LOSSY:
            return "1 loss" if cell.losses == 1 else f"{cell.losses} losses"
        case Passage.DEFAULTED:
            return counted(cell.defaults, "default")
        case _:
            return ""


def pair(cell: Cell, matrix: Matrix) -> str:
    client, server = matrix.versions[cell.client], matrix.versions[cell.server]
    return f"{client.name} client → {server.name} server"


def reasons(cell: Cell) -> tuple[Difference, ...]:
    """The first few of its open gaps."""
    return cell.gaps[:REASONS_SHOWN_MAX]


def unsaid(cell: Cell) -> str:
    """How many reasons are left; empty where all are told."""
    left = len(cell.gaps) - REASONS_SHOWN_MAX
    return f"and {left} more" if left > 0 else ""


def totals(matrix: Matrix) -> str:
    """How the pairs fare, in a sentence, the best first."""
    told = [f"{number} {passage.words}" for passage, number in matrix.counts.items() if number]
    return f"{counted(sum(matrix.counts.values()), 'pair')}: {', '.join(told)}"
