"""The copies at other sites that a journal knows, by number, and the files of each of them.

    course, distributed, stale-G-V              how the first stands, and which regions it lacks
    copy-2-course, copy-2-distributed, ...      the same of the second

The first has the names that the only copy has, or the replicas. So whoever reads or writes how one
stands is given a folder for it, and knows nothing of others. `copies` says which is at which place;
one that moves keeps its number where it is the only one, and is another copy where it is not.

No two copies are ever in the same generation: so one that is met in the place of another is found
out.
"""

from collections.abc import Sequence
from typing import Final

from core.stream.document import read_document, write_document
from core.stream.identity import NotAJournalError
from core.stream.standing import COURSE, DISTRIBUTED, read_standing
from core.structure.medium import File, Folder

COPIES: Final = "copies"
COPIES_MAX: Final = 4
FIRST: Final = 1

_OF_ONE: Final = (COURSE, DISTRIBUTED, "comparison")
_OF_VOLUMES: Final = ("stale", "copied", "verified")


class CopyFiles:
    """The files of one copy, under the names that they would have if it was the only one."""

    def __init__(self, folder: Folder, number: int) -> None:
        self._folder, self._prefix = folder, f"copy-{number}-"
        self.sync = folder.sync

    def names(self) -> tuple[str, ...]:
        """See `core.structure.medium`."""
        mine = self._prefix
        found = (name for name in self._folder.names() if name.startswith(mine))
        return tuple(name.removeprefix(mine) for name in found)

    def create(self, name: str, size: int) -> File:
        """See `core.structure.medium`."""
        return self._folder.create(self._prefix + name, size)

    def reserve(self, name: str, size: int) -> None:
        """See `core.structure.medium`."""
        self._folder.reserve(self._prefix + name, size)

    def open(self, name: str, *, writable: bool) -> File:
        """See `core.structure.medium`."""
        return self._folder.open(self._prefix + name, writable=writable)

    def rename(self, name: str, new: str) -> None:
        """See `core.structure.medium`."""
        self._folder.rename(self._prefix + name, self._prefix + new)

    def remove(self, name: str) -> None:
        """See `core.structure.medium`."""
        self._folder.remove(self._prefix + name)


def files_of(folder: Folder, number: int) -> Folder:
    """The files of a copy in the folder of a journal."""
    return folder if number == FIRST else CopyFiles(folder, number)


def known_numbers(folder: Folder) -> tuple[int, ...]:
    """The copies of which it is known how they stand, whoever is fed now."""
    numbers = range(FIRST, FIRST + COPIES_MAX)
    return tuple(each for each in numbers if COURSE in files_of(folder, each).names())


def last_generation(folder: Folder, *, where: str) -> int:
    """No copy that this journal knows, or has known, was in a later generation; 0 without any."""
    standings = (read_standing(files_of(folder, n), where=where) for n in known_numbers(folder))
    found = (each.course.generation for each in standings if each is not None)
    return max((_read(folder, where)[1], *found))


def known_places(folder: Folder, *, where: str, first: str = "") -> tuple[str, ...]:
    """Where the copies are, by their numbers.

    A journal of which nobody has remembered that has one at most: that is at `first`, for all that
    is known.
    """
    return _read(folder, where)[0] or (first,) * (known_numbers(folder) == (FIRST,))


def numbered(
    folder: Folder, places: Sequence[str], *, where: str, first: str = ""
) -> tuple[int, ...]:
    """The numbers of copies at these places, which are remembered, durably.

    Where there are as many as can be, one goes that is not among them.
    """
    kept = known_places(folder, where=where, first=first)
    known, moved = [*kept], len(kept) == len(places) == 1
    for place in places:
        if place in known:
            continue
        unknown = 0 if moved else known.index("") if "" in known else len(known)
        if unknown == COPIES_MAX:
            unknown = next(nth for nth, each in enumerate(known) if each not in places)
            _forget(folder, unknown + FIRST, where)
        known[unknown : unknown + 1] = [place]
    if places and tuple(known) != _read(folder, where)[0]:
        _write(folder, known, _read(folder, where)[1])
    return tuple(known.index(each) + FIRST for each in places)


def _forget(folder: Folder, number: int, where: str) -> None:
    """Nothing is known of a copy any more; its generations are those of no other."""
    _write(folder, _read(folder, where)[0], last_generation(folder, where=where))
    files = files_of(folder, number)
    # Its course is first: without its marks a copy would be taken for one that lacks nothing.
    for name in sorted(files.names(), key=lambda each: each != COURSE):
        if name in _OF_ONE or name.partition("-")[0] in _OF_VOLUMES:
            files.remove(name)


def _read(folder: Folder, where: str) -> tuple[tuple[str, ...], int]:
    try:
        found = read_document(folder, COPIES)
        if found is None:
            return (), 0
        return tuple(map(str, found["places"])), int(found["generation"])
    except (KeyError, TypeError, ValueError):
        raise NotAJournalError(
            "damaged: it is not known which copy is where", where=f"{where}/{COPIES}"
        ) from None


def _write(folder: Folder, places: Sequence[str], generation: int) -> None:
    write_document(folder, COPIES, {"places": [*places], "generation": generation})
