"""Where writes and resizes changed a volume."""

import numpy as np

from core.structure.painting import Integers
from core.wire.record import Kind, Records


def touched(records: Records) -> tuple[Integers, Integers]:
    """Where what each record of the DO stream changed begins and ends, in bytes.

    A resize changes all between both sizes.
    """
    begin, length = records["offset"], records["length"]
    resized = records["kind"] == Kind.RESIZE
    end = np.where(resized, np.maximum(begin, length), begin + length)
    return np.where(resized, np.minimum(begin, length), begin), end
