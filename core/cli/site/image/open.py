"""`isthmus --site URL image open`: a group's volumes as they were at a point."""

import click

from compat.cli.console import note, say_json
from core.cli.columns import say_line
from core.cli.exits import exits
from core.cli.options import at_option, text_or_json
from core.cli.site.client import connected


@click.command("open", epilog=exits())
@click.argument("group", metavar="GROUP")
@at_option
@click.option(
    "--writable", is_flag=True, help="What is written is forgotten when the image is closed."
)
@text_or_json
def command(*, group: str, at: str, writable: bool, form: str) -> None:
    """Have the node serve the volumes of GROUP as they were at a point, and tell where.

    A URI for each volume is printed. The image is open until `image close` ends it.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 image open db --at -90s --writable
    """
    with connected() as client:
        found = client.group(group)
        body = {"group": found["id"], "at": at, "writable": writable}
        image = client.post("/v1/images", body)
    if form == "json":
        say_json(image)
        return
    for uri in image["uris"]:
        say_line(uri)
    note(f"open at sequence {image['sequence']}; to close it:")
    note(f"isthmus --site {client.url} image close {image['id']}")
