"""Folding epochs that were written into one, beside whoever writes the journal.

The draft of the segment is made, and is durable, without the writer; then the writer's shelf adopts
it (`shelf.py`), which is two changes of names. Whatever happens before that leaves all as it was.
"""

from collections.abc import Callable, Sequence

import numpy as np

from core.errors import CoreError
from core.stream.finding import DamagedError
from core.stream.folding import Packing, data_bytes, folded
from core.stream.names import Place, place_of
from core.stream.part import Part, find_part
from core.stream.segment import file_bytes, write_records
from core.structure.medium import Folder
from core.structure.painting import Integers
from core.wire.record import Records, no_records
from core.wire.segment import HEAD_BYTES, Head, pack_head

Choice = Callable[[Records], Integers]
"""Which points of these records are to be kept, by their sequences."""


class NotWorthwhileError(CoreError):
    """Epochs that were to be folded would take no less, or have no room."""


def folded_place(places: Sequence[Place]) -> Place:
    """Where the segment is that is to stand for those."""
    rounds = max(each.rounds for each in places) + 1
    return Place(places[0].stream, places[0].number, places[-1].last, rounds)


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
    and DamagedError where what it is to be made of is not whole.
    """
    parts = [_found(folder, place, group, where) for place in places]
    first = parts[0].head
    try:
        records = np.concatenate([no_records(), *(part.records for part in parts)])
        pieces = [*folded(records, wanted(records), first=first.first)]
        head = Head(
            stream=first.stream,
            group=group,
            number=first.number,
            last=places[-1].last,
            first=first.first,
            time_ns=first.time_ns,
            size=data_bytes(pieces),
            rounds=folded_place(places).rounds,
            step_ns=step_ns,
        )
        if file_bytes(head.size) > bytes_max:
            raise NotWorthwhileError(
                f"{len(places)} epochs would take {file_bytes(head.size)} bytes as one, "
                f"and may take {bytes_max}",
                where=where,
            )
        packing = Packing(head, parts)
        name = f"{place_of(head).data}.new"
        if name in folder.names():
            folder.remove(name)
        file = folder.create(name, head.size)
        try:
            file.write((pack_head(head),), 0)
            for piece in pieces:
                at = packing.used
                file.write(packing.chunk(piece), at)
            file.sync()
        finally:
            file.close()
        write_records(folder, head, packing.records, HEAD_BYTES + len(packing.records))
    finally:
        for part in parts:
            part.close()
    return head


def _found(folder: Folder, place: Place, group: bytes, where: str) -> Part:
    """A segment that is there, sealed and whole."""
    found = find_part(folder, place, group=group, where=where, live=False)
    if found.findings:
        raise found.findings[0].error()
    if found.part is None or not found.part.sealed:
        raise DamagedError("its records are not sealed", where=f"{where}/{place.data}")
    return found.part
