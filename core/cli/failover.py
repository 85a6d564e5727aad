"""`isthmus failover`: take over a copy whose production is gone, in its folder alone."""

from pathlib import Path

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import journal_argument, text_or_json
from core.cli.progress import counted
from core.driver.link.takeover import outlook, take_over


@click.command(epilog=exits())
@journal_argument
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(*, journal: str, dry_run: bool, form: str) -> None:
    """Bring the images of the copy in DIR to its last point, and make that production's journal.

    `isthmus receive` has to be ended before, and production not to be used any more: what it takes
    from then on is nowhere else. Nothing more is received. The images are protected with the same
    journal then, under the names that their volumes had, and all points stay.

    \b
    Example:
      isthmus failover copied --dry-run
      isthmus failover copied
      isthmus protect copy.img --journal copied --listen unix:disk.sock
    """
    path = Path(journal)
    found = outlook(path)
    if not dry_run:
        with counted("applying", found.to_apply) as done:
            told = 0

            def tell(applied: int, _total: int) -> None:
                nonlocal told
                done(applied - told)
                told = applied

            found = found._replace(point=take_over(path, progress=tell).point)
    if form == "json":
        say_json({"dry_run": dry_run, **found._asdict()})
        return
    lost = "what production has besides is not known"
    if found.lost is not None:
        lost = f"{found.lost} writes that production told of are not there"
    if dry_run:
        note(f"it would be write {found.point}; {found.to_apply} writes are to be applied; {lost}")
    else:
        note(f"the images are at write {found.point}; {lost}")
