"""What is in a stream beyond a write, by epochs: how far, how much, and since when."""

from collections.abc import Iterator
from typing import NamedTuple

from core.stream.history import History
from core.wire.record import Kind


class Waiting(NamedTuple):
    """Of one epoch: the last write, bytes that were written, the time of the first of them."""

    end: int
    size: int
    time_ns: int


def waiting(history: History, passed: int) -> Iterator[Waiting]:
    """Of each epoch that has something beyond a write; a note is of the one before it."""
    for part in history.do:
        is_beyond = (part.records["sequence"] > passed) & (part.records["kind"] != Kind.NOTE)
        records = part.records[is_beyond]
        if len(records):
            size = int(records["length"][records["kind"] == Kind.WRITE].sum())
            yield Waiting(int(records["sequence"][-1]), size, int(records["time_ns"][0]))
