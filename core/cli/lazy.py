"""Groups of commands that are imported when they are asked for.

A group tells of its commands from its table alone, so that help costs nothing.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    """The module that has a command, by the command's name or `command`, and what it is for.

    `site` is the module that has it where a site was named: it asks that over the network.
    """

    module: str
    help: str
    site: str = ""


class LazyGroup(click.Group):
    """Its commands are those of `entries`, by their names."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- named by click
        return sorted(self.entries)

    def get_command(
        self,
        ctx: click.Context,
        cmd_name: str,
    ) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        name = entry.module
        if ctx.find_root().params.get("site"):
            name = entry.site
        if not name:
            raise click.UsageError(
                f"`{cmd_name}` is for what is on this machine: leave --site out", ctx
            )
        module = import_module(name)
        found = getattr(module, "command", None) or getattr(module, cmd_name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.help) for name, each in sorted(self.entries.items())])
