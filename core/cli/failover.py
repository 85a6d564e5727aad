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
@click.option(
    "--apply",
    "is_applied",
    is_flag=True,
    help="Return once the images have everything; else they get it when they are served.",
)
@text_or_json
def command(*, journal: str, dry_run: bool, is_applied: bool, form: str) -> None:
    """Take over the copy in DIR at its last point, so that it can be served as production.

    `isthmus receive` has to be ended before, and production not to be used any more: what it takes
    from then on is nowhere else. Nothing more is received. `isthmus protect` with the same images
    and DIR has hosts read and write at once, under the names that the volumes had; all points stay.
    What came and is not in the images yet is put there meanwhile, however much it is. Whoever wants
    the images as files, without that, has it done with --apply, also later.
    Where both sites are well, nodes do it without a loss: `isthmus --site URL failover GROUP
    --planned`.

    \b
    Example:
      isthmus failover copied --dry-run
      isthmus failover copied
      isthmus protect copy.img --journal copied --listen unix:disk.sock
    """
    path = Path(journal)
    found = outlook(path)
    if not dry_run:
        found = found._replace(**take_over(path)._asdict())
    if is_applied and not dry_run:
        _apply(path, found.to_apply)
        found = found._replace(to_apply=0)
    if form == "json":
        say_json({"dry_run": dry_run, **found._asdict()})
        return
    lost = "what production has besides is not known"
    if found.lost is not None:
        lost = f"{found.lost} writes that production told of are not there"
    if dry_run:
        note(f"it would be write {found.point}; the images lack {found.to_apply} of them; {lost}")
        return
    note(f"it was taken over at write {found.point}, in epoch {found.epoch}; {lost}")
    if found.to_apply:
        note(f"the images lack {found.to_apply} writes, which they are given when they are served")
    note(
        "production of before becomes its copy by: isthmus demote DIR "
        f"--point {found.point} --epoch {found.epoch}"
    )


def _apply(path: Path, writes: int) -> None:
    from core.driver.link.applying import apply  # it takes as long as the rest

    with counted("applying", writes) as done:
        told = 0

        def tell(applied: int) -> None:
            nonlocal told
            done(applied - told)
            told = applied

        apply(path, progress=tell)
