"""The revisions as GitHub's Markdown: a table, and below it what broke, folded.

Texts of strangers stand in code. A comment has a limit, and what goes beyond it is left out.
"""

from collections.abc import Iterator
from typing import Final

from compat.model.role import Role
from compat.report.changes.markdown import COMMENT_CHARACTERS_MAX, code
from compat.report.changes.words import placed
from compat.report.history.row import History, Row
from compat.report.history.words import CLIENTS, figures, subject, totals, unsaid

_HEADINGS: Final = ("Commit", "Date", "Version", *map(str.capitalize, CLIENTS.values()), "Subject")
_HEAD: Final = f"| {' | '.join(_HEADINGS)} |\n{'| --- ' * len(_HEADINGS)}|\n"
_REST: Final = "\nThe rest does not fit a comment.\n"


def history_markdown(history: History) -> str:
    """The whole comment."""
    text = f"**{_totals(history)}**\n\n"
    for part in _parts(history):
        if len(text) + len(part) + len(_REST) > COMMENT_CHARACTERS_MAX:
            return text + _REST
        text += part
    return text.rstrip("\n") + "\n"


def _totals(history: History) -> str:
    before, _, after = totals(history).partition(history.file)
    return f"{before}{code(history.file)}{after}"


def _parts(history: History) -> Iterator[str]:
    for number, row in enumerate(history.rows):
        yield ("" if number else _HEAD) + _line(row)
    for row in history.rows:
        if row.breaks or row.reason:
            yield _details(row, history)


def _line(row: Row) -> str:
    revision = row.revision
    cells = (
        code(revision.short),
        revision.date,
        code(row.version) if row.version else "",
        *(figures(row, role) for role in Role),
        code(subject(row)) if subject(row) else "",
    )
    return f"| {' | '.join(cells)} |\n"


def _details(row: Row, history: History) -> str:
    summary = f"<summary>{row.revision.short}: {figures(row, history.role)}</summary>"
    lines = [f"- {code(placed(change))}" for change in row.breaks]
    lines += [f"- {code(each)}" for each in (row.reason, unsaid(row, history)) if each]
    return f"\n<details>\n{summary}\n\n" + "".join(f"{each}\n" for each in lines) + "\n</details>\n"
