"""Regions of volumes that are marked before they are written, in a file for each volume.

What is put into a file is found by whoever comes after a kill. It is durable once that is synced.
"""

from collections.abc import Callable, Sequence

from core.stream.regions import CLEAN, REGION_SHIFT, mark
from core.structure.blocks import Runs
from core.structure.medium import File


class Marks:
    """One byte for each MiB of each volume; `files` have at first what `marks` say."""

    def __init__(self, marks: Sequence[bytearray], files: Sequence[File]) -> None:
        self._marks, self._files = tuple(marks), tuple(files)

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """Takes a range of a volume, and gives it back if not all of it was marked."""
        marks = self._marks[volume]

        def claimed(offset: int, length: int) -> Runs:
            first, stop = offset >> REGION_SHIFT, (offset + length - 1 >> REGION_SHIFT) + 1
            if stop <= len(marks) and marks.find(CLEAN, first, stop) < 0:
                return ()
            mark(marks, offset, length)
            return ((offset, length),)

        return claimed

    def put(self, number: int, claimed: Runs) -> None:
        """Write down that the regions of these ranges are marked."""
        marks, file = memoryview(self._marks[number]), self._files[number]
        for offset, length in claimed:
            first, stop = offset >> REGION_SHIFT, (offset + length - 1 >> REGION_SHIFT) + 1
            file.write((marks[first:stop],), first)
        marks.release()

    def clear(self) -> None:
        """Nothing is marked any more. That need not be durable."""
        for marks, file in zip(self._marks, self._files, strict=True):
            marks[:] = bytes(len(marks))
            file.write((marks,), 0)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            file.close()
