"""Who may connect: caps for all, for each address, and for peers that have not negotiated yet.

# Theory of operation
#
# A peer that has chosen no export costs a thread and a little memory, and anybody can be one. Their
# pool is small and has its own deadline, but a deadline alone would let a few idle peers lock
# everybody else out until it passes. So a full pool never turns a newcomer away: the oldest peer
# of the address that has most of them makes room. Somebody who negotiates at once is always served.
#
# Connections that do serve are never given up for newcomers.
"""

import contextlib
import socket
from collections import Counter
from dataclasses import dataclass, field
from threading import Condition

LOCAL = ""  # the address of every peer on a unix socket; the socket's permissions are its cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many connections there may be at once."""

    serving: int = 256
    negotiating: int = 64
    per_address: int = 128


@dataclass(slots=True, eq=False)
class Peer:
    """One connection. Its socket is closed by its own thread; others may only shut it down."""

    sock: socket.socket
    address: str
    identity: str | None = None
    export: str | None = field(default=None, init=False)

    def hang_up(self, how: int = socket.SHUT_RDWR) -> None:
        """Wake its thread; the method of the class, for TLS has one of its own that waits."""
        with contextlib.suppress(OSError):  # it is gone already
            socket.socket.shutdown(self.sock, how)


class Admission:
    """Keeps the caps. What must go is shut down here and leaves by itself."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._changed = Condition()
        self._negotiating: dict[Peer, None] = {}  # the oldest first
        self._serving: dict[Peer, None] = {}
        self._leaving: dict[Peer, None] = {}
        self._closed = False

    def admit(self, peer: Peer) -> bool:
        """May it negotiate? Somebody else may have to go for it."""
        with self._changed:
            if self._closed or len(self._serving) >= self._caps.serving:
                return False
            if not self._has_room_for(peer.address):
                return False
            if len(self._negotiating) >= self._caps.negotiating:
                self._evict(self._busiest())
            self._negotiating[peer] = None
            return True

    def _has_room_for(self, address: str) -> bool:
        if address == LOCAL:
            return True
        served = sum(peer.address == address for peer in self._serving)
        waiting = sum(peer.address == address for peer in self._negotiating)
        if served + waiting < self._caps.per_address:
            return True
        if waiting:
            self._evict(address)
        return waiting > 0

    def _busiest(self) -> str:
        counts = Counter(peer.address for peer in self._negotiating)
        return counts.most_common(1)[0][0]

    def _evict(self, address: str) -> None:
        oldest = next(peer for peer in self._negotiating if peer.address == address)
        del self._negotiating[oldest]
        self._leaving[oldest] = None
        oldest.hang_up()

    def promote(self, peer: Peer, export: str) -> bool:
        """It has chosen an export: may it use it?"""
        with self._changed:
            wanted = peer in self._negotiating
            if self._closed or not wanted or len(self._serving) >= self._caps.serving:
                return False
            del self._negotiating[peer]
            peer.export = export
            self._serving[peer] = None
            return True

    def leave(self, peer: Peer) -> None:
        """Its thread is done with it."""
        with self._changed:
            for group in (self._negotiating, self._serving, self._leaving):
                group.pop(peer, None)
            self._changed.notify_all()

    def counts(self) -> tuple[int, int]:
        """How many negotiate, and how many are served."""
        with self._changed:
            return len(self._negotiating), len(self._serving)

    def drop(self, export: str) -> None:
        """Hang up on everybody who uses an export."""
        with self._changed:
            for peer in self._serving:
                if peer.export == export:
                    peer.hang_up()

    def close(self, *, grace_s: float, within_s: float) -> int:
        """Hang up on everybody; how many did not leave in time.

        Those who are served first get a moment to be answered what they have asked.
        """
        with self._changed:
            self._closed = True
            for peer in self._negotiating:
                peer.hang_up()
            for peer in self._serving:
                peer.hang_up(socket.SHUT_RD)
            if not self._changed.wait_for(self._is_empty, timeout=grace_s):
                for peer in (*self._serving, *self._negotiating, *self._leaving):
                    peer.hang_up()
                self._changed.wait_for(self._is_empty, timeout=within_s)
            return len(self._serving) + len(self._negotiating) + len(self._leaving)

    def _is_empty(self) -> bool:
        return not (self._serving or self._negotiating or self._leaving)
