"""The images that are open: a process each, which ends with its image."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock, Thread
from typing import Final

from core.driver.folder import FOLDER_MODE
from core.driver.node import process as processes
from core.driver.node.clock import new_id, now_text
from core.driver.node.places import Places
from core.driver.node.process import Bell, Process
from core.errors import CoreError
from core.site import image
from core.site.problem import Problem
from core.site.store import ABSENT, Change, Document, Kept, SiteStore, StaleError, key_of, name_in
from core.units import count_text

READY_S: Final = 60.0
END_S: Final = 60.0
LAST_WORDS_S: Final = 2.0

_LOG: Final = logging.getLogger("isthmus.node")
_ATTEMPTS_MAX: Final = 8


class Images:
    """All images of a node."""

    def __init__(self, store: SiteStore, places: Places) -> None:
        self._store, self._places, self._lock = store, places, Lock()
        self._processes: dict[str, Process] = {}
        self._stopping = Bell()

    def begin(self, serving: Mapping[str, Process]) -> None:
        """Go on with those of an earlier life of the node; what nobody serves has failed."""
        for kept in self._store.page(image.KIND):
            number = name_in(kept.key)
            found = serving.get(number)
            if found is not None and kept.document["state"] == image.OPEN:
                self._watch(number, found)
                continue
            if found is not None:
                found.end(END_S)
            self._failed(number)

    def open(self, asked: Document, keep: Callable[[Document], list[Change]]) -> Kept:
        """Open one, and commit it together with what `keep` makes of it; raises Problem."""
        made = image.new_image(asked, number=new_id(), created=now_text())
        number, key = made["id"], key_of(image.KIND, made["id"])
        begun = self._store.commit([Change(key=key, document=made, expected=ABSENT)])
        try:
            process, found = self._begun(made)
        except BaseException:
            self._gone(number)
            raise
        try:
            changes = [Change(key=key, document=found, expected=begun), *keep(found)]
            revision = self._store.commit(changes)
        except BaseException as error:
            process.end(END_S)
            self._gone(number)
            if isinstance(error, StaleError):
                raise Problem(
                    "conflict", "it was closed while it was opened", hint="open another"
                ) from None
            raise
        self._watch(number, process)
        return Kept(key=key, document=found, revision=revision)

    def close(self, kept: Kept) -> None:
        """Close it; raises StaleError where it is not as it was."""
        number = name_in(kept.key)
        self._store.commit([Change(key=kept.key, document=None, expected=kept.revision)])
        with self._lock:
            process = self._processes.pop(number, None)
        if process is not None:
            process.end(END_S)
        self._places.forget_image(number)

    def stop(self) -> None:
        """End all of them: they are of no use without the node, and are closed by that."""
        self._stopping.ring()
        with self._lock:
            ending, self._processes = self._processes, {}
        for process in ending.values():
            process.tell_to_end()
        for number, process in ending.items():
            process.end(END_S)
            self._gone(number)

    def _begun(self, made: Document) -> tuple[Process, Document]:
        number = made["id"]
        journal, socket = str(self._places.journal(made["group"])), self._places.socket(number)
        scratch = self._places.scratch(number)
        scratch.mkdir(FOLDER_MODE)
        words = image.image_words(made, journal=journal, socket=str(socket), scratch=str(scratch))
        process = processes.begin(words, self._places.log(number))
        ready = processes.ready_of(process.line(READY_S, self._stopping))
        if ready is None:
            is_late = not process.ended(LAST_WORDS_S)
            process.end(END_S)
            if is_late:
                raise Problem(
                    "late", f"it could not be opened within {READY_S:g} s", hint="ask again"
                )
            what, hint = processes.last_words(self._places.log(number))
            raise Problem("refused", what, hint=hint)
        return process, image.opened(made, ready)

    def _watch(self, number: str, process: Process) -> None:
        with self._lock:
            self._processes[number] = process
        Thread(
            target=self._watched, args=(number, process), name=f"image {number}", daemon=True
        ).start()

    def _watched(self, number: str, process: Process) -> None:
        while not process.ended(3600.0, self._stopping):
            if self._stopping.rings():
                return
        with self._lock:
            is_ours = self._processes.pop(number, None) is not None
        if is_ours:
            process.bury()
            self._failed(number)

    def _failed(self, number: str) -> None:
        """Say that it is served no longer, by its own fault."""
        key = key_of(image.KIND, number)
        for _ in range(_ATTEMPTS_MAX):
            if (kept := self._store.get(key)) is None:
                return
            document = {**kept.document, "state": image.FAILED, "uris": []}
            with suppress(StaleError):
                self._store.commit([Change(key=key, document=document, expected=kept.revision)])
                break
        _LOG.warning("image %s is served no longer", number)
        self._places.forget_image(number)

    def _gone(self, number: str) -> None:
        try:
            self._store.commit([Change(key=key_of(image.KIND, number), document=None)])
        except CoreError as error:
            _LOG.error("image %s is closed, and the store does not know: %s", number, error)
        self._places.forget_image(number)


def refuse_open(store: SiteStore, number: str) -> None:
    """Raises Problem while images of a group are open, or being opened."""
    found = [
        name_in(kept.key)
        for kept in store.page(image.KIND)
        if kept.document["group"] == number and kept.document["state"] != image.FAILED
    ]
    if found:
        are = "is" if len(found) == 1 else "are"
        raise Problem(
            "conflict",
            f"{count_text(len(found), 'image')} of the group {are} open: {', '.join(found)}",
            hint="close them (isthmus --site URL image close ID)",
        )
