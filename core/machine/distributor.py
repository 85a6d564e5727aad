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

Where too much waits it goes on in three phases, without 3 and 4, until little waits and an epoch
begins: history begins there anew. And where a replica is first filled, or was not fed for a time,
the regions in which it may differ are copied from production while hosts write. What is read then
may be torn, and may be of any moment; but all that was written since that began is in the DO
stream. Once it is carried out up to the end of an epoch that was open after the last region was
read, the replica is what production was there, and history begins.

A sync of a replica that failed has the system show what no later one makes durable. What is written
from the DO stream is written once more after that; so is a region, even if it looks as it should,
unless nobody has fed the replica before.

What has no pre-image must not go to a replica before it is durable in the DO stream: nothing could
take it back where a loss of power takes it from there.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np

from core.stream.history import History
from core.stream.part import Part
from core.stream.payloads import read_at
from core.stream.phases import COPYING, Event, State
from core.structure.alike import make_alike
from core.structure.blocks import Runs
from core.structure.medium import SparseImage, Volume
from core.structure.painting import paint
from core.wire.record import Kind, Records
from core.wire.segment import Stream

BATCH_WRITES_MAX: Final = 4096
_JOIN_BYTES_MAX: Final = 4 << 20
_REGIONS_AT_ONCE: Final = 64


class Pressure(NamedTuple):
    """From how many epochs on that wait it is three phases, and up to how many it is five again."""

    high: int
    low: int


class Ledger(Protocol):
    """Where it is written down, durably, how far the replicas are."""

    @property
    def state(self) -> State:
        """How they are fed."""

    @property
    def applied(self) -> int:
        """The last write that they have for sure, what is left to be copied aside."""

    @property
    def sizes(self) -> Sequence[int]:
        """What production had, in bytes, when copying began; empty once more was applied."""

    @property
    def is_first(self) -> bool:
        """Has nobody fed the replicas before?"""

    def left(self) -> Iterator[tuple[int, int, int]]:
        """Volume, offset and length of each region that is to be copied."""

    def reached(self, end: int) -> int | None:
        """Up to which write regions may be of, once none is left and `end` is the latest.

        None while somebody else copies them.
        """

    def copied(self, number: int, offset: int) -> None:
        """A region was copied, and is durable."""

    def moved(self, applied: int) -> None:
        """They have everything up to a write, durably."""

    def gave_up(self) -> None:
        """Nothing is captured from now on."""

    def began(self, event: Event, first: int) -> None:
        """They are what production was before that write, which begins an epoch."""

    def enter(self, first: int, time_ns: int) -> None:
        """Begin an epoch, in which every block is to be captured anew."""

    def capture(self, number: int, replica: Volume, ranges: Runs) -> bool:
        """Make durable what ranges hold, where that is new; False where there is no room for it."""


