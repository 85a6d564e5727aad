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
    cells = [[on_one_line(str(each)) for each in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    to_right = [heading in right for heading in headings]
    heading = _line(headings, widths, to_right)
    sys.stdout.write(f"{click.style(heading, bold=True) if is_coloured() else heading}\n")
    for row in cells:
        sys.stdout.write(f"{_line(row, widths, to_right)}\n")


def say_line(text: str = "") -> None:
    """Print a line of a report; what commands a terminal is escaped."""
    sys.stdout.write(f"{on_one_line(text)}\n")


def is_coloured() -> bool:
    """Whether what is printed gets colour."""
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(row, widths, right, strict=True)
    )
    return "  ".join(padded).rstrip()
