"""The picture as a page of HTML: one file that needs no other, and no scripts."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

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
    unsaid,
)
from compat.report.printable import printable
from compat.report.text import DIALECTS

INK: Final = ("#16181d", "#f1f3f5")  # on light, on dark
PAPER: Final = ("#ffffff", "#14161a")
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
    return _template().render(
        matrix=matrix,
        title=_title(matrix.versions[-1].interface.title),
        totals=totals(matrix),
        legend=LEGEND,
        routes=ROUTES,
        headings=FIGURES,
        dialects=DIALECTS,
        ink=INK,
        paper=PAPER,
        shades=SHADES,
        figures=figures,
        pair=pair,
        reasons=reasons,
        remark=remark,
        unsaid=unsaid,
    )


def _title(service: str) -> str:
    return f"{service}: who can talk to whom" if service else "Who can talk to whom"


@cache
def _template() -> Template:
    text = resources.files("compat.report.matrix").joinpath("page.html.jinja").read_text("utf-8")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(text)


def _shown(value: object) -> object:
    return printable(value) if isinstance(value, str) else value
