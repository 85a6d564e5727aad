"""Epochs of a journal that is being written are folded, with their pre-images."""

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
    adopt(folder, shelf, made)
    heads = shelf.heads(Stream.DO)
    job = Job((made,), 1, heads[begin + 1].first)
    undone = pre_images_of(job, shelf.heads(Stream.UNDO), kept=shelf.kept, bytes_max=BYTES_MAX)
    if undone:
        places, firsts = [*map(place_of, undone)], [head.first for head in heads]
        left = draft_pre_images(
            folder, places, firsts, group=group, where="journal", bytes_max=BYTES_MAX
        )
        adopt(folder, shelf, left)
        assert left in shelf.heads(Stream.UNDO)
    return made


def adopt(folder: Folder, shelf: Shelf, head: Head) -> None:
    """Have a draft adopted, and remove what nobody needs then."""
    for name in shelf.adopt(head):
        folder.remove(name)
