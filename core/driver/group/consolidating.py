"""The process that makes drafts of folded epochs, beside the one that serves their group.

It is told on standard input, in a line of JSON, what may be folded, makes the first draft that is
worth it, says so on standard output, and ends. It ends when its standard input does, too, so that
it never outlives the process that began it: nobody writes to a draft that somebody else has begun.

    {"jobs": [{"places": [[1, 1, 0], [2, 2, 0]], "step_ns": 60000000000, "bytes_max": 117440512}]}
    {"declined": 0}

Of jobs that were `declined` nothing is worth it, or whole; they are all that come before the one of
which a draft was made. When that has come to stand for its epochs their pre-images are folded.

    {"pre_images": {"places": [[1, 1, 0]], "firsts": [1, 201], "bytes_max": 67108864}}
    {"declined": 0}
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from threading import Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.machine.journal.consolidation import NotWorthwhileError, draft, draft_pre_images
from core.stream.finding import DamagedError
from core.stream.folding import last_of_each
from core.stream.identity import read_identity
from core.stream.names import Place
from core.wire.segment import Head, Stream

_NICER: Final = 10
_KILLED: Final = 1


def consolidate(journal: str, asked: Mapping[str, Any]) -> int:
    """Make one draft; returns how many were not worth it, or not whole, before."""
    folder = DiskFolder(journal)
    group = read_identity(folder, where=journal).group
    if "pre_images" in asked:
        job = asked["pre_images"]
        fold_pre_images = partial(
            draft_pre_images, folder, _places(Stream.UNDO, job), job["firsts"]
        )
        return int(not _is_made(fold_pre_images, job, group, journal))
    for nth, job in enumerate(asked["jobs"]):
        wanted = partial(last_of_each, step_ns=job["step_ns"])
        fold = partial(draft, folder, _places(Stream.DO, job), wanted, step_ns=job["step_ns"])
        if _is_made(fold, job, group, journal):
            return nth
    return len(asked["jobs"])


def _is_made(fold: Callable[..., Head], job: Mapping[str, Any], group: bytes, journal: str) -> bool:
    try:
        fold(group=group, where=journal, bytes_max=job["bytes_max"])
    except (NotWorthwhileError, DamagedError):
        return False
    return True


def _places(stream: Stream, job: Mapping[str, Any]) -> list[Place]:
    return [Place(stream, *place) for place in job["places"]]


def _end_with_the_other() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(_KILLED)


if __name__ == "__main__":
    os.nice(_NICER)
    asked = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_the_other, daemon=True).start()
    sys.stdout.write(json.dumps({"declined": consolidate(sys.argv[1], asked)}) + "\n")
