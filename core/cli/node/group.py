"""The commands of `isthmus node`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "run": Entry("core.cli.node.run", "Serve the interface of an appliance."),
    "token": Entry("core.cli.node.token", "Make a token that the interface is used with."),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """The process of one appliance, which keeps groups served and is asked over HTTP.

    \b
    Example:
      isthmus node run --config node.toml
      isthmus --site http://127.0.0.1:7480 status
    """
