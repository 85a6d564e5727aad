"""Has everything that an epoch overwrote its pre-image?"""

import numpy as np

from core.structure.cover import uncovered
from core.wire.record import Kind, Records


def captures_missing(done: Records, undone: Records) -> Records:
    """The records of an epoch's DO segment that its pre-images `undone` do not cover.

    What a volume grew by had no content that could be captured.
    """
    missing = [_of_volume(done[done["volume"] == each], undone) for each in _volumes(done)]
    return np.concatenate([done[:0], *missing])


def _volumes(done: Records) -> list[int]:
    return [int(each) for each in np.unique(done["volume"][done["kind"] != Kind.NOTE])]


def _of_volume(done: Records, undone: Records) -> Records:
    captured = undone[undone["volume"] == done["volume"][0]]
    resized = done["kind"] == Kind.RESIZE
    before, after = done["offset"], done["length"]
    grown = done[resized & (after > before)]
    start = np.where(resized, after, before)
    length = np.where(resized, np.maximum(0, before - after), after)
    missing: Records = done[
        uncovered(
            start,
            length,
            np.concatenate((captured["offset"], grown["offset"])),
            np.concatenate((captured["length"], grown["length"] - grown["offset"])),
        )
    ]
    return missing
