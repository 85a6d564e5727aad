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

A copy that signs is asked before what a region holds there, and is sent the chunks that differ.
What it says may be of any moment, and torn; so may be what is read here. Take a byte that is the
same in both. Where a write of the stream is of it, the copy applies the last of these in the end.
Where none is, neither side changes it: it was alike, and stays so. So nothing is read at one point,
and chunks that are sent keep to the order that regions do. Where nearly everything differs, regions
are sent without being asked about, for a while.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from core.errors import CoreError
from core.machine.link.questions import GRAIN_BYTES, Answer, Question, Questions
from core.machine.link.sweep import Sweep
from core.stream.names import data_name, numbers
from core.stream.phases import COPYING, State
from core.stream.tail import Spot, Tail
from core.structure.digests import differing
from core.structure.held import held
from core.structure.medium import Buffer, Folder, SparseImage
from core.wire.link import Frame, Kind, checksum, pack_frame
from core.wire.record import RECORD_BYTES
from core.wire.segment import HEAD_BYTES, Stream

REGIONS_AT_ONCE: Final = 64
"""So many are sent before the first of them is known to be durable."""
_TIME_BYTES: Final = 8
_PIECE_BYTES: Final = 1 << 18
_UNAPPLIED_BYTES_MAX: Final = 1 << 60
_ALIKE_PART: Final = 8
"""Of a region nearly all differs where less than one such part is alike."""
_UNLIKE_MIN: Final = 8
"""After so many of these in a row no question is asked, for so many regions:"""
_UNASKED: Final = 256
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


class Welcome(NamedTuple):
    """What a copy has: up to where of which segment, and whether its regions are complete.

    Without a key it does not sign.
    """

    spot: Spot | None
    is_alike: bool
    key: bytes = b""


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

        Raises AheadError where the copy has what the stream has not, or has not the regions that it
        was sent: then it is another than it was.
        """
        if ledger.state not in COPYING and not welcome.is_alike:
            raise AheadError("the copy has not the regions that it was sent", where=where)
        self._folder, self._ledger, self._production = folder, ledger, tuple(production)
        self._carried_out, self._where = carried_out, where
        self.sent = self.received = self.durable = ledger.applied
        self.unapplied = 0
        self._caught_up: int | None = None  # the last write that was sent when all first was
        self._owed = 0  # the last write that was acknowledged without the copy
        self._is_over = False
        self._ready: list[Sequence[Buffer]] = []
        self._left: Iterator[tuple[int, int, int]] | None = None
        self._copying: list[tuple[int, int]] = []
        self._since_flush = self._durable_copies = 0
        self._told_alike = False
        self.questions, self._signs = Questions(welcome.key), bool(welcome.key)
        self._in_a_row = self._unasked = 0
        self.sweep: Sweep | None = None
        """What compares the copy with production, from when the copy was made equal."""
        self._swept: Sweep | None = None
        self._boundaries: deque[int] = deque()
        if ledger.state in COPYING:
            if welcome.is_alike:
                ledger.is_alike()
            else:
                self._left = ledger.left()
        self._tail = self._opened(welcome.spot)

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
        self._owed, self._caught_up = max(self._owed, end), None

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
        self._owed = max(self._owed, end)
        return False

    def frames(self) -> Sequence[Buffer]:
        """What is to be sent next; empty where nothing is now."""
        if not self._ready:
            self._ship()
            self._copy()
            self._compare()
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
            if spot.number + 1 in present and self._first_lacking(present) == spot.number + 1:
                return self._begun(spot.number + 1)  # it has all of what has gone
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
        self._tail = self._begun(following)

    def _copy(self) -> None:
        """The next region, and what is to be said once all are sent."""
        if self._left is None or self._told_alike:
            return
        answer = self.questions.take()
        if answer is not None:
            self._send(answer.question.volume, answer.question.offset, self._unlike(answer))
        elif (region := self._unasked_region()) is not None:
            self._send(*region[:2], self._region(*region))
        elif self.questions.count:
            return
        elif self._since_flush:
            self.flush()
            self._since_flush = 0
        elif not self._copying:
            self._put(Frame(Kind.ALIKE, first=self._carried_out()))
            self.flush()
            self._told_alike = True

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
        sweep.judge(self._tail.last if is_behind else end)
        is_busy = is_behind or self.unapplied > _BUSY_BYTES
        for question in sweep.questions(is_busy=is_busy):
            self._put(self.questions.ask(question))

    def _is_behind(self) -> bool:
        """Is there something in the stream that was not taken?"""
        spot = self._tail.spot
        if self._tail.count > spot.slot:
            return True
        if not self._tail.is_sealed:
            return False
        return data_name(Stream.DO, spot.number + 1) in self._folder.names()

    def _send(
        self, number: int, offset: int, frames: Iterator[tuple[Frame, Sequence[Buffer]]]
    ) -> None:
        """What is to be said of a region, all of which is read from now on."""
        self._carried_out()
        for frame, payload in frames:
            self._put(frame, *payload)
        self._copying.append((number, offset))
        self._since_flush += 1
        if self._since_flush >= REGIONS_AT_ONCE // 2:
            self.flush()
            self._since_flush = 0

    def _unasked_region(self) -> tuple[int, int, int] | None:
        """The next that is sent whatever the copy has; before, it is asked about others."""
        assert self._left is not None
        while len(self._copying) + self.questions.count < REGIONS_AT_ONCE:
            is_asked = self._signs and not self._unasked
            if is_asked and not self.questions.has_room:
                return None
            region = next(self._left, None)
            if region is None or not is_asked:
                self._unasked = max(0, self._unasked - 1)
                return region
            self._put(self.questions.ask(Question(*region, GRAIN_BYTES)))
        return None

    def _unlike(self, answer: Answer) -> Iterator[tuple[Frame, Sequence[Buffer]]]:
        """The chunks of a region that the copy has not, as frames."""
        number, offset, length, grain = answer.question
        found = held(self._production[number], offset, length)
        ours, moved = self.questions.digests.of(found, grain), 0
        for begin, end in differing(ours, answer.digests, len(found), grain):
            moved += end - begin
            for at in range(begin, end, _PIECE_BYTES):
                piece = memoryview(found)[at : min(end, at + _PIECE_BYTES)]
                yield _piece(number, offset + at, piece)
        is_unlike = len(found) - moved < len(found) // _ALIKE_PART
        self._in_a_row = self._in_a_row + 1 if is_unlike else 0
        if self._in_a_row == _UNLIKE_MIN:
            self._in_a_row, self._unasked = _UNLIKE_MIN - 1, _UNASKED
        yield Frame(Kind.ZEROES, volume=number, number=1, first=offset + len(found)), ()

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


def _piece(number: int, at: int, piece: memoryview) -> tuple[Frame, Sequence[Buffer]]:
    """A part of what a region holds."""
    size = len(piece)
    if piece.tobytes() == bytes(size):
        return Frame(Kind.ZEROES, volume=number, first=at, second=size), ()
    frame = Frame(Kind.COPY, size=size, volume=number, first=at, checksum=checksum(piece))
    return frame, (piece,)
