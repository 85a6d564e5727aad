"""The commands of `isthmus image`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "close": Entry(
        "core.cli.image.close", "End what `image open` began.", "core.cli.site.image.close"
    ),
    "list": Entry(
        "core.cli.site.image.list",
        "Which images a site has open.",
        "core.cli.site.image.list",
    ),
    "open": Entry(
        "core.cli.image.open",
        "Serve the volumes as they were at a point.",
        "core.cli.site.image.open",
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """A point as volumes that can be read and written.

    \b
    Example:
      isthmus image open journal --at -90s --listen unix:then.sock --writable
      isthmus image close unix:then.sock
      isthmus --site http://127.0.0.1:7480 image list
    """
