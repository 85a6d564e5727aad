"""`isthmus --site URL bookmark add`: give the latest point of a group a name."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.wire.note import Consistency


@click.command("add", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.argument("name", metavar="NAME")
@click.option(
    "--consistency",
    type=click.Choice([each.value for each in Consistency]),
    default=Consistency.CRASH.value,
    show_default=True,
    help="What is known of the point: application where somebody has brought that to rest.",
)
@text_or_json
def command(*, group: str, name: str, consistency: str, form: str) -> None:
    """Give the latest point of GROUP a name.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 bookmark add db "before the upgrade"
    """
    with connected() as client:
        path = f"/v1/groups/{client.group(group)['id']}/bookmarks"
        told = client.post(path, {"name": name, "consistency": consistency})
    if form == "json":
        say_json(told)
    else:
        note(f"{name}: sequence {told['sequence']}, {told['time']}")
