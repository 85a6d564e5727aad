"""The commands of `isthmus operation`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

_HERE: Final = "core.cli.site.operation"

COMMANDS: Final[Mapping[str, Entry]] = {
    name: Entry(f"{_HERE}.{name}", what, f"{_HERE}.{name}")
    for name, what in {
        "cancel": "Let an operation be.",
        "list": "What is being done, and what was done lately.",
        "show": "How far an operation is, and how it ended.",
    }.items()
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """What a site does that takes long: rewinds, signatures, comparisons, copies and failovers.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 operation list --state running
    """
