"""Taking a group back to a point while it is open."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from core.driver.group.sizes import changing_sizes
from core.driver.group.wanted import Protected
from core.errors import CoreError, cause_text
from core.machine.journal.marking import Marking
from core.machine.journal.rewind import rewind
from core.stream.history import History


class Rewound(NamedTuple):
    """What was done: the point, the end of history before and after, and the bytes looked at.

    `earliest` is the first point that there is now, and `resized` has the volumes of another size:
    each with its name, and the bytes that it had `before` and has now.
    """

    point: int
    before: int
    end: int
    bytes: int
    earliest: int
    resized: Sequence[Mapping[str, str | int]]


def take_back(group: Protected, point: int) -> Rewound:
    """Give the volumes what they held at a point; raises CoreError while clients use them.

    Nobody feeds replicas meanwhile: pre-images that the point needs would go.
    """
    group.refuse_lacking()
    if group.replicas is None:
        return _taken_back(group, point)
    group.replicas.pause()
    try:
        return _taken_back(group, point)
    finally:
        group.replicas.resume()


def _taken_back(group: Protected, point: int) -> Rewound:
    served = group.group
    with served.without_clients():
        journal = served.journal
        if isinstance(journal, Marking):
            raise CoreError(
                "nothing can be taken back: what was written since the last point is not known",
                hint="see to the replicas: `isthmus journal list` says what is wrong with them",
            )
        before, sizes = journal.end, [volume.size() for volume in served.volumes]
        with closing(History(group.folder, where=str(group.folder.path), live=True)) as history:
            try:
                with changing_sizes(group.folder, served.volumes, lambda: journal.end):
                    done = sum(rewind(journal, history, served.volumes, group.images, point=point))
            except (CoreError, OSError) as error:
                if journal.end == before:
                    raise
                raise CoreError(
                    f"the volumes are taken back in part only: {cause_text(error)}",
                    hint=f"rewind to sequence:{before} gives them back what they held",
                ) from error
            journal.flush()
            history.refresh()
            earliest = history.first
        resized: list[Mapping[str, str | int]] = [
            {"volume": name, "before": size, "size": volume.size()}
            for name, size, volume in zip(group.identity.names, sizes, served.volumes, strict=True)
            if size != volume.size()
        ]
        return Rewound(point, before, journal.end, done, earliest, resized)
