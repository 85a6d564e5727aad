"""The copy's side of a link: one connection, from its hello until it breaks."""

from contextlib import suppress
from threading import Lock
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.incoming import Incoming
from core.driver.link.peers import Hello, refuse, say, welcome
from core.driver.link.wire import ClosedError
from core.errors import CoreError
from core.machine.journal.intake import Intake
from core.machine.journal.shelf import JournalFullError
from core.machine.link.shipper import Begun
from core.stream.segment import records_max
from core.wire.link import Frame, Kind, checksum, pack_frame
from core.wire.note import Gap, pack_note
from core.wire.packed import Unpacker
from core.wire.record import RECORD_BYTES

_ACK_EVERY: Final = 64
"""Frames, of which so many are answered at once at most."""


class Reception:
    """Takes what production ships, in its order, and answers how far that came."""

    def __init__(self, channel: Channel, incoming: Incoming) -> None:
        self._channel, self._incoming = channel, incoming
        self._sending = Lock()
        self._unpacker = Unpacker()
        self._hears_queued, self._queued = False, Frame(Kind.QUEUED)

    def run(self, hello: Hello) -> None:
        """Until production, which said hello, leaves, breaks the protocol or falls silent."""
        incoming = self._incoming
        try:
            rejoining = incoming.lacking(hello)
            if rejoining is not None:
                told = welcome(None, is_alike=False, signs=False, rejoining=rejoining)
                say(self._channel, Kind.WELCOME, told)
                return
            journal = incoming.meet(hello)
        except CoreError as error:
            with suppress(OSError):
                refuse(self._channel, error)
            raise
        self._hears_queued = hello.hears_queued
        segment_bytes = journal.identity.segment_bytes
        payload_max = segment_bytes + records_max(segment_bytes) * RECORD_BYTES
        with incoming.lock:
            intake = Intake(journal, incoming.replicas, hello.key, forget=incoming.forget)
            coming = journal.coming
            told = welcome(
                journal.spot,
                is_alike=journal.is_alike,
                signs=incoming.signs and bool(hello.key),
                cover_bytes_max=journal.cover_bytes_max,
                coming=Begun(coming.spot, coming.head.last) if coming else None,
            )
        with self._sending:
            say(self._channel, Kind.WELCOME, told)
        incoming.wishes, incoming.tell_gap = self._wish, self._tell_gap
        incoming.tell_gaps()
        try:
            while True:
                unanswered = 0
                while not unanswered or (self._channel.has_more() and unanswered < _ACK_EVERY):
                    self._take(intake, *self._received(payload_max))
                    unanswered += 1
                self._answer(intake)
        finally:
            if incoming.production is not None:  # it promises nothing beyond this link
                incoming.production = incoming.production[0], False

    def _received(self, payload_max: int) -> tuple[Frame, memoryview]:
        frame, payload = self._channel.receive(payload_max)
        if frame.kind is Kind.PACKED:
            return self._unpacker.unpacked(frame, payload, payload_max)
        return frame, payload

    def _take(self, intake: Intake, frame: Frame, payload: memoryview) -> None:
        """A frame, as soon as there is room for it; production is answered meanwhile."""
        if frame.kind is Kind.PING:
            self._incoming.production = frame.first, bool(frame.number)
        while True:
            try:
                with self._incoming.lock, suppress(JournalFullError):
                    intake.take(frame, payload)
                    break
            except OSError:
                self._incoming.signs = False
                raise
            self._incoming.wait_for_room()
            self._answer(intake)
        for signed, digests in intake.answers():
            if not self._tell(signed, digests):
                raise ClosedError("the other side has left")

    def _answer(self, intake: Intake) -> None:
        """Say how far it is. One who does not listen is told the next time: it asks, if need be."""
        if self._channel.is_writable():
            with self._incoming.lock:
                answers = [intake.ack, *filter(None, (intake.came,))]
                if self._hears_queued and intake.queued != self._queued:
                    self._queued = intake.queued
                    answers.append(self._queued)
            if not all(self._tell(each) for each in answers):
                raise ClosedError("the other side has left")

    def _wish(self) -> None:
        self._tell(Frame(Kind.WISH))

    def _tell_gap(self, gap: Gap) -> None:
        note = pack_note(gap)
        self._tell(Frame(Kind.GAP, size=len(note), checksum=checksum(note)), note)

    def _tell(self, frame: Frame, payload: bytes = b"") -> bool:
        """Say something; who receives hears of a broken link."""
        with self._sending:
            try:
                self._channel.send((pack_frame(frame), payload))
            except OSError:
                return False
        return True
