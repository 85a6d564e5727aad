"""The distributor: from the DO stream to the replica, what is overwritten going to UNDO before.

Theory of operation
-------------------
It takes the writes of one epoch at a time, as many as fit a batch. Of writes that overlap in a
batch only what ends on top is carried out, in order of offset, neighbours together. Five phases
move each byte: it is in the DO stream (1), is read from there (2), what the replica holds is read
(3) and made durable in the UNDO stream (4), and it is written (5). Phases 3 and 4 happen once in an
epoch for each block.

How far it came is written down when an epoch is behind it and the replica is durable. A start
begins at that epoch again: blocks that were captured are not captured a second time, and writing
what was written already changes nothing once the epoch's last write is done.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np

from core.stream.history import History
from core.stream.part import Part
from core.structure.blocks import Runs
from core.structure.medium import Volume
from core.structure.painting import paint
from core.wire.record import POSITION_SHIFT, Kind, Records
from core.wire.segment import Stream

BATCH_WRITES_MAX: Final = 4096
_JOIN_BYTES_MAX: Final = 4 << 20
_OFFSET_MASK: Final = (1 << POSITION_SHIFT) - 1


class PreImages(Protocol):
    """Where pre-images go."""

    epoch: int
    """The first sequence of the epoch that it is in."""

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """Takes a range of a volume, and gives the runs of it that are to be captured now."""

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """Make durable what the blocks of the runs hold, which were claimed for that."""

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """From here on every block is to be captured anew."""


class Distributor:
    """Feeds the replicas of a group, in the order of its volumes."""

    def __init__(
        self,
        history: History,
        undo: PreImages,
        replicas: Sequence[Volume],
        *,
        applied: int,
        record: Callable[[int], None],
        batch_writes_max: int = BATCH_WRITES_MAX,
    ) -> None:
        """`applied` is the last write that is done for sure; `record` is told when it moves on.

        `undo` is in the epoch of the write after that, and knows what was captured in it.
        """
        self._history, self._undo, self._replicas = history, undo, tuple(replicas)
        self.applied, self._record = applied, record
        self._batch_writes_max = batch_writes_max

    def look(self) -> None:
        """See what has come to the DO stream; nobody may change names in the folder meanwhile."""
        self._history.refresh()

    def step(self) -> int:
        """Carry out the next batch; returns how many writes it had, 0 where nothing waits."""
        part = self._part()
        if part is None:
            return 0
        if part.head.first != self._undo.epoch:
            self._enter(part)
        batch = self._batch(part)
        if not len(batch):
            return 0
        if batch["kind"][0] == Kind.RESIZE:
            self._resize(batch[0])
        else:
            for number in np.unique(batch["volume"]).tolist():
                self._distribute(number, batch[batch["volume"] == number])
        self.applied = int(batch["sequence"][-1])
        return len(batch)

    def _part(self) -> Part | None:
        """The epoch of the next write, which may not be there yet."""
        wanted = self.applied + 1
        return next(
            (part for part in reversed(self._history.do) if part.head.first <= wanted), None
        )

    def _enter(self, part: Part) -> None:
        """An epoch is behind: make the replicas durable, and write that down."""
        for replica in self._replicas:
            replica.sync()
        self._record(self.applied)
        self._undo.begin_epoch(part.head.first, part.head.time_ns)

    def _batch(self, part: Part) -> Records:
        """The next writes of an epoch: up to a resize, which is one by itself."""
        records = part.records
        records = records[(records["kind"] != Kind.NOTE) & (records["sequence"] > self.applied)]
        records = records[: self._batch_writes_max]
        resizes = np.flatnonzero(records["kind"] == Kind.RESIZE)
        stop = len(records) if not len(resizes) else max(1, int(resizes[0]))
        batch: Records = records[:stop]
        return batch

    def _resize(self, record: np.void) -> None:
        number, size = int(record["volume"]), int(record["length"])
        replica = self._replicas[number]
        before = replica.size()
        if size < before:
            self._undo.capture(number, replica, self._undo.claim(number)(size, before - size))
        replica.resize(size)

    def _distribute(self, number: int, batch: Records) -> None:
        replica = self._replicas[number]
        seen = paint(batch["offset"], batch["length"])
        starts, lengths = seen.start.tolist(), seen.length.tolist()
        claim = self._undo.claim(number)
        claimed = [run for each in _merged(starts, lengths) for run in claim(*each)]
        self._undo.capture(number, replica, claimed)
        tops = batch[seen.top]
        skips = seen.start - tops["offset"]
        positions = (tops["position"] + skips.astype(np.uint64)).tolist()
        writes = (tops["kind"] == Kind.WRITE).tolist()
        payloads = self._history.payloads(Stream.DO)
        waiting: list[memoryview] = []
        at = end = 0
        for start, length, position, is_write in zip(
            starts, lengths, positions, writes, strict=True
        ):
            if waiting and (start != end or not is_write or end - at >= _JOIN_BYTES_MAX):
                replica.write(b"".join(waiting), at)
                waiting = []
            if not is_write:
                replica.zero(start, length)
                continue
            if not waiting:
                at = start
            begin = position & _OFFSET_MASK
            waiting.append(payloads[position >> POSITION_SHIFT].read(begin, length))
            end = start + length
        if waiting:
            replica.write(b"".join(waiting), at)


def _merged(starts: list[int], lengths: list[int]) -> list[tuple[int, int]]:
    """Neighbouring runs as one."""
    merged: list[tuple[int, int]] = []
    for start, length in zip(starts, lengths, strict=True):
        if merged and sum(merged[-1]) == start:
            merged[-1] = (merged[-1][0], merged[-1][1] + length)
        else:
            merged.append((start, length))
    return merged
