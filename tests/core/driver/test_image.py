"""Images are read, and their holes are known."""

import os
from pathlib import Path

import pytest

from core.driver.image import DiskImage


@pytest.fixture
def image(tmp_path: Path) -> DiskImage:
    path = tmp_path / "disk.img"
    path.write_bytes(b"")
    os.truncate(path, 4 << 20)
    with path.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"x" * 4096)
    return DiskImage(path)


def test_an_image_is_read_and_measured(image: DiskImage) -> None:
    found = bytearray(4)
    image.read_into(found, (1 << 20) + 4094)
    assert found == b"xx\0\0"
    assert image.size() == 4 << 20
    with pytest.raises(OSError, match="ends at"):
        image.read_into(found, (4 << 20) - 2)


def test_holes_are_known(image: DiskImage) -> None:
    found = list(image.data(0, image.size()))
    assert sum(length for _, length in found) < 1 << 20
    assert all(at <= 1 << 20 < at + length for at, length in found)
    assert list(image.data(2 << 20, 1 << 20)) == []
    assert list(image.data((1 << 20) + 100, 50)) == [((1 << 20) + 100, 50)]
