"""A group whose history was kept by its copies alone, and that has none any more.

Its journal has nothing but what waited to be shipped. Once whoever served it has come to its end in
good order the volumes hold all of that: it goes, and another begins, which keeps history here.
"""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Final

from core.driver.folder import DiskFolder
from core.errors import CoreError
from core.site import group
from core.site.store import Document
from core.stream.history import History
from core.stream.identity import read_identity
from core.stream.names import IDENTITY

_GONE: Final = ".gone"


def is_kept_elsewhere(journal: Path) -> bool:
    """Is the history of a journal kept by copies, and not by itself?"""
    if not (journal / IDENTITY).exists():
        return False
    with closing(DiskFolder(journal)) as folder:
        return read_identity(folder, where=str(journal)).is_shipped


def refuse_interrupted(journal: Path) -> None:
    """Raises CoreError where the volumes may lack something that is in the journal."""
    with (
        closing(DiskFolder(journal)) as folder,
        closing(History(folder, where=str(journal))) as history,
    ):
        history.refuse_lost_end()
        if history.unsealed is not None:
            raise CoreError(
                "who served the group did not come to its end in good order",
                where=str(journal),
                hint="nothing was changed: ask again once the group is served",
            )


def renew(document: Document, journal: Path) -> None:
    """Have a journal of its own begin, where production has no copy that keeps history."""
    if group.role_of(document) == group.COPY or group.copies_of(document):
        return
    gone = journal.with_name(journal.name + _GONE)
    if is_kept_elsewhere(journal):
        refuse_interrupted(journal)
        shutil.rmtree(gone, ignore_errors=True)
        journal.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
