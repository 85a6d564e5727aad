"""A link that stands, as production's threads share it: each sends and hears for all of them."""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Lock
from typing import Final

from core.driver.link.channel import Channel
from core.driver.link.limiting import Limiting
from core.driver.link.packing import Packing
from core.machine.journal.shipping import Shipping
from core.machine.link.shipper import Shipper
from core.structure.medium import Buffer
from core.wire.link import BrokenLinkError, Frame, Kind, checksum, pack_frame
from core.wire.note import NOTE_BYTES_MAX

POLL_S: Final = 0.05
_ASKED_MAX: Final = 1024
_TOGETHER_BYTES: Final = 1 << 18
"""Small frames are sent by one call, so many bytes of them."""


class Connection:
    """A link that stands, from its welcome on."""

    def __init__(
        self,
        channel: Channel,
        shipper: Shipper,
        ledger: Shipping,
        limiting: Limiting,
        packing: Packing | None,
    ) -> None:
        """`packing` is None where the copy does not unpack."""
        self.channel, self.shipper, self.ledger = channel, shipper, ledger
        self._limiting, self._packing = limiting, packing
        self.failure: Exception | None = None
        self.heard_s = time.monotonic()
        self.asked: deque[tuple[Frame, bytes]] = deque()
        """What the copy said beside how far it is."""
        self._turn, self._hearing, self._heard = Lock(), Lock(), Condition()

    def ship(self, *more: Frame, deadline: float = math.inf, within_s: float = math.inf) -> None:
        """Send all there is and may be sent now, and more behind it, up to a monotonic time.

        What the copy answers is heard meanwhile: it would wait for that. No frame is begun after
        `within_s`, for whoever has other things to do.
        """
        until = min(deadline, time.monotonic() + within_s)
        left_s = deadline - time.monotonic()
        if not self._turn.acquire(timeout=max(0.0, left_s) if left_s < math.inf else -1):
            return
        try:
            sent_any = False
            while time.monotonic() < until and not self.limited_s:
                if not (frames := self.shipper.frames()):
                    break
                if sent_any:
                    self.hear(0.0)
                self._send(frames, deadline)
                sent_any = True
            for frame in more:
                self.channel.send((pack_frame(frame),), deadline=deadline)
        finally:
            self._turn.release()

    def _send(self, frame: Sequence[Buffer], deadline: float) -> None:
        """A frame, and those that are ready with it."""
        packing = self._packing
        together, size = [*self._packed(frame)], sum(map(len, frame))
        while size < _TOGETHER_BYTES and (frame := self.shipper.more()):
            together += self._packed(frame)
            size += sum(map(len, frame))
        size, began_ns = sum(map(len, together)), time.monotonic_ns()
        is_live = self.shipper.is_level
        self.channel.send(together, deadline=deadline)
        if packing is not None:
            packing.sent(size, time.monotonic_ns() - began_ns)
        self._limiting.spend(size, is_live=is_live)

    def _packed(self, frame: Sequence[Buffer]) -> Sequence[Buffer]:
        if self._packing is None:
            return frame
        return self._packing.packed(frame, is_limited=self._limiting.is_limited)

    def wait(self, is_there: Callable[[], bool], within_s: float) -> bool:
        """Ship and hear until that is so; False where the link breaks or takes too long."""
        deadline = time.monotonic() + within_s
        self.ship(deadline=deadline)
        while not is_there():
            if self.failure is not None or time.monotonic() > deadline:
                return False
            self.hear(POLL_S, is_there)
        return True

    @property
    def limited_s(self) -> float:
        """How long nothing is to be sent, because of the bandwidth; what hosts wait for is."""
        return self._limiting.wait_s(is_live=self.shipper.is_level)

    def hear(self, within_s: float, is_there: Callable[[], bool] = lambda: False) -> None:
        """Take what the copy answers, or wait for whoever takes it."""
        if not self._hearing.acquire(blocking=False):
            with self._heard:
                if not is_there():
                    self._heard.wait(within_s)
            return
        try:
            if self.failure is not None or is_there():
                return
            if self.channel.is_readable(within_s):
                self._take()
                while self.channel.has_more():
                    self._take()
        finally:
            self._hearing.release()
            with self._heard:
                self._heard.notify_all()

    def _take(self) -> None:
        frame, payload = self.channel.receive(NOTE_BYTES_MAX)
        self.heard_s = time.monotonic()
        if frame.kind is Kind.ACK:
            self.shipper.heard(frame)
            return
        if frame.kind is Kind.QUEUED:
            self.shipper.waits(frame)
            return
        if frame.kind is Kind.CAME:
            self.shipper.came(frame)
            return
        if checksum(payload) != frame.checksum or len(self.asked) == _ASKED_MAX:
            raise BrokenLinkError("what the copy asks for is damaged, or too much")
        if frame.kind is Kind.SIGNED:
            self.shipper.questions.heard(frame, bytes(payload))
            return
        self.asked.append((frame, bytes(payload)))

    def settle(self) -> None:
        """Return once nobody is within what is shipped or heard, who was before."""
        with self._turn, self._hearing:
            return

    def fail(self, error: Exception) -> None:
        """It is over."""
        self.failure = self.failure or error
        self.shipper.end()
        self.channel.end()
        with self._heard:
            self._heard.notify_all()

    def close(self) -> None:
        """Let go of what is shipped."""
        self.fail(ConnectionError("the link has ended"))
        with self._turn, self._hearing:
            self.shipper.close()
            self.ledger.close()
            self.channel.close()
