"""What a copy offers is what production was, byte by byte."""

from collections import Counter
from collections.abc import Sequence

from core.sim.checks import ViolationError
from core.sim.medium import MemoryVolume
from core.sim.reader import points_in
from core.sim.record import Record
from core.sim.sites.far import WHERE
from core.stream.history import History
from core.stream.point import PointIndex
from core.structure.medium import Folder


def check(
    record: Record,
    folder: Folder,
    images: Sequence[MemoryVolume],
    made: Counter[str],
    some: int,
    *,
    live: bool,
) -> Sequence[int]:
    """So many of the points that are offered, spread over all, the last among them."""
    history = History(folder, where=WHERE, live=live)
    try:
        if history.findings:
            raise ViolationError(f"a finding where nothing is damaged: {history.findings[0]}")
        offered = points_in(history)
        if history.begin is None or not history.do or not offered:
            made["times that no point was offered"] += 1
            return ()
        if offered[-1] > record.end:
            raise ViolationError(f"point {offered[-1]} is offered, and {record.end} was written")
        step = max(1, len(offered) // some)
        for point in {*offered[::step], offered[-1]}:
            if point not in record.doubtful:
                _compare(history, images, point, record)
                made["points exact"] += 1
        _look_for_notes(history, record)
        return offered
    finally:
        history.close()


def _compare(history: History, images: Sequence[MemoryVolume], point: int, record: Record) -> None:
    expected = record.state(point)
    for number, image in enumerate(images):
        index = PointIndex(history, volume=number, point=point, image_size=image.size())
        found = bytearray(index.size)
        index.read_into(found, 0, image)
        if found != expected[number]:
            raise ViolationError(f"point {point} of the copy, volume {number}, is wrong")


def _look_for_notes(history: History, record: Record) -> None:
    found = [(point, text) for point, _, text in history.notes()]
    for each in record.notes:
        if history.first < each[0] < history.end and each not in found:
            raise ViolationError(f"the note at point {each[0]} is lost on its way")
