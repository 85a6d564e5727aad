"""`isthmus copy bandwidth`: how much a copy is sent in a second."""

import click

from compat.cli.console import note
from core.cli.copy.serving import ask_serving, which_option
from core.cli.exits import exits
from core.cli.options import journal_argument
from core.machine.link.bandwidth import parse_schedule


@click.command("bandwidth", epilog=exits())
@journal_argument
@click.argument("windows", metavar="SIZE[@HH:MM-HH:MM]|none...", nargs=-1, required=True)
@which_option
def command(*, journal: str, place: str | None, windows: tuple[str, ...]) -> None:
    """Have the process that serves the journal in DIR send its copy so much in a second, at most.

    Of several the first counts that has the time of day, as this machine tells it; outside all of
    them there is no limit. In mode sync what hosts wait for is sent whatever it takes: there it is
    about what makes the copy equal, and what it lacks after the link was cut. It is for the process
    that serves now: say it to `isthmus protect`, too.

    \b
    Example:
      isthmus copy bandwidth journal 20MiB
      isthmus copy bandwidth journal 20MiB@08:00-18:00 100MiB
      isthmus copy bandwidth journal none
    """
    schedule = " ".join(windows)
    parse_schedule(schedule)
    answer = ask_serving(journal, place, "copy bandwidth", "--copy-bandwidth", bandwidth=schedule)
    note(answer["bandwidth"])
