"""What changes at a site, as whoever watches it hears of it: by the stream of its events.

While there is no stream nothing is heard, and it is asked for again.
"""

import time
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import httpx

from core.cli.site.client import Client
from core.errors import CoreError

_AGAIN_S: Final = 1.0


class Changes:
    """Of a site, in a `with` block."""

    def __init__(self, client: Client) -> None:
        self._client, self._changed, self._is_over = client, Event(), False
        self._thread = Thread(target=self._listen, name="events", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over = True

    def wait(self, within_s: float) -> bool:
        """Return as soon as something has changed since the last time, or when that is over."""
        is_changed = self._changed.wait(within_s)
        self._changed.clear()
        return is_changed

    def _listen(self) -> None:
        while not self._is_over:
            try:
                for _ in self._client.changes():
                    self._changed.set()
            except (CoreError, httpx.HTTPError, OSError, RuntimeError):
                # It is told by who asks how things are: the site is away, or this is the end.
                time.sleep(_AGAIN_S)
