"""A process that writes a journal until somebody kills it, and says what it was promised.

What it writes is told by a seed, so that whoever knows that can say what has to be there.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from core.driver.backend.file import FileBackend
from core.driver.folder import DiskFolder
from core.driver.group.volume import BackendVolume
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import Retention
from core.machine.journal.writer import Journal
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.segment import file_bytes
from core.wire.segment import Stream
from tests.core.folds import fold
from tests.core.recorder import Request, random_request, run_of

RETENTION = Retention(size=14 * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
RUNS = 400

Step = tuple[int, list[Request] | int]
"""A run of requests to a volume, or its new size."""


def steps(seed: int, sizes: Sequence[int]) -> Iterator[Step]:
    """What a process of that seed writes to volumes that have those sizes."""
    rng, now = Random(seed), list(sizes)
    for _ in range(RUNS):
        number = rng.randrange(len(now))
        if rng.random() < 0.03:
            now[number] = 512 * rng.randint(40, 250)
            yield number, now[number]
        else:
            count = rng.choice((1, 1, 2, 4))
            yield number, [random_request(rng, now[number]) for _ in range(count)]


def opened(folder: Path, images: Sequence[Path]) -> tuple[Journal, int]:
    """The journal, recovered, and its end."""
    volumes = [BackendVolume(FileBackend(path)) for path in images]
    journal, found = open_journal(
        DiskFolder(folder), volumes, where=str(folder), clock=lambda: 1, retention=RETENTION
    )
    return journal, found.end


def main(seed: int, folder: Path, images: Sequence[Path]) -> None:
    """Write, and say after each write which is the last that was acknowledged.

    Now and then the oldest epochs are folded.
    """
    sizes = [path.stat().st_size for path in images]
    journal, _ = opened(folder, images)
    for nth, (number, what) in enumerate(steps(seed, sizes)):
        if isinstance(what, int):
            journal.resize(number, what)
        else:
            journal.write(number, run_of(what), client=1)
        if nth % 5 == 0:
            journal.flush()
        if nth % 25 == 24 and len(journal.shelf.heads(Stream.DO)) > 5:
            fold(DiskFolder(folder), journal.shelf, 0, 4)
        os.write(1, b"%d\n" % journal.end)
    journal.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
