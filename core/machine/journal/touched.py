"""Which regions of production volumes were written since they were last made durable.

Where a replica is fed, the pre-images are the replica's, and production is written without any.
What a loss of power may leave of such writes is then known by region alone: a region is marked,
durably, before the first write to it in an epoch. When an epoch ends production is durable, and all
marks go.
"""

from collections.abc import Sequence

from core.machine.journal.marks import Marks
from core.stream.regions import REGION_SHIFT, count_of, read_marks, runs
from core.structure.blocks import Runs
from core.structure.medium import File, Folder, Volume


class Touched(Marks):
    """The marks of the epoch that is open, or of the time in which the journal takes nothing."""

    used = 0  # marks are never what ends an epoch

    def __init__(self, folder: Folder, sizes: Sequence[int]) -> None:
        """Begin with no marks; `sizes` are those of the volumes."""
        super().__init__(
            [bytearray(count_of(size)) for size in sizes],
            [_anew(folder, nth, size) for nth, size in enumerate(sizes)],
        )

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
        self.put(number, claimed)
        self._files[number].sync()

    def takes(self, size: int, ranges: int) -> bool:
        """See `core.machine.journal.writer.Keeper`: marks are in no segment."""
        del size, ranges
        return True

    def segments_for(self, number: int, volume: Volume, ranges: Runs) -> int:
        """See `core.machine.journal.writer.Keeper`."""
        del number, volume, ranges
        return 0

    def begin_epoch(self, first: int, time_ns: int) -> None:
        """See `core.machine.journal.writer.Keeper`."""
        del first, time_ns
        self.clear()

    def seal(self) -> None:
        """See `core.machine.journal.writer.Keeper`."""
        self.close()


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
