"""Where an option belongs that a command has not."""

import click

from core.cli.lazy import LazyGroup, loaded


def belongs(option: str, root: click.Context, at: click.Context | None) -> str:
    """What to say of it behind that there is none: nothing where no other place has it."""
    path = [] if at is None else at.command_path.split()[1:]
    named = " ".join(path)
    if _has(root.command, option):
        return f" It stands before the command: isthmus {option} ... {named}"
    has_site = bool(root.params.get("site"))
    other = _other(root.command, path, with_site=not has_site)
    if other is None or not _has(other, option):
        return ""
    if has_site:
        return f" It is for a folder of this machine: isthmus {named} DIR {option}"
    return f" It is for a group of a node: isthmus --site URL {named} GROUP {option}"


def _has(command: click.Command, option: str) -> bool:
    return any(option in each.opts for each in command.params)


def _other(command: click.Command, path: list[str], *, with_site: bool) -> click.Command | None:
    """The command that a path means for a site, or for this machine."""
    for name in path:
        entry = command.entries.get(name) if isinstance(command, LazyGroup) else None
        module = entry and (entry.site if with_site else entry.module)
        if not module:
            return None
        command = loaded(module, name)
    return command
