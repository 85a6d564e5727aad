"""`isthmus demote`: make production of before a copy of the site that has taken over."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import journal_argument, text_or_json
from core.driver.link.demotion import aside, demote, diverged
from core.machine.journal.divergence import Divergence
from core.units import count_text, size_text


@click.command(epilog=exits())
@journal_argument
@click.option(
    "--point",
    metavar="WRITE",
    type=click.IntRange(min=0),
    required=True,
    help="The write at which the other site took over, as `isthmus failover` told there.",
)
@click.option(
    "--epoch",
    metavar="N",
    type=click.IntRange(min=2),
    required=True,
    help="The epoch of the role in which the other site is production.",
)
@click.option(
    "--discard", is_flag=True, help="Give up what hosts wrote here and the other site has not."
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(
    *, journal: str, point: int, epoch: int, discard: bool, dry_run: bool, form: str
) -> None:
    """Make the images whose journal is in DIR those of a copy, once another site has taken over.

    `isthmus protect` has to be ended before. Its journal is put aside, as DIR.before-N, and stays
    readable; none of its points is offered any more. `isthmus receive` with the same images and
    DIR is the copy then: what either side has written since the other took over is copied, and
    nothing else. Where hosts wrote something here that the other site has not, that is told, and
    nothing is done unless it may be given up.

    \b
    Example:
      isthmus demote journal --point 4711 --epoch 2 --dry-run
      isthmus demote journal --point 4711 --epoch 2 --discard
      isthmus receive disk.img --journal journal --listen unix:far.sock
    """
    path = Path(journal)
    found = diverged(path, point, epoch) if dry_run else demote(path, point, epoch, discard=discard)
    if form == "json":
        say_json({"dry_run": dry_run, **report(found)})
        return
    if found is None:
        note("it is the journal of a copy already")
        return
    note(
        f"{count_text(found.writes, 'write')} of {size_text(found.bytes)} behind write {point} "
        f"{'are' if dry_run else 'were'} here alone"
    )
    for each in found.ranges[:10]:
        note(f"  {each.volume} {each.offset}+{each.length}")
    if found.unnumbered:
        note(f"what {size_text(found.unnumbered)} hold besides is not known by writes")
    if not dry_run:
        note(f"the journal of before is {aside(path, epoch)}")


def report(found: Divergence | None) -> dict[str, Any]:
    """The difference as it is printed; nothing differs where it was done before."""
    if found is None:
        return {"done": True}
    told = asdict(found)
    marks = told.pop("marks")
    return {"done": False, **told, "regions": sum(map(sum, marks))}
