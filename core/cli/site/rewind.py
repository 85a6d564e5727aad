"""`isthmus --site URL rewind`: take a group's volumes back to a point, in place."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import at_option, text_or_json
from core.cli.site.client import connected
from core.cli.site.waiting import finished
from core.units import size_text


@click.command("rewind", epilog=exits())
@click.argument("group", metavar="GROUP")
@at_option
@text_or_json
def command(*, group: str, at: str, form: str) -> None:
    """Give the volumes of GROUP what they held at a point, in place; nobody may use them meanwhile.

    What that writes is history like all else: another rewind, to the point before, undoes it.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 rewind db --at bookmark:nightly
    """
    with connected() as client:
        found = client.group(group)
        begun = client.post(f"/v1/groups/{found['id']}/rewind", {"at": at})
        done = finished(client, begun, "rewinding")["result"]
    if form == "json":
        say_json(done)
        return
    note(
        f"at sequence {done['point']}: {size_text(done['bytes'])} looked at; "
        f"sequence {done['end']} is the end now"
    )
    note(f"to undo it: isthmus --site {client.url} rewind {group} --at sequence:{done['before']}")
