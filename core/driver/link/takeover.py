"""A copy becomes what production was: nothing more comes, and it is served as it is.

Theory of operation
-------------------
Whoever receives has ended, or the lock of the journal is not to be had. What a crash left of the
stream is its beginning, and a segment ends with a whole chunk: so the last write that is there is
the last point that is complete. Once the stream is durable it is written down that the copy was
taken over; up to then a kill leaves a copy, which receives again, and afterwards none, which
refuses whoever greets it.

What its images lack of the stream they are given by whoever serves them, while hosts go on
(`core/driver/group/catching_up.py`), or by who is asked for that alone (`applying.py`). Then its
journal becomes that of production, and has the points that it had.
"""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.driver.backend.place import place_of
from core.driver.control import ControlError, ask
from core.driver.folder import DiskFolder
from core.driver.group.opening import opened_of_copy
from core.driver.image import open_image
from core.driver.lock import WriterLock, writer_of
from core.errors import CoreError
from core.machine.journal.arriving import Arriving
from core.machine.journal.shelf import Retention
from core.stream.history import History
from core.stream.identity import Identity, read_identity
from core.stream.phases import COPYING
from core.stream.standing import Standing, read_standing, standing_text
from core.stream.taken import Taken, read_taken, write_taken

_EVERYTHING: Final = Retention(size=1 << 50, window_ns=1 << 62)
"""Nothing is given up for it."""


class Outlook(NamedTuple):
    """What taking a copy over would come to, and what was known of production last.

    `lost` are writes that production has told of, and that are not here; None where it has not been
    heard since whoever receives began. It may have acknowledged more since. `sizes` are those of
    the volumes, which images have once all is applied, `epoch` is that of production from then on.
    """

    point: int
    to_apply: int
    lost: int | None
    connected: bool
    sizes: tuple[int, ...]
    epoch: int


def outlook(journal: Path) -> Outlook:
    """Nothing is changed; raises CoreError where it could not be taken over."""
    where, is_live = str(journal), writer_of(journal) is not None
    with closing(DiskFolder(journal)) as folder:
        taken = read_taken(folder, where=where)
        with closing(History(folder, where=where, live=is_live)) as history:
            if taken is not None and not history.identity.is_copy:
                sizes = _sizes(history, history.end)
                return Outlook(taken.point, 0, None, False, sizes, taken.epoch)
            _refuse_other(history.identity, journal)
            standing = read_standing(folder, where=where)
            end = history.end
            found = _refuse_incomplete(folder, journal, standing, end)
            sizes = _sizes(history, found.applied)
        told = _told(journal)
        there = told.get("production_end")
        return Outlook(
            point=taken.point if taken else end,
            to_apply=max(0, end - max(found.applied, int(told.get("applied", 0)))),
            lost=None if there is None else max(0, int(there) - end),
            connected=told.get("connected") is True,
            sizes=sizes,
            epoch=taken.epoch if taken else found.course.epoch + 1,
        )


def take_over(journal: Path) -> Taken:
    """End the copy at the last write that is there; asked again, nothing is done.

    Raises CoreError where that cannot be: then it is a copy as before.
    """
    with ExitStack() as stack:
        folder = DiskFolder(journal)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(journal))
        if (taken := read_taken(folder, where=str(journal))) is not None:
            return taken
        identity = read_identity(folder, where=str(journal))
        _refuse_other(identity, journal)
        images = opened_of_copy(stack, [place_of(each.replica) for each in identity.volumes])
        arrived = Arriving(folder, images, where=str(journal), retention=_EVERYTHING)
        with closing(arrived):
            found = _refuse_incomplete(folder, journal, arrived.standing, arrived.end)
            arrived.make_durable()
            taken = Taken(point=arrived.end, epoch=found.course.epoch + 1)
        write_taken(folder, taken)
        return taken


def _sizes(history: History, applied: int) -> tuple[int, ...]:
    """Those of the volumes at the end, of which the images have everything up to a write."""
    resized = history.resized(since=applied + 1)
    found = []
    for number, each in enumerate(history.identity.volumes):
        mine = resized["length"][resized["volume"] == number]
        with closing(open_image(place_of(each.image))) as image:
            found.append(int(mine[-1]) if len(mine) else image.size())
    return tuple(found)


def _refuse_other(identity: Identity, journal: Path) -> None:
    if not identity.is_copy:
        raise CoreError(
            "this is no copy of a group that is protected elsewhere",
            where=str(journal),
            hint="name the folder that was given to `isthmus receive --journal`",
        )


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
