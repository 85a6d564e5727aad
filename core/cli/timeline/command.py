"""`isthmus timeline`: a picture of a journal's history."""

from typing import Final

import click

from compat.cli.console import columns, json_text, note
from compat.cli.output import deliver
from core.cli.exits import exits
from core.cli.opening import Opened, opened
from core.cli.options import format_option, journal_argument
from core.cli.replicas import replicas_text
from core.cli.status import status_of
from core.cli.timeline.document import timeline_document
from core.cli.timeline.page import timeline_page, timeline_svg
from core.cli.timeline.text import timeline_text
from core.stream.timeline import timeline

_SPANS: Final = 120
_COLUMNS_MAX: Final = 160


@click.command("timeline", epilog=exits())
@journal_argument
@format_option("text", "json", "svg", "html")
@click.option("--output", metavar="FILE", default="", help="Where to write it; else it is printed.")
def command(*, journal: str, form: str, output: str) -> None:
    """Draw the history in the journal in DIR: its window, how densely its points lie, what was
    given up and why, and the points that have a name.

    Where the line is whole any write is a point that can be had; where it is broken points were
    thinned out, and it is told how many are left. Where the picture is empty nothing was written,
    so every time there means the last point before it.

    \b
    Example:
      isthmus timeline journal
      isthmus timeline journal --format html --output timeline.html
    """
    with opened(journal) as found:
        text = _text(found, form)
    deliver(text, output)


def _text(found: Opened, form: str) -> str:
    history = found.history
    if told := replicas_text(found, status_of(found)):
        note(told)
    names = history.identity.names
    if form == "text":
        width = min(columns(), _COLUMNS_MAX)
        return timeline_text(timeline(history, spans=width), names)
    drawn = timeline(history, spans=_SPANS)
    match form:
        case "json":
            return json_text(timeline_document(drawn, names))
        case "svg":
            return timeline_svg(drawn, names)
        case _:
            return timeline_page(drawn, names)
