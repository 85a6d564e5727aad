"""`isthmus journal verify`: whether all of a journal is whole."""

from typing import Any

import click

from compat.cli.console import note, say_json, working
from compat.errors import Exit
from core.cli.columns import say_line
from core.cli.exits import exits
from core.cli.opening import opened
from core.cli.options import journal_argument, text_or_json
from core.stream.finding import Finding
from core.stream.verify import verify
from core.units import count_text


@click.command("verify", epilog=exits({Exit.FINDINGS: "something is wrong with the journal"}))
@journal_argument
@text_or_json
def command(*, journal: str, form: str) -> None:
    """Read all of the journal in DIR, and hold every checksum, record and sequence against it.

    Each finding tells the file and the offset.

    \b
    Example:
      isthmus journal verify journal
    """
    told, checked = [], 0
    with opened(journal) as found, working("verifying"):
        for each in verify(found.folder, where=journal):
            if isinstance(each, Finding):
                told.append(each)
            else:
                checked += 1
    if form == "json":
        rows: list[Any] = [
            {"where": each.where, "offset": each.offset, "what": each.what} for each in told
        ]
        say_json({"verify": 1, "segments": checked, "findings": rows})
    else:
        for finding in told:
            say_line(str(finding))
        note(f"{count_text(checked, 'segment')}, {count_text(len(told), 'finding')}")
    if told:
        click.get_current_context().exit(Exit.FINDINGS)
