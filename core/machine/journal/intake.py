"""What a copy does with the frames that production ships: one link, from its welcome on."""

from collections.abc import Callable, Sequence
from typing import Final

from core.machine.journal.arriving import Arriving
from core.machine.journal.writer import Volume
from core.stream.tail import Spot
from core.structure.digested import Digested, digested
from core.structure.digests import COARSE_BYTES, Digests, ranges_of
from core.structure.signature import GRANULARITY_MIN
from core.wire.link import COVER, BrokenLinkError, Frame, Kind, checksum
from core.wire.record import RECORD_BYTES
from core.wire.segment import Head, Stream

_TIME_BYTES: Final = 8
SIGNED_BYTES_MAX: Final = 1 << 20


class Intake:
    """Takes frames in their order. Callers hold the journal's lock around every method."""

    def __init__(
        self,
        journal: Arriving,
        replicas: Sequence[Volume],
        key: bytes = b"",
        *,
        forget: Callable[[int, int, int], object] = lambda *_: None,
    ) -> None:
        """Regions are signed with the key. `forget` takes a volume and a range: what was written
        there and is not durable may be taken for what it was before.

        After a sync that failed the system shows what no later one makes durable. Who trusts that
        leaves it out, and so it is read from the disk before it is signed.
        """
        self._journal, self._replicas = journal, tuple(replicas)
        self._digests, self._forget = Digests(key), forget
        self._regions = self._durable_regions = 0
        self._answers: list[tuple[Frame, bytes]] = []

    @property
    def ack(self) -> Frame:
        """How far all that came is."""
        return Frame(
            Kind.ACK,
            volume=self._journal.is_alike,
            number=self._durable_regions,
            slot=self._journal.unapplied,
            first=self._journal.end,
            second=self._journal.durable,
        )

    @property
    def queued(self) -> Frame:
        """How much of what came nobody has begun to put into the images."""
        return Frame(Kind.QUEUED, first=self._journal.queued)

    @property
    def came(self) -> Frame | None:
        """How far a segment is that stands for several, while one comes."""
        if (coming := self._journal.coming) is None:
            return None
        return Frame(Kind.CAME, first=coming.head.number, second=coming.spot.offset)

    def answers(self) -> Sequence[tuple[Frame, bytes]]:
        """What production has asked for since the last call."""
        found, self._answers = self._answers, []
        return found

    def take(self, frame: Frame, payload: memoryview) -> None:
        """Do what a frame asks for.

        Raises JournalFullError where it has to be tried again once there is room, with nothing
        done, and BrokenLinkError for what does not belong there.
        """
        match frame.kind:
            case Kind.DATA:
                data, records = _split(frame, payload)
                spot = Spot(frame.first, frame.second, frame.slot)
                self._journal.append(spot, data, records)
            case Kind.BEGIN:
                if len(payload) != _TIME_BYTES or checksum(payload) != frame.checksum:
                    raise BrokenLinkError("a segment begins at no time")
                time_ns = int.from_bytes(payload, "little")
                self._journal.begin(frame.first, frame.second, time_ns)
            case Kind.COVER:
                self._journal.cover(_covering(frame, payload, self._journal.identity.group))
            case Kind.SEALED:
                self._journal.seal(frame.first, frame.number)
            case Kind.COPY | Kind.ZEROES:
                self._place(frame, payload)
            case Kind.ALIKE:
                self._sync()
                self._journal.become_alike(frame.first)
            case Kind.FLUSH:
                self._sync()
            case Kind.ASK:
                self._sign(frame)
            case Kind.PING:
                pass
            case _:
                raise BrokenLinkError(f"{frame.kind.name} is nothing that production says")

    def _place(self, frame: Frame, payload: memoryview) -> None:
        """What a region holds, straight into the replica: whoever feeds that has nothing newer."""
        if self._journal.is_alike:
            raise BrokenLinkError("a region of a copy that has all of them")
        if frame.volume >= len(self._replicas):
            raise BrokenLinkError(f"there is no volume {frame.volume}")
        replica = self._replicas[frame.volume]
        is_data = frame.kind is Kind.COPY
        if is_data and checksum(payload) != frame.checksum:
            raise BrokenLinkError("what a region holds is damaged")
        stop = min(frame.first + (frame.size if is_data else frame.second), replica.size())
        if stop > frame.first:
            if is_data:
                replica.write(payload[: stop - frame.first], frame.first)
            else:
                replica.zero(frame.first, stop - frame.first)
        self._regions += frame.number

    def _sign(self, frame: Frame) -> None:
        """Have digests of a range told: of what is there now, while replicas are fed.

        Where they are those of production no write that was applied meanwhile, nor one that is to
        be, makes that wrong: it is applied here, too, in the end. What no write is of stays.
        """
        grain = frame.number
        if frame.volume >= len(self._replicas):
            raise BrokenLinkError(f"there is no volume {frame.volume}")
        if frame.second > SIGNED_BYTES_MAX:
            raise BrokenLinkError(f"{frame.second} bytes are too many to be signed at once")
        if not GRANULARITY_MIN <= grain <= SIGNED_BYTES_MAX or grain & grain - 1:
            raise BrokenLinkError(f"chunks of {grain} bytes cannot be signed")
        chosen = frame.slot >> 1
        if chosen >> -(-frame.second // COARSE_BYTES):
            raise BrokenLinkError(f"chunks beyond {frame.second} bytes cannot be signed")
        applied, replica = self._journal.applied, self._replicas[frame.volume]
        if frame.first < replica.size() and not frame.slot:  # else that was done just now
            self._forget(frame.volume, frame.first, frame.second)
        try:
            found = digested(replica, frame.first, frame.second, self._digests, grain, chosen)
        except OSError:  # it is written anew, or named, as if nothing was there
            found = Digested(0, b"")
        is_zero = found.digests == self._of_zeroes(found.length, grain, chosen)
        digests = b"" if is_zero else found.digests
        signed = Frame(
            Kind.SIGNED,
            size=len(digests),
            volume=frame.volume,
            number=grain,
            slot=applied,
            first=frame.first,
            second=found.length,
            checksum=checksum(digests),
        )
        self._answers.append((signed, digests))

    def _of_zeroes(self, length: int, grain: int, chosen: int) -> bytes:
        ranges = ranges_of(chosen, length)
        return b"".join(self._digests.of_zeroes(end - begin, grain) for begin, end in ranges)

    def _sync(self) -> None:
        if self._regions > self._durable_regions:
            for replica in self._replicas:
                replica.sync()
            self._durable_regions = self._regions
        self._journal.make_durable()


def _covering(frame: Frame, payload: memoryview, group: bytes) -> Head:
    """The head of a segment that stands for several."""
    if len(payload) != COVER.size or checksum(payload) != frame.checksum or not frame.slot:
        raise BrokenLinkError("a segment that stands for several begins at no time")
    time_ns, size, step_ns = COVER.unpack(payload)
    return Head(
        stream=Stream.DO,
        group=group,
        number=frame.first,
        last=frame.number,
        first=frame.second,
        time_ns=time_ns,
        size=size,
        rounds=frame.slot,
        step_ns=step_ns,
    )


def _split(frame: Frame, payload: memoryview) -> tuple[memoryview, memoryview]:
    """The chunks and the records of a frame."""
    size = frame.number * RECORD_BYTES
    if size > len(payload):
        raise BrokenLinkError(f"{frame.number} records in {len(payload)} bytes")
    data, records = payload[: len(payload) - size], payload[len(payload) - size :]
    if checksum(records) != frame.checksum:
        raise BrokenLinkError("the records of chunks are damaged")
    return data, records
