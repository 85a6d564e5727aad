"""The process that makes drafts of folded epochs, beside the one that serves their group.

It is told on standard input, in a line of JSON, what may be folded, makes the first draft that is
worth it, says so on standard output, and ends. It ends when its standard input does, too, so that
it never outlives the process that began it: nobody writes to a draft that somebody else has begun.

    {"jobs": [{"places": [[1, 1, 0], [2, 2, 0]], "step_ns": 60000000000, "bytes_max": 117440512,
               "pre_images": [[1, 1, 0]], "firsts": [1, 201], "pre_images_bytes_max": 67108864}]}
    {"declined": 0, "made": true, "pre_images": true}
"""

import json
import os
import sys
from functools import partial
from threading import Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.machine.journal.consolidation import NotWorthwhileError, draft, draft_pre_images
from core.stream.finding import DamagedError
from core.stream.folding import last_of_each
from core.stream.identity import read_identity
from core.stream.names import Place
from core.wire.segment import Stream

_NICER: Final = 10
_KILLED: Final = 1


def consolidate(journal: str, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Make one draft, and that of the pre-images that go with it.

    `declined` counts the jobs before that were not worth it, or not whole.
    """
    folder = DiskFolder(journal)
    group = read_identity(folder, where=journal).group
    for nth, job in enumerate(jobs):
        step_ns = job["step_ns"]
        try:
            draft(
                folder,
                [Place(Stream.DO, *place) for place in job["places"]],
                partial(last_of_each, step_ns=step_ns),
                group=group,
                where=journal,
                step_ns=step_ns,
                bytes_max=job["bytes_max"],
            )
        except (NotWorthwhileError, DamagedError):
            continue
        folded = _pre_images(folder, job, group, journal)
        return {"declined": nth, "made": True, "pre_images": folded}
    return {"declined": len(jobs), "made": False, "pre_images": False}


def _pre_images(folder: DiskFolder, job: dict[str, Any], group: bytes, journal: str) -> bool:
    """Make the draft of a job's pre-images, if there is anything to be saved."""
    try:
        if job["pre_images"]:
            draft_pre_images(
                folder,
                [Place(Stream.UNDO, *place) for place in job["pre_images"]],
                job["firsts"],
                group=group,
                where=journal,
                bytes_max=job["pre_images_bytes_max"],
            )
            return True
    except (NotWorthwhileError, DamagedError):
        pass
    return False


def _end_with_the_other() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(_KILLED)


if __name__ == "__main__":
    os.nice(_NICER)
    asked = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_the_other, daemon=True).start()
    sys.stdout.write(json.dumps(consolidate(sys.argv[1], asked["jobs"])) + "\n")
