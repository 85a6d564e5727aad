"""A node at work: its store, its groups with their workers, its images and its operations."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from threading import Lock, Thread
from typing import Any, Final

from core.driver.lock import JournalBusyError, WriterLock
from core.driver.node import errand
from core.driver.node import process as processes
from core.driver.node.adding_copy import adding_copy
from core.driver.node.clock import new_id, now_ns, now_text
from core.driver.node.config import Config
from core.driver.node.failover import failing_over
from core.driver.node.groups import Groups
from core.driver.node.images import Images
from core.driver.node.links import Links
from core.driver.node.operations import Operations
from core.driver.node.places import Places
from core.driver.node.process import Bell
from core.driver.node.removing_copy import removing_copy
from core.driver.node.signing import signing
from core.driver.node.sites import Sites
from core.driver.node.store import SqliteStore
from core.driver.node.verifying import verifying
from core.errors import CoreError
from core.site import group, image, operation, retry
from core.site.store import ABSENT, Change, Document, key_of, name_in

TIDY_S: Final = 600.0
END_S: Final = 60.0

_LOG: Final = logging.getLogger("isthmus.node")
_NODE: Final = key_of("node", "self")


class Site:
    """All that handlers of requests work with; for any thread."""

    def __init__(self, config: Config, store: SqliteStore, places: Places) -> None:
        self.config, self.store, self.places = config, store, places
        self.id = self._identity()
        sites = Sites(config, self.id)
        self.groups = Groups(store, places, sites, Links(config.link, store, places))
        self.images = Images(store, places)
        steps = {
            "rewind": self._rewind,
            "signature": signing(places),
            "failover": failing_over(self.groups, places, sites),
            "copy": adding_copy(self.groups, sites),
            "leaving": removing_copy(self.groups, places, sites),
            "verify": verifying(self.groups),
        }
        self.operations = Operations(store, steps)
        self.started = now_text()
        self.version = version("isthmus")
        self._turns: dict[str, tuple[Lock, int]] = {}
        self._turning = Lock()

    def begin(self) -> None:
        """Go on with all that there is, and end what an earlier life has left behind."""
        serving = processes.serving(self.places.sockets, self.places.volumes)
        for number, process in serving.items():
            if not any(self.store.get(key_of(kind, number)) for kind in (group.KIND, image.KIND)):
                _LOG.warning("process %s serves what there is no more: it is ended", process.pid)
                process.end(END_S)
        self.groups.begin()
        self.images.begin(serving)
        self.operations.begin()

    def stop(self) -> None:
        """End what goes on, images before the groups that they are of."""
        self.operations.stop()
        self.images.stop()
        self.groups.stop()

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """One at a time of those that have the same key."""
        with self._turning:
            lock, count = self._turns.get(key, (Lock(), 0))
            self._turns[key] = lock, count + 1
        try:
            with lock:
                yield
        finally:
            with self._turning:
                _, count = self._turns[key]
                if count == 1:
                    del self._turns[key]
                else:
                    self._turns[key] = lock, count - 1

    def tidy(self) -> None:
        """Let go of what nobody asks for any more."""
        now = now_ns()
        for kept in self.store.page(retry.KIND):
            if retry.is_over(kept.document, now_ns=now):
                self.store.commit([Change(key=kept.key, document=None)])
        for kept in self.store.page(operation.KIND):
            if operation.is_over(kept.document, now_ns=now):
                self.store.commit([Change(key=kept.key, document=None)])
                self.places.result(name_in(kept.key)).unlink(missing_ok=True)

    def _identity(self) -> str:
        """That of the node, which it keeps."""
        known = self.store.get(_NODE)
        if known is not None:
            return str(known.document["id"])
        made = new_id()
        self.store.commit([Change(key=_NODE, document={"id": made}, expected=ABSENT)])
        return made

    def _rewind(
        self,
        document: Document,
        within_s: float,
        bell: Bell,
        progress: Callable[[int, int], object],
    ) -> Mapping[str, Any]:
        number = document["group"]
        keeper = self.groups.serving(number)
        words = ("rewind", str(keeper.journal), f"--at={document['request']['at']}")
        with keeper.busy("its volumes are being taken back"):
            found: Mapping[str, Any] = errand.run(
                [*words, "--format", "json"],
                within_s=within_s,
                cancelled=bell,
                progress=progress,
            )
        return found


@contextmanager
def working(config: Config) -> Iterator[Site]:
    """The node, until it is to end; raises CoreError where another works in its folder."""
    places = Places(config.state)
    places.make()
    with ExitStack() as stack:
        try:
            stack.enter_context(WriterLock(config.state))
        except JournalBusyError as error:
            raise CoreError(
                "another node works in this folder", where=str(config.state), hint="end that first"
            ) from error
        store = SqliteStore(places.store)
        stack.callback(store.close)
        site = Site(config, store, places)
        stack.callback(site.stop)
        site.begin()
        stack.enter_context(_tidied(site))
        yield site


@contextmanager
def _tidied(site: Site) -> Iterator[None]:
    """Tidy now and then."""
    bell = Bell()

    def tidy() -> None:
        while not bell.rings(TIDY_S):
            try:
                site.tidy()
            except (CoreError, OSError) as error:
                _LOG.error("what is over is not forgotten: %s", error)

    thread = Thread(target=tidy, name="tidy")
    thread.start()
    try:
        yield
    finally:
        bell.ring()
        thread.join()
