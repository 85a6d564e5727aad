"""Arguments and options that several commands share, with the same words in each."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import click

from core.cli.points import METAVAR

Command: TypeAlias = Callable[..., None]


class NumberRange(click.FloatRange):
    """A range that holds nothing that is no number, as one of click does."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value} is no number", param, ctx)
        return found


def journal_argument(command: Command) -> Command:
    """Hands `journal`, the name of a folder, to the command."""
    return click.argument("journal", metavar="DIR")(command)


def format_option(*names: str) -> Callable[[Command], Command]:
    """Hands `form`, one of these names, to the command; without a word it is the first."""
    return click.option(
        "--format",
        "form",
        type=click.Choice([*names]),
        default=names[0],
        show_default=True,
        help="How to print the result.",
    )


text_or_json = format_option("text", "json")


def at_option(command: Command) -> Command:
    """Hands `at`, how a point was written, to the command."""
    return click.option("--at", metavar=METAVAR, required=True, help="Which point.")(command)


def from_option(what: str) -> Callable[[Command], Command]:
    """Hands `since`, how a point was written, to the command; empty where it was not."""
    return click.option("--from", "since", metavar=METAVAR, default="", help=what)


def to_option(what: str) -> Callable[[Command], Command]:
    """Hands `until`, how a point was written, to the command; empty where it was not."""
    return click.option("--to", "until", metavar=METAVAR, default="", help=what)


def image_option(command: Command) -> Command:
    """Hands `image`, words NAME=PATH, to the command."""
    return click.option(
        "--image",
        "image",
        metavar="NAME=PATH",
        multiple=True,
        help="Where the image of a volume is now, if not where it was.",
    )(command)


def volumes_option(command: Command) -> Command:
    """Hands `volumes`, names, to the command; none where all are meant."""
    return click.option(
        "--volume", "volumes", metavar="NAME", multiple=True, help="Only this one; may be repeated."
    )(command)


def now_ns() -> int:
    """The time from which `-90s` counts."""
    return time.time_ns()
