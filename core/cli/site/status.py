"""`isthmus status`: whether the groups of a site are protected."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from compat.cli.console import say_json
from compat.report.printable import on_one_line
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import Client, connected
from core.errors import Exit
from core.units import size_text

_HEADINGS: Final = ("group", "role", "state", "since", "latest", "lag", "images", "why")
_COLOURS: Final = {
    "protected": "green",
    "starting": "yellow",
    "degraded": "yellow",
    "down": "red",
}
_PAUSE_S: Final = 1.0


@click.command("status", epilog=exits({Exit.FINDINGS: "a group is not protected"}))
@click.argument("group", metavar="[GROUP]", default="")
@click.option("--watch", is_flag=True, help="Go on, and show what changes, until interrupted.")
@text_or_json
def command(*, group: str, watch: bool, form: str) -> None:
    """Tell whether a group is protected, or all are, and if not, why.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 status
      isthmus --site http://127.0.0.1:7480 status db --watch
    """
    with connected() as client:
        if watch:
            _watch(client, group, form)
        found = _statuses(client, group)
    _say(found, form)
    if not all(each["protected"] for each in found):
        click.get_current_context().exit(Exit.FINDINGS)


def _statuses(client: Client, group: str) -> list[Mapping[str, Any]]:
    """The status of each, with the ids of images that are open."""
    groups = [client.group(group)] if group else [*client.all("/v1/groups", "groups")]
    images = [*client.all("/v1/images", "images")]
    return [
        {
            **client.get(f"/v1/groups/{each['id']}/status"),
            "images": [image["id"] for image in images if image["group"] == each["id"]],
        }
        for each in groups
    ]


def _say(found: Sequence[Mapping[str, Any]], form: str) -> None:
    if form == "json":
        say_json({"groups": [{**each} for each in found]})
    else:
        say_table(_HEADINGS, map(_row, found), right=("latest", "lag"))


def _row(status: Mapping[str, Any]) -> list[str]:
    return [
        status["name"],
        _role(status),
        status["state"],
        status["since"],
        "" if status["end"] is None else str(status["end"]),
        _lag(status["lag"]),
        ", ".join(status["images"]),
        "; ".join((*status["reasons"], *_to_apply(status))),
    ]


def _to_apply(status: Mapping[str, Any]) -> Sequence[str]:
    """What a copy that was taken over lacks yet."""
    lacking = status.get("to_apply")
    return () if lacking is None else (f"{size_text(lacking['bytes'])} are to be applied",)


def _role(status: Mapping[str, Any]) -> str:
    """With the other site, and the mode: which of both is production is told by the role."""
    others = ", ".join(f"{each['mode']} {each['site']}" for each in status["peers"])
    return f"{status['role']} ({others})" if others else str(status["role"])


def _lag(lag: Mapping[str, Any] | None) -> str:
    """As much of it as is known."""
    if lag is None:
        return ""
    told = [
        "" if lag["writes"] is None else f"{lag['writes']} writes",
        "" if lag["bytes"] is None else size_text(lag["bytes"]),
        "" if lag["seconds"] is None else f"{lag['seconds']:.1f} s",
    ]
    return ", ".join(each for each in told if each) or "not known"


def _watch(client: Client, group: str, form: str) -> None:
    """On a terminal one table, which changes; elsewhere one after the other."""
    if form == "json" or not sys.stdout.isatty():
        before = None
        while True:
            found = _statuses(client, group)
            if found != before:
                _say(found, form)
                sys.stdout.flush()
            before = found
            time.sleep(_PAUSE_S)
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, markup=False, emoji=False)
    with Live(_table(_statuses(client, group)), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(_PAUSE_S)
            live.update(_table(_statuses(client, group)), refresh=True)


def _table(found: Sequence[Mapping[str, Any]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(*_HEADINGS, box=None)
    for each in found:
        row = [Text(on_one_line(cell)) for cell in _row(each)]
        row[2].stylize(_COLOURS.get(each["state"], ""))
        table.add_row(*row)
    return table
