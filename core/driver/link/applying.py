"""A copy that was taken over is given what its images lack, without being served."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from core.driver.backend.place import place_of
from core.driver.folder import DiskFolder
from core.driver.group.identifying import is_behind
from core.driver.group.protection import protected
from core.driver.group.wanted import Wanted
from core.errors import CoreError
from core.machine.journal.shelf import KEEP_ALL
from core.stream.identity import read_identity

WITHIN_S: Final = 86_400.0

_PAUSE_S: Final = 0.05


def apply(
    journal: Path,
    *,
    within_s: float = WITHIN_S,
    progress: Callable[[int], object] = lambda _done: None,
) -> None:
    """Give the images of a copy that was taken over what they lack; `progress` hears how many
    writes.

    Raises CoreError where that is not done in time: it goes on from there when it is asked again.
    """
    if not is_behind(journal):
        return
    deadline = time.monotonic() + within_s
    with closing(DiskFolder(journal)) as folder:
        members = read_identity(folder, where=str(journal)).volumes
    wanted = Wanted(
        images=tuple(place_of(each.replica) for each in members),
        journal=journal,
        retention=KEEP_ALL,
    )
    with protected(wanted, lambda _what, _done, _size: None) as found:
        first = found.lacking
        while (lacking := found.lacking) is not None and not found.group.failure:
            assert first is not None
            if time.monotonic() > deadline:
                raise CoreError(
                    f"its images lack {lacking['writes']} writes yet",
                    where=str(journal),
                    hint=lacking["failure"] or "ask again: it goes on from there",
                )
            progress(first["writes"] - lacking["writes"])
            time.sleep(_PAUSE_S)
        if found.group.failure:
            raise CoreError(found.group.failure, where=str(journal))
