"""`isthmus journal diff`: ranges that differ between two points."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click
import numpy as np

from compat.cli.console import say_json
from core.cli.columns import say_line, say_table
from core.cli.exits import exits
from core.cli.images import images, number_of, parse_images
from core.cli.opening import opened
from core.cli.options import (
    from_option,
    image_option,
    journal_argument,
    now_ns,
    text_or_json,
    to_option,
    volumes_option,
)
from core.cli.output import PIECE_BYTES
from core.cli.points import Selected, parse_point
from core.cli.progress import progress
from core.stream.history import History
from core.stream.touched import touched
from core.stream.view import PointView
from core.structure.medium import SparseImage
from core.structure.painting import Integers, paint
from core.units import count_text, size_text

GRAIN_BYTES: Final = 512


@click.command("diff", epilog=exits())
@journal_argument
@from_option("One point; else the earliest.")
@to_option("The other; else the latest.")
@volumes_option
@image_option
@text_or_json
def command(
    *,
    journal: str,
    since: str,
    until: str,
    volumes: tuple[str, ...],
    image: tuple[str, ...],
    form: str,
) -> None:
    """Tell in which ranges the volumes differ between two points, in sectors of 512 bytes.

    What was written with what it held, or back to what it was, does not differ. The journal is that
    in DIR.

    \b
    Example:
      isthmus journal diff journal --from bookmark:monday --to latest
      isthmus journal diff journal --from -1h --to -30m --volume log --format json
    """
    with opened(journal) as found:
        history, now = found.history, now_ns()
        ends = (
            parse_point(since or "earliest", history, now_ns=now),
            parse_point(until or "latest", history, now_ns=now),
        )
        elsewhere = parse_images(image, history)
        numbers = [number_of(each, history) for each in volumes] or [
            *range(len(history.identity.volumes))
        ]
        with images(found, elsewhere, numbers) as current:
            told: list[Any] = [
                _volume(history, current[number], number, ends) for number in numbers
            ]
    if form == "json":
        begin, end = ends
        say_json({"diff": 1, "from": begin.point, "to": end.point, "volumes": told})
        return
    say_line(f"from {ends[0]}")
    say_line(f"to   {ends[1]}")
    for each in told:
        _say(each)


def _volume(
    history: History, image: SparseImage, number: int, ends: tuple[Selected, Selected]
) -> dict[str, Any]:
    views = [PointView(history, image, volume=number, point=each.point) for each in ends]
    first, last = sorted(each.point for each in ends)
    start, length = _written(history, number, first, last)
    ranges = [*_joined(_differing(views[0], views[1], start, length))]
    for view in views:
        view.close()
    return {
        "name": history.identity.names[number],
        "sizes": [view.size for view in views],
        "bytes": sum(length for _, length in ranges),
        "ranges": [{"offset": offset, "length": length} for offset, length in ranges],
    }


def _written(history: History, number: int, first: int, last: int) -> tuple[Integers, Integers]:
    """Starts and lengths of disjoint runs that hold all that was written between two points."""
    records = history.written(since=first + 1, until=last)
    begin, end = touched(records[records["volume"] == number])
    begin = begin // GRAIN_BYTES * GRAIN_BYTES
    seen = paint(begin, -(-end // GRAIN_BYTES) * GRAIN_BYTES - begin)
    return seen.start, seen.length


def _differing(
    one: PointView, other: PointView, start: Integers, length: Integers
) -> Iterator[tuple[int, int]]:
    """The runs of sectors that differ, then what one of the two has beyond the other's end."""
    common = min(one.size, other.size)
    with progress("comparing", int(length.sum())) as done:
        for begin, count in zip(start.tolist(), length.tolist(), strict=True):
            end = min(begin + count, common)
            for at in range(begin, end, PIECE_BYTES):
                size = min(PIECE_BYTES, end - at)
                yield from _compared(one, other, at, size)
                done(size)
    if one.size != other.size:
        yield common, max(one.size, other.size) - common


def _compared(one: PointView, other: PointView, at: int, size: int) -> Iterator[tuple[int, int]]:
    padded = -(-size // GRAIN_BYTES) * GRAIN_BYTES
    pieces = np.zeros((2, padded), np.uint8)
    for view, piece in zip((one, other), pieces, strict=True):
        view.read_into(piece.data[:size], at)
    differs = (pieces[0] != pieces[1]).reshape(-1, GRAIN_BYTES).any(axis=1)
    edges = np.flatnonzero(np.diff(differs, prepend=False, append=False)) * GRAIN_BYTES
    for begin, end in edges.reshape(-1, 2).tolist():
        yield at + begin, min(end, size) - begin


def _joined(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbours as one."""
    held: tuple[int, int] | None = None
    for offset, length in ranges:
        if held is not None and sum(held) == offset:
            held = held[0], held[1] + length
            continue
        if held is not None:
            yield held
        held = offset, length
    if held is not None:
        yield held


def _say(told: Mapping[str, Any]) -> None:
    say_line()
    before, after = told["sizes"]
    resized = "" if before == after else f"; from {before} to {after} bytes"
    say_line(
        f"{told['name']}: {size_text(told['bytes'])} differ, in "
        f"{count_text(len(told['ranges']), 'range')}{resized}"
    )
    if told["ranges"]:
        say_table(
            ("offset", "length"),
            [[*each.values()] for each in told["ranges"]],
            right=("offset", "length"),
        )
