"""Options that several commands share, with the same words in each."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final, TypeAlias

import click

from compat.cli.forms import Form
from compat.cli.inputs import Inputs, Reading
from compat.differ.effect import Level
from compat.model.role import Role

Command: TypeAlias = Callable[..., None]
_Decorator: TypeAlias = Callable[[Command], Command]


def format_option(command: Command) -> Command:
    """Hands `form` to a command that prints for people and for programs."""
    return forms_option(Form.TEXT, Form.JSON)(command)


def page_format_option(command: Command) -> Command:
    """Hands `form` to a command that makes a page, too."""
    return forms_option(Form.TEXT, Form.JSON, Form.HTML)(command)


def forms_option(first: Form, *others: Form) -> _Decorator:
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


def output_option(command: Command) -> Command:
    """Hands `output` to the command, empty where the result is printed."""
    return click.option(
        "--output", metavar="FILE", default="", help="Where to write it; else it is printed."
    )(command)


_LEVELS: Final = {level.name.lower(): level for level in reversed(Level)}
_ROLES: Final = {role.replace("_", "-"): role for role in Role}


def direction_option(whose: str = "Whose levels count") -> _Decorator:
    """Hands `role`, the client that is asked about, to the command."""
    return click.option(
        "--direction",
        "role",
        type=click.Choice([*_ROLES]),
        default="old-client",
        show_default=True,
        callback=lambda _context, _parameter, value: _ROLES[value],
        help=f"{whose}: an old client's with a new server, or a new client's with an old server.",
    )


def level_option(command: Command) -> Command:
    """Hands `levels` to a command that lists what has one, empty where all are wanted."""
    return click.option(
        "--level",
        "levels",
        type=click.Choice([*_LEVELS]),
        multiple=True,
        callback=lambda _context, _parameter, names: frozenset(map(_LEVELS.__getitem__, names)),
        help="Only what has this level for the client that --direction names; may be given again.",
    )(command)


def min_level_option(
    usual: Level | None, what: str = "Leave out what is less than this."
) -> _Decorator:
    """Hands `min_level` to a command that lists changes, None where there is none."""
    return click.option(
        "--min-level",
        type=click.Choice([*_LEVELS]),
        default=None if usual is None else usual.name.lower(),
        show_default=True,
        callback=lambda _context, _parameter, value: _LEVELS.get(value),
        help=what,
    )


def fail_on_option(usual: Level | None) -> _Decorator:
    """Hands `fail_on`, None where nothing is to fail, to a command that tells levels."""
    return click.option(
        "--fail-on",
        type=click.Choice(["none", *_LEVELS]),
        default="none" if usual is None else usual.name.lower(),
        show_default=True,
        callback=lambda _context, _parameter, value: _LEVELS.get(value),
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
