"""The record of one write, as it stands in the meta segments: 48 bytes that numpy maps.

Sequences count the writes of a group from 1; point N is the state after the first N of them. In the
DO stream a record says what write `sequence` put at a range. In the UNDO stream it says what the
range held at point `sequence` - 1, the beginning of an epoch.

Where writes were folded a record says what is left of one, and may be one of several. `inner` is 1
where no point can be had after it, for others of the same fold follow.
"""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]

NO_VOLUME: Final = 0xFFFF


class Kind(IntEnum):
    """What a record is of."""

    WRITE = 1
    ZERO = 2
    TRIM = 3  # reads as zeroes, as ZERO does; told apart for those who ask what a host did
    RESIZE = 4  # `length` is the new size, `offset` the one before
    NOTE = 5  # `length` bytes of JSON at `position`; of no volume, and of no sequence of its own


# offset, length, position, sequence, time_ns, client, volume, kind, and 0: not inner
LAYOUT: Final = struct.Struct("<QQQQQIHBx")

RECORD: Final = np.dtype(
    {
        "names": [
            *("offset", "length", "position", "sequence"),
            *("time_ns", "client", "volume", "kind", "inner"),
        ],
        "formats": ["<i8", "<i8", "<u8", "<i8", "<i8", "<u4", "<u2", "u1", "u1"],
        "offsets": [0, 8, 16, 24, 32, 40, 44, 46, 47],
        "itemsize": LAYOUT.size,
    }
)
RECORD_BYTES: Final = LAYOUT.size
_OPAQUE: Final = f"V{RECORD_BYTES}"  # copied as bytes: numpy takes structures field by field
assert RECORD_BYTES == 48

# A position is the number of a segment and an offset in its data file.
POSITION_SHIFT: Final = 32
OFFSET_MASK: Final = (1 << POSITION_SHIFT) - 1
SEGMENT_BYTES_MAX: Final = 1 << POSITION_SHIFT


def position(segment: int, offset: int) -> int:
    """Where in a stream a byte lies."""
    return segment << POSITION_SHIFT | offset


def selected(records: Records, mask: npt.NDArray[np.bool_]) -> Records:
    """The records where the mask is true; nothing is copied where it is everywhere."""
    if mask.all():
        return records
    return records.view(_OPAQUE)[mask].view(RECORD)


def joined(parts: Sequence[Records]) -> Records:
    """The records of several arrays, one after the other."""
    wanted = [each for each in parts if len(each)]
    if len(wanted) < 2:
        return wanted[0] if wanted else no_records()
    return np.concatenate([each.view(_OPAQUE) for each in wanted]).view(RECORD)


def no_records() -> Records:
    """An array of none."""
    return np.empty(0, RECORD)
