"""Points that were given up, and of which the timeline does not tell yet."""

from collections.abc import Iterator, Sequence
from typing import Final

from core.stream.history import History
from core.stream.noted import noted
from core.stream.standing import Standing
from core.wire.note import Gap

_NO_PRE_IMAGES: Final = "the pre-images of the replicas had reached their size"


def owed_gaps(standing: Standing, history: History, oldest: int) -> Sequence[Gap]:
    """What there was before history began, and what pre-images are missing of.

    `oldest` is the first write of the oldest epoch that there is.
    """
    told = [each.note for each in noted(history) if isinstance(each.note, Gap)]
    return [*_owed(standing, history, oldest, told)]


def _owed(standing: Standing, history: History, oldest: int, told: Sequence[Gap]) -> Iterator[Gap]:
    lost, begin = standing.lost, standing.begin
    if begin is None or history.begin != begin:
        return
    if lost is not None and lost.first <= begin - 2 and history.first == begin - 1:
        gap = Gap(reason=lost.reason, first=lost.first, last=begin - 2)
        if gap not in told:
            yield gap
    # Epochs are there of which whoever feeds has let the pre-images go.
    first = max(begin - 1, oldest - 1)
    first = max(first, *(gap.last + 1 for gap in told)) if told else first
    if first < history.first <= history.end and not history.findings:
        gap = Gap(reason=_NO_PRE_IMAGES, first=first, last=history.first - 1)
        yield gap.after(told[-1] if told else None)
