"""Which regions of production its replica may lack, durably known before they are written."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from core.machine.journal.marks import Marks
from core.stream.regions import (
    MARKED,
    copied_name,
    count_of,
    differing,
    direct_name,
    each_region,
    left,
    read_marks,
    span,
    stale_name,
)
from core.structure.blocks import Runs
from core.structure.medium import File, Folder


def make_stale(folder: Folder, generation: int, marks: Sequence[bytearray]) -> None:
    """Write what may differ when a generation begins; names are durable with that of its course."""
    for number, each in enumerate(marks):
        name = stale_name(generation, number)
        if name in folder.names():
            folder.remove(name)
        file = folder.create(name, len(each))
        file.write((each,), 0)
        file.sync()
        file.close()


def forget_copied(folder: Folder, *, keep: int) -> None:
    """Take away the marks of all generations but one; what cannot be now is the next time."""
    for name in folder.names():
        kind, _, rest = name.partition("-")
        if kind in ("stale", "direct", "copied") and rest.partition("-")[0] != str(keep):
            with suppress(OSError):
                folder.remove(name)


def begin_direct(folder: Folder, generation: int, sizes: Sequence[int]) -> "Stale":
    """Marks of replicas of those sizes, of which nothing was written in this generation."""
    for number, size in enumerate(sizes):
        name = direct_name(generation, number)
        if name in folder.names():
            folder.remove(name)
        folder.create(name, count_of(size)).close()
    folder.sync()
    return Stale(folder, generation, len(sizes), direct_name)


class Stale(Marks):
    """The marks of the generation in which the journal takes nothing."""

    def __init__(
        self,
        folder: Folder,
        generation: int,
        volumes: int,
        name_of: Callable[[int, int], str] = stale_name,
    ) -> None:
        """What is found is written again: a process that was killed, or met an error, may have
        left in memory alone what it did not come to rely on."""
        names = [name_of(generation, number) for number in range(volumes)]
        super().__init__(
            [read_marks(folder, name) for name in names],
            [folder.open(name, writable=True) for name in names],
        )
        for marks, file in zip(self._marks, self._files, strict=True):
            file.write((marks,), 0)
            file.sync()

    def capture(self, number: int, claimed: Runs) -> None:
        """Make durable that the regions of these ranges may differ."""
        self.put(number, claimed)
        self._files[number].sync()

    def keep(self, number: int, ranges: Runs) -> None:
        """Have the regions of ranges of a volume durably marked before anybody writes there."""
        claim = self.claim(number)
        if claimed := [run for each in ranges for run in claim(*each)]:
            self.capture(number, claimed)


class Copied:
    """What was copied in a generation, and what is left of it.

    `count` regions of `total` are. It `is_new` to the first who copies in a generation.
    """

    def __init__(self, folder: Folder, generation: int, volumes: int) -> None:
        stale = [differing(folder, generation, number) for number in range(volumes)]
        self._left = [left(folder, generation, number) for number in range(volumes)]
        first = copied_name(generation, 0)
        self.is_new = first not in folder.names()
        self.total = sum(map(sum, stale))
        self.count = self.total - sum(map(sum, self._left))
        self._files = [
            _file(folder, copied_name(generation, number), len(marks))
            for number, marks in enumerate(self._left)
        ]

    def regions(self) -> Iterator[tuple[int, int, int]]:
        """Volume, offset and length of each region that is left, in bytes."""
        for number, marks in enumerate(self._left):
            for offset, length in each_region(marks):
                yield number, offset, length

    def done(self, number: int, offset: int) -> None:
        """The replica has a region, durably. That need not be durable: it is copied again."""
        self.count += 1
        self._files[number].write((bytes((MARKED,)),), span(offset, 1)[0])

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            file.close()


def _file(folder: Folder, name: str, size: int) -> File:
    if name in folder.names():
        return folder.open(name, writable=True)
    return folder.create(name, size)
