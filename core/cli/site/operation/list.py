"""`isthmus operation list`: what a site does, and what it did lately."""

import click

from compat.cli.console import say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.operation.show import progress_text

_STATES = ("pending", "running", "succeeded", "failed", "cancelled")


@click.command("list", epilog=exits())
@click.option("--group", metavar="GROUP", default="", help="Only those of this group.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@text_or_json
def command(*, group: str, state: str | None, form: str) -> None:
    """List the operations of the site, the oldest first; those that ended are kept for a day.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 operation list --state running
    """
    with connected() as client:
        number = client.group(group)["id"] if group else None
        names = {each["id"]: each["name"] for each in client.all("/v1/groups", "groups")}
        found = [*client.all("/v1/operations", "operations", group=number, state=state)]
    if form == "json":
        say_json({"operations": found})
        return
    say_table(
        ("operation", "kind", "group", "state", "progress", "created"),
        [
            [
                each["id"],
                each["kind"],
                names.get(each["group"], each["group"]),
                each["state"],
                progress_text(each),
                each["created"],
            ]
            for each in found
        ],
    )
