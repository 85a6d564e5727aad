"""`isthmus journal show`: the writes, for whoever asks who wrote a range."""

from collections.abc import Iterator
from typing import Any, Final

import click
import numpy as np

from compat.cli.console import note, say_json
from core.cli.columns import say_table
from core.cli.exits import exits
from core.cli.images import number_of
from core.cli.moments import moment_text
from core.cli.opening import opened
from core.cli.options import (
    from_option,
    journal_argument,
    now_ns,
    text_or_json,
    to_option,
    volumes_option,
)
from core.cli.points import parse_point
from core.errors import CoreError
from core.stream.history import History
from core.stream.touched import touched
from core.units import count_text, parse_size
from core.wire.record import Kind, Records

LIMIT: Final = 1000


@click.command("show", epilog=exits())
@journal_argument
@from_option("Only writes after this point.")
@to_option("Only writes up to this point.")
@volumes_option
@click.option(
    "--range",
    "extent",
    metavar="OFFSET+LENGTH",
    default="",
    help="Only writes that touch this range, as 1MiB+4096.",
)
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    help="At most so many; 0 for all.",
)
@click.option("--newest", is_flag=True, help="The newest first; else the oldest are.")
@text_or_json
def command(
    *,
    journal: str,
    since: str,
    until: str,
    volumes: tuple[str, ...],
    extent: str,
    limit: int,
    newest: bool,
    form: str,
) -> None:
    """Show the writes in the journal in DIR: time, sequence, client, volume, place and kind.

    A client is a connection over which writes came: a number that the server gave it, and may have
    given again later; 0 is the server itself. Of a resize the offset is the size before, the length
    the one after.

    No more than --limit writes are shown, and it is told how many there are. Of a journal that
    offers no point, as one that was put aside, all writes that it holds are.

    \b
    Example:
      isthmus journal show journal --volume disk0 --range 1MiB+64KiB --newest
      isthmus journal show journal --from -10m --limit 0 --format json
    """
    with opened(journal) as found:
        history = found.history
        records = _wanted(history, since, until, volumes, extent)
        total = len(records)
        shown = (records[::-1] if newest else records)[: limit or None]
        rows: list[Any] = [*_rows(history, shown)]
    if form == "json":
        say_json({"show": 1, "total": total, "shown": len(rows), "writes": rows})
        return
    say_table(
        ("time", "sequence", "client", "volume", "offset", "length", "kind"),
        [[*row.values()] for row in rows],
        right=("sequence", "client", "offset", "length"),
    )
    if len(rows) < total:
        told = f"{len(rows)} of {count_text(total, 'write')}"
        note(f"{told}; --limit 0 shows all, and --from and --to fewer")


def _between(history: History, since: str, until: str) -> Records:
    """Where no point can be had, and none is named, all that there is."""
    if history.begin is None and not (since or until):
        return history.written_unoffered()
    now = now_ns()
    first = parse_point(since, history, now_ns=now).point if since else history.first
    last = parse_point(until, history, now_ns=now).point if until else history.end
    return history.written(since=first + 1, until=last)


def _wanted(
    history: History, since: str, until: str, volumes: tuple[str, ...], extent: str
) -> Records:
    records = _between(history, since, until)
    keep = np.ones(len(records), bool)
    if volumes:
        keep &= np.isin(records["volume"], [number_of(each, history) for each in volumes])
    if extent:
        start, length = parse_range(extent)
        begin, end = touched(records)
        keep &= (begin < start + length) & (end > start)
    wanted: Records = records[keep]
    return wanted


def parse_range(text: str) -> tuple[int, int]:
    """Offset and length in bytes of `1MiB+4096`."""
    offset, separator, length = text.partition("+")
    if not separator or not parse_size(length):
        raise CoreError(f"{text!r} is no range", hint="write it as OFFSET+LENGTH, say 1MiB+4096")
    return parse_size(offset), parse_size(length)


def _rows(history: History, records: Records) -> Iterator[dict[str, Any]]:
    names = history.identity.names
    for each in records:
        yield {
            "time": moment_text(int(each["time_ns"])),
            "sequence": int(each["sequence"]),
            "client": int(each["client"]),
            "volume": names[int(each["volume"])],
            "offset": int(each["offset"]),
            "length": int(each["length"]),
            "kind": Kind(int(each["kind"])).name.lower(),
        }
