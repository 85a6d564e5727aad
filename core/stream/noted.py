"""The notes of a history, read."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.stream.history import History
from core.wire.note import Note, parse_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was noted, at which point, and when."""

    point: int
    time_ns: int
    note: Note


def noted(history: History) -> Iterator[Noted]:
    """All notes in order."""
    for point, time_ns, text in history.notes():
        yield Noted(point=point, time_ns=time_ns, note=parse_note(text))
