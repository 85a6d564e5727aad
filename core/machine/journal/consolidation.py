"""Folding epochs that were written into one, beside whoever writes the journal.

The draft of the segment is made, and is durable, without the writer; then the writer's shelf adopts
it (`shelf.py`), which is two changes of names. Whatever happens before that leaves all as it was.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from core.errors import CoreError
from core.machine.journal.ladder import Job
from core.stream.finding import DamagedError
from core.stream.folding import (
    Epochs,
    PreImages,
    batch_bytes,
    batches,
    folded,
    head_over,
    pre_images,
    room_for,
)
from core.stream.names import Place, place_of
from core.stream.names import places as places_of
from core.stream.segment import file_bytes, write_records
from core.stream.whole import whole_parts
from core.structure.medium import Buffer, Folder
from core.structure.painting import Integers
from core.wire.chunk import HEADER_BYTES, padded
from core.wire.record import OFFSET_MASK, Records, no_records
from core.wire.segment import (
    HEAD_BYTES,
    Head,
    NotASegmentError,
    Stream,
    pack_head,
    parse_head,
)

Choice = Callable[[Records], Integers]
"""Which points of these records are to be kept, by their sequences."""


class NotWorthwhileError(CoreError):
    """Epochs that were to be folded would take no less, or have no room."""


def draft(
    folder: Folder,
    places: Sequence[Place],
    wanted: Choice,
    *,
    group: bytes,
    where: str,
    step_ns: int,
    bytes_max: int,
) -> Head:
    """Make a draft of the epoch that is to stand for those of the segments, one behind the other.

    Returns its head. Raises NotWorthwhileError where its files would take more than `bytes_max`,
    and DamagedError where what it is to be made of is not whole: so are the pre-images of its
    epochs, which the later of them do not need as long as they are several.
    """
    with whole_parts(folder, places, group, where) as parts:
        records = np.concatenate([no_records(), *(part.records for part in parts)])
        pieces = [*folded(records, wanted(records), first=parts[0].head.first)]
        used = sum(HEADER_BYTES + padded(piece.size) for piece in pieces)
        size = room_for(used, sum(len(piece.records) for piece in pieces))
        _check_worth(size, bytes_max, where)
        _check_pre_images(folder, parts[0].head.first, parts[-1].head.first, group, where)
        head = head_over(parts, places, size, step_ns)
        packing = Epochs(head, parts)
        chunks = ((packing.used, packing.chunk(piece)) for piece in pieces)
        _write(folder, head, chunks, lambda: packing.records)
    return head


def draft_pre_images(
    folder: Folder,
    places: Sequence[Place],
    firsts: Sequence[int],
    *,
    group: bytes,
    where: str,
    bytes_max: int,
) -> Head:
    """Make a draft of the UNDO segment that is to stand for these, as `draft` does of an epoch.

    Epochs begin with the sequences `firsts`: before it is adopted they have to.
    """
    with whole_parts(folder, places, group, where) as parts:
        records = np.concatenate([no_records(), *(part.records for part in parts)])
        left = [*batches(pre_images(records, np.array(firsts, np.int64)))]
        size = room_for(sum(map(batch_bytes, left)), sum(map(len, left)))
        _check_worth(size, bytes_max, where)
        head = head_over(parts, places, size, 0)
        packing = PreImages(head, parts)
        packed = ((packing.used, packing.batch(each)) for each in left)
        _write(folder, head, packed, lambda: packing.records)
    return head


def pre_images_of(
    job: Job, undone: Sequence[Head], *, kept: int | None, bytes_max: int
) -> tuple[Head, ...]:
    """The UNDO segments that can be folded when a job is done; `undone` are all of them.

    Those that have pre-images of its epochs and of none behind them, and all before that were never
    folded, as far as they take no more than that: who reads while a journal is written goes from
    one segment to the next by their numbers, and must not take the last that still has a name of
    its own for the end.
    """
    mine: tuple[Head, ...] = ()
    for head, following in pairwise(undone):
        if following.first > job.following or (kept is not None and following.first > kept):
            break
        if head.rounds and following.first <= job.heads[0].first:
            continue
        if mine and sum(each.size for each in (*mine, head)) > bytes_max:
            break
        mine += (head,)
    return mine


def _check_worth(size: int, bytes_max: int, where: str) -> None:
    if file_bytes(size) > bytes_max:
        raise NotWorthwhileError(
            f"folded, they would take {file_bytes(size)} bytes, and may take {bytes_max}",
            where=where,
        )


def _write(
    folder: Folder,
    head: Head,
    contents: Iterable[tuple[int, Sequence[Buffer]]],
    records: Callable[[], bytes],
) -> None:
    """Both files of a segment, durable, as drafts; `records` is asked when all is written."""
    name = f"{place_of(head).data}.new"
    if name in folder.names():
        folder.remove(name)
    file = folder.create(name, head.size)
    try:
        file.write((pack_head(head),), 0)
        for at, buffers in contents:
            file.write(buffers, at)
        file.sync()
    finally:
        file.close()
    packed = records()
    write_records(folder, head, packed, HEAD_BYTES + len(packed))


def head_of(folder: Folder, name: str, where: str) -> Head:
    """The head of a segment, from the file of that name."""
    file = folder.open(name, writable=False)
    try:
        packed = bytearray(HEAD_BYTES)
        file.read_into(packed, 0)
    finally:
        file.close()
    return parse_head(bytes(packed), where=f"{where}/{name}")


def _check_pre_images(folder: Folder, first: int, stop: int, group: bytes, where: str) -> None:
    """Raises DamagedError unless those of the epochs from sequence `first` up to `stop` are whole.

    A segment may hold those of the epoch in which the next one was begun.
    """
    places = places_of(folder.names(), Stream.UNDO)
    for place in reversed(places):
        try:
            begun = head_of(folder, place.data, where).first
        except FileNotFoundError:
            continue  # nobody needs it any more
        except NotASegmentError as error:
            raise DamagedError(error.what, where=error.where) from error
        if begun < stop:
            is_ended = place is not places[-1]
            with whole_parts(folder, (place,), group, where, is_ended=is_ended) as (part,):
                if len(part.records):
                    part.payloads.check_up_to(int(part.records["position"][-1]) & OFFSET_MASK)
        if begun < first:
            return
