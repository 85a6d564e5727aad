"""Options that several commands share, with the same words in each."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from typing import Final, TypeAlias

import click

from compat.cli.inputs import Inputs, Reading
from compat.differ.effect import Level

Command: TypeAlias = Callable[..., None]
_Decorator: TypeAlias = Callable[[Command], Command]


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


def format_option(command: Command) -> Command:
    """Hands `form` to a command that prints for people and for programs."""
    return forms_option(Format.TEXT, Format.JSON)(command)


def page_format_option(command: Command) -> Command:
    """Hands `form` to a command that makes a page, too."""
    return forms_option(*Format)(command)


def forms_option(first: StrEnum, *others: StrEnum) -> _Decorator:
    """Hands `form`, one of these, to the command; without a word it is the first."""
    forms = {each.value: each for each in (first, *others)}
    return click.option(
        "--format",
        "form",
        type=click.Choice([*forms]),
        default=first.value,
        show_default=True,
        callback=lambda _context, _parameter, value: forms[value],
        help="How to print the result.",
    )


LEVELS: Final = tuple(level.name.lower() for level in reversed(Level))


def direction_option(command: Command) -> Command:
    """Hands `direction` to a command that tells levels."""
    return click.option(
        "--direction",
        type=click.Choice(["old-client", "new-client"]),
        default="old-client",
        show_default=True,
        help="Whose levels count: an old client's with a new server, or a new client's with an old "
        "server.",
    )(command)


def min_level_option(usual: str) -> _Decorator:
    """Hands `min_level` to a command that lists changes."""
    return click.option(
        "--min-level",
        type=click.Choice(LEVELS),
        default=usual,
        show_default=True,
        help="Leave out what is less than this.",
    )


def fail_on_option(usual: str) -> _Decorator:
    """Hands `fail_on`, a level or none, to a command that tells levels."""
    return click.option(
        "--fail-on",
        type=click.Choice(["none", *LEVELS]),
        default=usual,
        show_default=True,
        help="Exit with 1 where there is a change of this level or above, left out or not.",
    )


def config_option(command: Command) -> Command:
    """Hands `config`, the name of the file with the settings of the gate, to the command."""
    return click.option(
        "--config",
        metavar="FILE",
        default="",
        help="Settings in TOML; else [tool.isthmus.check] of pyproject.toml, if it is there.",
    )(command)


def intent_option(command: Command) -> Command:
    """Hands `intent` to the command, empty where there is none."""
    return click.option(
        "--intent", metavar="FILE", default="", help="What people decided about the differences."
    )(command)


def intents_option(command: Command) -> Command:
    """Hands `intents` to the command, one for each step, or none at all."""
    return click.option(
        "--intent",
        "intents",
        metavar="FILE",
        multiple=True,
        help="What people decided about the differences; with more than two specs one for each "
        "step.",
    )(command)


def steps_of(specs: tuple[str, ...], intents: tuple[str, ...], reading: Reading) -> Inputs:
    """Two specs or more, with an intent for each step or none; raises UsageError otherwise."""
    steps = len(specs) - 1
    if steps < 1:
        raise click.UsageError("give OLD and NEW")
    if intents and len(intents) != steps:
        raise click.UsageError(
            f"{len(specs)} specs make {'1 step' if steps == 1 else f'{steps} steps'}, and --intent "
            f"is given {len(intents)} times: give it for each step in order, or not at all"
        )
    return Inputs(specs=specs, intents=intents, reading=reading)


STRICTNESS_OPTIONS = (
    click.option("--strict", is_flag=True, help="Refuse a spec that breaks its standard."),
    click.option(
        "--remote", is_flag=True, help="Let specs, and references in them, name http(s) URLs."
    ),
)
READING_OPTIONS = (
    click.option(
        "--old-name",
        metavar="V",
        default="",
        help="What OLD is called; else what the intent says, or the file's name.",
    ),
    click.option("--new-name", metavar="V", default="", help="What NEW is called."),
    *STRICTNESS_OPTIONS,
)


def reading_options(command: Command) -> Command:
    """Hands `reading` to the command."""

    @wraps(command)
    def with_reading(
        *, old_name: str, new_name: str, strict: bool, remote: bool, **others: object
    ) -> None:
        reading = Reading(old_name=old_name, new_name=new_name, strict=strict, remote=remote)
        command(reading=reading, **others)

    return with_options(READING_OPTIONS, with_reading)


def strictness_options(command: Command) -> Command:
    """Hands `reading` to a command that has a way of its own to name the versions."""

    @wraps(command)
    def with_reading(*, strict: bool, remote: bool, **others: object) -> None:
        command(reading=Reading(strict=strict, remote=remote), **others)

    return with_options(STRICTNESS_OPTIONS, with_reading)


def with_options(options: Sequence[_Decorator], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
