"""The commands of `isthmus copy`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "policy": Entry("core.cli.copy.policy", "Say how far behind it may be, and what then."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """The copy of a group at another site.

    \b
    Example:
      isthmus copy policy journal regulate --lag 256MiB
    """
