"""That images which were production are to become a copy: what they have besides.

They have what production of today had at one write, but for regions in which they were written
since. Production is told so when it greets them. It copies these regions, and those that it has
written itself, and says of the generation in which it does that it took this into account.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from core.stream import regions
from core.stream.document import read_document, write_document
from core.stream.identity import NotAJournalError
from core.structure.medium import Folder

REJOINING: Final = "rejoining"
RUNS_MAX: Final = 4096
"""More of them are told as fewer, which are longer."""

Run = tuple[int, int, int]
"""Volume, offset and length."""


class Rejoining(NamedTuple):
    """The images are what production was `since` a write, but for `runs`, whole regions.

    `token` tells this from other times, `epoch` is that of the production that they are to be a
    copy of.
    """

    token: str
    epoch: int
    group: str
    since: int
    runs: tuple[Run, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return self._asdict()


def parse_rejoining(document: dict[str, Any]) -> Rejoining:
    """Raises KeyError, TypeError or ValueError for what is none."""
    found = Rejoining(
        token=str(document["token"]),
        epoch=int(document["epoch"]),
        group=str(document["group"]),
        since=int(document["since"]),
        runs=tuple((int(n), int(at), int(length)) for n, at, length in document["runs"]),
    )
    if min(found.epoch, found.since, *(least for run in found.runs for least in run)) < 0:
        raise ValueError("a number below zero")
    if (
        max((offset + length for _, offset, length in found.runs), default=0)
        > regions.VOLUME_BYTES_MAX
    ):
        raise ValueError("a run beyond what a volume has")
    return found


def write_rejoining(folder: Folder, rejoining: Rejoining) -> None:
    """Put it down, durably."""
    write_document(folder, REJOINING, rejoining.document())


def read_rejoining(folder: Folder, *, where: str) -> Rejoining | None:
    """What is put down; None where nothing is."""
    try:
        found = read_document(folder, REJOINING)
        return None if found is None else parse_rejoining(found)
    except (KeyError, TypeError, ValueError):
        raise NotAJournalError(
            "damaged: what the images have besides is not known", where=f"{where}/{REJOINING}"
        ) from None


def told_runs(marks: Sequence[bytearray]) -> tuple[Run, ...]:
    """What is marked, in few words: where there is too much to tell, what lies between is, too."""
    found = [
        (number, offset, length)
        for number, each in enumerate(marks)
        for offset, length in regions.runs(each)
    ]
    if len(found) <= RUNS_MAX:
        return tuple(found)
    whole: dict[int, Run] = {}
    for number, offset, length in found:
        first = whole.get(number, (number, offset, length))[1]
        whole[number] = number, first, offset + length - first
    return tuple(whole.values())
