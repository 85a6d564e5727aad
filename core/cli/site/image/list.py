"""`isthmus --site URL image list`: which images are open."""

import click

from compat.cli.console import say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected


@click.command("list", epilog=exits())
@click.argument("group", metavar="[GROUP]", default="")
@text_or_json
def command(*, group: str, form: str) -> None:
    """List the images that a site has open, or those of GROUP, and where clients use each.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 image list db
    """
    with connected() as client:
        number = client.group(group)["id"] if group else None
        names = {each["id"]: each["name"] for each in client.all("/v1/groups", "groups")}
        found = [*client.all("/v1/images", "images", group=number)]
    if form == "json":
        say_json({"images": found})
        return
    say_table(
        ("image", "group", "state", "at", "sequence", "writable", "created", "uri"),
        [
            [
                each["id"],
                names.get(each["group"], each["group"]),
                each["state"],
                each["at"],
                "" if each["sequence"] is None else each["sequence"],
                "yes" if each["writable"] else "no",
                each["created"],
                " ".join(each["uris"]),
            ]
            for each in found
        ],
        right=("sequence",),
    )
