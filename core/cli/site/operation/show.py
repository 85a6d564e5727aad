"""`isthmus operation show`: how far an operation is, and how it ended."""

import json
from collections.abc import Mapping
from typing import Any, Final

import click

from compat.cli.console import say_json
from core.cli.columns import say_line
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.units import NANOSECONDS_PER_SECOND, duration_text, size_text

_SIZES: Final = frozenset({"bytes", "compared", "copied", "length", "offset", "rate"})


@click.command("show", epilog=exits())
@click.argument("operation", metavar="OPERATION")
@text_or_json
def command(*, operation: str, form: str) -> None:
    """Show an operation, by its id.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 operation show 019a2f5e3c7d4b8a9e0f1c2d
    """
    with connected() as client:
        found = client.get(named("operations", operation))
    if form == "json":
        say_json(found)
    else:
        say_operation(found)


def say_operation(operation: Mapping[str, Any]) -> None:
    """Print it."""
    rows = {
        "operation": f"{operation['id']}, {operation['kind']}",
        "state": operation["state"],
        "progress": progress_text(operation),
        "created": operation["created"],
        "ended": operation["ended"] or f"by {operation['deadline']}",
    }
    if problem := operation["problem"]:
        rows["problem"] = problem.get("detail", problem["title"])
        rows["hint"] = problem.get("hint", "")
    for what, value in {**operation["request"], **(operation["result"] or {})}.items():
        rows[what] = _shown(what, value)
    for name, text in rows.items():
        if text:
            say_line(f"{name.ljust(11)} {text}")


def _shown(what: str, value: Any) -> str:
    """What was asked for, or came of it; nothing where it says nothing."""
    if value is None or value is False or value in ([], {}, ""):
        return ""
    if value is True:
        return "yes"
    if what in _SIZES:
        return size_text(value)
    return value if isinstance(value, str) else json.dumps(value)


def progress_text(operation: Mapping[str, Any]) -> str:
    """How far it is."""
    done, total = operation["progress"]["done"], operation["progress"]["total"]
    if total is None:
        return ""
    left_s = operation["progress"].get("left_s")
    left = "" if left_s is None else f", {duration_text(int(left_s * NANOSECONDS_PER_SECOND))} left"
    return f"{size_text(done)} of {size_text(total)}{left}"
