"""Which regions of production volumes were written in the epoch that is open.

Where a replica is fed, the pre-images are the replica's, and production is written without any.
What a loss of power may leave of such writes is then known by region alone: a region is marked,
durably, before the first write to it in an epoch. When an epoch ends production is durable, and all
marks go.
"""

from collections.abc import Callable, Sequence

from core.stream.regions import CLEAN, MARKED, REGION_SHIFT, count_of, read_marks, runs
from core.structure.blocks import Runs
from core.structure.medium import File, Folder, Volume


class Touched:
    """One byte for each MiB of each volume, in a file for each."""

    used = 0  # marks are never what ends an epoch

    def __init__(self, folder: Folder, sizes: Sequence[int]) -> None:
        """Begin with no marks; `sizes` are those of the volumes."""
        self._folder = folder
        self._marks = [bytearray(count_of(size)) for size in sizes]
        self._files = [_anew(folder, nth, size) for nth, size in enumerate(sizes)]

    def claim(self, volume: int) -> Callable[[int, int], Runs]:
        """See `core.machine.journal.writer.Keeper`."""
        marks = self._marks[volume]

        def claimed(offset: int, length: int) -> Runs:
            first, last = offset >> REGION_SHIFT, offset + length - 1 >> REGION_SHIFT
            if last < len(marks) and marks.find(CLEAN, first, last + 1) < 0:
                return ()
            marks.extend(bytes(max(0, last + 1 - len(marks))))
            marks[first : last + 1] = bytes((MARKED,)) * (last + 1 - first)
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
    return [*runs(read_marks(folder, _name(number)))]


def _anew(folder: Folder, number: int, size: int) -> File:
    """The file of a volume without any mark, under its name.

    Neither has to be durable yet: the first mark that is made durable takes the file with it, and
    the segment that the journal begins before it writes anything takes the name.
    """
    draft = f"{_name(number)}.new"
    if draft in folder.names():
        folder.remove(draft)
    file = folder.create(draft, count_of(size))
    folder.rename(draft, _name(number))
    return file


def _name(number: int) -> str:
    return f"touched-{number}"
