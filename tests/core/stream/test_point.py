"""What a point costs does not grow with what it does not need."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.stream import point as module
from core.stream.folding import last_of_each
from core.stream.history import History
from core.stream.names import data_name
from core.stream.point import INDEX_RUN_BYTES, PointIndex
from core.stream.view import PointView
from core.structure.painting import Integers, Painting, paint
from core.wire.record import no_records
from core.wire.segment import HEAD_BYTES
from tests.core.journals import Made, loaded

SIZE = 256 << 10


@pytest.fixture(scope="module")
def backlog(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Many epochs of a volume."""
    return loaded(tmp_path_factory.mktemp("backlog"), (SIZE,), seed=51, runs=200)


@pytest.fixture
def history(backlog: Made) -> Iterator[History]:
    folder = DiskFolder(backlog.folder)
    found = History(folder, where="journal")
    assert len(found.do) > 10
    yield found
    found.close()
    folder.close()


@pytest.mark.parametrize("tenth", [1, 5, 9])
def test_only_the_records_of_its_epoch_and_pre_images_since_are_looked_at(
    history: History, monkeypatch: pytest.MonkeyPatch, tenth: int
) -> None:
    painted = []

    def counted(start: Integers, length: Integers) -> Painting:
        painted.append(len(start))
        return paint(start, length)

    monkeypatch.setattr(module, "paint", counted)
    point = history.end * tenth // 10
    epoch = history.epoch_of(point)
    PointIndex(history, volume=0, point=point, image_size=SIZE)
    since = sum(int((part.records["sequence"] >= epoch.head.first).sum()) for part in history.undo)
    assert painted == [point - epoch.head.first + 1 + since]


def test_no_record_is_copied_where_all_of_an_epoch_are_wanted(history: History) -> None:
    part = history.do[3]
    found = history.written(since=part.head.first, until=part.end)
    assert np.shares_memory(found, part.records)


def test_its_index_is_as_large_as_it_says(history: History) -> None:
    index = PointIndex(history, volume=0, point=10, image_size=SIZE)
    held = [each for each in vars(index).values() if isinstance(each, np.ndarray)]
    runs = len(index.start)
    assert sum(each.nbytes for each in held) == INDEX_RUN_BYTES * runs
    assert 0 < runs <= 2 * sum(len(part.records) for part in history.every)


def test_no_byte_of_a_segment_is_looked_at_that_it_does_not_need(
    backlog: Made, history: History, tmp_path: Path
) -> None:
    """All others are spoiled behind their heads: nobody notices."""
    point = history.end - 20
    image = DiskImage(backlog.images[0])
    index = PointIndex(history, volume=0, point=point, image_size=SIZE)
    needed = {data_name(stream, number) for stream, number in index.segments()}
    copy = tmp_path / "journal"
    copytree(backlog.folder, copy)
    others = [each for each in copy.glob("*.data") if each.name not in needed]
    assert len(others) > 10
    for each in others:
        with each.open("r+b") as file:
            file.seek(HEAD_BYTES)
            file.write(b"\xff" * (each.stat().st_size - HEAD_BYTES))
    folder = DiskFolder(copy)
    again = History(folder, where="journal")
    view = PointView(again, image, volume=0, point=point)
    held = bytearray(SIZE)
    view.read_into(held, 0)
    assert bytes(held) == backlog.recorder.states[point][0]
    for thing in (view, again, folder, image):
        thing.close()


def test_of_epochs_without_a_point_none_is_kept() -> None:
    assert last_of_each(no_records(), 1_000_000_000).tolist() == []
