"""`isthmus bookmark list`: the points that have a name."""

from typing import Any

import click

from compat.cli.console import say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.moments import moment_text
from core.cli.opening import opened
from core.cli.options import journal_argument, text_or_json
from core.stream.noted import noted
from core.wire.note import Bookmark


@click.command("list", epilog=exits())
@journal_argument
@text_or_json
def command(*, journal: str, form: str) -> None:
    """List the bookmarks in the journal in DIR, the oldest first.

    \b
    Example:
      isthmus bookmark list journal
    """
    with opened(journal) as found:
        rows: list[Any] = [
            {
                "name": each.note.name,
                "time": moment_text(each.time_ns),
                "sequence": each.point,
                "consistency": each.note.consistency.value,
            }
            for each in noted(found.history)
            if isinstance(each.note, Bookmark)
        ]
    if form == "json":
        say_json({"bookmarks": rows})
    else:
        headings = ("name", "time", "sequence", "consistency")
        say_table(headings, [[*each.values()] for each in rows], right=("sequence",))
