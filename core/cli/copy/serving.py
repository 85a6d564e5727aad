"""Asking the process that serves a group about its copy."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from core.cli.opening import opened
from core.driver.control import ask
from core.driver.link.peers import parse_place
from core.errors import CoreError


def which_option(command: Callable[..., None]) -> Callable[..., None]:
    """Hands `place`, a word or None, to the command."""
    return click.option(
        "--copy",
        "place",
        metavar="unix:PATH|HOST:PORT",
        help="Which copy is meant, as it was given to `isthmus protect`; needless of one alone.",
    )(command)


def which(place: str | None) -> str | None:
    """The copy that is meant, as it is told; None where that is the only one."""
    return None if place is None else str(parse_place(place))


def ask_serving(
    journal: str, place: str | None, function: str, option: str, **asked: Any
) -> Mapping[str, Any]:
    """What it answers of a copy; `option` is how `isthmus protect` is told the same."""
    with opened(journal) as found:
        if found.writer is None:
            raise CoreError(
                "nobody serves this group",
                where=journal,
                hint=f"give it to `isthmus protect --copy`, as {option}",
            )
        return ask(found.path, function, copy=which(place), **asked)
