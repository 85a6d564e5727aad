"""Segments of the stream shipped as one, of which the copy has a single point more.

Theory of operation
-------------------
Every write is a point, and so is every end of a segment: what hosts wrote between two of these is
folded, as old epochs are (`folding.py`), into one segment that has what ends on top. The copy reads
it once it has all of it, and is at its last complete point until then. Where hosts write the same
places again and again that is much less than what they wrote; and the slower the link is, the more
comes together meanwhile.

It is made while it is shipped: the segments that it is of stay as long as the copy lacks them, and
the same segments make the same. So it goes on where a link broke.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import numpy as np

from core.machine.link.flights import Flight
from core.stream.folding import Epochs, Piece, folded, head_over, room_for
from core.stream.identity import read_identity
from core.stream.names import Place
from core.stream.part import Part
from core.stream.tail import Spot
from core.stream.whole import whole_parts
from core.structure.medium import Buffer, Folder
from core.wire.chunk import HEADER_BYTES, padded
from core.wire.link import COVER, Frame, Kind, checksum
from core.wire.nbd.requests import COMPACT
from core.wire.record import Kind as Record
from core.wire.record import Records, joined
from core.wire.segment import Head

_NONE: Final = np.zeros(0, np.int64)


class Snapshot:
    """Some sealed segments, one behind the other, on their way as one."""

    def __init__(self, folder: Folder, places: Sequence[Place], *, where: str) -> None:
        """Raises DamagedError where what it is made of is not whole."""
        self._files = ExitStack()
        try:
            parts = self._files.enter_context(
                whole_parts(folder, places, read_identity(folder, where=where).group, where)
            )
            records = joined([part.records for part in parts])
            first, last = parts[0].head, parts[-1].end
            self._pieces = deque(folded(records, _NONE, first=first.first))
            used = sum(HEADER_BYTES + padded(piece.size) for piece in self._pieces)
            size = room_for(used, sum(len(piece.records) for piece in self._pieces))
            self.head: Head = head_over(parts, places, size, _span_ns(first, records))
            self.flight = Flight(first.number, last, used, _written(parts))
            self._packing = Epochs(self.head, parts)
        except BaseException:
            self._files.close()
            raise
        self._slot = 0

    @property
    def is_empty(self) -> bool:
        """Did nobody write anything?"""
        return self.flight.last < self.head.first

    @property
    def records(self) -> Records:
        """Of what is left of the writes, and was not shipped yet."""
        return joined([piece.records for piece in self._pieces])

    def go_on(self, spot: Spot) -> None:
        """The copy has it up to there."""
        while self._pieces and self._packing.used < spot.offset:
            self._slot += len(self._pieces[0].records)
            self._packing.skip(self._pieces.popleft())

    def begin(self) -> tuple[Frame, Sequence[Buffer]]:
        """What says to the copy what comes."""
        head = self.head
        payload = COVER.pack(head.time_ns, head.size, head.step_ns)
        frame = Frame(
            Kind.COVER,
            size=len(payload),
            number=head.last,
            slot=head.rounds,
            first=head.number,
            second=head.first,
            checksum=checksum(payload),
        )
        return frame, (payload,)

    def step(self) -> tuple[Frame, Sequence[Buffer]] | None:
        """The next chunk; None once there is no other."""
        if not self._pieces:
            return None
        piece: Piece = self._pieces.popleft()
        at, slot = self._packing.used, self._slot
        buffers = self._packing.chunk(piece)
        self._slot += len(piece.records)
        size = sum(map(len, buffers))
        return Frame(Kind.DATA, size=size, slot=slot, first=self.head.number, second=at), buffers

    def end(self) -> Frame:
        """What says that this was all."""
        return Frame(Kind.SEALED, first=self.head.number, number=self._slot)

    def close(self) -> None:
        """Let go of the segments."""
        self._files.close()


def _span_ns(first: Head, records: Records) -> int:
    return max(1, int(records["time_ns"][-1]) - first.time_ns) if len(records) else 1


def _written(parts: Sequence[Part]) -> int:
    """What hosts sent of it, about: their requests, and their data."""
    total = 0
    for part in parts:
        records = part.records[part.records["kind"] != Record.NOTE]
        data = records["length"][records["kind"] == Record.WRITE]
        total += int(data.sum()) + len(records) * COMPACT.struct.size
    return total
