"""Options that several commands share, with the same words in each."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps

import click

from compat.cli.inputs import Reading


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


def format_option(command: Callable[..., None]) -> Callable[..., None]:
    """Hands `form` to the command."""
    return click.option(
        "--format",
        "form",
        type=click.Choice([each.value for each in Format]),
        default=Format.TEXT.value,
        show_default=True,
        callback=lambda _context, _parameter, value: Format(value),
        help="How to print the result.",
    )(command)


def intent_option(command: Callable[..., None]) -> Callable[..., None]:
    """Hands `intent` to the command, empty where there is none."""
    return click.option(
        "--intent", metavar="FILE", default="", help="What people decided about the differences."
    )(command)


READING_OPTIONS = (
    click.option(
        "--old-name",
        metavar="V",
        default="",
        help="What OLD is called; else what the intent says, or the file's name.",
    ),
    click.option("--new-name", metavar="V", default="", help="What NEW is called."),
    click.option("--strict", is_flag=True, help="Refuse a spec that breaks its standard."),
    click.option(
        "--remote", is_flag=True, help="Let specs, and references in them, name http(s) URLs."
    ),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Hands `reading` to the command."""

    @wraps(command)
    def with_reading(
        *, old_name: str, new_name: str, strict: bool, remote: bool, **others: object
    ) -> None:
        reading = Reading(old_name=old_name, new_name=new_name, strict=strict, remote=remote)
        command(reading=reading, **others)

    decorated: Callable[..., None] = with_reading
    for option in reversed(READING_OPTIONS):
        decorated = option(decorated)
    return decorated
