"""The picture as a page of HTML: one file that needs no other, and no scripts."""

from collections.abc import Mapping
from typing import Final

from compat.report.matrix.cell import Passage
from compat.report.matrix.grid import Matrix
from compat.report.matrix.words import (
    FIGURES,
    LEGEND,
    ROUTES,
    figures,
    pair,
    reasons,
    remark,
    totals,
)
from compat.report.page import template
from compat.report.text import DIALECTS

SHADES: Final[Mapping[Passage, tuple[str, str]]] = {
    Passage.SAME: ("#eceff1", "#2b3036"),
    Passage.AS_IS: ("#b7ebc6", "#14532d"),
    Passage.LOSSLESS: ("#d9f2d0", "#2f4a1f"),
    Passage.DEFAULTED: ("#cfe8fc", "#17405f"),
    Passage.LOSSY: ("#fdeaa8", "#5a4208"),
    Passage.NOT_AT_ALL: ("#fcd0cc", "#6b1d1d"),
}


def matrix_page(matrix: Matrix) -> str:
    """The whole page; texts of strangers are escaped, for the browser and for terminals."""
    return template("compat.report.matrix").render(
        matrix=matrix,
        title=_title(matrix.versions[-1].interface.title),
        totals=totals(matrix),
        legend=LEGEND,
        routes=ROUTES,
        headings=FIGURES,
        dialects=DIALECTS,
        shades={each.label: shade for each, shade in SHADES.items()},
        figures=figures,
        pair=pair,
        reasons=reasons,
        remark=remark,
    )


def _title(service: str) -> str:
    return f"{service}: who can talk to whom" if service else "Who can talk to whom"
