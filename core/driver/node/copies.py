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
from core.site.replication import link_of
from core.site.standing import Seen
from core.site.store import Change, Document, Kept, SiteStore, StaleError, key_of

_LOG: Final = logging.getLogger("isthmus.node")


class Copies:
    """Of all groups of a node."""

    def __init__(self, store: SiteStore, places: Places, sites: Sites) -> None:
        self._store, self._places, self._sites = store, places, sites
        self._told: dict[tuple[str, str], str] = {}

    def change(self, kept: Kept, word: str, asked: Mapping[str, Any]) -> Kept:
        """Commit that a copy is to be fed so; raises StaleError where the group has changed."""
        group.refuse_copy(kept.document)
        copy = group.copy_of(kept.document, word)
        document = group.with_changed(kept.document, copying.changed(copy, asked))
        revision = self._store.commit(
            [Change(key=kept.key, document=document, expected=kept.revision)]
        )
        return Kept(key=kept.key, document=document, revision=revision)

    def leave(self, number: str, node: str, epoch: int, *, begins_anew: bool) -> None:
        """Commit that a group has no copy at a node any more."""
        while True:
            kept = self._store.get(key_of(group.KIND, number))
            if kept is None:
                raise StaleError(key_of(group.KIND, number))
            group.refuse_epoch(kept.document, epoch)
            document = group.without_copy(kept.document, node, begins_anew=begins_anew)
            with suppress(StaleError):
                self._store.commit(
                    [Change(key=kept.key, document=document, expected=kept.revision)]
                )
                return

    def release(self, kept: Kept, *, node: str, epoch: int) -> Kept:
        """The copy that is kept here is left over: production, of that epoch, has said so."""
        document = group.left_over(kept.document, node=node, epoch=epoch)
        change = Change(key=kept.key, document=document, expected=kept.revision)
        return Kept(key=kept.key, document=document, revision=self._store.commit([change]))

    def settle(self, document: Document, seen: Seen) -> None:
        """Tell the worker what is wanted, where it was seen to do something else.

        A copy that is not begun has no state, and takes no order.
        """
        number = document["id"]
        for copy in group.copies_of(document):
            link = link_of(copy, seen.heard or {})
            if not isinstance(link, Mapping) or "state" not in link:
                continue
            try:
                for do, arguments in copying.orders(copy, link):
                    asked = {"copy": copy["link"], **arguments}
                    ask_worker(self._places.journal(number), do, ASK_S, **asked)
                why = ""
            except (CoreError, OSError) as error:
                why = str(error)
            self._say(copy, "it is not fed as it is to be", why)

    def teach(self, number: str, url: str, status: Document) -> None:
        """Tell the node of a copy its mode, where its status has another."""
        kept = self._store.get(key_of(group.KIND, number))
        if kept is None or status["role"] != group.COPY:
            return
        for copy in group.copies_of(kept.document):
            is_it = copy["url"] == url and copy["link"] is not None
            if is_it and any(copying.is_other(copy, each) for each in status["peers"]):
                try:
                    self._sites.keep(kept.document, copy)
                    why = ""
                except (CoreError, OSError) as error:
                    why = str(error)
                self._say(copy, "its node is not told the mode", why)

    def learn(self, kept: Kept, asked: Mapping[str, Any]) -> Kept:
        """The copy that is kept here, in the mode and the epoch that production says."""
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

    def _say(self, copy: Document, what: str, why: str) -> None:
        """Once, however often it fails in the same way."""
        key = copy["link"], what
        if self._told.get(key, "") != why:
            self._told[key] = why
            if why:
                _LOG.warning("the copy at %s: %s: %s", copy["site"], what, why)
