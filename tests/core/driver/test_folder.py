"""Files of a real folder: whole transfers, whole files, and nothing left behind by what failed."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from core.driver.folder import DiskFolder
from tests.core.driver.small_disk import small_disk


@pytest.fixture
def folder(tmp_path: Path) -> DiskFolder:
    return DiskFolder(tmp_path / "journal", make=True)


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path / "journal", make=True)
    folder.create("a", 100).close()
    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "journal" / "a").stat().st_mode & 0o777 == 0o600
    assert DiskFolder(tmp_path / "journal", make=True).names() == ("a",)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DiskFolder(tmp_path / "journal")


def test_a_new_file_is_zero_and_takes_its_space(folder: DiskFolder) -> None:
    file = folder.create("a", 300_000)
    buffer = bytearray(b"\1" * 300_000)
    file.read_into(buffer, 0)
    assert buffer == bytes(300_000)
    assert (folder.path / "a").stat().st_blocks * 512 >= 300_000
    assert file.size() == 300_000
    assert folder.create("b", 0).size() == 0


def test_a_name_that_is_taken_is_not_made_again(folder: DiskFolder) -> None:
    folder.create("a", 10).write((b"kept",), 0)
    with pytest.raises(FileExistsError):
        folder.create("a", 10)
    assert (folder.path / "a").read_bytes()[:4] == b"kept"


def test_more_buffers_than_one_call_takes_are_written_in_order(folder: DiskFolder) -> None:
    rng = Random(1)
    buffers = [rng.randbytes(rng.randint(0, 40)) for _ in range(5000)]
    whole = b"".join(buffers)
    file = folder.create("a", len(whole) + 7)
    file.write(buffers, 7)
    found = bytearray(len(whole))
    file.read_into(found, 7)
    assert found == whole


def test_short_transfers_are_finished(folder: DiskFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(2)
    pwritev, preadv = os.pwritev, os.preadv

    def short_write(number: int, buffers: list[memoryview], offset: int) -> int:
        whole = b"".join(buffers)
        return pwritev(number, (whole[: rng.randint(1, len(whole))],), offset)

    def short_read(number: int, buffers: tuple[memoryview], offset: int) -> int:
        view = buffers[0]
        return preadv(number, (view[: rng.randint(1, len(view))],), offset)

    monkeypatch.setattr(os, "pwritev", short_write)
    monkeypatch.setattr(os, "preadv", short_read)
    buffers = [rng.randbytes(rng.randint(0, 100)) for _ in range(50)]
    whole = b"".join(buffers)
    file = folder.create("a", len(whole))
    file.write(buffers, 0)
    found = bytearray(len(whole))
    file.read_into(found, 0)
    assert found == whole


def test_a_read_beyond_the_end_is_an_error(folder: DiskFolder) -> None:
    file = folder.create("a", 100)
    with pytest.raises(OSError, match="ends at 100, before 110"):
        file.read_into(bytearray(20), 90)


def test_a_map_is_shared_and_writable_only_where_the_file_is(folder: DiskFolder) -> None:
    writing = folder.create("a", 8192)
    reading = folder.open("a", writable=False)
    view = reading.map()
    assert view.readonly
    writing.map()[5000] = 7
    assert view[5000] == 7
    writing.write((b"\x09",), 5001)
    assert view[5001] == 9
    assert not folder.create("empty", 0).map()


def test_a_view_outlives_the_file_and_its_name(folder: DiskFolder) -> None:
    file = folder.create("a", 8192)
    file.write((b"kept",), 4096)
    view = folder.open("a", writable=False).map()[4096:4100]
    file.close()
    file.close()
    folder.remove("a")
    assert bytes(view) == b"kept"
    assert folder.names() == ()


def test_names_change_and_are_made_durable(folder: DiskFolder) -> None:
    folder.create("a", 1).close()
    folder.create("b", 2).close()
    folder.rename("b", "a")
    folder.sync()
    assert folder.names() == ("a",)
    assert folder.open("a", writable=True).size() == 2
    with pytest.raises(FileNotFoundError):
        folder.open("b", writable=False)


def test_a_link_is_not_followed(folder: DiskFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"x")
    (folder.path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        folder.open("a", writable=True)


def test_where_space_cannot_be_asked_for_zeroes_are_written(
    folder: DiskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "posix_fallocate", refused)
    file = folder.create("a", 3_000_001)
    assert file.size() == 3_000_001
    assert (folder.path / "a").stat().st_blocks * 512 >= 3_000_001


@pytest.fixture
def full_soon(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    with small_disk(tmp_path / "small", 1 << 20) as path:
        yield path


@pytest.mark.parametrize("asks", [True, False])
def test_a_file_that_does_not_fit_is_not_there_afterwards(
    full_soon: Path, monkeypatch: pytest.MonkeyPatch, *, asks: bool
) -> None:
    def refused(*_: int) -> None:
        raise OSError(errno.EINVAL, "not supported")

    if not asks:
        monkeypatch.setattr(os, "posix_fallocate", refused)
    folder = DiskFolder(full_soon)
    with pytest.raises(OSError, match="No space left") as caught:
        folder.create("a", 2 << 20)
    assert caught.value.errno == errno.ENOSPC
    assert folder.names() == ()
    folder.create("a", 512 << 10).close()


def test_what_is_mapped_has_its_space_on_a_full_disk(full_soon: Path) -> None:
    folder = DiskFolder(full_soon)
    view = folder.create("a", 256 << 10).map()
    (full_soon / "rest").write_bytes(bytes(700 << 10))
    with pytest.raises(OSError, match="No space left"):
        (full_soon / "more").write_bytes(bytes(400 << 10))
    for at in range(0, 256 << 10, 4096):
        view[at] = 1
    assert view[252 << 10] == 1
