"""Groups of commands that are imported when they are asked for.

A group tells of its commands from its table alone, so that help costs nothing.
"""

from collections.abc import Mapping
from copy import copy
from importlib import import_module
from typing import Any, Final, NamedTuple

import click

_OF_A_NODE: Final = (
    "A node does this for a group of its own: `isthmus --site URL {path} --help` says how."
)


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

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All, or with a site those that ask one."""
        has_site = _has_site(ctx)
        return sorted(name for name, each in self.entries.items() if each.site or not has_site)

    def get_command(
        self,
        ctx: click.Context,
        cmd_name: str,
    ) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        has_site = _has_site(ctx)
        name = entry.site if has_site else entry.module
        if not name:
            raise click.UsageError(
                f"`{cmd_name}` is for what is on this machine: leave --site out", ctx
            )
        found = loaded(name, cmd_name)
        if has_site or name == entry.site or entry.site in ("", entry.module):
            return found
        both = copy(found)
        both.epilog = _OF_A_NODE.format(path=f"{ctx.command_path} {cmd_name}".partition(" ")[2])
        both.epilog += f"\n\n{found.epilog}"
        return both

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            names = self.list_commands(ctx)
            formatter.write_dl([(name, self.entries[name].help) for name in names])


def loaded(module: str, name: str) -> click.Command:
    """The command of that name, or `command`, in a module."""
    found = import_module(module)
    command = getattr(found, "command", None) or getattr(found, name)
    assert isinstance(command, click.Command)
    return command


def _has_site(ctx: click.Context) -> bool:
    return bool(ctx.find_root().params.get("site"))
