"""A journal checked from end to end: every head, chunk and batch, and what they say together.

`verify` yields what is wrong as it is found, and between that how far it is. It reads all there is
and writes nothing. What holds of a journal that nothing happened to:

- Data file and meta file of a segment have the same head, and nothing else in it.
- Chunks, or batches, follow one on the other; each passes its checksum, and the bytes that pad it
  are zero.
- The records of a segment are those that its chunks or batches say.
- Sequences go on without a gap, within a segment and from one to the next, and times do not go
  back.
- Numbers of segments go on, and all but the newest of a stream are sealed.
- Everything that an epoch wrote has its pre-image, unless history is of replicas: these may be
  behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.errors import CoreError
from core.stream.captures import captures_missing
from core.stream.finding import Finding
from core.stream.history import History
from core.stream.names import Place, place_of
from core.stream.part import Part
from core.structure.medium import Folder
from core.wire import chunk, preimage
from core.wire.chunk import HEADER_BYTES, padded
from core.wire.record import RECORD, RECORD_BYTES, Kind, Records, no_records, position
from core.wire.segment import COUNT_AT, HEAD_BYTES, Stream, pack_head

_COUNTS_BYTES = 16

_Key = tuple[Place, bool]
"""A segment, and whether nothing is added to it any more."""

_LISTS_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A segment was checked: so many bytes of so many are done."""

    where: str
    done: int
    total: int


def verify(folder: Folder, *, where: str) -> Iterator[Finding | Progress]:
    """Check the journal in a folder, which may be written meanwhile.

    What went since it was listed is no damage, be it that it was dropped or that something stands
    for it. Then it is listed once more, and what has come is checked, too; what should be there
    and is not is found by that. What is wrong with a segment has to be so twice, for it may be
    about to go.
    """
    told: set[Finding] = set()
    checked: set[_Key] = set()
    suspected: set[_Key] = set()
    done = 0
    for nth in range(_LISTS_MAX):
        try:
            history = History(folder, where=where)
        except CoreError as error:
            yield Finding(where=error.where or where, offset=0, what=error.what)
            return
        yield from (each for each in history.findings if each not in told)
        told.update(history.findings)
        new = [part for part in history.every if _key(part) not in checked]
        total = done + sum(len(part.data) for part in new)
        is_over = True
        for part in new:
            findings = [*_checked(history, part)]
            if history.has_gone(part):
                findings, is_over = [], False
            elif findings and _key(part) not in suspected:
                suspected.add(_key(part))
                is_over = False
                continue
            yield from findings
            checked.add(_key(part))
            done += len(part.data)
            yield Progress(where=f"{where}/{place_of(part.head).data}", done=done, total=total)
        is_over = is_over and not any(map(history.has_gone, history.every))
        if is_over or nth + 1 == _LISTS_MAX:
            yield from _together(history.every, where=where, is_fed=history.is_fed)
        history.close()
        if is_over:
            return


def _key(part: Part) -> _Key:
    return place_of(part.head), part.is_final


def _checked(history: History, part: Part) -> Iterator[Finding]:
    numbers = [each.head.number for each in history.every if each.head.stream is part.head.stream]
    return _segment(
        history.folder,
        part,
        where=history.where,
        newest=part.head.number == numbers[-1],
        closed=history.unsealed is None,
    )


def _segment(
    folder: Folder, part: Part, *, where: str, newest: bool, closed: bool
) -> Iterator[Finding]:
    head = part.head
    place = f"{where}/{place_of(head).data}"
    if not len(part.data):
        return
    if bytes(part.data[:HEAD_BYTES]) != pack_head(head):
        yield Finding(where=place, offset=0, what="there is more in the head than belongs there")
    beside = place_of(head).meta
    if beside not in folder.names():
        yield Finding(where=f"{where}/{beside}", offset=0, what="the file is missing")
    elif part.sealed or (closed and head.stream is not Stream.ACCESS):
        yield from _meta(folder, part, f"{where}/{beside}")
    if not part.sealed and not newest:
        yield Finding(where=place, offset=0, what="its records are not sealed, or are damaged")
    walk = _chunks(part, place) if head.stream is Stream.DO else _batches(part, place)
    at = 0
    expected = part.records.tobytes()
    end = HEAD_BYTES
    for found in walk:
        if not part.is_final and at >= len(expected):
            break  # its writer goes on
        if isinstance(found, Finding):
            yield found
            continue
        records, end = found
        if expected[at : at + len(records)] != records:
            yield Finding(where=place, offset=end, what="its records say something else")
            return
        at += len(records)
    if at < len(expected):
        lost = (len(expected) - at) // RECORD_BYTES
        yield Finding(where=place, offset=end, what=f"damaged from here on: {lost} records of it")


