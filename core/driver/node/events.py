"""The stream of what changes, for each who listens."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from starlette.responses import StreamingResponse

from core.driver.node.site import Site
from core.site import event, group, standing, view
from core.site.problem import Problem
from core.site.store import Changed, ForgottenError, Kept, kind_of

LISTENERS_MAX: Final = 64
HEARTBEAT_S: Final = 10.0
BATCH: Final = 100


class Events:
    """Wakes whoever listens when something was committed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._bells: set[asyncio.Event] = set()
        self._loop = asyncio.get_running_loop()
        self._is_over = False
        site.store.heard = self._heard

    def close(self) -> None:
        """End all streams."""
        self._is_over = True
        self._site.store.heard = lambda: None
        self._ring()

    def stream(self, last: int | None) -> StreamingResponse:
        """What was committed after that revision, or from now on; raises Problem."""
        if len(self._bells) >= LISTENERS_MAX:
            raise Problem("busy", f"{LISTENERS_MAX} clients listen already")
        headers = {"Cache-Control": "no-store"}
        since = self._site.store.revision() if last is None else last
        return StreamingResponse(self._told(since), headers=headers, media_type="text/event-stream")

    async def _told(self, since: int) -> AsyncIterator[str]:
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield event.HEARTBEAT
            while not self._is_over:
                bell.clear()
                found, since = await asyncio.to_thread(self._after, since)
                if found:
                    yield event.stream_text(found)
                    continue
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await bell.wait()
                except TimeoutError:
                    yield event.HEARTBEAT
        finally:
            self._bells.discard(bell)

    def _after(self, since: int) -> tuple[Sequence[Any], int]:
        """Events after a revision, and the revision up to which they go; not all at once."""
        while True:
            try:
                changes = self._site.store.since(since, limit=BATCH)
            except ForgottenError:
                revision = self._site.store.revision()
                return [event.reset(revision)], revision
            if not changes:
                return [], since
            since = changes[-1].revision
            told = [each for each in changes if event.is_told(each)]
            if told:
                return [event.event_of(each, self._shown(each)) for each in told], since

    def _shown(self, change: Changed) -> Any:
        if change.document is None:
            return None
        kept = Kept(key=change.key, document=change.document, revision=change.revision)
        match kind_of(change.key):
            case group.KIND:
                return self._site.groups.view(kept)
            case standing.KIND:
                return change.document
            case _:
                return view.seen(kept)

    def _heard(self) -> None:
        """Called by whichever thread has committed something."""
        try:
            self._loop.call_soon_threadsafe(self._ring)
        except RuntimeError:  # the loop has ended, and with it everybody who listens
            return

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()
