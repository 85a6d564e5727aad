"""What clients of others make of the server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.driver.backend.file import FileBackend
from core.driver.nbd.volume import VolumeExport
from tests.core.driver.programs import run
from tests.core.driver.serving import SIZE, Served, filled, serving, serving_file

NBDSH = """
h.set_strict_mode(h.get_strict_mode() & ~(
    nbd.STRICT_BOUNDS | nbd.STRICT_FLAGS | nbd.STRICT_COMMANDS | nbd.STRICT_ZERO_SIZE))
h.add_meta_context("base:allocation")
h.connect_uri(uri)
size = h.get_size()
def fails(call, *args, **more):
    try:
        call(*args, **more)
    except nbd.Error as error:
        print(call.__name__, error.errno)
        return
    raise SystemExit(f"{call.__name__}{args}{more} did not fail")
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving_file(tmp_path) as made:
        yield made


def test_nbdinfo_sees_the_export_its_flags_and_its_blocks(served: Served) -> None:
    (export,) = json.loads(run("nbdinfo", "--json", served.uri()))["exports"]
    assert export["export-name"] == "vol1"
    assert export["export-size"] == SIZE
    can = {"cache", "df", "fast_zero", "flush", "fua", "multi_conn", "trim", "zero"}
    assert {name for name in can if not export[f"can_{name}"]} == set()
    assert not export["is_read_only"]
    assert export["contexts"] == ["base:allocation"]
    assert export["block_size_maximum"] == 32 << 20


def test_nbdinfo_lists_what_is_served_and_finds_the_only_one_by_no_name(
    tmp_path: Path, served: Served
) -> None:
    assert f"export-size: {SIZE}" in run("nbdinfo", served.uri(""))
    (tmp_path / "more").mkdir()
    backends = [FileBackend.create(tmp_path / "more" / name, 4096) for name in ("a", "b")]
    exports = [
        VolumeExport("a", backends[0], description="the first"),
        VolumeExport("b ☃", backends[1], read_only=True),
    ]
    with serving(tmp_path / "more", *exports) as several:
        told = run("nbdinfo", "--list", several.uri(""))
        assert 'export="a"' in told
        assert "description: the first" in told
        assert "☃" in told
        run("nbdinfo", several.uri(""), code=1)
    for each in backends:
        each.close()


def test_nbdinfo_maps_data_and_holes(tmp_path: Path) -> None:
    backend = FileBackend.create(tmp_path / "volume", SIZE)
    with serving(tmp_path, VolumeExport("vol1", backend)) as served:
        run("qemu-io", "-f", "raw", "-c", "write -P 1 1M 64k", served.uri())
        found = json.loads(run("nbdinfo", "--map", "--json", served.uri()))
    backend.close()
    assert [(each["offset"], each["length"], each["type"]) for each in found] == [
        (0, 1 << 20, 3),
        (1 << 20, 65536, 0),
        ((1 << 20) + 65536, SIZE - (1 << 20) - 65536, 3),
    ]


