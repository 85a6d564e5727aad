"""The journal of a copy becomes that of production at its site, and its history goes on.

Theory of operation
-------------------
A copy has every write in its DO stream, and in its UNDO stream what each block of its images held
before, once in each epoch. A journal that is kept of production itself has the same. So when the
images have all that came, nothing but `journal.json` says whose they are: it is written anew, last,
and from then on whoever protects the images goes on behind the last write that came.

What comes before: epochs go of which no point was offered, for the images did not go through them;
and the sizes of the images are put down, which no resize in the history may tell. A crash before
the end leaves a copy, which has all the points that it offered; asked again it does what is left.
Names change in the order in which that is asked for, so the last change needs no sync of others.
"""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import CoreError
from core.machine.journal.stale import forget_copied
from core.stream.history import History
from core.stream.identity import Identity, read_identity, write_identity
from core.stream.names import place_of
from core.stream.sizes import Sizes, write_sizes
from core.stream.standing import COURSE, DISTRIBUTED
from core.structure.medium import Folder, Volume
from core.wire.segment import Stream


def become_production(folder: Folder, images: Sequence[Volume], *, where: str) -> Identity:
    """Make the journal of a copy, whose images have all that came, that of production.

    Nobody may write to either meanwhile. Raises CoreError where there is no history to go on.
    """
    identity = read_identity(folder, where=where)
    if identity.is_copy:
        history = History(folder, where=where)
        try:
            history.refuse_lost_end()
            _refuse_without_history(history)
            for image in images:
                image.sync()
            _drop_before_history(folder, history)
            write_sizes(folder, Sizes(history.end, tuple(image.size() for image in images)))
        finally:
            history.close()
        members = (replace(each, path=each.replica, replica="") for each in identity.volumes)
        identity = replace(identity, volumes=tuple(members))
        write_identity(folder, identity)
    _forget_standing(folder)
    return identity


def _refuse_without_history(history: History) -> None:
    if history.begin is None or not history.do:
        raise CoreError(
            "the copy has no history that could go on",
            where=history.where,
            hint="have its images protected with a journal of their own",
        )


def _drop_before_history(folder: Folder, history: History) -> None:
    """Nothing is found of epochs that are not offered, oldest first."""
    offered = history.do[0].head.first
    for part in history.every:
        if part.head.stream is Stream.DO and part.head.first < offered:
            place = place_of(part.head)
            for name in (place.data, place.meta):
                if name in folder.names():
                    folder.remove(name)


def _forget_standing(folder: Folder) -> None:
    """How a copy stood: it says nothing of production."""
    for name in (COURSE, DISTRIBUTED):
        if name in folder.names():
            folder.remove(name)
    forget_copied(folder, keep=0)
