"""The commands of `isthmus group`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

_HERE: Final = "core.cli.site.group"

COMMANDS: Final[Mapping[str, Entry]] = {
    name: Entry(f"{_HERE}.{name}", what, f"{_HERE}.{name}")
    for name, what in {
        "create": "Protect volumes as a group.",
        "delete": "Protect a group no longer.",
        "list": "The groups of the site.",
        "show": "A group, with where its volumes are served.",
    }.items()
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """The groups of a site: volumes whose writes have one order, each of which is a point.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group create db --volume data=/srv/images/data.img:10GiB
      isthmus --site http://127.0.0.1:7480 group list
    """