def test_nbdcopy_copies_both_ways_over_several_connections(tmp_path: Path, served: Served) -> None:
    data = filled(tmp_path / "source", seed=2)
    run("nbdcopy", "--flush", tmp_path / "source", served.uri())
    assert served.file.read_bytes() == data
    (tmp_path / "target").write_bytes(b"")
    run("nbdcopy", "--connections=4", served.uri(), tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == data
    run("nbdcopy", "--synchronous", served.uri(), "null:")


def test_qemu_img_compares_and_converts(tmp_path: Path, served: Served) -> None:
    out = run("qemu-img", "compare", "-f", "raw", "-F", "raw", served.file, served.uri())
    assert "identical" in out
    data = bytearray(served.file.read_bytes())
    data[SIZE // 2] ^= 1
    (tmp_path / "other").write_bytes(data)
    run("qemu-img", "compare", "-f", "raw", "-F", "raw", tmp_path / "other", served.uri(), code=1)
    run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", tmp_path / "other", served.uri())
    assert served.file.read_bytes() == data


def test_qemu_io_writes_zeroes_discards_and_flushes(served: Served) -> None:
    commands = [
        "write -P 0xa5 0 64k",
        "write -f -P 0xa6 64k 512",
        "write -z -u 128k 64k",
        "write -z 192k 64k",
        "discard 256k 64k",
        "flush",
        "read -P 0xa5 0 64k",
        "read -P 0xa6 64k 512",
        "read -P 0 128k 192k",
        *(f"aio_write -P {at + 1} {at}M 1M" for at in range(1, 4)),
        "aio_flush",
        *(f"aio_read -P {at + 1} {at}M 1M" for at in range(1, 4)),
        "aio_flush",
        "write -P 9 1 1023",
        "read -P 9 1 1023",
        "read -P 0xa5 0 1",
    ]
    arguments = [word for each in commands for word in ("-c", each)]
    assert "Pattern verification failed" not in run(
        "qemu-io", "-f", "raw", *arguments, served.uri()
    )


def test_a_read_only_export_refuses_writers(tmp_path: Path) -> None:
    data = filled(tmp_path / "volume")
    backend = FileBackend(tmp_path / "volume", read_only=True)
    with serving(tmp_path, VolumeExport("vol1", backend, read_only=True)) as served:
        script = (
            NBDSH + "fails(h.pwrite, b'x' * 512, 0)\nfails(h.trim, 512, 0)\nfails(h.zero, 512, 0)"
        )
        told = run("nbdsh", "-c", f"uri = {served.uri()!r}", "-c", script)
        assert told.split() == ["pwrite", "EPERM", "trim", "EPERM", "zero", "EPERM"]
        run("qemu-img", "compare", "-f", "raw", "-F", "raw", served.file, served.uri())
    backend.close()
    assert (tmp_path / "volume").read_bytes() == data


def test_a_client_that_is_not_strict_is_told_what_is_wrong(served: Served) -> None:
    before = served.file.read_bytes()
    script = (
        NBDSH
        + """
extents = lambda *args: None
fails(h.pread, 512, size - 256)
fails(h.pread, 512, size)
fails(h.pread, 512, 2**63 - 512)
fails(h.pread, 0, 0)
fails(h.pwrite, bytes(512), size - 256)
fails(h.pwrite, b"x" * 512, 0, flags=nbd.CMD_FLAG_NO_HOLE)
fails(h.pwrite, bytes(33 << 20), 0)
fails(h.trim, 2**32 - 1, 0)
fails(h.zero, 2**32 - 1, 0)
fails(h.trim, 512, 0, flags=nbd.CMD_FLAG_FAST_ZERO)
fails(h.cache, 512, size)
fails(h.block_status, 2**32 - 1, 0, extents)
fails(h.flush, flags=nbd.CMD_FLAG_REQ_ONE)
assert h.pread(512, 0) == h.pread(512, 0, flags=nbd.CMD_FLAG_DF)
h.flush()
"""
    )
    told = run("nbdsh", "-c", f"uri = {served.uri()!r}", "-c", script)
    errors = [line.split()[1] for line in told.splitlines()]
    assert (
        errors
        == ["EINVAL"] * 4 + ["ENOSPC", "EINVAL", "ENOSPC", "EINVAL", "ENOSPC"] + ["EINVAL"] * 4
    )
    assert served.file.read_bytes() == before


def test_fio_reads_back_what_it_wrote(tmp_path: Path, served: Served) -> None:
    for number, how in enumerate((["--do_verify=1"], ["--verify_backlog=64"], ["--fsync=8"])):
        run(
            *("fio", f"--name=verify{number}", "--ioengine=nbd", f"--uri={served.uri()}"),
            *("--rw=randwrite", "--bsrange=512-64k", "--blockalign=512", "--iodepth=16"),
            *(f"--size={SIZE}", "--verify=crc32c", "--verify_fatal=1", *how),
            folder=tmp_path,
        )


def test_fio_notices_a_bit_that_flipped(tmp_path: Path, served: Served) -> None:
    """The control of the test above."""
    job = [
        *("fio", "--name=verify", "--ioengine=nbd", f"--uri={served.uri()}", "--rw=write"),
        *("--bs=4k", f"--size={SIZE}", "--verify=crc32c", "--verify_fatal=1"),
    ]
    run(*job, "--do_verify=0", folder=tmp_path)
    with served.file.open("r+b") as file:
        file.seek(SIZE // 2 + 100)
        old = file.read(1)
        file.seek(SIZE // 2 + 100)
        file.write(bytes([old[0] ^ 1]))
    run(*job, "--verify_only", folder=tmp_path, code=1)
