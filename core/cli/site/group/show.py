"""`isthmus group show`: a group, with where its volumes are served."""

from collections.abc import Mapping
from typing import Any

import click

from compat.cli.console import say_json
from core.cli.columns import say_line, say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.copy_set import copy_text
from core.units import size_text


@click.command("show", epilog=exits())
@click.argument("group", metavar="GROUP")
@text_or_json
def command(*, group: str, form: str) -> None:
    """Show a group, by its name or its id.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group show db
    """
    with connected() as client:
        found = client.group(group)
    if form == "json":
        say_json(found)
    else:
        say_group(found)


def say_group(group: Mapping[str, Any]) -> None:
    """Print it."""
    retention = group["retention"]
    say_line(f"{group['name']}  {group['id']}")
    say_line(f"created   {group['created']}")
    say_line(f"journal   {group['journal']}")
    for copy in group["copies"]:
        say_line(f"copy      at {copy['site']}: {copy['url']}; {copy_text(copy)}")
    if group["production"] is not None:
        say_line(f"copy of   production at {group['production']}")
    ladder = f", {retention['ladder']}" if retention["ladder"] else ""
    size = size_text(retention["journal_size"])
    say_line(f"keeps     {retention['window']} in {size} at most{ladder}")
    say_line()
    say_table(
        ("volume", "size", "image", "uri"),
        [
            [each["name"], size_text(each["size"]), each["image"], " ".join(each["uris"])]
            for each in group["volumes"]
        ],
        right=("size",),
    )
