"""Images that are not as large as their journal left them.

Over one that was cut off, what was flushed would be zeroes, and older points of one that has grown
would have a size that they never had. A crash is no reason for either: an epoch ends when volumes
are durable, sizes included, so that only a resize in an epoch that was not ended may be half done.
"""

from collections.abc import Sequence

from core.errors import CoreError
from core.stream.history import History
from core.stream.phases import State
from core.stream.sizes import read_sizes
from core.stream.standing import Standing
from core.structure.medium import Image
from core.wire.record import Records
from core.wire.segment import Stream

HINT = (
    "bring back the image that it was; `truncate --size` gives one back its size, and `isthmus "
    "volume resize` gives a volume another"
)
_ANEW = "or take it away: history begins anew then, and the replica is filled when it is back"


def refuse_other_sizes(
    history: History, volumes: Sequence[Image], standing: Standing | None = None
) -> None:
    """Raises CoreError where a volume has a size that neither its end nor a crash gave it.

    `standing` is that of the replicas, where there are any.
    """
    for member, volume, left in zip(
        history.identity.volumes, volumes, sizes_left(history, standing), strict=True
    ):
        _refuse(member.path, volume, left, HINT)


def refuse_other_replicas(
    history: History, replicas: Sequence[Image], standing: Standing, first: int, hint: str = _ANEW
) -> None:
    """The same for replicas, of which `first` is the first write that they may lack.

    While they are filled, or somebody was given them, they may have any size; so may one that may
    lack another size, or was being taken back to before it. `hint` is what else can be done.
    """
    is_lent = any(len(part.records) for part in history.access)
    if standing.state is not State.DISTRIBUTING or is_lent:
        return
    for number, left in enumerate(sizes_left(history, standing)):
        if not len(_resized(history, number, first)):
            _refuse(
                history.identity.volumes[number].replica,
                replicas[number],
                left[-1:],
                f"{HINT}; {hint}",
            )


def sizes_left(history: History, standing: Standing | None) -> list[Sequence[int]]:
    """The sizes that each volume may have, the last of them at the end; none where nobody knows."""
    point, sizes = 0, tuple(member.size for member in history.identity.volumes)
    if standing is not None:
        point, sizes = standing.course.since, standing.course.sizes
    told = read_sizes(history.folder)
    is_marking = standing is not None and standing.state is State.MARKING
    is_known = told is not None or (not is_marking and _first(history) <= point)
    if told is not None and told.point >= point:
        point, sizes = told
    return [_left(history, number, point, sizes[number], is_known) for number in range(len(sizes))]


def _left(history: History, number: int, point: int, size: int, is_known: bool) -> Sequence[int]:
    resized = _resized(history, number, point + 1)
    if history.unsealed is not None:
        last = resized[resized["sequence"] >= history.unsealed.head.first]
        if len(last):
            return _around(last)
    if len(resized):
        return [int(resized["length"][-1])]
    return [size] if is_known else []


def _first(history: History) -> int:
    """The point from which on all resizes can be had."""
    if history.do:
        return history.do[0].head.first - 1
    is_lost = any(part.head.stream is Stream.DO for part in history.every)
    return 1 << 62 if is_lost else 0


def _resized(history: History, number: int, since: int) -> Records:
    resized = history.resized(since=since)
    mine: Records = resized[resized["volume"] == number]
    return mine


def _around(resized: Records) -> Sequence[int]:
    """The sizes that a volume had before resizes, and after each."""
    return [int(resized["offset"][0]), *resized["length"].tolist()]


def _refuse(path: str, image: Image, allowed: Sequence[int], hint: str) -> None:
    size = image.size()
    if allowed and size not in allowed:
        raise other_size(path, size, allowed[-1], hint=hint)


def other_size(path: str, size: int, left: int, *, hint: str) -> CoreError:
    """Says that an image has another size than it was left with."""
    return CoreError(
        f"this has {size} bytes, and the journal left it with {left}", where=path, hint=hint
    )
