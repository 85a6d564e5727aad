"""The commands of `isthmus bookmark`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "add": Entry(
        "core.cli.bookmark.add", "Give the latest point a name.", "core.cli.site.bookmark.add"
    ),
    "list": Entry(
        "core.cli.bookmark.list", "The points that have a name.", "core.cli.site.bookmark.list"
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def bookmark() -> None:
    """Names for points in time.

    \b
    Examples:
      isthmus bookmark add journal "before the upgrade"
      isthmus bookmark list journal
      isthmus journal restore journal --at "bookmark:before the upgrade" --output disk.img
    """
