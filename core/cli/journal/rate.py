"""`isthmus journal rate`: how much changed, over time."""

from collections.abc import Iterator
from typing import Any, Final

import click
import numpy as np

from compat.cli.console import say_json
from core.cli.columns import say_line, say_table
from core.cli.exits import exits
from core.cli.images import number_of
from core.cli.moments import moment_text
from core.cli.opening import opened
from core.cli.options import journal_argument, text_or_json, volumes_option
from core.errors import CoreError
from core.stream.timeline import distinct_bytes, parts_of, writes
from core.units import NANOSECONDS_PER_SECOND, duration_text, parse_duration, size_text
from core.wire.record import Records

_ROWS: Final = 24
_ROWS_MAX: Final = 100_000
_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14_400, 21_600, 43_200),
    *(86_400, 172_800, 604_800),
)


@click.command("rate", epilog=exits())
@journal_argument
@volumes_option
@click.option("--every", metavar="DURATION", default="", help="How long a row is, as 1m or 1h.")
@text_or_json
def command(*, journal: str, volumes: tuple[str, ...], every: str, form: str) -> None:
    """Tell how much was written over time, and how many bytes that were different places.

    The second says how much a copy that is brought up to date once a row has to take; the first,
    how much a journal has to hold. Of writes that were folded, what is left of them counts.

    \b
    Example:
      isthmus journal rate journal --every 15m
      isthmus journal rate journal --volume disk0 --format json
    """
    with opened(journal) as found:
        history = found.history
        records = writes(history)
        if volumes:
            wanted = [number_of(each, history) for each in volumes]
            records = records[np.isin(records["volume"], wanted)]
    step = parse_duration(every) if every else _step(records)
    if not step or (len(records) and _length(records) // step > _ROWS_MAX):
        raise CoreError(f"--every {every}: too short", hint=f"at most {_ROWS_MAX} rows are made")
    rows: list[Any] = [*_rows(records, step)]
    total = {"writes": len(records), "bytes": int(records["length"].sum())}
    if form == "json":
        say_json({"rate": 1, "every_ns": step, **total, "rows": rows})
    else:
        _say(rows, step)


def _length(records: Records) -> int:
    return int(records["time_ns"][-1]) - int(records["time_ns"][0])


def _step(records: Records) -> int:
    """A round length that makes some two dozen rows."""
    needed = _length(records) // _ROWS if len(records) else 0
    steps = (each * NANOSECONDS_PER_SECOND for each in _STEPS_S)
    return next((each for each in steps if each >= needed), max(needed, 1))


def _rows(records: Records, step: int) -> Iterator[dict[str, Any]]:
    """Rows begin at whole multiples of their length."""
    if not len(records):
        return
    begin = int(records["time_ns"][0]) // step * step
    for at, here in parts_of(records, begin, step):
        size = int(here["length"].sum())
        yield {
            "time": moment_text(at),
            "writes": len(here),
            "bytes": size,
            "distinct_bytes": distinct_bytes(here) if len(here) else 0,
            "bytes_per_second": size * NANOSECONDS_PER_SECOND // step,
        }


def _say(rows: list[dict[str, Any]], step: int) -> None:
    say_line(f"rows of {duration_text(step)}")
    say_table(
        ("from", "writes", "written", "distinct", "per second"),
        [
            (
                each["time"],
                each["writes"],
                size_text(each["bytes"]),
                size_text(each["distinct_bytes"]),
                size_text(each["bytes_per_second"]),
            )
            for each in rows
        ],
        right=("writes", "written", "distinct", "per second"),
    )
