"""Which blocks of a volume have their pre-image in the UNDO stream, in the epoch that is open."""

from collections.abc import Iterator
from typing import Final

BLOCK_SHIFT: Final = 12
BLOCK_BYTES: Final = 1 << BLOCK_SHIFT

_REGION_SHIFT: Final = 12
_REGION_BLOCKS: Final = 1 << _REGION_SHIFT  # a byte for each block: 4 KiB for 16 MiB of a volume
_MISSING, _HELD = 0, 1


class Captured:
    """One byte for each block of the regions that were touched; all else is not captured."""

    __slots__ = ("_regions",)

    def __init__(self) -> None:
        self._regions: dict[int, bytearray] = {}

    def holds(self, offset: int, length: int) -> bool:
        """Is every block of a range captured? `length` is more than 0."""
        first, last = offset >> BLOCK_SHIFT, offset + length - 1 >> BLOCK_SHIFT
        region = first >> _REGION_SHIFT
        if region == last >> _REGION_SHIFT:
            marks = self._regions.get(region)
            if marks is None:
                return False
            begin = first & _REGION_BLOCKS - 1
            return marks.find(_MISSING, begin, begin + last - first + 1) < 0
        return next(self._missing(first, last + 1), None) is None

    def take(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        """Mark a range, and yield the runs of blocks in it that were missing, in bytes."""
        first, stop = offset >> BLOCK_SHIFT, (offset + length - 1 >> BLOCK_SHIFT) + 1
        for begin, end in self._missing(first, stop):
            self._mark(begin, end)
            yield begin << BLOCK_SHIFT, end - begin << BLOCK_SHIFT

    def _missing(self, first: int, stop: int) -> Iterator[tuple[int, int]]:
        """The runs of blocks that are not captured, none across the border of a region."""
        block = first
        while block < stop:
            region = block >> _REGION_SHIFT
            edge = min(stop, region + 1 << _REGION_SHIFT)
            base = region << _REGION_SHIFT
            marks = self._regions.get(region)
            if marks is None:
                yield block, edge
            else:
                at = block
                while (begin := marks.find(_MISSING, at - base, edge - base)) >= 0:
                    held = marks.find(_HELD, begin, edge - base)
                    at = edge if held < 0 else base + held
                    yield base + begin, at
            block = edge

    def _mark(self, begin: int, end: int) -> None:
        region = begin >> _REGION_SHIFT
        marks = self._regions.get(region)
        if marks is None:
            marks = self._regions[region] = bytearray(_REGION_BLOCKS)
        base = region << _REGION_SHIFT
        marks[begin - base : end - base] = b"\1" * (end - begin)
