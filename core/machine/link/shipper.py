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
epoch begins, it is what production was.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from core.errors import CoreError
from core.stream.names import data_name, numbers
from core.stream.phases import COPYING, State
from core.stream.tail import Spot, Tail
from core.structure.medium import Buffer, Folder, SparseImage
from core.wire.link import Frame, Kind, checksum, pack_frame
from core.wire.record import RECORD_BYTES
from core.wire.segment import HEAD_BYTES, Stream

REGIONS_AT_ONCE: Final = 64
"""So many are sent before the first of them is known to be durable."""
_TIME_BYTES: Final = 8
_PIECE_BYTES: Final = 1 << 18
_UNAPPLIED_BYTES_MAX: Final = 1 << 60


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


class Welcome(NamedTuple):
    """What a copy has: up to where of which segment, and whether its regions are complete."""

    spot: Spot | None
    is_alike: bool


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
    ) -> None:
        """`carried_out` returns the latest write, once it and all before are in the volumes.

        Raises AheadError where the copy has what the stream has not.
        """
        self._folder, self._ledger, self._production = folder, ledger, tuple(production)
        self._carried_out, self._where = carried_out, where
        self.received = self.durable = ledger.applied
        self.unapplied = 0
        self._caught_up: int | None = None  # the last write that was sent when all first was
        self._owed = 0  # the last write that was acknowledged without the copy
        self._is_over = False
        self._ready: list[Sequence[Buffer]] = []
        self._left: Iterator[tuple[int, int, int]] | None = None
        self._copying: list[tuple[int, int]] = []
        self._since_flush = self._durable_copies = 0
        self._told_alike = False
        self._boundaries: deque[int] = deque()
        if ledger.state in COPYING:
            if welcome.is_alike:
                ledger.is_alike()
            else:
                self._left = ledger.left()
        self._tail = self._opened(welcome.spot)

    @property
    def is_live(self) -> bool:
        """Is every write sent as it comes, to a copy that was made equal, and has all before?"""
        if self._is_over or self._caught_up is None:
            return False
        if self.received < max(self._caught_up, self._owed):
            return False
        return self._ledger.state not in COPYING

    def awaits(self, end: int) -> bool:
        """Is a write to be acknowledged only once the copy has all up to it?

        Where it is not, the copy has to have it before any promise is made.
        """
        if self.is_live:
            return True
        self._owed = max(self._owed, end)
        return False

    def frames(self) -> Sequence[Buffer]:
        """What is to be sent next; empty where nothing is now."""
        if not self._ready:
            self._ship()
            self._copy()
        if self._ready:
            return self._ready.pop(0)
        if self._caught_up is None:
            self._caught_up = self._tail.last
        return ()

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
        newly = ack.number - self._durable_copies
        if not 0 <= newly <= len(self._copying):
            raise CoreError(f"the copy has {ack.number} regions that it was not sent")
        for number, offset in self._copying[:newly]:
            self._ledger.copied(number, offset)
        del self._copying[:newly]
        self._durable_copies = ack.number
        if self._told_alike and ack.volume and self._ledger.state in COPYING:
            self._ledger.is_alike()
        moved = None
        while self._boundaries and self.durable >= self._boundaries[0]:
            moved = self._boundaries.popleft()
        if moved is not None:
            self._ledger.moved(moved)

    def end(self) -> None:
        """The link is broken: nothing is promised by it any more."""
        self._is_over = True

    def close(self) -> None:
        """Let go of the segment that is shipped."""
        self._tail.close()

    def _opened(self, spot: Spot | None) -> Tail:
        """The stream from a spot on; without one, from the first write that the copy lacks."""
        present = numbers(self._folder.names(), Stream.DO)
        if spot is None:
            return self._begun(self._first_lacking(present))
        if spot.number not in present:
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
        batch = self._tail.take()
        if batch is not None:
            spot = batch.spot
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
        self._tail = self._begun(following)

    def _copy(self) -> None:
        """The next region, and what is to be said once all are sent."""
        if self._left is None or self._told_alike or len(self._copying) >= REGIONS_AT_ONCE:
            return
        region = next(self._left, None)
        if region is not None:
            self._carried_out()
            for frame, payload in self._region(*region):
                self._put(frame, *payload)
            self._copying.append(region[:2])
            self._since_flush += 1
            if self._since_flush >= REGIONS_AT_ONCE // 2:
                self.flush()
                self._since_flush = 0
        elif self._since_flush:
            self.flush()
            self._since_flush = 0
        elif not self._copying:
            self._put(Frame(Kind.ALIKE, first=self._carried_out()))
            self.flush()
            self._told_alike = True

    def _region(
        self, number: int, offset: int, length: int
    ) -> Iterator[tuple[Frame, Sequence[Buffer]]]:
        """What a region holds, as frames; production may be cut off meanwhile."""
        production = self._production[number]
        stop = min(offset + length, production.size())
        at = offset
        pieces: list[tuple[int, int]] = []
        for begin, size in production.data(offset, max(0, stop - offset)):
            pieces += [
                (each, min(_PIECE_BYTES, begin + size - each))
                for each in range(begin, begin + size, _PIECE_BYTES)
            ]
        for begin, size in pieces:
            if begin > at:
                yield Frame(Kind.ZEROES, volume=number, first=at, second=begin - at), ()
            data = bytearray(size)
            try:
                production.read_into(data, begin)
            except OSError:
                if production.size() >= begin + size:
                    raise
                break  # the stream cuts it off, too
            yield (
                Frame(Kind.COPY, size=size, volume=number, first=begin, checksum=checksum(data)),
                (data,),
            )
            at = begin + size
        # One frame ends each region, by which the copy counts them.
        yield Frame(Kind.ZEROES, volume=number, number=1, first=at, second=max(0, stop - at)), ()

    def _put(self, frame: Frame, *payload: Buffer) -> None:
        self._ready.append((pack_frame(frame), *payload))
