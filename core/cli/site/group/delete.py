"""`isthmus group delete`: protect a group no longer."""

import click

from compat.cli.console import note
from core.cli.exits import exits
from core.cli.site.client import connected


@click.command("delete", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.option("--discard-history", is_flag=True, help="Its points are lost; else they stay.")
def command(*, group: str, discard_history: bool) -> None:
    """Have the node serve a group no longer. The images of its volumes stay as they are.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group delete db
    """
    with connected() as client:
        found = client.group(group)
        history = "discard" if discard_history else "keep"
        client.delete(f"/v1/groups/{found['id']}", revision=found["revision"], history=history)
    note(f"{found['name']} is not protected any more")
    if not discard_history:
        note(f"its history is in {found['journal']}: `isthmus journal list` shows it")
