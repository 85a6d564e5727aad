"""The commands of `isthmus plan`."""

from collections.abc import Mapping
from typing import Final

import click

from core.cli.lazy import Entry, LazyGroup

COMMANDS: Final[Mapping[str, Entry]] = {
    "config": Entry(
        "core.cli.plan.configuration.command", "What is configured, from what is wanted."
    ),
    "placement": Entry(
        "core.cli.plan.placement", "Which appliance protects what, and where it runs."
    ),
    "state": Entry(
        "core.cli.plan.state",
        "What a node knows, as the state that a plan is made from.",
        site="core.cli.plan.state",
    ),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    """Plans that are computed from a description, and checked before they are told.

    \b
    Example:
      isthmus plan config goals.yaml --state state.yaml
      isthmus plan placement topology.yaml
      isthmus --site http://127.0.0.1:7480 plan state
    """
