"""Volumes that are exports of other NBD servers, by libnbd."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from errno import EINVAL, EIO, ENOSPC
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from core.driver.backend import libnbd
from core.driver.backend.link import Patience
from core.driver.backend.place import Uri, export_name, place_of, recorded
from core.driver.backend.remote import LINKS_MAX, RemoteVolume
from core.errors import CoreError
from tests.core.driver.elsewhere import Elsewhere, nbdkit, qemu_nbd
from tests.core.recorder import Recorder, Request, random_request, run_of

SIZE = 1 << 20
IMPATIENT = Patience(connect_s=0.5, answer_s=0.5)


def image(folder: Path, size: int = SIZE) -> Path:
    path = folder / "elsewhere.img"
    with path.open("wb") as file:
        file.truncate(size)
    return path


@contextmanager
def opened(uri: str, **more: object) -> Iterator[RemoteVolume]:
    volume = RemoteVolume(uri, **more)  # type: ignore[arg-type]
    try:
        yield volume
    finally:
        volume.close()


def all_of(volume: RemoteVolume) -> bytes:
    whole = bytearray(volume.size())
    volume.read_into(whole, 0)
    return bytes(whole)


Begun = Callable[[Path], AbstractContextManager[Elsewhere]]
SERVERS: dict[str, Begun] = {
    "qemu-nbd": lambda top: qemu_nbd(top / "s", image(top)),
    "nbdkit": lambda top: nbdkit(top / "s", "file", image(top)),
    "no zeroes": lambda top: nbdkit(
        top / "s", "file", image(top), "zeromode=none", options=("--filter=nozero",)
    ),
    "in any order": lambda top: nbdkit(
        *(top / "s", "file", image(top), "wdelay=3ms"), options=("--filter=delay",)
    ),
    "one connection": lambda top: nbdkit(
        top / "s", "file", image(top), "multi-conn-mode=disable", options=("--filter=multi-conn",)
    ),
    "small blocks": lambda top: nbdkit(
        *(top / "s", "file", image(top), "blocksize-minimum=512", "blocksize-preferred=4096"),
        *("blocksize-maximum=16384", "blocksize-error-policy=error"),
        options=("--filter=blocksize-policy",),
    ),
}


@pytest.mark.parametrize("server", SERVERS)
def test_what_is_written_elsewhere_is_what_a_recorder_saw(server: str, tmp_path: Path) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE,))
    with SERVERS[server](tmp_path) as elsewhere, opened(elsewhere.uri) as volume:
        assert volume.size() == SIZE
        for _ in range(60):
            requests = [random_request(rng, SIZE) for _ in range(rng.choice((1, 2, 30)))]
            assert volume.write_run(run_of(requests)) == {}
            for each in requests:
                recorder.write(0, each)
        volume.write(b"bytes" * 1024, 4096)
        recorder.write(0, Request(1, 4096, 5120, b"bytes" * 1024))
        volume.zero(0, 8192)
        recorder.write(0, Request(6, 0, 8192))
        volume.sync()
        assert all_of(volume) == recorder.states[-1][0]
    assert (tmp_path / "elsewhere.img").read_bytes() == recorder.states[-1][0]


@pytest.mark.parametrize("server", ["qemu-nbd", "nbdkit"])
def test_holes_are_known_and_made(server: str, tmp_path: Path) -> None:
    with SERVERS[server](tmp_path) as elsewhere, opened(elsewhere.uri) as volume:
        assert list(volume.data(0, SIZE)) == []
        volume.write(b"x" * 65536, 131072)
        volume.write(b"y" * 65536, 524288)
        assert list(volume.data(0, SIZE)) == [(131072, 65536), (524288, 65536)]
        assert list(volume.data(135168, 400000)) == [(135168, 61440), (524288, 10880)]
        volume.zero(131072, 65536)
        assert list(volume.data(0, SIZE)) == [(524288, 65536)]
        assert all_of(volume) == bytes(524288) + b"y" * 65536 + bytes(SIZE - 589824)
    assert (tmp_path / "elsewhere.img").stat().st_blocks * 512 <= 131072


def test_what_is_read_need_not_begin_and_end_with_blocks_of_the_server(tmp_path: Path) -> None:
    with SERVERS["small blocks"](tmp_path) as elsewhere, opened(elsewhere.uri) as volume:
        held = Random(1).randbytes(65_536)
        volume.write(held, 131_072)
        for offset, length in ((0, 1), (511, 2), (1000, 40_000), (512, 512), (65_535, 1)):
            piece = bytearray(length)
            volume.read_into(piece, 131_072 + offset)
            assert piece == held[offset : offset + length]
        assert list(volume.data(131_073, 100)) == [(131_073, 100)]
        assert list(volume.data(131_071, 65_538)) == [(131_072, 65_536)]
        with pytest.raises(OSError, match=r"server|beyond|request"):
            volume.read_into(bytearray(513), SIZE - 512)


def test_where_extents_are_not_told_all_is_data(tmp_path: Path) -> None:
    with (
        nbdkit(tmp_path / "s", "file", image(tmp_path), options=("--filter=noextents",)) as server,
        opened(server.uri) as volume,
    ):
        assert list(volume.data(4096, 8192)) == [(4096, 8192)]


def test_readers_have_connections_of_their_own_where_that_is_safe(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        nbdkit(
            *(tmp_path / "s", "memory", "1M", "rdelay=100ms", f"logfile={log}"),
            options=("--filter=log", "--filter=delay"),
        ) as server,
        opened(server.uri) as volume,
    ):
        found: list[bytes] = []
        readers = [Thread(target=lambda: found.append(all_of(volume))) for _ in range(6)]
        for each in readers:
            each.start()
        for each in readers:
            each.join()
        assert found == [bytes(SIZE)] * 6
        assert log.read_text().count(" Connect ") == LINKS_MAX


@pytest.mark.parametrize("server", ["qemu-nbd", "nbdkit"])
def test_a_server_that_is_killed_has_failed_for_good(server: str, tmp_path: Path) -> None:
    with opened_then_killed(SERVERS[server], tmp_path) as volume:
        for _ in range(2):
            with pytest.raises(OSError, match="server") as told:
                volume.write_run(run_of([Request(1, 0, 512, b"a" * 512)]))
            assert told.value.errno == EIO
        for call in (
            lambda: volume.read_into(bytearray(512), 0),
            volume.sync,
            lambda: volume.zero(0, 512),
            lambda: volume.extents(0, 512, 1),
        ):
            with pytest.raises(OSError, match=r"server|sync") as told:
                call()
            assert told.value.errno == EIO
        with SERVERS[server](tmp_path), pytest.raises(OSError, match="server"):
            volume.read_into(bytearray(512), 0)


@contextmanager
def opened_then_killed(server: Begun, folder: Path) -> Iterator[RemoteVolume]:
    with server(folder) as elsewhere, opened(elsewhere.uri) as volume:
        volume.write(b"x" * 512, 0)
        elsewhere.kill()
        (folder / "s").unlink(missing_ok=True)
        yield volume


def test_no_reader_meets_the_server_that_comes_after_the_one_that_failed(tmp_path: Path) -> None:
    def begun() -> AbstractContextManager[Elsewhere]:
        return nbdkit(tmp_path / "s", "memory", "1M", "rdelay=50ms", options=("--filter=delay",))

    found: list[bytes | OSError] = []

    def read() -> None:
        try:
            found.append(all_of(volume))
        except OSError as error:
            found.append(error)

    with begun() as elsewhere, opened(elsewhere.uri) as volume:
        read()
        elsewhere.kill()
        (tmp_path / "s").unlink(missing_ok=True)
        with begun():
            readers = [Thread(target=read) for _ in range(6)]
            for each in readers:
                each.start()
            for each in readers:
                each.join()
        assert [each for each in found if isinstance(each, bytes)] == [bytes(SIZE)]


def test_a_server_that_answers_no_more_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with (
        nbdkit(tmp_path / "s", "memory", "1M") as server,
        opened(server.uri, patience=IMPATIENT) as volume,
    ):
        volume.write(b"x" * 512, 0)
        server.stop()
        with pytest.raises(OSError, match="in time"):
            volume.read_into(bytearray(512), 0)
        with pytest.raises(OSError, match="in time"):
            volume.write(b"y" * 512, 0)
        with pytest.raises(CoreError, match="in time"):
            RemoteVolume(server.uri, patience=IMPATIENT)


def test_an_error_of_the_servers_disk_is_told_for_its_request_alone(tmp_path: Path) -> None:
    full = ("--filter=error",)
    with (
        nbdkit(
            *(tmp_path / "s", "memory", "1M", "error-pwrite=ENOSPC", "error-pwrite-rate=100%"),
            f"error-pwrite-file={tmp_path / 'full'}",
            options=full,
        ) as server,
        opened(server.uri) as volume,
    ):
        assert volume.write_run(run_of([Request(1, 0, 512, b"a" * 512)])) == {}
        (tmp_path / "full").touch()
        run = run_of([Request(1, 0, 512, b"b" * 512), Request(6, 512, 512)])
        assert volume.write_run(run) == {0: 28}
        (tmp_path / "full").unlink()
        assert all_of(volume)[:512] == b"a" * 512


WITHOUT_FLUSH = """#!/bin/sh
case "$1" in
    get_size) echo 1M ;;
    pread) head -c "$3" /dev/zero ;;
    can_write) ;;
    *) exit 2 ;;
