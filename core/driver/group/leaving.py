"""Remembering what the images of a group held at its end, and refusing others afterwards."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from core.driver.backend.place import Place, recorded
from core.driver.folder import DiskFolder
from core.driver.group.volume import open_volume
from core.errors import CoreError
from core.machine.journal.sizing import HINT, other_size
from core.stream.identity import Identity
from core.stream.left import Sample, latest_blocks, read_left, sample, write_left
from core.structure.medium import Image, SparseImage

_LOG: Final = logging.getLogger("isthmus.group")
_ANEW: Final = (
    "or take it away: history begins anew then, and the replica is filled when it is back"
)


def leave(
    folder: DiskFolder, identity: Identity, images: Sequence[SparseImage], replicas: Iterable[Place]
) -> None:
    """Remember what the images of a group hold, which has come to its end in good order.

    Where that cannot be done nothing is remembered: it is no error of the group.
    """
    try:
        latest = latest_blocks(folder, identity, where=str(folder.path))
        held = tuple(sample(image, blocks) for image, blocks in zip(images, latest, strict=True))
        write_left(folder, held, tuple(map(_of_replica, replicas, latest)))
    except (CoreError, OSError) as error:
        _LOG.warning("what the images hold is not remembered: %s", error)


def refuse_exchanged(
    folder: DiskFolder,
    places: Iterable[Place],
    images: Iterable[Image],
    *,
    are_replicas: bool = False,
) -> None:
    """Raises CoreError where an image does not hold what its journal left it with."""
    left = read_left(folder)
    if left is None:
        return
    held = left.replicas if are_replicas else left.images
    for place, image, each in zip(places, images, held, strict=False):
        if each is not None and image.size() != each.size:
            hint = f"{HINT}; {_ANEW}" if are_replicas else HINT
            raise other_size(recorded(place), image.size(), each.size, hint=hint)
        if each is not None and not each.is_of(image):
            other = _ANEW if are_replicas else "or begin a new journal"
            raise exchanged(
                recorded(place), str(folder.path), hint=f"bring back the one that it was, {other}"
            )


def exchanged(path: str, journal: str, *, hint: str) -> CoreError:
    """Says that an image is another, or was written by somebody else."""
    return CoreError(
        f"another image than {journal} left there, or somebody has written to it since",
        where=path,
        hint=hint,
    )


def held_by(folder: DiskFolder, number: int, *, is_replica: bool) -> Sample | None:
    """What an image of a volume held when its group came to its end, where that is known."""
    left = read_left(folder)
    found = () if left is None else left.replicas if is_replica else left.images
    return found[number] if number < len(found) else None


def _of_replica(place: Place, blocks: Sequence[int]) -> Sample | None:
    """Of one that is made durable, as whoever fed it may not have done at the end.

    None where it cannot be had: it is gone, or somebody has it still.
    """
    with suppress(CoreError, OSError):
        replica = open_volume(place)
        try:
            replica.sync()
            return sample(replica, blocks)
        finally:
            replica.close()
    return None
