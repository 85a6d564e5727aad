"""`isthmus copy mode`: when a write is acknowledged."""

import click

from compat.cli.console import note
from core.cli.copy.serving import ask_serving
from core.cli.exits import exits
from core.cli.options import journal_argument
from core.driver.link.shipped import Mode


@click.command("mode", epilog=exits())
@journal_argument
@click.argument("mode", type=click.Choice([each.value for each in Mode]))
def command(*, journal: str, mode: str) -> None:
    """Have the process that serves the journal in DIR acknowledge writes in another mode, at once.

    \b
    sync   once the copy has a write, too, as soon as it has all before
    async  once it is here

    It is for the process that serves now: say it to `isthmus protect`, too. Nothing that is under
    way fails.

    \b
    Example:
      isthmus copy mode journal sync
    """
    answer = ask_serving(journal, "copy mode", "--mode", mode=mode)
    in_sync = ", in sync" if answer["in_sync"] else ""
    note(f"{answer['mode']}{in_sync}")
