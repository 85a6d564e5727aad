"""The copy's side of a link: one connection, from its hello until it breaks."""

from contextlib import suppress
from threading import Lock
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.incoming import Incoming
from core.driver.link.peers import expect, parse_hello, refuse, say, welcome
from core.errors import CoreError
from core.machine.journal.arriving import Arriving
from core.machine.journal.shelf import JournalFullError
from core.stream.tail import Spot
from core.wire.link import BrokenLinkError, Frame, Kind, checksum, pack_frame
from core.wire.note import Gap, pack_note
from core.wire.record import RECORD_BYTES

_TIME_BYTES: Final = 8
_ACK_EVERY: Final = 64
"""Frames, of which so many are answered at once at most."""


class Reception:
    """Takes what production ships, in its order, and answers how far that came."""

    def __init__(self, channel: Channel, incoming: Incoming) -> None:
        self._channel, self._incoming = channel, incoming
        self._sending = Lock()
        self._regions = self._durable_regions = 0

    def run(self) -> None:
        """Until production leaves, breaks the protocol or falls silent."""
        try:
            hello = parse_hello(expect(self._channel, Kind.HELLO))
            journal = self._incoming.meet(hello)
        except CoreError as error:
            with suppress(OSError):
                refuse(self._channel, error)
            raise
        incoming = self._incoming
        with incoming.lock:
            spot = journal.spot
        with self._sending:
            say(self._channel, Kind.WELCOME, welcome(spot, is_alike=journal.is_alike))
        incoming.wishes = lambda: self._tell(Frame(Kind.WISH))
        incoming.tell_gap = self._tell_gap
        while True:
            unanswered = 0
            while not unanswered or (self._channel.has_more() and unanswered < _ACK_EVERY):
                frame, payload = self._channel.receive()
                self._take(journal, frame, payload)
                unanswered += 1
            self._answer(journal)

    def _answer(self, journal: Arriving) -> None:
        """Say how far it is. One who does not listen is told the next time: it asks, if need be."""
        if not self._channel.is_writable():
            return
        with self._incoming.lock:
            end, durable = journal.end, journal.durable
        self._tell(
            Frame(
                Kind.ACK,
                volume=journal.is_alike,
                number=self._durable_regions,
                first=end,
                second=durable,
            )
        )

    def _tell(self, frame: Frame, payload: bytes = b"") -> None:
        with self._sending, suppress(OSError):  # whoever receives hears of a broken link
            self._channel.send((pack_frame(frame), payload))

    def _tell_gap(self, gap: Gap) -> None:
        note = pack_note(gap)
        self._tell(Frame(Kind.GAP, size=len(note), checksum=checksum(note)), note)

    def _take(self, journal: Arriving, frame: Frame, payload: memoryview) -> None:
        lock = self._incoming.lock
        match frame.kind:
            case Kind.DATA:
                data, records = _split(frame, payload)
                with lock:
                    spot = Spot(frame.first, frame.second, frame.slot)
                    journal.append(spot, data, records)
            case Kind.BEGIN:
                self._begin(journal, frame, payload)
            case Kind.SEALED:
                with lock:
                    journal.seal(frame.first, frame.number)
            case Kind.COPY | Kind.ZEROES:
                self._place(journal, frame, payload)
            case Kind.ALIKE:
                self._sync(journal)
                with lock:
                    journal.become_alike(frame.first)
            case Kind.FLUSH:
                self._sync(journal)
            case Kind.PING:
                pass
            case _:
                raise BrokenLinkError(f"{frame.kind.name} is nothing that production says")

    def _begin(self, journal: Arriving, frame: Frame, payload: memoryview) -> None:
        """The next segment, as soon as there is room for it; production is answered meanwhile."""
        time_ns = int.from_bytes(payload, "little")
        if len(payload) != _TIME_BYTES or checksum(payload) != frame.checksum:
            raise BrokenLinkError("a segment begins at no time")
        while True:
            with self._incoming.lock, suppress(JournalFullError):
                journal.begin(frame.first, frame.second, time_ns)
                return
            self._incoming.wait_for_room()
            self._answer(journal)

    def _place(self, journal: Arriving, frame: Frame, payload: memoryview) -> None:
        """What a region holds, straight into the replica: whoever feeds that has nothing newer."""
        if journal.is_alike:
            raise BrokenLinkError("regions of a copy that is complete")
        replicas = self._incoming.replicas
        if frame.volume >= len(replicas):
            raise BrokenLinkError(f"there is no volume {frame.volume}")
        replica = replicas[frame.volume]
        length = frame.size if frame.kind is Kind.COPY else frame.second
        stop = min(frame.first + length, replica.size())
        if frame.kind is Kind.COPY and checksum(payload) != frame.checksum:
            raise BrokenLinkError("what a region holds is damaged")
        if stop > frame.first:
            if frame.kind is Kind.COPY:
                replica.write(payload[: stop - frame.first], frame.first)
            else:
                replica.zero(frame.first, stop - frame.first)
        self._regions += frame.number

    def _sync(self, journal: Arriving) -> None:
        if self._regions > self._durable_regions:
            for replica in self._incoming.replicas:
                replica.sync()
            self._durable_regions = self._regions
        with self._incoming.lock:
            journal.sync()


def _split(frame: Frame, payload: memoryview) -> tuple[memoryview, memoryview]:
    """The chunks and the records of a frame."""
    size = frame.number * RECORD_BYTES
    if size > len(payload):
        raise BrokenLinkError(f"{frame.number} records in {len(payload)} bytes")
    data, records = payload[: len(payload) - size], payload[len(payload) - size :]
    if checksum(records) != frame.checksum:
        raise BrokenLinkError("the records of chunks are damaged")
    return data, records
