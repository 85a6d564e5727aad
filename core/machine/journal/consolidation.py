"""Folding epochs that were written into one, beside whoever writes the journal.

The draft of the segment is made, and is durable, without the writer; then the writer's shelf adopts
it (`shelf.py`), which is two changes of names. Whatever happens before that leaves all as it was.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from core.errors import CoreError
from core.stream.finding import DamagedError
from core.stream.folding import Packing, data_bytes, folded
from core.stream.names import place_of
from core.stream.part import Part, find_part
from core.stream.segment import file_bytes, write_records
from core.structure.medium import Folder
from core.structure.painting import Integers
from core.wire.record import Records, no_records
from core.wire.segment import HEAD_BYTES, Head, pack_head

FOLDED_BYTES_MAX: Final = 1 << 30
"""An epoch that is folded from several is no larger, so that it can be dropped by itself."""

Choice = Callable[[Records], Integers]
"""Which points of these records are to be kept, by their sequences."""


class NotWorthwhileError(CoreError):
    """Epochs that were to be folded would take no less, or have no room."""


def draft(
    folder: Folder,
    heads: Sequence[Head],
    wanted: Choice,
    *,
    where: str,
    step_ns: int,
    bytes_max: int = FOLDED_BYTES_MAX,
) -> Head:
    """Make a draft of the epoch that is to stand for these, which follow one another.

    Returns its head. Raises NotWorthwhileError where its files would take more than `bytes_max`,
    and DamagedError where what it is to be made of is not whole.
    """
    parts = [_found(folder, head, where) for head in heads]
    try:
        records = np.concatenate([no_records(), *(part.records for part in parts)])
        pieces = [*folded(records, wanted(records), first=heads[0].first)]
        head = Head(
            stream=heads[0].stream,
            group=heads[0].group,
            number=heads[0].number,
            last=heads[-1].last,
            first=heads[0].first,
            time_ns=heads[0].time_ns,
            size=data_bytes(pieces),
            rounds=max(each.rounds for each in heads) + 1,
            step_ns=step_ns,
        )
        if file_bytes(head.size) > bytes_max:
            raise NotWorthwhileError(
                f"{len(heads)} epochs would take {file_bytes(head.size)} bytes as one, "
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


def _found(folder: Folder, head: Head, where: str) -> Part:
    """A segment that is there, sealed and whole."""
    found = find_part(folder, place_of(head), group=head.group, where=where, live=False)
    if found.findings:
        raise found.findings[0].error()
    if found.part is None or not found.part.sealed or found.part.head != head:
        raise DamagedError("its records are not sealed", where=f"{where}/{place_of(head).data}")
    return found.part
