"""A copy becomes what production was: all that came is put into its images, and nothing more comes.

Theory of operation
-------------------
Whoever receives has ended, or the lock of the journal is not to be had. What a crash left of the
stream is its beginning, and a segment ends with a whole chunk: so the last write that is there is
the last point that is complete. The process that feeds brings the images there, as it does ever.
Only when they and the stream are durable is it written down that the copy was taken over; up to
then a kill leaves a copy, which receives again, and afterwards none, which refuses whoever greets
it. Then its journal becomes that of production, and has the points that it had. Asked again, it
does what is left of that.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.driver.control import ControlError, ask
from core.driver.folder import DiskFolder
from core.driver.group.volume import open_volume
from core.driver.link.incoming import Incoming
from core.driver.lock import WriterLock, writer_of
from core.errors import CoreError
from core.machine.journal.arriving import Arriving
from core.machine.journal.shelf import Retention
from core.machine.journal.taking_over import become_production
from core.stream.history import History
from core.stream.identity import Identity, read_identity
from core.stream.phases import COPYING
from core.stream.standing import Standing, read_standing, standing_text
from core.stream.taken import Taken, read_taken, write_taken

WITHIN_S: Final = 86_400.0

_PAUSE_S: Final = 0.02
_EVERYTHING: Final = Retention(size=1 << 50, window_ns=1 << 62)
"""Nothing is given up for it."""


class Outlook(NamedTuple):
    """What taking a copy over would come to, and what was known of production last.

    `lost` are writes that production has told of, and that are not here; None where it has not been
    heard since whoever receives began. It may have acknowledged more since.
    """

    point: int
    to_apply: int
    lost: int | None
    connected: bool


def outlook(journal: Path) -> Outlook:
    """Nothing is changed; raises CoreError where it could not be taken over."""
    folder = DiskFolder(journal)
    try:
        if (taken := read_taken(folder, where=str(journal))) is not None:
            return Outlook(point=taken.point, to_apply=0, lost=None, connected=False)
        _refuse_other(folder, journal)
        history = History(folder, where=str(journal), live=writer_of(journal) is not None)
        try:
            standing = read_standing(folder, where=str(journal))
            end = history.end
            found = _refuse_incomplete(folder, journal, standing, end)
        finally:
            history.close()
        told = _told(journal)
        there = told.get("production_end")
        return Outlook(
            point=end,
            to_apply=max(0, end - max(found.applied, int(told.get("applied", 0)))),
            lost=None if there is None else max(0, int(there) - end),
            connected=told.get("connected") is True,
        )
    finally:
        folder.close()


def take_over(
    journal: Path,
    *,
    within_s: float = WITHIN_S,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> Taken:
    """Bring the images to the last point, and end the copy; `progress` hears how many writes.

    Raises CoreError where that cannot be, or is not done in time: then it is a copy as before.
    """
    deadline = time.monotonic() + within_s
    with ExitStack() as stack:
        folder = DiskFolder(journal)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(journal))
        if (taken := read_taken(folder, where=str(journal))) is not None:
            _go_on(folder, journal)
            return taken
        identity = _refuse_other(folder, journal)
        images = [Path(each.replica) for each in identity.volumes]
        incoming = Incoming(folder, images, _EVERYTHING)
        try:
            arrived = incoming.journal
            assert arrived is not None
            end = arrived.end
            found = _refuse_incomplete(folder, journal, arrived.standing, end)
            _applied(incoming, arrived, deadline, progress)
            for each in incoming.replicas:
                each.sync()
            with incoming.lock:
                arrived.make_durable()
        finally:
            incoming.stop()
        taken = Taken(point=end, epoch=found.course.epoch + 1)
        write_taken(folder, taken)
        _go_on(folder, journal)
        return taken


def _go_on(folder: DiskFolder, journal: Path) -> None:
    """Have the journal be that of production; nothing where it is already."""
    identity = read_identity(folder, where=str(journal))
    if not identity.is_copy:
        return
    with ExitStack() as stack:
        images = [open_volume(Path(each.replica)) for each in identity.volumes]
        for image in images:
            stack.callback(image.close)
        become_production(folder, images, where=str(journal))


def _applied(
    incoming: Incoming,
    arrived: Arriving,
    deadline: float,
    progress: Callable[[int, int], object],
) -> None:
    """Return when the images have all that came."""
    first = incoming.applied
    while incoming.applied < arrived.end:
        if time.monotonic() > deadline:
            raise CoreError(
                f"its images have come to write {incoming.applied} of {arrived.end} in time",
                where=str(incoming.folder.path),
                hint=incoming.feed_failure or "ask again: it goes on from there",
            )
        time.sleep(_PAUSE_S)
        first = first or incoming.applied
        progress(incoming.applied - first, max(1, arrived.end - first))


def _refuse_other(folder: DiskFolder, journal: Path) -> Identity:
    identity = read_identity(folder, where=str(journal))
    if not identity.is_copy:
        raise CoreError(
            "this is no copy of a group that is protected elsewhere",
            where=str(journal),
            hint="name the folder that was given to `isthmus receive --journal`",
        )
    return identity


def _refuse_incomplete(
    folder: DiskFolder, journal: Path, standing: Standing | None, end: int
) -> Standing:
    """A copy that was never made equal to production is none of its points."""
    if standing is not None:
        reached = standing.course.reached
        if standing.state not in COPYING or (reached is not None and reached <= end):
            return standing
    raise CoreError(
        "the copy is not what production was at any point: "
        f"{standing_text(folder, where=str(journal)) or 'production was not met'}",
        where=str(journal),
        hint="it can be taken over once it was filled",
    )


def _told(journal: Path) -> Any:
    """What the process that receives says, if there is one."""
    if writer_of(journal) is None:
        return {}
    try:
        return ask(journal, "status")
    except (ControlError, OSError):
        return {}
