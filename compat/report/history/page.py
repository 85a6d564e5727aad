"""The revisions as a page of HTML: one file that needs no other, and no scripts."""

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.page import SHADES
from compat.report.changes.words import MEANINGS, sentence, subject
from compat.report.history.row import History, Row
from compat.report.history.words import CLIENTS, figures, totals, unsaid, worst
from compat.report.page import template


def history_page(history: History) -> str:
    """The whole page; texts of strangers are escaped, for the browser and for terminals."""
    return template("compat.report.history").render(
        history=history,
        title=f"{history.file}: what each revision changed",
        totals=totals(history),
        clients=CLIENTS,
        levels=tuple(reversed(Level)),
        meanings=MEANINGS,
        shades={each.name: shade for each, shade in SHADES.items()},
        figures=figures,
        shade=_shade,
        sentence=sentence,
        subject=subject,
        unsaid=unsaid,
    )


def _shade(row: Row, role: Role) -> str:
    """The class of a cell."""
    level = worst(row, role)
    return "none" if level is None else level.name
