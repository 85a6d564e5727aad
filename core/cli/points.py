"""Which point of a history somebody means.

| written as | it is |
| --- | --- |
| `2026-03-02T14:05:00Z`, any offset | the last point that was kept whose time is not later |
| `-90s`, `-1h30m` | the same, so long before now |
| `sequence:4711` | the state after that write |
| `bookmark:NAME` | the point that has the name |
| `earliest`, `latest` | the ends of the history |
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.cli.moments import HINT, moment_text, parse_moment
from core.errors import CoreError
from core.stream.history import History
from core.stream.noted import noted
from core.wire.note import Bookmark

_SEQUENCE: Final = "sequence:"
_BOOKMARK: Final = "bookmark:"
METAVAR: Final = "TIME|sequence:N|bookmark:NAME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A point, and its time: that of its last write, None where no record tells it."""

    point: int
    time_ns: int | None

    def __str__(self) -> str:
        told = "" if self.time_ns is None else f", {moment_text(self.time_ns)}"
        return f"sequence {self.point}{told}"


def parse_point(text: str, history: History, *, now_ns: int) -> Selected:
    """The point that a text means; raises CoreError where the history has no such point."""
    if text.startswith(_SEQUENCE):
        return _by_sequence(text.removeprefix(_SEQUENCE), history)
    if text.startswith(_BOOKMARK):
        return _by_name(text.removeprefix(_BOOKMARK), history)
    if text in ("earliest", "latest"):
        return at_point(history, history.first if text == "earliest" else history.end)
    return _by_time(text, history, now_ns)


def point_name(text: str, selected: Selected) -> str:
    """How a point that was written so is called: its bookmark, else its time, else its number."""
    if text.startswith(_BOOKMARK):
        return text.removeprefix(_BOOKMARK)
    if selected.time_ns is None:
        return f"{_SEQUENCE}{selected.point}"
    return moment_text(selected.time_ns)


def at_point(history: History, point: int) -> Selected:
    """A point with its time; raises CoreError where the history has no such point."""
    history.epoch_of(point)
    records = history.written(since=point, until=point)
    return Selected(point=point, time_ns=int(records["time_ns"][-1]) if len(records) else None)


def window_text(history: History) -> str:
    """From when to when the history goes."""
    records = history.written(since=history.first + 1, until=history.end)
    if not len(records):
        return f"holds no write yet: sequence {history.end}"
    begin, end = (moment_text(int(records["time_ns"][nth])) for nth in (0, -1))
    begun = int(records["sequence"][0])
    return f"is from {begin} (sequence {begun}) to {end} (sequence {history.end})"


def _by_sequence(text: str, history: History) -> Selected:
    if not (text.isascii() and text.isdigit()):
        raise CoreError(f"{text!r} is no sequence", hint="write it as sequence:4711")
    return at_point(history, int(text))


def _by_name(name: str, history: History) -> Selected:
    marks = [each for each in noted(history) if isinstance(each.note, Bookmark)]
    found = [each for each in marks if isinstance(each.note, Bookmark) and each.note.name == name]
    if not found:
        hint = "`isthmus bookmark list` shows those there are" if marks else "there are none"
        if history.first and history.first <= history.end:
            hint += (
                f"; those of points before sequence {history.first} are gone with these, "
                "and `isthmus timeline` tells why, where they went before their time"
            )
        raise CoreError(f"no bookmark is called {name!r}", where=history.where, hint=hint)
    points = {each.point for each in found}
    if len(points) > 1:
        told = ", ".join(f"{_SEQUENCE}{point}" for point in sorted(points))
        raise CoreError(
            f"{len(points)} bookmarks are called {name!r}",
            where=history.where,
            hint=f"say which: {told}",
        )
    return at_point(history, found[-1].point)


def _by_time(text: str, history: History, now_ns: int) -> Selected:
    try:
        time_ns = parse_moment(text, now_ns=now_ns)
    except CoreError as error:
        raise CoreError(
            f"{text!r} is no point: {error.what}",
            hint=f"{HINT}; else sequence:4711, bookmark:NAME, earliest or latest",
        ) from None
    history.epoch_of(history.end)
    points = history.points()
    nth = int(np.searchsorted(points["time_ns"], time_ns, side="right"))
    if not nth:
        moment = moment_text(time_ns)
        told = "is" if text == moment else f"is {moment}, and"
        raise CoreError(
            f"{text} {told} before the history, which {window_text(history)}",
            where=history.where,
            hint=f"sequence:{history.first} is the state before the first write that it holds",
        )
    return Selected(point=int(points["sequence"][nth - 1]), time_ns=int(points["time_ns"][nth - 1]))
