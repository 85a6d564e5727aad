"""The revisions of a spec as a person reads them: a line for each, then what broke and why."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.text import STYLES
from compat.report.changes.words import placed
from compat.report.history.row import History, Row
from compat.report.history.words import CLIENTS, figures, subject, totals, unsaid, worst
from compat.report.printable import on_one_line
from compat.report.unbroken import unbroken

_UNREAD_STYLE: Final = "magenta"


def history_text(history: History) -> Group:
    """The whole report."""
    parts: list[RenderableType] = [Text(on_one_line(totals(history)), style="bold")]
    if history.rows:
        parts += [Text(), _table(history)]
    return Group(*parts, *_details(history))


def _table(history: History) -> Table:
    table = Table(
        *(Column(heading, no_wrap=True) for heading in ("commit", "date")),
        Column("version", overflow="fold"),
        *(Column(CLIENTS[role], overflow="fold") for role in Role),
        Column("subject", overflow="fold"),
        box=None,
        header_style="dim",
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for row in history.rows:
        revision = row.revision
        table.add_row(
            revision.short,
            revision.date,
            Text(on_one_line(row.version)),
            *(Text(figures(row, role), style=_style(row, role)) for role in Role),
            Text(on_one_line(subject(row))),
        )
    return table


def _style(row: Row, role: Role) -> str:
    level = worst(row, role)
    return _UNREAD_STYLE if row.reason else "" if level is None else STYLES[level]


def _details(history: History) -> Iterator[RenderableType]:
    for row in history.rows:
        if not row.breaks and not row.reason:
            continue
        revision = row.revision
        yield Text()
        yield unbroken(on_one_line(f"{revision.short} {revision.date} {subject(row)}"), "bold")
        if row.reason:
            yield Padding(Text(on_one_line(row.reason), style=_UNREAD_STYLE), (0, 0, 0, 2))
        for change in row.breaks:
            word = Text(f"{Level.ERR.name} ", style=STYLES[Level.ERR])
            yield Padding(word + Text(on_one_line(placed(change))), (0, 0, 0, 2), expand=False)
        if more := unsaid(row, history):
            yield unbroken(on_one_line(f"  {more}"), "dim")
