"""The journal of a copy becomes that of production at its site, and its history goes on.

Theory of operation
-------------------
A copy has every write in its DO stream, and in its UNDO stream what each block of its images held
before, once in each epoch. A journal that is kept of production itself has the same. So when the
images have all that came, nothing but `journal.json` says whose they are: it is written anew, last,
and from then on whoever protects the images goes on behind the last write that came.

What comes before: epochs go of which no point was offered, for the images did not go through them,
and where none was, all goes; and the sizes of the images are put down, which no resize in the
history may tell. A crash before the end leaves a copy, which has all the points that it offered;
asked again it does what is left. Names change in the order in which that is asked for, so the last
change needs no sync of others. How the copy stood goes behind that, or when production is opened:
else what production has as its own first copy would begin as if it stood so.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from core.machine.journal.stale import forget_copied
from core.stream.history import History
from core.stream.identity import Identity, read_identity, write_identity
from core.stream.names import place_of
from core.stream.sizes import Sizes, write_sizes
from core.stream.standing import COURSE, DISTRIBUTED, read_standing
from core.stream.taken import read_taken
from core.structure.medium import Folder, Volume
from core.wire.segment import Stream


def become_production(folder: Folder, images: Sequence[Volume], *, where: str) -> Identity:
    """Make the journal of a copy, whose images have all that came, that of production.

    Nobody may write to either meanwhile.
    """
    identity = read_identity(folder, where=where)
    if identity.is_copy:
        for image in images:
            image.sync()
        with closing(History(folder, where=where)) as history:
            is_offered = history.begin is not None and bool(history.do)
            if is_offered:
                history.refuse_lost_end()
            end = history.end if is_offered else 0
            _drop_before(folder, history, history.do[0].head.first if is_offered else None)
        write_sizes(folder, Sizes(end, tuple(image.size() for image in images)))
        members = (replace(each, path=each.replica, replica="") for each in identity.volumes)
        identity = replace(identity, volumes=tuple(members))
        write_identity(folder, identity)
    _forget_standing(folder)
    return identity


def _drop_before(folder: Folder, history: History, first: int | None) -> None:
    """Nothing is found of what came before the first epoch that is offered, or of anything."""
    for part in history.every:
        if first is None or (part.head.stream is Stream.DO and part.head.first < first):
            place = place_of(part.head)
            for name in (place.data, place.meta):
                if name in folder.names():
                    folder.remove(name)


def forget_standing(folder: Folder, *, where: str) -> None:
    """How a copy stood that was taken over, where a crash has left that."""
    taken, standing = read_taken(folder, where=where), read_standing(folder, where=where)
    if taken is not None and standing is not None and standing.course.epoch < taken.epoch:
        _forget_standing(folder)


def _forget_standing(folder: Folder) -> None:
    """How a copy stood: it says nothing of production."""
    for name in (COURSE, DISTRIBUTED):
        if name in folder.names():
            folder.remove(name)
    forget_copied(folder, keep=0)
