"""Whether all of a journal is whole: its segments are read through, and held against their records.

What a writer left behind that did not come to its end is no damage, and neither is what is newer
than the last whole part of the segment that it had open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.stream.history import History, Part, read_through
from core.stream.names import data_name, numbers
from core.structure.medium import Folder
from core.wire.record import Kind
from core.wire.segment import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, in which file, and what it means for whoever wants a point."""

    where: str
    what: str
    means: str


def findings(folder: Folder, history: History, *, is_live: bool) -> Iterator[Finding]:
    """All that is wrong with a journal, from the oldest segment on."""
    yield from _missing(folder, history)
    for part in (*history.do, *history.undo):
        yield from _part(part, is_live=is_live)
    yield from _order(history)


def _missing(folder: Folder, history: History) -> Iterator[Finding]:
    """Numbers of segments follow one another, in each stream."""
    names = folder.names()
    for stream in Stream:
        found = numbers(names, stream)
        for one, other in pairwise(found):
            if other != one + 1:
                yield Finding(
                    where=data_name(stream, one + 1),
                    what="is missing" if other == one + 2 else f"{other - one - 1} are missing",
                    means="no point before what follows it can be had",
                )
    if history.do and not history.undo:
        yield Finding(
            where=data_name(Stream.UNDO, 1),
            what="there is no segment of pre-images",
            means="no point but the latest can be had",
        )


def _part(part: Part, *, is_live: bool) -> Iterator[Finding]:
    """A sealed segment holds what its records say."""
    name = data_name(part.head.stream, part.head.number)
    found = read_through(part.head, part.data)
    if not part.sealed:
        if is_live or np.array_equal(found, part.records):
            return
    elif np.array_equal(found, part.records):
        return
    whole = min(len(found), len(part.records))
    same = found[:whole] == part.records[:whole]
    first = int(np.argmin(same)) if not same.all() else whole
    sequence = int(part.records["sequence"][min(first, len(part.records) - 1)])
    if part.head.stream is Stream.DO:
        means = f"points from sequence {sequence} to the end of its epoch cannot be trusted"
    else:
        means = f"points up to sequence {sequence} cannot be trusted"
    yield Finding(where=name, what=f"record {first + 1} is not what it holds", means=means)


def _order(history: History) -> Iterator[Finding]:
    """Sequences follow one another, and times do not go back."""
    for part in history.do:
        writes = part.records[part.records["kind"] != Kind.NOTE]
        name = data_name(Stream.DO, part.head.number)
        expected = np.arange(part.head.first, part.head.first + len(writes))
        if not np.array_equal(writes["sequence"], expected):
            yield Finding(where=name, what="its sequences do not follow one another", means="")
        if len(writes) and (np.diff(writes["time_ns"]) < 0).any():
            yield Finding(where=name, what="its times go back", means="points by time are not sure")
    for one, other in pairwise(history.do):
        writes = one.records[one.records["kind"] != Kind.NOTE]
        if one.head.first + len(writes) != other.head.first:
            yield Finding(
                where=data_name(Stream.DO, other.head.number),
                what=f"begins with sequence {other.head.first}, and the one before it ends with "
                f"{one.head.first + len(writes) - 1}",
                means="points before it cannot be trusted",
            )
