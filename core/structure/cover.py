"""Which intervals the union of others covers."""

import numpy as np
import numpy.typing as npt

from core.structure.painting import Integers


def uncovered(
    start: Integers, length: Integers, cover_start: Integers, cover_length: Integers
) -> npt.NDArray[np.intp]:
    """The indices of the intervals that are not wholly inside the union of the cover's.

    Both are in bytes and in any order; an empty interval is inside anything.
    """
    order = np.argsort(cover_start, kind="stable")
    begin, end = cover_start[order], cover_start[order] + cover_length[order]
    reach = np.maximum.accumulate(end) if len(end) else end
    fresh = np.ones(len(begin), bool)
    fresh[1:] = begin[1:] > reach[:-1]
    run_begin = begin[fresh]
    run_end = np.append(reach[:-1][fresh[1:]], reach[-1:])
    nth = np.searchsorted(run_begin, start, side="right") - 1
    inside = np.zeros(len(start), bool)
    known = nth >= 0
    inside[known] = start[known] + length[known] <= run_end[nth[known]]
    return np.flatnonzero(~inside & (length > 0))
