"""HTTP/1.1 connections on which the head of a request must come in time.

The server by itself bounds only the wait between two requests; whoever sent half a head could keep
a connection for ever, and all of them together every connection there is.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def bounded_heads(seconds: float | None) -> type[H11Protocol]:
    """A protocol that closes a connection whose next head is not complete after `seconds`."""

    class BoundedHeads(H11Protocol):
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            begun = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
            if not begun:
                self._end_wait()
            elif self._timer is None:
                self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._end_wait()
            super().connection_lost(exc)

        def _wait(self) -> None:
            if seconds is not None:
                self._timer = self.loop.call_later(seconds, self.transport.close)

        def _end_wait(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return BoundedHeads
