"""What commands print: results on standard output, everything else on standard error.

Colour and progress are for terminals. Elsewhere a report is plain text of a fixed width, or JSON.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, Final

import click

from compat.model.schema import Json
from compat.report.printable import printable

if TYPE_CHECKING:
    from rich.console import Group

PLAIN_COLUMNS: Final = 100  # where no terminal says how wide it is
PROBLEMS_SHOWN_MAX: Final = 5


def prepare_streams() -> None:
    """What the streams' encoding lacks is escaped; a stream that was closed leads nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def abandon_output() -> None:
    """Let what is left go nowhere, now that nobody reads it, or Python complains as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(report: "Group") -> None:
    """Print a result; where that is no terminal, as plain text."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False, markup=False, emoji=False).print(report, crop=False)
    else:
        sys.stdout.write(_drawn(report, colour=None))


def is_drawn() -> bool:
    """Whether results are for a terminal, or coloured as on one."""
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ


def columns() -> int:
    """How wide plain text is."""
    # Imported where it is used: it brings all kinds of archives along.
    import shutil

    return shutil.get_terminal_size((PLAIN_COLUMNS, 0)).columns


def plain(report: "Group") -> str:
    """A result for a file: without colour, whatever the environment says."""
    return _drawn(report, colour=False)


def _drawn(report: "Group", *, colour: bool | None) -> str:
    """Without trailing blanks; None for the colour leaves it to the environment."""
    from rich.console import Console

    text = StringIO()
    console = Console(
        file=text,
        width=columns(),
        force_terminal=colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(report, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def say_json(document: Json | Mapping[str, Json]) -> None:
    """Print a result for programs."""
    sys.stdout.write(json_text(document))


def json_text(document: Json | Mapping[str, Json]) -> str:
    """A result for programs, as it is printed."""
    return f"{json.dumps(document, indent=2)}\n"


def say_text(text: str) -> None:
    """Print a result that is a file's text, exactly as it is."""
    sys.stdout.write(text)


def note(text: str) -> None:
    """A line beside the result."""
    click.echo(printable(text), err=True)


def note_problems(problems: Iterable[object]) -> None:
    """What the specs get wrong; they are used all the same."""
    for line in problem_notes(problems):
        note(line)


def problem_notes(problems: Iterable[object]) -> Iterator[str]:
    """The lines about it."""
    shown = list(problems)
    for problem in shown[:PROBLEMS_SHOWN_MAX]:
        yield f"warning: {problem}"
    more = len(shown) - PROBLEMS_SHOWN_MAX
    if more > 0:
        yield f"warning: and {more} more; --format json tells all, --strict refuses them"


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """On a terminal, tell what goes on for as long as it does; gives a way to tell more of it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(f"{printable(what)} …")) as status:
        yield lambda more: status.update(Text(f"{printable(what)}: {printable(more)} …"))
