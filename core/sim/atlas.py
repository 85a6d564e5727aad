"""Where bits may rot: in what no system could need to go on, so that only points are at stake."""

from random import Random

from core.sim.medium import Blob, MemoryFolder
from core.stream.history import History
from core.stream.names import data_name, meta_name


def old_files(folder: MemoryFolder, *, where: str, opened_at: int) -> tuple[str, ...]:
    """The files that nothing is added to any more, and that no recovery will need.

    `opened_at` is the end at which the journal was opened last. An epoch that began at the same
    write as the one that is open is not among them, nor that in which replicas were given something
    last.
    """
    history = History(folder, where=where, live=True)
    until = opened_at
    if history.is_fed:
        given = history.overwritten(since=0)["sequence"].max(initial=0)
        until = min(until, int(given) - 1)
    found = tuple(
        name
        for part in history.every
        if part.sealed
        and max(part.head.first, int(part.records["sequence"].max(initial=0))) <= until
        for name in (
            data_name(part.head.stream, part.head.number),
            meta_name(part.head.stream, part.head.number),
        )
    )
    history.close()
    return found


def rotted(blob: Blob, rng: Random) -> int:
    """Change one bit of what is durable, not behind the last byte that says something."""
    at = rng.randrange(len(blob.content.rstrip(b"\0")))
    blob.content[at] ^= 1 << rng.randrange(8)
    blob.clean = blob.durable = bytes(blob.content)
    return at
