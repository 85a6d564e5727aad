"""The commands of `isthmus copy`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "bandwidth": Entry("core.cli.copy.bandwidth", "Say how much it is sent in a second."),
    "mode": Entry("core.cli.copy.mode", "Say when a write is acknowledged."),
    "add": Entry(
        "core.cli.site.copy_add",
        "Have another site keep a copy of a group.",
        site="core.cli.site.copy_add",
    ),
    "set": Entry(
        "core.cli.site.copy_set",
        "Say how a site feeds the copy of a group.",
        site="core.cli.site.copy_set",
    ),
    "remove": Entry(
        "core.cli.site.copy_remove",
        "Protect a group without one of its copies.",
        site="core.cli.site.copy_remove",
    ),
    "policy": Entry("core.cli.copy.policy", "Say how far behind it may be, and what then."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """The copy of a group at another site.

    \b
    Example:
      isthmus copy policy journal regulate --lag 256MiB
      isthmus --site http://127.0.0.1:7480 copy add db http://other:7480 --dry-run
    """
