"""Which regions of production volumes were written in the epoch that is open.

Where a replica is fed, the pre-images are the replica's, and production is written without any.
What a loss of power may leave of such writes is then known by region alone: a region is marked,
durably, before the first write to it in an epoch. When an epoch ends production is durable, and all
marks go.
"""

from collections.abc import Callable, Sequence
from typing import Final

from core.structure.blocks import Runs
from core.structure.medium import File, Folder, Volume

REGION_SHIFT: Final = 20
REGION_BYTES: Final = 1 << REGION_SHIFT

_CLEAN, _MARKED = 0, 1


class Touched:
    """One byte for each MiB of each volume, in a file for each."""

    used = 0  # marks are never what ends an epoch

    def __init__(self, folder: Folder, sizes: Sequence[int]) -> None:
        """Begin with no marks; `sizes` are those of the volumes."""
        self._folder = folder
        self._marks = [bytearray(_regions(size)) for size in sizes]
        self._files = [_anew(folder, nth, size) for nth, size in enumerate(sizes)]

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """See `core.machine.journal.writer.Keeper`."""
        marks = self._marks[volume]

        def claimed(offset: int, length: int) -> Runs:
            first, last = offset >> REGION_SHIFT, offset + length - 1 >> REGION_SHIFT
            if last < len(marks) and marks.find(_CLEAN, first, last + 1) < 0:
                return ()
            marks.extend(bytes(max(0, last + 1 - len(marks))))
            marks[first : last + 1] = bytes((_MARKED,)) * (last + 1 - first)
            return ((offset, length),)

        return claimed

    def claim_each(self, volume: int, offsets: Sequence[int], length: int) -> Runs:
        """See `core.machine.journal.writer.Keeper`."""
        claim = self.claim(volume)
        missing: list[tuple[int, int]] = []
        marks, last = self._marks[volume], length - 1
        for offset in offsets:
            region, end = offset >> REGION_SHIFT, offset + last >> REGION_SHIFT
            if end >= len(marks) or not (marks[region] and marks[end]) or end - region > 1:
                missing += claim(offset, length)
        return missing

    def capture(self, number: int, volume: Volume, claimed: Runs) -> None:
        """See `core.machine.journal.writer.Keeper`."""
        del volume
        marks, file = memoryview(self._marks[number]), self._files[number]
        for offset, length in claimed:
            first, last = offset >> REGION_SHIFT, offset + length - 1 >> REGION_SHIFT
            file.write((marks[first : last + 1],), first)
        marks.release()
        file.sync()

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """See `core.machine.journal.writer.Keeper`."""
        del first, time_ns
        for marks, file in zip(self._marks, self._files, strict=True):
            marks[:] = bytes(len(marks))
            file.write((marks,), 0)

    def seal(self) -> None:
        """See `core.machine.journal.writer.Keeper`."""
        for file in self._files:
            file.close()


def touched_runs(folder: Folder, number: int) -> list[tuple[int, int]]:
    """The (offset, length) of what is marked of a volume, in bytes, in order."""
    if _name(number) not in folder.names():
        return []
    file = folder.open(_name(number), writable=False)
    marks = bytearray(file.size())
    file.read_into(marks, 0)
    file.close()
    runs = []
    begin = marks.find(_MARKED)
    while begin >= 0:
        end = marks.find(_CLEAN, begin)
        end = len(marks) if end < 0 else end
        runs.append((begin << REGION_SHIFT, end - begin << REGION_SHIFT))
        begin = marks.find(_MARKED, end)
    return runs


def _anew(folder: Folder, number: int, size: int) -> File:
    """The file of a volume without any mark, under its name.

    Neither has to be durable yet: the first mark that is made durable takes the file with it, and
    the segment that the journal begins before it writes anything takes the name.
    """
    draft = f"{_name(number)}.new"
    if draft in folder.names():
        folder.remove(draft)
    file = folder.create(draft, _regions(size))
    folder.rename(draft, _name(number))
    return file


def _regions(size: int) -> int:
    return max(1, -(-size // REGION_BYTES))


def _name(number: int) -> str:
    return f"touched-{number}"
