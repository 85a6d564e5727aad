"""`isthmus group delete`: protect a group no longer."""

import click

from compat.cli.console import note
from core.cli.exits import exits
from core.cli.site.client import connected


@click.command("delete", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.option("--discard-history", is_flag=True, help="Its points are lost; else they stay.")
@click.option(
    "--discard-copy", is_flag=True, help="Its copy at another site is lost, too; else it stays."
)
def command(*, group: str, discard_history: bool, discard_copy: bool) -> None:
    """Have the node serve a group no longer. The images of its volumes stay as they are.

    A copy at another site stays there, with its history, unless it is to be discarded. Asked of the
    copy's own site, the command ends the copy; with --discard-history its images go, too.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group delete db
    """
    with connected() as client:
        found = client.group(group)
        history = "discard" if discard_history else "keep"
        client.delete(
            f"/v1/groups/{found['id']}",
            revision=found["revision"],
            history=history,
            copies="discard" if discard_copy else "keep",
        )
    note(f"{found['name']} is not protected any more")
    if not discard_copy:
        for each in found["copies"]:
            note(f"its copy stays at {each['site']}: {each['url']}")
    if not discard_history:
        note(f"its history is in {found['journal']}: `isthmus journal list` shows it")
