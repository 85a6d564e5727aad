"""What production ships to a copy, and in which order.

Theory of operation
-------------------
The DO stream is shipped as it stands, one segment after the other, from where the copy says that it
has it. The copy answers how far it has come, in memory and durably. What is durable there may go
here; where the link breaks, the next one goes on from what the copy has then.

Where copies have to be made equal first, regions of production go between chunks, while hosts
write. What a region holds is read after all writes were carried out whose chunks were sent before
it, and the copy puts it in place before it applies any chunk that comes behind: so nothing older
ever replaces what is newer. What was read may be of a later moment, and torn. Once all regions are
durable there, the copy is told up to which write they may be of; when it has applied that, and an
epoch begins, it is what production was (`resync.py`).

Where a copy is too far behind, segments that are complete are shipped as one (`snapshot.py`), from
the end of the one that it has on.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from core.errors import CoreError
from core.machine.link.flights import Flights
from core.machine.link.questions import Questions
from core.machine.link.resync import Resync
from core.machine.link.snapshot import Snapshot
from core.machine.link.sweep import Sweep
from core.stream.folding import FOLDED_BYTES_MAX
from core.stream.names import Place, data_name, numbers
from core.stream.phases import COPYING, State
from core.stream.tail import Spot, Tail
from core.structure.medium import Buffer, Folder, SparseImage
from core.wire.link import Frame, Kind, checksum, pack_frame
from core.wire.record import RECORD_BYTES
from core.wire.segment import HEAD_BYTES, Stream

_TIME_BYTES: Final = 8
_UNAPPLIED_BYTES_MAX: Final = 1 << 60
_BUSY_BYTES: Final = 4 << 20
"""A copy that has not applied so much has other things to do than to be compared."""


class AheadError(CoreError):
    """A copy has what production has not, or production has lost what the copy lacks."""


class Ledger(Protocol):
    """Where it is written down, durably, what the copy has."""

    @property
    def state(self) -> State:
        """How the copy is fed."""

    @property
    def applied(self) -> int:
        """The last write that it has for sure, what is left to be copied aside."""

    def left(self) -> Iterator[tuple[int, int, int]]:
        """Volume, offset and length of each region that is to be copied."""

    def copied(self, number: int, offset: int) -> None:
        """A region is durable there."""

    def moved(self, applied: int) -> None:
        """It has everything up to a write, durably."""

    def is_alike(self) -> None:
        """It knows up to where its regions may be of, and begins history by itself."""


class Begun(NamedTuple):
    """How much there is of a segment that stands for others up to the number `last`."""

    spot: Spot
    last: int


class Welcome(NamedTuple):
    """What a copy has: up to where of which segment, and whether its regions are complete.

    Without a key it does not sign. A segment that stands for several may take `cover_bytes_max`,
    where it takes one at all; of one that is `coming` it has something.
    """

    spot: Spot | None
    is_alike: bool
    key: bytes = b""
    cover_bytes_max: int = 0
    coming: Begun | None = None


class Shipper:
    """One link, from its welcome until it breaks.

    One thread at a time asks for frames, and one, that may be another, tells what was heard; so it
    is with what awaits the copy.
    """

    def __init__(
        self,
        folder: Folder,
        ledger: Ledger,
        production: Sequence[SparseImage],
        welcome: Welcome,
        *,
        carried_out: Callable[[], int],
        where: str,
        flights: Flights | None = None,
    ) -> None:
        """`flights` remembers what was shipped as one.

        `carried_out` returns the latest write, once it and all before are in the volumes.

        Raises AheadError where the copy has what the stream has not, or has not the regions that it
        was sent: then it is another than it was.
        """
        if ledger.state not in COPYING and not welcome.is_alike:
            raise AheadError("the copy has not the regions that it was sent", where=where)
        self._folder, self._ledger = folder, ledger
        self._carried_out, self._where = carried_out, where
        self.sent = self.received = self.durable = ledger.applied
        self.unapplied = 0
        self.queued: int | None = None
        """Of these bytes so many wait in the copy's journal; None where it does not tell that."""
        self._caught_up: int | None = None  # the last write that was sent when all first was
        self._owed = 0  # the last write that was acknowledged without the copy
        self._is_over = False
        self._ready: deque[Sequence[Buffer]] = deque()
        self._resync: Resync | None = None
        self.questions, self._signs = Questions(welcome.key), bool(welcome.key)
        self.sweep: Sweep | None = None
        """What compares the copy with production, from when the copy was made equal."""
        self._swept: Sweep | None = None
        self._boundaries: deque[int] = deque()
        self.is_folding = False
        """Is what the copy lacks to be shipped as one, from the next segment on?"""
        self._snapshot: Snapshot | None = None
        self.flights: Final = flights or Flights()
        self.flights.go_on(welcome.spot)
        """What was shipped as one."""
        self._cover_bytes_max, self._coming = welcome.cover_bytes_max, welcome.coming
        self._following = 0  # the segment that comes next, while none is shipped
        self._is_waited_for = False  # that one, to come to its end
        if ledger.state in COPYING:
            if welcome.is_alike:
                ledger.is_alike()
            else:
                self._resync = Resync(
                    production,
                    ledger.left(),
                    self.questions,
                    is_asked=self._signs,
                    carried_out=carried_out,
                    put=self._put,
                )
        self._tail: Tail | None = self._opened(welcome.spot)

    @property
    def is_level(self) -> bool:
        """Is every write sent as it comes, to a copy that was made equal, and had all once?"""
        if self._is_over or self._caught_up is None or self.received < self._caught_up:
            return False
        return self._ledger.state not in COPYING

    @property
    def is_live(self) -> bool:
        """Has it besides all that was acknowledged without it?"""
        return self.is_level and self.received >= self._owed

    def catch_up(self, end: int) -> None:
        """Writes up to one were acknowledged without it: it is live, and not before, with those."""
        self.owe(end)
        self._caught_up = None

    def owe(self, end: int) -> None:
        """Some of the writes up to one may be acknowledged: it is live once it has those."""
        self._owed = max(self._owed, end)

    @property
    def is_comparable(self) -> bool:
        """Was the copy made equal, and does it sign what it holds?"""
        return self._signs and self._ledger.state is State.SHIPPING

    def awaits(self, end: int) -> bool:
        """Is a write to be acknowledged only once the copy has all up to it?

        Where it is not, the copy has to have it before any promise is made.
        """
        if self.is_level:
            return True
        self.owe(end)
        return False

    def frames(self) -> Sequence[Buffer]:
        """What is to be sent next; empty where nothing is now."""
        if not self._ready:
            self._ship()
            if self._resync is not None:
                self._resync.step()
            self._compare()
        if self._ready:
            return self._ready.popleft()
        if self._caught_up is None and not self.is_folding:
            self._caught_up = self._last
        return ()

    def more(self) -> Sequence[Buffer]:
        """What may go with that, being ready; empty where nothing is."""
        return self._ready.popleft() if self._ready else ()

    def fold(self, *, is_folding: bool, end: int) -> None:
        """Ship what the copy lacks as one from now on, or each write again.

        Up to `end` writes were acknowledged: it is not live meanwhile.
        """
        is_folding = is_folding and self._cover_bytes_max > 0
        if is_folding and not self.is_folding:
            self.catch_up(end)
        self.is_folding = is_folding

    @property
    def wants_epoch(self) -> bool:
        """Would there be something to be shipped as one, if an epoch ended?"""
        if not self.is_folding or self._snapshot is not None or self._ready:
            return False
        return self._is_waited_for if self._tail is None else not self._tail.is_sealed

    def waits(self, frame: Frame) -> None:
        """So much of what came waits in the copy's journal, and is not being applied."""
        if frame.first > _UNAPPLIED_BYTES_MAX:
            raise CoreError(f"the copy has {frame.first} bytes that wait in its journal")
        self.queued = frame.first

    def came(self, frame: Frame) -> None:
        """Of a segment that stands for several the copy has so much."""
        self.flights.came(frame.first, frame.second - HEAD_BYTES)

    def flush(self) -> None:
        """Have the copy make durable what it is sent before this."""
        self._put(Frame(Kind.FLUSH))

    def heard(self, ack: Frame) -> None:
        """The copy has come so far."""
        if ack.slot > _UNAPPLIED_BYTES_MAX:
            raise CoreError(f"the copy has {ack.slot} bytes that it has not applied")
        self.unapplied = ack.slot
        self.received = max(self.received, ack.first)
        self.durable = max(self.durable, ack.second)
        self.flights.received(self.received)
        if self._resync is not None:
            for number, offset in self._resync.heard(ack.number):
                self._ledger.copied(number, offset)
            if self._resync.is_told and ack.volume and self._ledger.state in COPYING:
                self._ledger.is_alike()
        elif ack.number:
            raise CoreError(f"the copy has {ack.number} regions that it was not sent")
        moved = None
        while self._boundaries and self.durable >= self._boundaries[0]:
            moved = self._boundaries.popleft()
        if moved is not None:
            self._ledger.moved(moved)

    def end(self) -> None:
        """The link is broken: nothing is promised by it any more."""
        self._is_over = True

    def close(self) -> None:
        """Let go of the segments that are shipped."""
        for each in (self._tail, self._snapshot):
            if each is not None:
                each.close()

    @property
    def _last(self) -> int:
        """The last write that was shipped."""
        return self.sent if self._tail is None else self._tail.last

    def _opened(self, spot: Spot | None) -> Tail | None:
        """The stream from a spot on; without one, from the first write that the copy lacks."""
        present = numbers(self._folder.names(), Stream.DO)
        if spot is None:
            return self._begun(self._first_lacking(present))
        if not spot.offset and spot.number in present:
            self._following = spot.number
            return None
        if spot.number not in present:
            following = spot.number + bool(spot.offset)
            if following in present and self._first_lacking(present) == following:
                self._following = following  # it has all of what has gone
                return None
            raise AheadError(
                f"the copy has come to {data_name(Stream.DO, spot.number)}, which is not here",
                where=self._where,
            )
        tail = Tail(self._folder, spot, where=self._where)
        if tail.count < spot.slot:
            tail.close()
            raise AheadError("the copy has writes that are not here", where=self._where)
        return tail

    def _first_lacking(self, present: Sequence[int]) -> int:
        for number in reversed(present):
            tail = Tail(self._folder, Spot(number, HEAD_BYTES, 0), where=self._where)
            first = tail.head.first
            tail.close()
            if first <= self._ledger.applied + 1:
                return number
        raise AheadError("what the copy lacks is not in the journal any more", where=self._where)

    def _begun(self, number: int) -> Tail:
        tail = Tail(self._folder, Spot(number, HEAD_BYTES, 0), where=self._where)
        time = tail.head.time_ns.to_bytes(_TIME_BYTES, "little")
        self._put(
            Frame(
                Kind.BEGIN,
                size=len(time),
                first=number,
                second=tail.head.first,
                checksum=checksum(time),
            ),
            time,
        )
        return tail

    def _ship(self) -> None:
        """The next chunks, or the end of a segment and the beginning of the next."""
        if self._snapshot is not None:
            self._ship_snapshot(self._snapshot)
            return
        if self._tail is None:
            self._go_on()
            return
        batch = self._tail.take()
        if batch is not None:
            spot, self.sent = batch.spot, batch.last
            if self._swept is not None:
                self._swept.wrote(batch.records)
            self._put(
                Frame(
                    Kind.DATA,
                    size=len(batch.data) + len(batch.records),
                    number=len(batch.records) // RECORD_BYTES,
                    slot=spot.slot,
                    first=spot.number,
                    second=spot.offset,
                    checksum=checksum(batch.records),
                ),
                batch.data,
                batch.records,
            )
            return
        spot = self._tail.spot
        following = spot.number + 1
        if not self._tail.is_sealed or data_name(Stream.DO, following) not in self._folder.names():
            return
        if self._tail.count > spot.slot:  # it was sealed with more since
            return
        self._put(Frame(Kind.SEALED, first=spot.number, number=spot.slot))
        self._boundaries.append(self._tail.last)
        self._tail.close()
        self._tail, self._following = None, following
        self._go_on()

    def _go_on(self) -> None:
        """Begin the next segment, or one that stands for all that are complete."""
        self._is_waited_for = False
        if not self.is_folding:
            self._tail = self._begun(self._following)
            return
        if not (places := self._complete()):
            tail = Tail(self._folder, Spot(self._following, HEAD_BYTES, 0), where=self._where)
            self._is_waited_for = tail.count > 0
            tail.close()
            return
        while places:
            snapshot = Snapshot(self._folder, places, where=self._where)
            if not snapshot.is_empty and snapshot.head.size <= self._cover_bytes_max:
                self._take_off(snapshot)
                return
            snapshot.close()
            places = () if snapshot.is_empty else places[: len(places) // 2]
        self._tail = self._begun(self._following)

    def _complete(self) -> Sequence[Place]:
        """The segments that come next and are complete, as many as are folded at once."""
        names, number, left = {*self._folder.names()}, self._following, FOLDED_BYTES_MAX
        found: list[Place] = []
        while data_name(Stream.DO, number + 1) in names:
            tail = Tail(self._folder, Spot(number, HEAD_BYTES, 0), where=self._where)
            is_sealed, left = tail.is_sealed, left - tail.head.size
            tail.close()
            if not is_sealed or (found and left < 0):
                break
            found.append(Place(Stream.DO, number, number))
            number += 1
        coming = self._coming
        if coming is not None and coming.spot.number == self._following:
            found = found[: coming.last - self._following + 1]
        return found

    def _take_off(self, snapshot: Snapshot) -> None:
        coming, self._coming = self._coming, None
        head = snapshot.head
        frame, payload = snapshot.begin()
        self._put(frame, *payload)
        if self._swept is not None:
            self._swept.wrote(memoryview(snapshot.records.tobytes()))
        if coming is not None and (coming.spot.number, coming.last) == (head.number, head.last):
            snapshot.go_on(coming.spot)
        self.flights.begin(snapshot.flight)
        self._snapshot = snapshot

    def _ship_snapshot(self, snapshot: Snapshot) -> None:
        """The next chunk of it, or its end."""
        if (step := snapshot.step()) is not None:
            frame, buffers = step
            self._put(frame, *buffers)
            return
        self._put(snapshot.end())
        self.sent = snapshot.flight.last
        self._boundaries.append(self.sent)
        self._following, self._snapshot = snapshot.head.last + 1, None
        snapshot.close()

    def _compare(self) -> None:
        """Ask what the sweep wants to know, and tell it what was answered."""
        if not self.is_comparable:
            return
        if self.sweep is not self._swept:
            while self.questions.take() is not None:
                pass  # of one that is over
            if self.questions.count:
                return
            self._swept = self.sweep
            if self._swept is not None:
                self._swept.begin(self._carried_out())
        sweep = self._swept
        if sweep is None:
            return
        while (answer := self.questions.take()) is not None:
            sweep.heard(answer, self.questions.digests, self._carried_out)
        end = self._carried_out()
        is_behind = self._is_behind()
        sweep.judge(self._last if is_behind else end)
        is_busy = is_behind or self.unapplied > _BUSY_BYTES
        for question in sweep.questions(is_busy=is_busy):
            self._put(self.questions.ask(question))

    def _is_behind(self) -> bool:
        """Is there something in the stream that was not taken?"""
        if self._tail is None:
            return True
        spot = self._tail.spot
        if self._tail.count > spot.slot:
            return True
        if not self._tail.is_sealed:
            return False
        return data_name(Stream.DO, spot.number + 1) in self._folder.names()

    def _put(self, frame: Frame, *payload: Buffer) -> None:
        self._ready.append((pack_frame(frame), *payload))
