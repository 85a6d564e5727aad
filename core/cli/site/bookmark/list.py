"""`isthmus --site URL bookmark list`: the points of a group that have a name."""

import click

from compat.cli.console import say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected


@click.command("list", epilog=exits())
@click.argument("group", metavar="GROUP")
@text_or_json
def command(*, group: str, form: str) -> None:
    """List the bookmarks of GROUP, the oldest first.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 bookmark list db
    """
    with connected() as client:
        told = client.get(f"/v1/groups/{client.group(group)['id']}/bookmarks")
    if form == "json":
        say_json(told)
        return
    headings = ("name", "time", "sequence", "consistency")
    rows = [[each[name] for name in headings] for each in told["bookmarks"]]
    say_table(headings, rows, right=("sequence",))
