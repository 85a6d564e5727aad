"""Tables as plain lines: columns that a person reads, and `cut` and `awk` do, too."""

import os
import sys
from collections.abc import Iterable, Sequence

import click

from compat.report.printable import on_one_line


def say_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = ()
) -> None:
    """Print a table; the columns named in `right` end at one place, the others begin at one.

    No cell is cut off, whatever the width of the terminal.
    """
    Table(headings, right=right).say(rows)


class Table:
    """A table whose rows come one after the other: its headings are printed before the first."""

    def __init__(self, headings: Sequence[str], *, right: Sequence[str] = ()) -> None:
        self.headings, self._is_begun = headings, False
        self._widths = [*map(len, headings)]
        self._to_right = [heading in right for heading in headings]

    def say(self, rows: Iterable[Sequence[object]]) -> None:
        """Print them, in columns that are as wide as all have needed up to now."""
        cells = [[on_one_line(str(each)) for each in row] for row in rows]
        for row in cells:
            self._widths = [
                max(width, len(cell)) for width, cell in zip(self._widths, row, strict=True)
            ]
        if not self._is_begun:
            self._is_begun = True
            heading = self._line(self.headings)
            sys.stdout.write(f"{click.style(heading, bold=True) if is_coloured() else heading}\n")
        for row in cells:
            sys.stdout.write(f"{self._line(row)}\n")

    def _line(self, row: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(row, self._widths, self._to_right, strict=True)
        )
        return "  ".join(padded).rstrip()


def say_line(text: str = "") -> None:
    """Print a line of a report; what commands a terminal is escaped."""
    sys.stdout.write(f"{on_one_line(text)}\n")


def is_coloured() -> bool:
    """Whether what is printed gets colour."""
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ
