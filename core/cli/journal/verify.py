"""`isthmus journal verify`: whether all of a journal is whole."""

from typing import Any

import click

from compat.cli.console import note, say_json, working
from compat.errors import Exit
from core.cli.columns import say_line
from core.cli.journal.checks import findings
from core.cli.opening import opened
from core.cli.options import journal_argument, text_or_json


@click.command("verify")
@journal_argument
@text_or_json
def command(*, journal: str, form: str) -> None:
    """Read all of the journal in DIR, and hold every checksum, record and sequence against it.

    Exit code 1 where something is wrong; each finding tells which points it takes away.

    \b
    Example:
      isthmus journal verify journal
    """
    with opened(journal) as found, working("verifying"):
        history = found.history
        told = list(findings(found.folder, history, is_live=found.writer is not None))
        checked = len(history.do) + len(history.undo)
    if form == "json":
        rows: list[Any] = [
            {"where": each.where, "what": each.what, "means": each.means} for each in told
        ]
        say_json({"verify": 1, "segments": checked, "findings": rows})
    else:
        for each in told:
            say_line(f"{each.where}: {each.what}{': ' if each.means else ''}{each.means}")
        note(f"{checked} segments, {len(told)} findings")
    if told:
        click.get_current_context().exit(Exit.FINDINGS)
