"""`isthmus group list`: the groups of a site."""

import click

from compat.cli.console import say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.units import size_text


@click.command("list", epilog=exits())
@text_or_json
def command(*, form: str) -> None:
    """List the groups of the site.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group list
    """
    with connected() as client:
        groups = [*client.all("/v1/groups", "groups")]
    if form == "json":
        say_json({"groups": groups})
        return
    say_table(
        ("name", "volumes", "size", "created", "id"),
        [
            [
                each["name"],
                ", ".join(volume["name"] for volume in each["volumes"]),
                size_text(sum(volume["size"] for volume in each["volumes"])),
                each["created"],
                each["id"],
            ]
            for each in groups
        ],
        right=("size",),
    )