class Distributor:
    """Feeds the replicas of a group, in the order of its volumes."""

    def __init__(
        self,
        history: History,
        ledger: Ledger,
        replicas: Sequence[Volume],
        production: Sequence[SparseImage],
        *,
        pressure: Pressure | None = None,
        batch_writes_max: int = BATCH_WRITES_MAX,
    ) -> None:
        """`pressure` says when points are given up to keep up; None never to do so.

        There is no `production` where somebody else copies from it.

        While there is history `ledger` is in the epoch of the first write that may not be applied.
        """
        self._history, self._ledger = history, ledger
        self._replicas, self._production = tuple(replicas), tuple(production)
        self._pressure, self._batch_writes_max = pressure, batch_writes_max
        self.applied = ledger.applied
        self._entered = 0  # the number of its segment
        if ledger.state is State.DISTRIBUTING and (part := self._part()) is not None:
            self._entered = part.head.number
        self._left: Iterator[tuple[int, int, int]] = iter(())
        self._copied: list[tuple[int, int]] = []
        # Up to where the replicas may hold something; None while that is not over.
        self._reached: int | None = history.end
        if ledger.state in COPYING:
            self._begin_copying()

    @property
    def wants_epoch(self) -> bool:
        """Where nothing waits: could history begin, if only an epoch did?"""
        state = self._ledger.state
        return self._reached is not None and (state in COPYING or state is State.FAST_FORWARD)

    @property
    def upcoming(self) -> int:
        """The last write of what is carried out next, as far as is known; else that was."""
        if (part := self._part()) is None or not len(batch := self._batch(part)):
            return self.applied
        return int(batch["sequence"][-1])

    @property
    def waits(self) -> bool:
        """Is there more to be done of what was seen, or are regions to be copied?"""
        return self._reached is None or self.applied < self._history.end

    @property
    def just_copied(self) -> int:
        """How many regions are copied of which that is not written down yet."""
        return len(self._copied)

    def look(self) -> None:
        """See what has come to the DO stream; nobody may change names in the folder meanwhile."""
        self._history.refresh()

    def step(self) -> int:
        """Copy the next region, or carry out the next batch.

        Returns how many there were, of regions or of writes: 0 where nothing waits.
        """
        if self._ledger.state in COPYING and self._reached is None and self._copy():
            return 1
        part = self._part()
        if part is None:
            return 0
        if part.head.number != self._entered:
            self._enter(part)
        if self._ledger.state is State.DISTRIBUTING and self._is_pressed():
            self._give_up()
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

    def _begin_copying(self) -> None:
        for replica, size in zip(self._replicas, self._ledger.sizes, strict=False):
            if replica.size() != size:
                replica.resize(size)
        self._left, self._reached = self._ledger.left(), None

    def _copy(self) -> bool:
        """Copy the next region that is left, if one is."""
        region = next(self._left, None)
        if region:
            number, offset, length = region
            self._make_alike(number, offset, length)
            self._copied.append((number, offset))
        if self._copied and (not region or len(self._copied) >= _REGIONS_AT_ONCE):
            for replica in self._replicas:
                replica.sync()
            for done in self._copied:
                self._ledger.copied(*done)
            self._copied.clear()
        if not region:
            self._history.refresh()
            self._reached = self._ledger.reached(self._history.end)
        return bool(region)

    def _make_alike(self, number: int, offset: int, length: int) -> None:
        """Copy what a region of production and of the replica have in common.

        Production may be cut off meanwhile; what it loses, the DO stream takes from the replica.
        """
        production, replica = self._production[number], self._replicas[number]
        while True:
            size = production.size()
            stop = min(offset + length, size, replica.size())
            try:
                if stop > offset:
                    trusted = self._ledger.is_first
                    make_alike(production, replica, offset, stop - offset, trusted=trusted)
            except OSError:
                if production.size() >= size:
                    raise
            else:
                return

    def _part(self) -> Part | None:
        """The epoch of the next write, which may not be there yet."""
        wanted = self.applied + 1
        return next(
            (part for part in reversed(self._history.do) if part.head.first <= wanted), None
        )

    def _is_pressed(self) -> bool:
        return self._pressure is not None and self._waiting() >= self._pressure.high

    def _waiting(self) -> int:
        """In how many epochs is something to be done yet?"""
        return sum(each.end > self.applied for each in self._history.do)

    def _enter(self, part: Part) -> None:
        """An epoch is behind: make the replicas durable, and write that down."""
        for replica in self._replicas:
            replica.sync()
        first, event = part.head.first, self._begins(part)
        if event is None:
            self._ledger.moved(self.applied)
        else:
            self._ledger.began(event, first)
        self._entered = part.head.number
        if self._ledger.state is State.DISTRIBUTING:
            self._ledger.enter(first, part.head.time_ns)

    def _begins(self, part: Part) -> Event | None:
        """What it is, if history begins with an epoch."""
        if self._reached is None or self._reached >= part.head.first:
            return None
        if self._ledger.state in COPYING:
            return Event.ALIKE
        low = self._pressure.low if self._pressure else 1
        if self._ledger.state is State.FAST_FORWARD and self._waiting() <= low:
            return Event.CAUGHT_UP
        return None

    def _batch(self, part: Part) -> Records:
        """The next writes of an epoch: up to a resize, which is one by itself."""
        begin = int(np.searchsorted(part.records["sequence"], self.applied, side="right"))
        records = part.records[begin:]
        records = records[records["kind"] != Kind.NOTE]
        if len(records) > self._batch_writes_max:
            # Of one that was folded several may be of the same write: they are all in one batch.
            last = records["sequence"][self._batch_writes_max - 1]
            records = records[: int(np.searchsorted(records["sequence"], last, side="right"))]
        resizes = np.flatnonzero(records["kind"] == Kind.RESIZE)
        stop = len(records) if not len(resizes) else max(1, int(resizes[0]))
        batch: Records = records[:stop]
        return batch

    def _keep(self, number: int, ranges: Runs) -> None:
        """Capture what ranges hold, while that is done and there is room for it."""
        replica = self._replicas[number]
        if self._ledger.state is not State.DISTRIBUTING:
            self._make_durable()
        elif not self._ledger.capture(number, replica, ranges):
            self._give_up()

    def _give_up(self) -> None:
        """Capture nothing from now on; what was applied without being durable is made that."""
        self._make_durable()
        self._ledger.gave_up()

    def _make_durable(self) -> None:
        """What is read of the epoch may not be durable yet, and nothing else would take it back."""
        part = self._part()
        if part is not None and part.file is not None and not part.sealed:
            part.file.sync()

    def _resize(self, record: np.void) -> None:
        number, size = int(record["volume"]), int(record["length"])
        replica = self._replicas[number]
        before = replica.size()
        if size < before:
            self._keep(number, ((size, before - size),))
        replica.resize(size)

    def _distribute(self, number: int, batch: Records) -> None:
        replica = self._replicas[number]
        seen = paint(batch["offset"], batch["length"])
        starts, lengths = seen.start.tolist(), seen.length.tolist()
        self._keep(number, _merged(starts, lengths))
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
            waiting.append(read_at(payloads, position, length))
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