def _meta(folder: Folder, part: Part, place: str) -> Iterator[Finding]:
    file = folder.open(place_of(part.head).meta, writable=False)
    try:
        head = bytearray(min(HEAD_BYTES, file.size()))
        file.read_into(head, 0)
    finally:
        file.close()
    head[COUNT_AT : COUNT_AT + _COUNTS_BYTES] = bytes(_COUNTS_BYTES)
    if bytes(head) != pack_head(part.head):
        yield Finding(where=place, offset=0, what="there is more in the head than belongs there")


def _chunks(part: Part, place: str) -> Iterator[Finding | tuple[bytes, int]]:
    """The records of each chunk with where it ends, and what is wrong with it."""
    head, data = part.head, part.data
    sequence, time_ns = head.first, 0
    for begin, each in chunk.chunks(data, seed=head.seed, begin=HEAD_BYTES):
        at = begin - HEADER_BYTES
        if each.sequence != sequence:
            what = f"begins at write {each.sequence}, and {sequence} is the next"
            yield Finding(where=place, offset=at, what=what)
        if each.time_ns < time_ns:
            yield Finding(where=place, offset=at, what="is older than what is before it")
        end = begin + padded(each.size)
        if any(data[begin + each.size : end]):
            yield Finding(where=place, offset=begin + each.size, what="is not padded with zeroes")
        sequence, time_ns = each.sequence + each.writes, each.time_ns
        body = data[begin : begin + each.size]
        yield chunk.records_of(each, body, position(head.number, begin)), end


def _batches(part: Part, place: str) -> Iterator[Finding | tuple[bytes, int]]:
    head, data = part.head, part.data
    sequence = head.first
    for begin, each in preimage.batches(data, seed=head.seed, begin=HEAD_BYTES):
        at = begin - preimage.HEADER_BYTES
        records = bytes(data[begin : begin + each.data_at])
        epochs = np.frombuffer(records, RECORD)["sequence"]
        if len(epochs) and int(epochs.min()) < sequence:
            yield Finding(where=place, offset=at, what="is of an epoch before that before it")
        end = begin + padded(each.size)
        if any(data[begin + each.size : end]):
            yield Finding(where=place, offset=begin + each.size, what="is not padded with zeroes")
        sequence = int(epochs.max(initial=sequence))
        yield records, end


def _within(undone: Records, first: int, end: int) -> Records:
    """The pre-images of an epoch, which may have been several."""
    wanted: Records = undone[
        (undone["sequence"] >= first) & (undone["sequence"] <= max(first, end))
    ]
    return wanted


def _together(parts: tuple[Part, ...], *, where: str, is_fed: bool) -> Iterator[Finding]:
    """What the segments of both streams say of each other."""
    for stream in Stream:
        for part, following in pairwise(each for each in parts if each.head.stream is stream):
            place = f"{where}/{place_of(following.head).data}"
            if part.head.last + 1 != following.head.number:
                yield Finding(where=place, offset=0, what="the segment before it is missing")
            elif stream is Stream.DO and part.end + 1 != following.head.first:
                what = f"begins at write {following.head.first}, and {part.end + 1} is the next"
                yield Finding(where=place, offset=0, what=what)
    undone = [each for each in parts if each.head.stream is Stream.UNDO]
    for part in parts:
        if part.head.stream is Stream.DO and part.sealed and not is_fed:
            captured = [_within(each.records, part.head.first, part.end) for each in undone]
            missing = captures_missing(part.records, np.concatenate([no_records(), *captured]))
            for record in missing[missing["kind"] != Kind.NOTE][:1]:
                place = f"{where}/{place_of(part.head).data}"
                what = f"no pre-image of what write {int(record['sequence'])} put over"
                yield Finding(where=place, offset=int(record["position"]) & 0xFFFFFFFF, what=what)
