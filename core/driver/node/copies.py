"""How the copies of groups are fed, as the store has it: who serves and who keeps them are told.

A worker that does something else, because it was told by hand or was just begun, is told again, and
so is the node of a copy that knows another mode.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from core.driver.node.keeper import ASK_S, ask_worker
from core.driver.node.places import Places
from core.driver.node.sites import Sites
from core.errors import CoreError
from core.site import copying, group
from core.site.standing import Seen
from core.site.store import Change, Document, Kept, SiteStore, StaleError, key_of

_LOG: Final = logging.getLogger("isthmus.node")


class Copies:
    """Of all groups of a node."""

    def __init__(self, store: SiteStore, places: Places, sites: Sites) -> None:
        self._store, self._places, self._sites = store, places, sites
        self._told: dict[str, str] = {}

    def change(self, kept: Kept, word: str, asked: Mapping[str, Any]) -> Kept:
        """Commit that a copy is to be fed so; raises StaleError where the group has changed."""
        group.refuse_copy(kept.document)
        copy = group.copy_of(kept.document, word)
        document = group.with_changed(kept.document, copying.changed(copy, asked))
        revision = self._store.commit(
            [Change(key=kept.key, document=document, expected=kept.revision)]
        )
        return Kept(key=kept.key, document=document, revision=revision)

    def settle(self, document: Document, seen: Seen) -> None:
        """Tell the worker what is wanted, where it was seen to do something else."""
        number = document["id"]
        link = (seen.heard or {}).get("copy")
        if not isinstance(link, Mapping):
            return
        for copy in group.copies_of(document):
            try:
                for do, arguments in copying.orders(copy, link):
                    ask_worker(self._places.journal(number), do, ASK_S, **arguments)
                self._say(number, "")
            except (CoreError, OSError) as error:
                self._say(number, f"is not fed as it is to be: {error}")

    def teach(self, number: str, url: str, status: Document) -> None:
        """Tell the node of a copy its mode, where its status has another."""
        kept = self._store.get(key_of(group.KIND, number))
        if kept is None or status["role"] != group.COPY:
            return
        for copy in group.copies_of(kept.document):
            is_it = copy["url"] == url and copy["link"] is not None
            if is_it and any(each["mode"] != copy["mode"] for each in status["peers"]):
                try:
                    self._sites.keep(kept.document, copy)
                except (CoreError, OSError) as error:
                    self._say(number, f"has another mode at {copy['site']}: {error}")

    def learn(self, kept: Kept, asked: Mapping[str, Any]) -> Kept:
        """The copy that is kept here, in the mode that production says."""
        while True:
            group.refuse_other(kept.document, asked)
            document = group.learned(kept.document, asked)
            if document == kept.document:
                return kept
            change = Change(key=kept.key, document=document, expected=kept.revision)
            with suppress(StaleError):
                revision = self._store.commit([change])
                return Kept(key=kept.key, document=document, revision=revision)
            latest = self._store.get(kept.key)
            if latest is None:
                raise StaleError(kept.key)
            kept = latest

    def _say(self, number: str, what: str) -> None:
        """Once, however often it fails in the same way."""
        if self._told.get(number, "") != what:
            self._told[number] = what
            if what:
                _LOG.warning("a copy of group %s %s", number, what)
