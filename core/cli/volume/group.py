"""The commands of `isthmus volume`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "resize": Entry(
        "core.cli.volume.resize", "Give a volume another size.", "core.cli.site.volume_resize"
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """The volumes of a group.

    \b
    Example:
      isthmus volume resize journal disk 20GiB
    """
