"""When each region of a volume was last found to be what a copy elsewhere has of it.

A time stands in eight bytes for each region, in a file for each volume. That is also how a
comparison that was interrupted goes on: what was found alike since it began is behind it. None of
it has to outlive a loss of power; what is lost is compared again.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from core.stream import regions
from core.stream.document import forget_document, read_document, write_document
from core.structure.medium import File, Folder

_BEGUN: Final = "comparison"
_TIME: Final = np.dtype("<u8")


class Verified:
    """The times of all regions, and since when they are compared once more."""

    def __init__(
        self, folder: Folder, sizes: Sequence[int], clock: Callable[[], int], *, anew: bool
    ) -> None:
        """`clock` tells nanoseconds. `anew`: nothing goes on that was interrupted."""
        self._folder, self._clock = folder, clock
        self._times, self._files = [], list[File]()
        for number, size in enumerate(sizes):
            name, count = f"verified-{number}", regions.count_of(size)
            kept = np.frombuffer(_read(folder, name), _TIME)[:count]
            times = np.zeros(count, _TIME)
            times[: len(kept)] = kept
            self._times.append(times)
            self._files.append(_file(folder, name, times))
        self.begun, self.is_resumed = self._begin(anew=anew)

    def _begin(self, *, anew: bool) -> tuple[int, bool]:
        try:
            kept = read_document(self._folder, _BEGUN)
            if kept is not None and not anew:
                return int(kept["begun"]), True
        except (KeyError, TypeError, ValueError):
            pass  # it begins anew
        begun = max(self._clock(), *(int(each.max()) for each in self._times))
        write_document(self._folder, _BEGUN, {"begun": begun})
        return begun, False

    def is_behind(self, number: int, offset: int) -> bool:
        """Was a region found alike since it began?"""
        return self.last(number, offset) > self.begun

    def last(self, number: int, offset: int) -> int:
        """When it was found alike for the last time; 0 where it never was."""
        times, nth = self._times[number], offset >> regions.REGION_SHIFT
        return int(times[nth]) if nth < len(times) else 0

    def alike(self, number: int, offset: int) -> None:
        """A region is alike; what the volume has grown by is written down the next time."""
        times, nth = self._times[number], offset >> regions.REGION_SHIFT
        if nth < len(times):
            times[nth] = max(self._clock(), self.begun + 1)
            self._files[number].write((times[nth : nth + 1].tobytes(),), nth * _TIME.itemsize)

    def finish(self) -> None:
        """All is behind."""
        forget_document(self._folder, _BEGUN)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            file.close()


def _read(folder: Folder, name: str) -> bytearray:
    found = regions.read_marks(folder, name)
    del found[len(found) - len(found) % _TIME.itemsize :]
    return found


def _file(folder: Folder, name: str, times: "np.ndarray[tuple[int], np.dtype[np.uint64]]") -> File:
    """The file of these times, made anew where it has another size."""
    data = times.tobytes()
    if name in folder.names():
        file = folder.open(name, writable=True)
        if file.size() == len(data):
            return file
        file.close()
        folder.remove(name)
    file = folder.create(name, len(data))
    file.write((data,), 0)
    return file
