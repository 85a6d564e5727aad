"""Acknowledgements that are held so that hosts write more slowly; the connection goes on.

What waits are replies to writes that were done. While the last of them is not far from being due
the connection receives: so reads are answered at once, and writes are done that a host has on its
way. Beyond that it receives nothing before some went: what a host may have on its way is bounded.
"""

import math
import select
import socket
import ssl
from collections import deque
from typing import Final, NamedTuple

from core.driver.nbd.export import Hold
from core.driver.nbd.outbox import Outbox

_FAR_S: Final = 0.5
_LOOK_S: Final = 0.05


class _Waiting(NamedTuple):
    hold: Hold
    reply: bytes


class Held:
    """Of one connection, in the order of its writes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._waiting: deque[_Waiting] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def last(self) -> Hold | None:
        """What holds the latest of them; None where none is held."""
        return self._waiting[-1].hold if self._waiting else None

    def put(self, hold: Hold, reply: bytes) -> None:
        """Keep a reply, which is not due before those that came before it."""
        self._waiting.append(_Waiting(hold, reply))

    def wait(self, out: Outbox) -> None:
        """Send what becomes due, until something is to be received, or nothing is held any more.

        That the other side has left, or is to be left, is something to be received, too.
        """
        while self._waiting:
            left_s = self._waiting[0].hold.left_s()
            if left_s <= 0:
                out.put(self._waiting.popleft().reply)
                continue
            out.send()
            is_far = self._waiting[-1].hold.left_s() > _FAR_S
            if not is_far and isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
                return
            if self._is_there(min(left_s, _LOOK_S), select.POLLRDHUP if is_far else select.POLLIN):
                return
        out.send()

    def let_go(self, out: Outbox) -> None:
        """All of it at once: whoever waits for it, or we, are about to leave."""
        while self._waiting:
            out.put(self._waiting.popleft().reply)
        out.send()

    def _is_there(self, within_s: float, events: int) -> bool:
        poll = select.poll()
        poll.register(self._sock, events)
        return bool(poll.poll(math.ceil(within_s * 1000)))
