"""A set of blocks of a volume, asked and added to by ranges of bytes."""

from collections.abc import Iterator, Sequence
from typing import Final

BLOCK_SHIFT: Final = 12
BLOCK_BYTES: Final = 1 << BLOCK_SHIFT

_REGION_SHIFT: Final = 12
_REGION_BLOCKS: Final = 1 << _REGION_SHIFT  # a byte for each block: 4 KiB for 16 MiB of a volume
_MISSING, _HELD = 0, 1
_MARKS: Final = b"\1" * _REGION_BLOCKS


Runs = Sequence[tuple[int, int]]
"""Offsets and lengths in bytes."""


class Blocks:
    """One byte for each block of the regions that were touched; no other block is held."""

    __slots__ = ("_regions",)

    def __init__(self) -> None:
        self._regions: dict[int, bytearray] = {}

    def holds(self, offset: int, length: int) -> bool:
        """Is every block of a range held? `length` is more than 0."""
        first, last = offset >> BLOCK_SHIFT, offset + length - 1 >> BLOCK_SHIFT
        region = first >> _REGION_SHIFT
        if region == last >> _REGION_SHIFT:
            marks = self._regions.get(region)
            if marks is None:
                return False
            begin = first & _REGION_BLOCKS - 1
            return marks.find(_MISSING, begin, begin + last - first + 1) < 0
        edge = region + 1 << _REGION_SHIFT
        begin, end = edge << BLOCK_SHIFT, offset + length
        return self.holds(offset, begin - offset) and self.holds(begin, end - begin)

    def take(self, offset: int, length: int) -> Runs:
        """Hold a range of more than 0 bytes; the runs of blocks in it that were not, in bytes."""
        first, last = offset >> BLOCK_SHIFT, offset + length - 1 >> BLOCK_SHIFT
        region = first >> _REGION_SHIFT
        if region != last >> _REGION_SHIFT:
            return self._take_pieces(first, last + 1)
        marks = self._regions.get(region)
        if marks is None:
            marks = self._regions[region] = bytearray(_REGION_BLOCKS)
        begin = first & _REGION_BLOCKS - 1
        end = begin + last - first + 1
        missing = marks.find(_MISSING, begin, end)
        if missing < 0:
            return ()
        if missing == begin and marks.find(_HELD, begin, end) < 0:
            marks[begin:end] = _MARKS[: end - begin]
            return ((first << BLOCK_SHIFT, end - begin << BLOCK_SHIFT),)
        return self._take_pieces(first, last + 1)

    def take_each(self, offsets: Sequence[int], length: int) -> Runs:
        """The same for ranges of one length, one after the other."""
        if length != BLOCK_BYTES:
            return [run for offset in offsets for run in self.take(offset, length)]
        missing: list[tuple[int, int]] = []
        regions = self._regions
        for offset in offsets:
            marks = regions.get(offset >> BLOCK_SHIFT + _REGION_SHIFT)
            if marks is None or offset & BLOCK_BYTES - 1:
                missing += self.take(offset, length)
            elif not marks[block := offset >> BLOCK_SHIFT & _REGION_BLOCKS - 1]:
                marks[block] = _HELD
                missing.append((offset, length))
        return missing

    def _take_pieces(self, block: int, stop: int) -> Runs:
        """The same, in blocks, for what is held in part or lies in several regions."""
        missing = []
        while block < stop:
            region = block >> _REGION_SHIFT
            base = region << _REGION_SHIFT
            last = min(stop - base, _REGION_BLOCKS)
            marks = self._regions.get(region)
            if marks is None:
                marks = self._regions[region] = bytearray(_REGION_BLOCKS)
            begin = marks.find(_MISSING, block - base, last)
            while begin >= 0:
                held = marks.find(_HELD, begin, last)
                end = last if held < 0 else held
                marks[begin:end] = _MARKS[: end - begin]
                missing.append((base + begin << BLOCK_SHIFT, end - begin << BLOCK_SHIFT))
                begin = marks.find(_MISSING, end, last)
            block = base + last
        return missing

    def runs(self, offset: int, length: int) -> Iterator[tuple[int, int, bool]]:
        """A range in pieces of (offset, length, held), none across the border of a region."""
        at, end = offset, offset + length
        while at < end:
            block = at >> BLOCK_SHIFT
            base = block >> _REGION_SHIFT << _REGION_SHIFT
            marks = self._regions.get(base >> _REGION_SHIFT)
            held, stop = False, -1
            if marks is not None:
                held = marks[block - base] == _HELD
                stop = marks.find(_MISSING if held else _HELD, block - base)
            edge = base + (_REGION_BLOCKS if stop < 0 else stop) << BLOCK_SHIFT
            yield at, min(edge, end) - at, held
            at = edge
