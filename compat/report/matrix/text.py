"""The picture for a terminal or a file: the grid, its legend, the figures, and the reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from compat.plan.bridge import Verdict
from compat.report.gaps import headline
from compat.report.matrix.cell import Cell, Passage
from compat.report.matrix.grid import Matrix
from compat.report.matrix.words import (
    FIGURES,
    LEGEND,
    figures,
    pair,
    reasons,
    remark,
    totals,
)
from compat.report.printable import printable
from compat.report.text import STYLES, spec_text
from compat.report.unbroken import unbroken

_STYLES: Final = {
    Passage.SAME: "dim",
    Passage.AS_IS: "bold green",
    Passage.LOSSLESS: STYLES[Verdict.LOSSLESS],
    Passage.DEFAULTED: STYLES[Verdict.DEFAULTED],
    Passage.LOSSY: STYLES[Verdict.LOSSY],
    Passage.NOT_AT_ALL: STYLES[Verdict.UNBRIDGEABLE],
}
_CORNER: Final = "client ↓ server →"
_NAME_COLUMNS_MAX: Final = 24
_GUTTER: Final = 2
_CELL_COLUMNS_MIN: Final = max(len(passage.words) for passage in Passage)


def matrix_text(matrix: Matrix) -> Group:
    """The whole report; the last line says how the pairs fare."""
    return Group(
        _versions(matrix),
        Text(),
        _Grid(matrix),
        Text(),
        _legend(),
        Text(),
        _figures(matrix),
        *_reasons(matrix),
        Text(),
        Text(totals(matrix), style="bold"),
    )


def _versions(matrix: Matrix) -> Table:
    table = Table.grid(padding=(0, _GUTTER))
    for version in matrix.versions:
        table.add_row(Text(printable(version.name), style="bold"), spec_text(version.interface))
    return table


@dataclass(frozen=True, slots=True)
class _Grid:
    """One table where it fits, else several below one another, each with some of the servers."""

    matrix: Matrix

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        names = [printable(version.name) for version in self.matrix.versions]
        widest = min(max(map(len, names)), _NAME_COLUMNS_MAX)
        room = options.max_width - max(widest, len(_CORNER)) - _GUTTER
        abreast = max(1, room // (max(widest, _CELL_COLUMNS_MIN) + _GUTTER))
        for first in range(0, len(names), abreast):
            if first:
                yield Text()
            yield self._part(names, range(len(names))[first : first + abreast])

    def _part(self, names: Sequence[str], servers: Sequence[int]) -> Table:
        table = _table(
            Column(Text(_CORNER), max_width=max(_NAME_COLUMNS_MAX, len(_CORNER)), overflow="fold"),
            *(
                Column(Text(names[at]), max_width=_NAME_COLUMNS_MAX, overflow="fold")
                for at in servers
            ),
        )
        for name, row in zip(names, self.matrix.rows, strict=True):
            table.add_row(Text(name, style="bold"), *(_cell(row[server]) for server in servers))
        return table


def _cell(cell: Cell) -> Text:
    told = remark(cell)
    word = (cell.passage.words, _STYLES[cell.passage])
    return Text.assemble(word, (f"\n{told}", "dim")) if told else Text.assemble(word)


def _legend() -> Table:
    table = Table.grid(padding=(0, _GUTTER))
    for passage, meaning in LEGEND.items():
        table.add_row(Text(passage.words, style=_STYLES[passage]), Text(meaning))
    return table


def _figures(matrix: Matrix) -> Table:
    table = _table(
        Column("client", overflow="fold"),
        Column("server", overflow="fold"),
        Column("", no_wrap=True),
        *(Column(heading, justify="right", overflow="fold") for heading in FIGURES[:-1]),
        Column(FIGURES[-1]),
    )
    for cell in matrix.pairs:
        names = (matrix.versions[at].name for at in (cell.client, cell.server))
        table.add_row(
            *(Text(printable(name)) for name in names),
            Text(cell.passage.words, style=_STYLES[cell.passage]),
            *figures(cell),
        )
    return table


def _reasons(matrix: Matrix) -> Iterator[RenderableType]:
    for cell in matrix.pairs:
        for told in reasons(cell):
            yield Text()
            yield Text.assemble((printable(pair(cell, matrix)), "bold"), f": {told.heading}")
            for each in told.shown:
                line = headline(each, each.judgements[cell.role].verdict)
                yield unbroken("  ").append_text(line)
            if told.unsaid:
                yield Text(f"  {told.unsaid}", style="dim")


def _table(*columns: Column) -> Table:
    return Table(*columns, box=None, header_style="dim", pad_edge=False, padding=(0, _GUTTER, 0, 0))
