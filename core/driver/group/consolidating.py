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
from threading import Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.machine.journal.folds import Order, make_first
from core.stream.identity import read_identity
from core.stream.names import Place
from core.wire.segment import Stream

_NICER: Final = 10
_KILLED: Final = 1


def consolidate(journal: str, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Make one draft, and that of the pre-images that go with it."""
    folder = DiskFolder(journal)
    group = read_identity(folder, where=journal).group
    made = make_first(folder, [*map(_order, jobs)], group=group, where=journal)
    return {"declined": made.declined, "made": made.epoch, "pre_images": made.pre_images}


def _order(job: dict[str, Any]) -> Order:
    return Order(
        **job
        | {
            "places": [Place(Stream.DO, *place) for place in job["places"]],
            "pre_images": [Place(Stream.UNDO, *place) for place in job["pre_images"]],
        }
    )


def _end_with_the_other() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(_KILLED)


if __name__ == "__main__":
    os.nice(_NICER)
    asked = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_the_other, daemon=True).start()
    sys.stdout.write(json.dumps(consolidate(sys.argv[1], asked["jobs"])) + "\n")
