"""What is remembered of images: it tells others apart, and says nothing where it cannot."""

from pathlib import Path

import pytest

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.stream.left import LEFT, forget_left, read_left, sample, write_left
from core.stream.names import data_name
from core.wire.segment import Stream


def image(path: Path, content: bytes) -> DiskImage:
    path.write_bytes(content)
    return DiskImage(path)


@pytest.mark.parametrize("size", [512, 4096, 4608, 1 << 20, (1 << 20) + 512])
def test_another_image_is_told_apart_whatever_its_size(tmp_path: Path, size: int) -> None:
    mine = image(tmp_path / "a", b"a" * size)
    held = sample(mine, ())
    assert held.is_of(image(tmp_path / "copy", b"a" * size))
    assert not held.is_of(image(tmp_path / "blank", bytes(size)))
    assert not held.is_of(image(tmp_path / "longer", b"a" * (size + 512)))
    assert not held.is_of(image(tmp_path / "shorter", b"a" * (size - 512)))


def test_what_was_written_last_is_among_it_and_what_is_gone_is_not(tmp_path: Path) -> None:
    content = bytes(1 << 20)
    at = 17 * 4096
    mine = image(tmp_path / "a", content[:at] + b"x" + content[at + 1 :])
    assert at in sample(mine, (at, 2 << 20)).offsets
    assert not sample(mine, (at, 2 << 20)).is_of(image(tmp_path / "b", content))


def test_data_is_looked_for_where_there_are_holes(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(64 << 20)
        file.seek(3 << 20)
        file.write(b"x" * 4096)
    assert 3 << 20 in sample(DiskImage(tmp_path / "a"), ()).offsets


def test_it_says_nothing_once_it_is_gone_damaged_or_old(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path)
    held = sample(image(tmp_path / "a", b"a" * 4096), (0,))
    assert read_left(folder) is None
    write_left(folder, (held,), (None,))
    found = read_left(folder)
    assert found is not None
    assert (found.images, found.replicas) == ((held,), (None,))
    (tmp_path / data_name(Stream.DO, 1)).touch()
    assert read_left(folder) is None
    write_left(folder, (held,), ())
    assert read_left(folder) is not None
    whole = (tmp_path / LEFT).read_bytes()
    for content in (b"", whole[:-1], whole[1:], b"{}\n", whole.replace(b"segment", b"sediment")):
        (tmp_path / LEFT).write_bytes(content)
        assert read_left(folder) is None
    forget_left(folder)
    forget_left(folder)
    assert LEFT not in folder.names()
