"""Opening a journal's folder to read it, whether or not it is being written."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.driver.backend.place import place_of
from core.driver.control import is_heard
from core.driver.folder import DiskFolder
from core.driver.group.wanted import Wanted
from core.driver.lock import Writer, writer_of
from core.errors import CoreError
from core.machine.journal.shelf import KEEP_ALL
from core.stream.history import History

_ATTEMPTS_MAX: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A journal, and who was writing it when it was opened."""

    path: Path
    folder: DiskFolder
    history: History
    writer: Writer | None


@contextmanager
def opened(name: str) -> Iterator[Opened]:
    """The journal in the folder of that name."""
    path = Path(name)
    if not path.is_dir():
        raise CoreError(
            "not a folder" if path.exists() else "there is no such folder",
            where=name,
            hint="name the folder that was given to `isthmus protect --journal`",
        )
    folder = DiskFolder(path)
    writer = writer_of(path)
    # What is still being recovered has records that nobody has checked.
    history = _history(folder, name, live=writer is not None and is_heard(path))
    try:
        yield Opened(path=path, folder=folder, history=history, writer=writer)
    finally:
        history.close()
        folder.close()


def as_served(found: Opened, elsewhere: Mapping[str, str]) -> Wanted:
    """The group as it was protected before; `elsewhere` has images that are somewhere else now."""
    members = found.history.identity.volumes
    if found.history.identity.is_copy:
        raise CoreError(
            "this is the journal of a copy",
            where=str(found.path),
            hint="production has it done; one that was taken over is given what it lacks by "
            "`isthmus failover DIR --apply` before",
        )
    if elsewhere and any(each.replica for each in members):
        raise CoreError(
            "the images of a group with replicas are where they were when its journal began",
            where=str(found.path),
            hint="move them back",
        )
    return Wanted(
        images=tuple(place_of(elsewhere.get(each.name, each.path)) for each in members),
        names=found.history.identity.names,
        replicas=tuple(place_of(each.replica) for each in members if each.replica),
        journal=found.path,
        retention=KEEP_ALL,
        needed=True,
        signing_rate=0,
    )


def _history(folder: DiskFolder, where: str, *, live: bool) -> History:
    """Segments may go between being listed and being opened: then it is looked again."""
    for attempt in range(_ATTEMPTS_MAX):
        try:
            return History(folder, where=where, live=live)
        except FileNotFoundError as error:
            if attempt == _ATTEMPTS_MAX - 1:
                raise CoreError(
                    f"segments go faster than they can be read: {os.fspath(error.filename)}",
                    where=where,
                ) from error
    raise AssertionError("unreachable")
