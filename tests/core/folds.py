"""Epochs of a journal that is being written are folded, with their pre-images."""

from collections.abc import Sequence

import numpy as np

from core.machine.journal.consolidation import Choice, draft, draft_pre_images, pre_images_of
from core.machine.journal.ladder import Job
from core.machine.journal.shelf import Shelf
from core.stream.names import place_of
from core.structure.medium import Folder
from core.structure.painting import Integers
from core.wire.record import Records
from core.wire.segment import Head, Stream

BYTES_MAX = 1 << 30


def every_third(records: Records) -> Integers:
    points: Integers = np.unique(records["sequence"])[::3]
    return points


def fold(folder: Folder, shelf: Shelf, begin: int, stop: int, wanted: Choice = every_third) -> Head:
    """Make one of some epochs, keeping the points that are wanted."""
    heads = shelf.heads(Stream.DO)[begin:stop]
    group = heads[0].group
    made = draft(
        folder,
        [*map(place_of, heads)],
        wanted,
        group=group,
        where="journal",
        step_ns=1,
        bytes_max=BYTES_MAX,
    )
    following = shelf.heads(Stream.DO)[stop].first
    job = Job(heads, 1, following)
    left = fold_pre_images(folder, shelf, job)
    adopt(folder, shelf, made, left)
    assert left is None or left in shelf.heads(Stream.UNDO)
    return made


def fold_pre_images(folder: Folder, shelf: Shelf, job: Job) -> Head | None:
    """Make a draft of the pre-images that are needed when a job is done."""
    undone = pre_images_of(job, shelf.heads(Stream.UNDO), kept=shelf.kept, bytes_max=BYTES_MAX)
    if not undone:
        return None
    return draft_pre_images(
        folder,
        [*map(place_of, undone)],
        [head.first for head in shelf.heads(Stream.DO) if head not in job.heads[1:]],
        group=undone[0].group,
        where="journal",
        bytes_max=BYTES_MAX,
    )


def adopt(folder: Folder, shelf: Shelf, epoch: Head, pre_images: Head | None = None) -> None:
    """Have drafts adopted, and remove what nobody needs then."""
    for name in adopted(shelf, epoch, pre_images):
        folder.remove(name)


def adopted(shelf: Shelf, epoch: Head, pre_images: Head | None = None) -> Sequence[str]:
    """Have drafts adopted; returns the files that nobody needs then."""
    stale = [*shelf.adopt(epoch)]
    if pre_images is not None:
        stale += shelf.adopt(pre_images, after=epoch)
    return stale