esac
"""


def test_what_libnbd_does_not_send_is_an_error_of_its_request_alone(tmp_path: Path) -> None:
    with nbdkit(tmp_path / "s", "memory", "1M") as server, opened(server.uri) as volume:
        requests = (
            Request(1, 0, 512, b"a" * 512),
            Request(1, SIZE, 512, b"b" * 512),
            Request(6, 2 * SIZE, 4096),
            Request(1, 512, 512, b"c" * 512),
        )
        assert volume.write_run(run_of(requests)) == {1: ENOSPC, 2: ENOSPC}
        assert all_of(volume)[:1024] == b"a" * 512 + b"c" * 512
        with pytest.raises(OSError, match="bounds") as told:
            volume.read_into(bytearray(512), SIZE)
        assert told.value.errno == EINVAL


REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "read-only": (("memory", "1M"), ("-r",), "lets nobody write"),
    "no flush": (("sh", "plugin.sh"), (), "offers no flush"),
    "large blocks": (
        ("memory", "1M", "blocksize-minimum=8192", "blocksize-preferred=8192"),
        ("--filter=blocksize-policy",),
        "8192 bytes at least",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_a_volume_is_refused_and_why(why: str, tmp_path: Path) -> None:
    plugin, options, told = REFUSED[why]
    (tmp_path / "plugin.sh").write_text(WITHOUT_FLUSH)
    (tmp_path / "plugin.sh").chmod(0o700)
    words = [str(tmp_path / each) if each == "plugin.sh" else each for each in plugin]
    with (
        nbdkit(tmp_path / "s", *words, options=options) as server,
        pytest.raises(CoreError, match=told),
    ):
        RemoteVolume(server.uri)


def test_a_server_or_an_export_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CoreError, match="No such file"):
        RemoteVolume(f"nbd+unix:///x?socket={tmp_path}/none")
    with pytest.raises(CoreError, match="refused"):
        RemoteVolume("nbd://127.0.0.1:1/x")
    with (
        qemu_nbd(tmp_path / "s", image(tmp_path)) as server,
        pytest.raises(CoreError, match="nbdinfo"),
    ):
        RemoteVolume(server.uri.replace("disk", "another"))


def test_without_libnbd_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libnbd, "_NAME", "libnbd-that-is-not-there.so.0")
    libnbd.library.cache_clear()
    with pytest.raises(CoreError, match="needs libnbd") as told:
        RemoteVolume("nbd://127.0.0.1:1/x")
    assert "apt-get install" in told.value.hint
    libnbd.library.cache_clear()


def test_a_uri_names_its_export_and_is_remembered_as_it_is(tmp_path: Path) -> None:
    for word, name in (
        ("nbd://host:10809/vm%2F1", "vm/1"),
        ("nbds://host/", "host"),
        (f"nbd+unix:///?socket={tmp_path}/disk.sock", "disk"),
        (f"nbds+unix:///data?socket={tmp_path}/disk.sock", "data"),
    ):
        place = place_of(word)
        assert isinstance(place, Uri)
        assert export_name(place) == name
        assert recorded(place) == word
    assert export_name(place_of("folder/disk.img")) == "disk"
    relative = place_of("nbd+unix:///data?socket=here/disk.sock")
    assert recorded(relative) == f"nbd+unix:///data?socket={Path('here/disk.sock').absolute()}"
    for word in ("http://host/x", "nbd+unix:///x", "nbd+ssh://host/x"):
        with pytest.raises(CoreError, match=r"not http|no socket|not nbd\+ssh"):
            place_of(word)
