"""`isthmus status`: whether the groups of a site are protected."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeAlias

import click

from compat.cli.console import note, say_json
from compat.report.printable import on_one_line
from core.cli.columns import Table, say_table
from core.cli.copy.text import PARTS
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.changes import Changes
from core.cli.site.client import Client, connected
from core.driver.asking import NotReachedError, RefusedError
from core.errors import Exit
from core.machine.link.mode import Mode
from core.machine.link.regulation import Policy
from core.units import size_text

Status: TypeAlias = Mapping[str, Any]
Seen: TypeAlias = tuple[Sequence[Status], str]
"""How groups are, or were before the site was reached no more, and why it is not."""

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

    Of copies it is told whether they have all that was acknowledged, where their mode promises
    that, how far they are behind, where
    what they lack is (not in the journal yet, not sent yet, on its way, or there and not applied),
    and how long writes wait for that. --watch shows at once what the site says has changed, and
    goes on while that is away; in JSON it is one document a line.

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


def _statuses(client: Client, group: str) -> list[Status]:
    """The status of each, with the ids of images that are open."""
    groups = [client.group(group)] if group else [*client.all("/v1/groups", "groups")]
    images = [*client.all("/v1/images", "images")]
    found = list[Status]()
    for each in groups:
        try:
            status = client.get(f"/v1/groups/{each['id']}/status")
        except RefusedError as error:
            if group or error.status != HTTPStatus.NOT_FOUND:
                raise
            continue  # it was deleted meanwhile
        opened = [image["id"] for image in images if image["group"] == each["id"]]
        found.append({**status, "images": opened})
    return found


def _say(found: Sequence[Status], form: str) -> None:
    if form == "json":
        say_json(_document(found))
        return
    headings = _headings(found)
    say_table(headings, (_row(each, headings) for each in found), right=_RIGHT)


def _document(found: Sequence[Status]) -> dict[str, Any]:
    return {"groups": [{**each} for each in found]}


def _headings(found: Sequence[Status]) -> Sequence[str]:
    """Those of copies only where there are some."""
    has_copies = any(each["peers"] for each in found)
    return [name for name in _CELLS if has_copies or name not in _OF_COPIES]


def _row(status: Status, headings: Sequence[str]) -> list[str]:
    return [_CELLS[name](status) for name in headings]


def _to_apply(status: Status) -> Sequence[str]:
    """What a copy that was taken over lacks yet."""
    lacking = status.get("to_apply")
    return () if lacking is None else (f"{size_text(lacking['bytes'])} are to be applied",)


def _role(status: Status) -> str:
    """With the other site, and the mode: which of both is production is told by the role."""
    others = ", ".join(f"{each['mode']} {each['site']}" for each in status["peers"])
    return f"{status['role']} ({others})" if others else str(status["role"])


def _latest(status: Status) -> str:
    return "" if status["end"] is None else str(status["end"])


def _in_sync(status: Status) -> str:
    """Whether copies have all that was acknowledged, of those whose mode promises that."""
    promised = [each["in_sync"] for each in status["peers"] if each["mode"] != Mode.ASYNC]
    if status["peers"] and not promised:
        return "not promised"
    if not promised or None in promised:
        return ""
    return "yes" if all(promised) else "no"


def _lag(status: Status) -> str:
    """As much of it as is known."""
    lag = status["lag"]
    if lag is None:
        return ""
    told = [
        "" if lag["writes"] is None else f"{lag['writes']} writes",
        "" if lag["bytes"] is None else size_text(lag["bytes"]),
        "" if lag["seconds"] is None else f"{lag['seconds']:.1f} s",
    ]
    return ", ".join(each for each in told if each) or "not known"


def _where(status: Status) -> str:
    """The parts of the lag in which there is something, in the order in which it goes through."""
    parts = (status["lag"] or {}).get("parts", {})
    sizes = {name: int(parts.get(f"{name}_bytes", 0)) for name in PARTS}
    return ", ".join(
        f"{name} {size_text(size)} {parts[f'{name}_seconds']:.1f} s"
        for name, size in sizes.items()
        if size
    )


def _held(status: Status) -> str:
    """How long a write waits for each copy, and by which policy where hosts may be held back."""
    return ", ".join(
        f"{each['regulation']['delay_seconds']:g} s"
        + ("" if each["policy"] == Policy.NONE else f" ({each['policy']})")
        for each in status["peers"]
        if each["regulation"] is not None
    )


_CELLS: Final[Mapping[str, Callable[[Status], str]]] = {
    "group": lambda status: str(status["name"]),
    "role": _role,
    "state": lambda status: str(status["state"]),
    "since": lambda status: str(status["since"]),
    "latest": _latest,
    "in sync": _in_sync,
    "lag": _lag,
    "where": _where,
    "writes wait": _held,
    "images": lambda status: ", ".join(status["images"]),
    "why": lambda status: "; ".join((*status["reasons"], *_to_apply(status))),
}
_OF_COPIES: Final = frozenset({"in sync", "lag", "where", "writes wait"})
_RIGHT: Final = ("latest", "lag")


def _watch(client: Client, group: str, form: str) -> NoReturn:
    """On a terminal one table, which changes; elsewhere one after the other."""
    with Changes(client) as changes:
        seen = _seen(client, group, changes)
        if form == "json" or not sys.stdout.isatty():
            _print(seen, form)
        else:
            _show(seen)
    raise AssertionError("unreachable")


def _seen(client: Client, group: str, changes: Changes) -> Iterator[Seen]:
    """How things are whenever something may have changed, without an end.

    What is on its way changes all the time, and is no event.
    """
    found, why = _statuses(client, group), ""
    while True:
        yield found, why
        changes.wait(_PAUSE_S)
        try:
            found, why = _statuses(client, group), ""
        except NotReachedError as error:
            why = str(error).partition("\n")[0]


def _print(seen: Iterator[Seen], form: str) -> None:
    before: Seen | None = None
    table = Table((), right=_RIGHT)
    for found, why in seen:
        if (found, why) == before:
            continue
        before = found, why
        if why:
            note(why)
        elif form == "json":
            click.echo(json.dumps(_document(found)))
        else:
            headings = _headings(found)
            if headings != table.headings:
                table = Table(headings, right=_RIGHT)
            table.say(_row(each, headings) for each in found)
        sys.stdout.flush()


def _show(seen: Iterator[Seen]) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False, markup=False, emoji=False)
    with Live(console=console, auto_refresh=False) as live:
        for found, why in seen:
            live.update(_table(found, why), refresh=True)


def _table(found: Sequence[Status], why: str) -> Any:
    from rich import table
    from rich.text import Text

    headings = _headings(found)
    caption = Text(on_one_line(why), style="red") if why else None
    shown = table.Table(*headings, box=None, caption=caption, caption_justify="left")
    for each in found:
        row = [Text(on_one_line(cell)) for cell in _row(each, headings)]
        row[headings.index("state")].stylize(_COLOURS.get(each["state"], ""))
        shown.add_row(*row)
    return shown
