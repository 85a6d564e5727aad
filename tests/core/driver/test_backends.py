"""Files and devices hold what is written, zero what is zeroed, and tell the truth about holes."""

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.driver.backend.backend import Backend, read_exactly, write_exactly
from core.driver.backend.commit import GroupCommit
from core.driver.backend.device import DeviceBackend
from core.driver.backend.fallocate import Allocate, tried
from core.driver.backend.file import FileBackend
from core.driver.group.volume import BackendVolume, open_volume
from core.driver.nbd.volume import VolumeExport
from core.errors import CoreError
from core.wire.nbd.constants import Mode, TransmissionFlag
from core.wire.nbd.requests import Rules, cut_run
from tests.core.wire.nbd.test_requests import FAST, NO_HOLE, TRIM, WRITE, ZEROES, compact

SIZE = 1 << 20
PATIENCE_S = 30.0


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[FileBackend]:
    made = FileBackend.create(tmp_path / "volume", SIZE)
    yield made
    made.close()


def content(backend: Backend, offset: int = 0, length: int = SIZE) -> bytes:
    target = bytearray(length)
    read_exactly(backend.fd, memoryview(target), offset)
    return bytes(target)


def fill(backend: Backend) -> bytes:
    data = bytes(range(1, 256)) * (backend.size // 255 + 1)
    write_exactly(backend.fd, memoryview(data[: backend.size]), 0)
    return data[: backend.size]


def without(monkeypatch: pytest.MonkeyPatch, *modes: Allocate) -> None:
    """As on a file system that cannot do these."""
    monkeypatch.setattr(
        "core.driver.backend.file.tried",
        lambda fd, mode, offset, length: (
            not any(mode & each for each in modes) and tried(fd, mode, offset, length)
        ),
    )


def test_a_file_that_is_there_is_not_created_again(tmp_path: Path) -> None:
    (tmp_path / "volume").write_bytes(b"precious")
    with pytest.raises(CoreError, match="cannot create"):
        FileBackend.create(tmp_path / "volume", 10)
    assert (tmp_path / "volume").read_bytes() == b"precious"


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    for kind in (FileBackend, DeviceBackend):
        with pytest.raises(CoreError, match=r"volume: cannot open"):
            kind(tmp_path / "volume")


@pytest.mark.parametrize("allocated", [False, True])
@pytest.mark.parametrize("missing", [(), (Allocate.PUNCH_HOLE, Allocate.ZERO_RANGE)])
def test_zeroes_read_as_zeroes_and_their_neighbours_do_not_change(
    backend: FileBackend,
    monkeypatch: pytest.MonkeyPatch,
    missing: tuple[Allocate, ...],
    allocated: bool,
) -> None:
    without(monkeypatch, *missing)
    before = fill(backend)
    backend.zero(4097, 300_001, allocated=allocated, fast=False)
    assert content(backend) == before[:4097] + bytes(300_001) + before[304_098:]
    assert os.fstat(backend.fd).st_size == SIZE


def test_fast_zero_is_refused_where_zeroes_would_be_written(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(backend)
    without(monkeypatch, Allocate.PUNCH_HOLE, Allocate.ZERO_RANGE)
    with pytest.raises(OSError, match="would have to be written") as caught:
        backend.zero(0, 4096, allocated=False, fast=True)
    assert caught.value.errno == errno.ENOTSUP
    assert content(backend) == before


def test_trim_makes_holes_where_it_can_and_is_no_error_where_it_cannot(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fill(backend)
    backend.trim(65536, 65536)
    assert content(backend, 0, 65536) == before[:65536]
    without(monkeypatch, Allocate.PUNCH_HOLE)
    backend.trim(0, 4096)
    assert content(backend, 0, 4096) == before[:4096]


def test_a_run_of_data_is_known_until_something_of_it_goes(backend: FileBackend) -> None:
    fill(backend)
    volume = BackendVolume(backend)
    whole, none = [(SIZE, 0)], [(SIZE, 3)]
    assert backend.extents(0, SIZE, 10) == whole
    assert backend.extents(4096, 4096, 10) == [(4096, 0)]
    backend.trim(0, SIZE)
    assert backend.extents(0, SIZE, 10) == none
    for allocated in (False, True):
        fill(backend)
        assert backend.extents(0, SIZE, 10) == whole
        backend.zero(0, SIZE, allocated=allocated, fast=False)
        assert backend.extents(4096, 4096, 10) == [(4096, 3)]
    fill(backend)
    assert backend.extents(0, SIZE, 10) == whole
    volume.clear()
    assert backend.extents(0, SIZE, 10) == none


def test_extents_are_data_and_holes_within_what_is_asked(backend: FileBackend) -> None:
    assert backend.extents(0, SIZE, 10) == [(SIZE, 3)]
    write_exactly(backend.fd, memoryview(bytes([1]) * 65536), 131072)
    assert backend.extents(0, SIZE, 10) == [(131072, 3), (65536, 0), (SIZE - 196608, 3)]
    assert backend.extents(0, SIZE, 1) == [(131072, 3)]
    assert backend.extents(131073, 10, 10) == [(10, 0)]
    assert backend.extents(SIZE - 1, 1, 10) == [(1, 3)]


def test_a_read_beyond_the_file_is_an_error_and_not_zeroes(backend: FileBackend) -> None:
    os.ftruncate(backend.fd, 1000)
    with pytest.raises(OSError, match="ends before"):
        read_exactly(backend.fd, memoryview(bytearray(100)), 950)


def test_a_volume_of_odd_size_ends_at_its_last_whole_block(tmp_path: Path) -> None:
    (tmp_path / "volume").write_bytes(bytes(1000))
    backend = FileBackend(tmp_path / "volume", read_only=True)
    export = VolumeExport("vol1", backend, read_only=True)
    assert export.offer.size == 1000
    assert export.offer.features & TransmissionFlag.READ_ONLY
    backend.close()


def test_concurrent_syncs_share_one_and_none_counts_that_began_before() -> None:
    began, go_on, calls = threading.Event(), threading.Event(), []

    def sync() -> None:
        calls.append(threading.current_thread().name)
        began.set()
        assert go_on.wait(PATIENCE_S)

    commit = GroupCommit(sync)
    threads = [threading.Thread(target=commit.wait) for _ in range(20)]
    threads[0].start()
    assert began.wait(PATIENCE_S)
    for each in threads[1:]:
        each.start()
    while sum(each.is_alive() for each in threads) < 20 or _waiting(commit) < 19:
        pass
    assert len(calls) == 1
    go_on.set()
    for each in threads:
        each.join(PATIENCE_S)
    assert len(calls) == 2  # the one that ran, and one for all who came while it did


def _waiting(commit: GroupCommit) -> int:
    return len(vars(commit._changed)["_waiters"])


def test_after_a_sync_that_failed_nothing_is_acknowledged_again(tmp_path: Path) -> None:
    """The next sync would succeed, without the data that the failed one has lost."""
    backend = FileBackend.create(tmp_path / "volume", SIZE)
    results = iter([OSError(errno.ENOSPC, "full"), None, None])
    commit = GroupCommit(lambda: _result(next(results)))
    backend.check, backend.sync = commit.check, commit.wait
    export = VolumeExport("vol1", backend)
    data = compact(WRITE, 0, 4, data=b"abcd")
    run = cut_run(memoryview(data), 0, len(data), Rules(export.offer, Mode.SIMPLE, False))
    assert export.write_run(run) == {}
    with pytest.raises(OSError, match="full"):
        export.flush()
    for again in (export.flush, lambda: export.write_run(run), export.attach):
        with pytest.raises(OSError, match="nothing here is trusted") as caught:
            again()
        assert caught.value.errno == errno.EIO
    backend.close()


def _result(error: OSError | None) -> None:
    if error is not None:
        raise error


def test_one_write_that_fails_is_told_alone(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = VolumeExport("vol1", backend)
    data = (
        compact(WRITE, 0, 4, data=b"abcd")
        + compact(WRITE, 8, 4, data=b"evil")
        + compact(TRIM, 65536, 4096)
        + compact(ZEROES, 65536, 4096, flags=NO_HOLE | FAST)
        + compact(WRITE, 16, 4, data=b"ijkl")
    )
    run = cut_run(memoryview(data), 0, len(data), Rules(export.offer, Mode.SIMPLE, False))
    real = os.pwrite

    def failing(fd: int, data: memoryview, offset: int) -> int:
        if bytes(data) == b"evil":
            raise OSError(errno.EIO, "bad sector")
        return real(fd, data[:3], offset)  # and every other one is short

    monkeypatch.setattr(os, "pwrite", failing)
    without(monkeypatch, Allocate.ZERO_RANGE)
    assert export.write_run(run) == {1: errno.EIO, 3: errno.ENOTSUP}
    assert content(backend, 0, 20) == b"abcd\0\0\0\0\0\0\0\0\0\0\0\0ijkl"


def test_a_short_write_is_finished(backend: FileBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    export = VolumeExport("vol1", backend)
    data = compact(WRITE, 3, 10, data=b"0123456789") + compact(WRITE, 20, 2, data=b"ab")
    run = cut_run(memoryview(data), 0, len(data), Rules(export.offer, Mode.SIMPLE, False))
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: real(fd, data[:3], offset))
    assert export.write_run(run) == {}
    assert content(backend, 0, 22) == b"\0\0\0" + b"0123456789" + bytes(7) + b"ab"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() or shutil.which("losetup") is None:
        pytest.skip("needs root and losetup for a block device")
    (tmp_path / "disk").write_bytes(bytes(SIZE))
    found = subprocess.run(
        ["losetup", "-f", "--show", str(tmp_path / "disk")],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        pytest.skip(f"needs a loop device: {found.stderr.strip()}")
    yield Path(found.stdout.strip())
    subprocess.run(["losetup", "-d", found.stdout.strip()], check=True)


def test_a_block_device_is_read_written_zeroed_and_trimmed(device: Path) -> None:
    backend = DeviceBackend(device)
    try:
        assert backend.size == SIZE
        before = fill(backend)
        backend.zero(4096, 8192, allocated=False, fast=False)
        backend.zero(65536, 4096, allocated=True, fast=False)
        backend.zero(100_001, 11, allocated=False, fast=False)
        expected = bytearray(before)
        for offset, length in ((4096, 8192), (65536, 4096), (100_001, 11)):
            expected[offset : offset + length] = bytes(length)
        assert content(backend) == expected
        with pytest.raises(OSError, match="would have to be written"):
            backend.zero(0, 4096, allocated=True, fast=True)
        backend.trim(1, 4096)
        backend.sync()
        assert content(backend, 0, 512) == expected[:512]
        assert backend.extents(0, SIZE, 5) == [(SIZE, 0)]
        backend.prefetch(0, SIZE)
    finally:
        backend.close()


def test_a_device_has_its_size_and_is_cleared_by_zeroes(device: Path) -> None:
    volume = open_volume(device)
    assert not volume.is_resizable
    size = volume.size()
    volume.write(b"x" * 8192, size - 8192)
    volume.clear()
    found = bytearray(8192)
    volume.read_into(found, size - 8192)
    assert found == bytes(8192)
    assert volume.size() == size
    volume.close()


def test_what_is_no_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CoreError, match="no block device"):
        DeviceBackend(tmp_path / "file")
