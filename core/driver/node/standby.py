"""Production that stands by, so that its copy takes over without loss.

It is told so by the node that keeps the copy, which is about to take over. Nobody serves it then,
until it is made a copy itself. Whether that is still to come is asked of the other node again and
again: once that says that it has not taken over, and nothing there is about to, production is
served again. While nothing is known it is not, unless a person says so: there is never a second
one.
"""

import logging
from collections.abc import Mapping
from threading import Lock, Thread
from typing import Any, Final, Protocol

from core.driver.node import process as processes
from core.driver.node.keeper import END_S
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.driver.node.sites import Sites
from core.errors import CoreError
from core.site import group
from core.site.problem import Problem
from core.site.replication import SHIPPING, link_of
from core.site.standing import Seen
from core.site.store import Document, Kept, SiteStore, key_of

LOOK_S: Final = 2.0

_LOG: Final = logging.getLogger("isthmus.node")


class Serving(Protocol):
    """The groups of a node, which are served or not."""

    def look(self, number: str) -> Seen:
        """What is seen of who serves a group."""

    def let_go(self, kept: Kept, document: Document) -> None:
        """Commit what it is, and serve it no longer."""

    def keep_again(self, kept: Kept, document: Document) -> None:
        """Commit what it is, and serve it."""


class Standby:
    """All groups of a node that stand by."""

    def __init__(self, store: SiteStore, places: Places, sites: Sites, groups: Serving) -> None:
        self._store, self._places, self._sites, self._groups = store, places, sites, groups
        self._bell, self._lock = Bell(), Lock()
        self._threads: dict[str, Thread] = {}

    def begin(self, document: Document) -> None:
        """An earlier life of the node has left one, and who served it then may be there still."""
        found = processes.writing(self._places.journal(document["id"]), group.command_of(document))
        if found is not None:
            found.end(END_S)
        self._watch(document["id"])

    def stop(self) -> None:
        """Ask no more."""
        self._bell.ring()
        for each in [*self._threads.values()]:
            each.join(END_S)

    def order(self, kept: Kept, asked: Mapping[str, Any]) -> Kept:
        """Stand by: return when hosts are let go of, and the copy has all that they wrote.

        Raises Problem where that could not be: then hosts are served as before.
        """
        number = kept.document["id"]
        document = group.standing_by(kept.document, asked)
        if not group.is_standing_by(kept.document):
            copy = group.copy_at(document, "node", asked["node"])
            link = link_of(copy, self._groups.look(number).heard or {}) or {}
            if link.get("connected") is not True or link.get("state") != SHIPPING:
                raise Problem(
                    "conflict",
                    f"the copy of {document['name']} has not all that hosts wrote",
                    hint="its status says more",
                )
        # Whoever was about to serve hosts again is of an older revision then.
        self._groups.let_go(kept, document)
        self._watch(number)
        found = self._get(number)
        if not group.is_standing_by(found.document):
            raise Problem("conflict", "hosts are served again", hint="ask again")
        return found

    def withdraw(self, kept: Kept, *, is_known: bool) -> None:
        """Serve hosts again; `is_known` says that the copy has not taken over, and will not."""
        group.refuse_copy(kept.document)
        if not group.is_standing_by(kept.document):
            return
        if not is_known and self._sites.takes_over(kept.document):
            raise Problem(
                "conflict",
                f"the copy of {kept.document['name']} has taken over, or is about to",
                hint="look at it there",
            )
        self._groups.keep_again(kept, group.serving_again(kept.document))

    def _get(self, number: str) -> Kept:
        found = self._store.get(key_of(group.KIND, number))
        if found is None:
            raise Problem("not-found", "there is no such group")
        return found

    def _watch(self, number: str) -> None:
        with self._lock:
            known = self._threads.get(number)
            if known is not None and known.is_alive():
                return
            thread = Thread(
                target=self._wait, args=(number,), name=f"standby {number}", daemon=True
            )
            self._threads[number] = thread
            thread.start()

    def _wait(self, number: str) -> None:
        told = ""
        while not self._bell.rings(LOOK_S):
            try:
                kept = self._get(number)
                if not group.is_standing_by(kept.document):
                    return
                if not self._sites.takes_over(kept.document):
                    _LOG.warning("group %s is served again: nobody has taken over", number)
                    self.withdraw(kept, is_known=True)
            except (CoreError, OSError) as error:
                if str(error) != told:
                    told = str(error)
                    _LOG.warning("group %s stands by: %s", number, error)
            except Exception:  # it is not to stand by for ever, whatever this was
                _LOG.exception("group %s stands by, and a look at its copy failed", number)
