"""`isthmus copy mode`: when a write is acknowledged."""

import click

from compat.cli.console import note
from core.cli.copy.serving import ask_serving, which_option
from core.cli.copy.text import mode_text
from core.cli.exits import exits
from core.cli.options import journal_argument
from core.driver.link.copying import checked_window
from core.errors import CoreError
from core.machine.link.mode import Mode
from core.units import parse_size


@click.command("mode", epilog=exits())
@journal_argument
@click.argument("mode", type=click.Choice([each.value for each in Mode]))
@click.option(
    "--within", metavar="SIZE", help="What it may lack in mode semi-sync; else as much as it did."
)
@which_option
def command(*, journal: str, place: str | None, mode: str, within: str | None) -> None:
    """Have the process that serves the journal in DIR acknowledge writes in another mode, at once.

    \b
    sync       once the copy has a write, too
    semi-sync  once the copy lacks no more than --within bytes of what was written
    async      once it is here

    What is promised holds from when the copy has all that was written before, and while it is
    connected. It is for the process that serves now: say it to `isthmus protect`, too.

    \b
    Example:
      isthmus copy mode journal sync
      isthmus copy mode journal semi-sync --within 8MiB
      isthmus copy mode journal sync --copy near.example:7400
    """
    size = None if within is None else checked_window(parse_size(within))
    if size is not None and mode != Mode.SEMI_SYNC:
        raise CoreError(f"in mode {mode} nothing is lacking by choice", hint="leave --within out")
    answer = ask_serving(journal, place, "copy mode", "--mode", mode=mode, within=size)
    note(mode_text(answer))
