"""`isthmus --site URL volume resize`: give a volume of a group another size."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.units import parse_size, size_text


@click.command("resize", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.argument("name", metavar="NAME")
@click.argument("size", metavar="SIZE")
@text_or_json
def command(*, group: str, name: str, size: str, form: str) -> None:
    """Give the volume NAME of GROUP another SIZE; it shrinks only while nobody uses it.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 volume resize db data 20GiB
    """
    with connected() as client:
        found = client.group(group)
        path = named("groups", found["id"], "volumes", name)
        changed = client.patch(path, {"size": parse_size(size)}, revision=found["revision"])
    if form == "json":
        say_json(changed)
        return
    (volume,) = (each for each in changed["volumes"] if each["name"] == name)
    note(f"{name}: {size_text(volume['size'])}")
