"""Images of production of before become those of a copy, of the site that has taken over.

Theory of operation
-------------------
What they have besides is told by the journal, by region. It is put down in a new folder, that of
the copy; whoever receives there tells production of it, which copies these regions and what it has
written itself. The old journal is put aside as it is: what hosts wrote, and the other site has not,
can be looked at and exported there. None of its points is offered any more, for the images go on
without it.

The folder of the copy is whole before it has its name, and both names change behind one another.
Asked again after a kill in between, it does what is left.
"""

import os
import secrets
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from core.driver.folder import DiskFolder
from core.driver.group.identifying import is_behind
from core.driver.lock import WriterLock, writer_of
from core.errors import CoreError
from core.machine.journal.divergence import Divergence, divergence
from core.stream.identity import NOWHERE, Identity, read_identity, write_identity
from core.stream.left import forget_left
from core.stream.rejoining import Rejoining, read_rejoining, told_runs, write_rejoining
from core.stream.taken import read_taken
from core.units import count_text, size_text


def aside(journal: Path, epoch: int) -> Path:
    """Where the journal that production had before an epoch is put."""
    return journal.with_name(f"{journal.name}.before-{epoch}")


def diverged(journal: Path, point: int, epoch: int) -> Divergence | None:
    """What production of before has besides, which another site took over at a write.

    Nothing is changed. None where it is a copy of production in that epoch by now; raises
    CoreError for the journal of another copy.
    """
    if _rejoins(journal, epoch):
        return None
    with closing(DiskFolder(journal)) as folder:
        _refuse_copy(read_identity(folder, where=str(journal)), journal)
        _refuse_production(folder, journal, epoch)
        is_live = writer_of(journal) is not None
        return divergence(folder, point=point, where=str(journal), is_live=is_live)


def demote(journal: Path, point: int, epoch: int, *, discard: bool) -> Divergence | None:
    """Put the journal aside, and have its place taken by that of a copy; None if that was done.

    Raises CoreError where writes would be given up that the other site has not, unless it is told
    to `discard` these.
    """
    new = journal.with_name(f"{journal.name}.new")
    if not journal.exists() and _rejoins(new, epoch):
        new.rename(journal)
        _sync(journal.parent)
    if _rejoins(journal, epoch):
        return None
    with ExitStack() as stack:
        folder = DiskFolder(journal)
        stack.callback(folder.close)
        stack.enter_context(WriterLock(journal))
        identity = read_identity(folder, where=str(journal))
        _refuse_copy(identity, journal)
        _refuse_production(folder, journal, epoch)
        found = divergence(folder, point=point, where=str(journal), is_live=False)
        if found.is_some and not discard:
            raise refusal(found, journal)
        if aside(journal, epoch).exists():
            raise CoreError(
                "something of that name is there already",
                where=str(aside(journal, epoch)),
                hint="move it to another place",
            )
        _make(new, identity, found, epoch)
        _offer_nothing(folder, identity)
        journal.rename(aside(journal, epoch))
        new.rename(journal)
        _sync(journal.parent)
        return found


def refusal(found: Divergence, journal: Path) -> CoreError:
    """Why it does not become a copy by itself."""
    places = ", ".join(f"{each.volume} {each.offset}+{each.length}" for each in found.ranges[:3])
    more = f"; {size_text(found.unnumbered)} may hold more" if found.unnumbered else ""
    return CoreError(
        f"{count_text(found.writes, 'write')} of {size_text(found.bytes)} that hosts made here "
        f"behind write {found.point} are nowhere else{more}{': ' if places else ''}{places}",
        where=str(journal),
        hint="look at them first; they are given up if you say so by the epoch (--discard)",
    )


def _make(new: Path, identity: Identity, found: Divergence, epoch: int) -> None:
    """The folder of the copy, durably, under a name that says nothing yet."""
    with closing(DiskFolder(new, make=True)) as folder:
        rejoining = Rejoining(
            token=secrets.token_hex(8),
            epoch=epoch,
            group=identity.group.hex(),
            since=found.since,
            runs=told_runs(found.marks),
        )
        write_rejoining(folder, rejoining)


def _offer_nothing(folder: DiskFolder, identity: Identity) -> None:
    """The images are going to be others than its pre-images are of: none of its points is had.

    Nor is it served any more, to whatever copy: what hosts wrote through it nobody would know of.
    """
    forget_left(folder)
    members = (replace(each, replica=NOWHERE) for each in identity.volumes)
    write_identity(folder, replace(identity, volumes=tuple(members)))


def _rejoins(journal: Path, epoch: int) -> bool:
    if not journal.exists():
        return False
    with closing(DiskFolder(journal)) as folder:
        found = read_rejoining(folder, where=str(journal))
        if read_taken(folder, where=str(journal)) is not None:  # it was one, and took over since
            return False
    if found is not None and found.epoch != epoch:
        raise CoreError(
            f"this becomes a copy of production in epoch {found.epoch}, and not in {epoch}",
            where=str(journal),
            hint="if that was wrong, and nothing was received: remove the folder, and give "
            f"{aside(journal, found.epoch)} its name",
        )
    return found is not None


def _refuse_copy(identity: Identity, journal: Path) -> None:
    if identity.is_copy:
        if is_behind(journal):
            raise CoreError(
                "this was a copy, and its images lack a part of what came",
                where=str(journal),
                hint="`isthmus failover DIR --apply` gives it to them",
            )
        raise CoreError(
            "this is a copy already",
            where=str(journal),
            hint="name the folder that was given to `isthmus protect --journal`",
        )


def _refuse_production(folder: DiskFolder, journal: Path, epoch: int) -> None:
    taken = read_taken(folder, where=str(journal))
    if taken is not None and taken.epoch >= epoch:
        raise CoreError(
            f"this is production itself since epoch {taken.epoch}",
            where=str(journal),
            hint="name the folder of production of before, and the epoch that came after it",
        )


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
