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
from collections.abc import Mapping
from threading import Thread
from typing import Any, Final

from core.driver.folder import DiskFolder
from core.machine.journal.drafts import (
    EpochOrder,
    PreImagesOrder,
    make_first,
    make_pre_images,
)
from core.stream.identity import read_identity
from core.stream.names import Place
from core.wire.segment import Stream

_NICER: Final = 10
_KILLED: Final = 1


def consolidate(journal: str, asked: Mapping[str, Any]) -> int:
    """Make one draft; returns how many were not worth it, or not whole, before."""
    folder = DiskFolder(journal)
    group = read_identity(folder, where=journal).group
    if "pre_images" in asked:
        order = PreImagesOrder(**_with_places(asked["pre_images"], Stream.UNDO))
        return int(not make_pre_images(folder, order, group=group, where=journal))
    orders = [EpochOrder(**_with_places(job, Stream.DO)) for job in asked["jobs"]]
    return make_first(folder, orders, group=group, where=journal)


def _with_places(job: Mapping[str, Any], stream: Stream) -> dict[str, Any]:
    return {**job, "places": [Place(stream, *place) for place in job["places"]]}


def _end_with_the_other() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(_KILLED)


if __name__ == "__main__":
    os.nice(_NICER)
    asked = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_the_other, daemon=True).start()
    sys.stdout.write(json.dumps({"declined": consolidate(sys.argv[1], asked)}) + "\n")
