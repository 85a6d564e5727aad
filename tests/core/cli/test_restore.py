"""Every point comes back byte for byte, as files that are whole or not there."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random
from shutil import which

import pytest

from compat.errors import Exit
from core.cli import output
from core.driver.backend.opening import open_backend
from tests.compat.cli.running import PROCESS_S, ROOT, environment
from tests.compat.cli.test_program import heed_interrupts
from tests.core.cli.running import Here, isthmus, on_terminal
from tests.core.journals import Made, loaded, made

SIZES = (96 << 10, 33 << 10)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return loaded(tmp_path_factory.mktemp("made"), SIZES, seed=4, runs=120, resizes=True)


def outputs(folder: Path) -> tuple[Path, Path]:
    return folder / "a.img", folder / "b.img"


def restored(here: Here, journal: Made, at: str, folder: Path) -> tuple[bytes, ...]:
    targets = outputs(folder)
    ended = here("journal", "restore", journal.folder, "--force", "--at", at, "--output", *targets)
    assert ended.code == Exit.OK, ended.err
    assert ended.out == ""
    return tuple(each.read_bytes() for each in targets)


def test_every_point_is_what_the_recorder_saw(here: Here, journal: Made, tmp_path: Path) -> None:
    for point in range(0, len(journal.recorder.states), 5):
        found = restored(here, journal, f"sequence:{point}", tmp_path)
        assert found == journal.recorder.states[point], point
    assert {each.name for each in tmp_path.iterdir()} == {"a.img", "b.img"}


def test_a_time_is_the_last_point_that_is_not_later(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    found = restored(here, journal, "2026-01-01T00:00:30.5Z", tmp_path)
    assert found == journal.recorder.states[31]


def test_files_may_be_named_one_by_one(here: Here, journal: Made, tmp_path: Path) -> None:
    one, other = outputs(tmp_path)
    words = ("journal", "restore", journal.folder, "--at", "sequence:9")
    assert here(*words, "--output", one, "--output", other).code == Exit.OK
    assert (one.read_bytes(), other.read_bytes()) == journal.recorder.states[9]
    assert one.stat().st_mode & 0o777 == 0o600


def test_what_is_zero_takes_no_space(here: Here, tmp_path: Path) -> None:
    found = made(tmp_path, (16 << 20,))
    writer = found.opened()
    found.write(writer, 0, 8 << 20, b"x" * 4096)
    found.write(writer, 0, (16 << 20) - 100, b"y" * 100)
    writer.close()
    target = tmp_path / "restored.img"
    words = ("journal", "restore", found.folder, "--at", "latest", "--output", target)
    assert here(*words).code == Exit.OK
    assert target.read_bytes() == found.recorder.states[2][0]
    assert target.stat().st_blocks * 512 <= 64 << 10


def test_only_blocks_that_hold_something_are_written() -> None:
    rng = Random(3)
    for size in (1, 100, 4096, 4097, 12_288, 40_000):
        piece = bytearray(size)
        for _ in range(rng.randint(0, 3)):
            piece[rng.randrange(size)] = 1
        again = bytearray(size)
        for begin, end in output.held(memoryview(piece)):
            assert any(piece[begin:end])
            again[begin:end] = piece[begin:end]
        assert again == piece


REFUSED = (
    (("a.img",), "2 volumes, and --output names 1 file\n"),
    (("a.img", "a.img"), "names a file twice"),
    (("there.img", "b.img"), "is there already"),
    (("gone/a.img", "b.img"), "gone\n  make it, or write elsewhere"),
    (("FOLDER", "b.img"), "not a regular file"),
    (("link.img", "b.img"), "not a regular file"),
    (("JOURNAL/a.img", "b.img"), "this is inside the journal"),
)


@pytest.mark.parametrize(("names", "told"), REFUSED, ids=lambda each: each[-1] if each else "")
def test_what_must_not_be_written_is_refused(
    here: Here, journal: Made, tmp_path: Path, names: tuple[str, ...], told: str
) -> None:
    (tmp_path / "there.img").write_bytes(b"kept")
    (tmp_path / "link.img").symlink_to("there.img")
    (tmp_path / "FOLDER").mkdir()
    targets = [
        journal.folder / name.removeprefix("JOURNAL/") if "JOURNAL" in name else tmp_path / name
        for name in names
    ]
    words = ("journal", "restore", journal.folder, "--at", "latest", "--output", *targets)
    ended = here(*words)
    assert ended.code == Exit.BAD_INPUT
    assert told in ended.err
    assert (tmp_path / "there.img").read_bytes() == b"kept"
    assert {each.name for each in tmp_path.iterdir()} == {"there.img", "link.img", "FOLDER"}


def test_an_image_is_never_written_over(here: Here, journal: Made, tmp_path: Path) -> None:
    before = journal.images[1].read_bytes()
    words = ("journal", "restore", journal.folder, "--at", "sequence:1", "--force", "--output")
    ended = here(*words, tmp_path / "a.img", journal.images[1])
    assert ended.code == Exit.BAD_INPUT
    assert "an image as it is now, and all history needs it" in ended.err
    assert journal.images[1].read_bytes() == before


@pytest.mark.parametrize("form", ["raw", "qcow2"])
def test_an_image_that_somebody_serves_is_never_written_over(
    here: Here, journal: Made, tmp_path: Path, form: str
) -> None:
    """What would be acknowledged afterwards would be in a file without a name."""
    if form == "qcow2" and which("qemu-img") is None:
        pytest.skip("qemu-img is not installed")
    served = tmp_path / "served.img"
    served.write_bytes(b"kept")
    words = ("journal", "export", journal.folder, "--at", "latest", "--volume", "disk1", "--force")
    backend = open_backend(served)
    try:
        ended = here(*words, "--format", form, "--output", served)
        assert ended.code == Exit.BAD_INPUT
        assert "another process serves this image" in ended.err
    finally:
        backend.close()
    assert served.read_bytes() == b"kept"
    assert here(*words, "--format", form, "--output", served).code == Exit.OK


@pytest.mark.parametrize("nth", [0, 1])
def test_an_image_that_is_served_meanwhile_keeps_its_name(
    here: Here, journal: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    targets, fsync = outputs(tmp_path), os.fsync
    for each in targets:
        each.write_bytes(b"kept")
    with ExitStack() as stack:

        def serve(_number: int) -> None:
            monkeypatch.setattr(os, "fsync", fsync)
            stack.callback(open_backend(targets[nth]).close)

        monkeypatch.setattr(os, "fsync", serve)
        words = ("journal", "restore", journal.folder, "--at", "latest", "--force", "--output")
        ended = here(*words, *targets)
        assert ended.code == Exit.BAD_INPUT
        assert "another process serves this image" in ended.err
    assert [each.read_bytes() for each in targets] == [b"kept", b"kept"]
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("name", ["do-00000001.data", "new.img"])
def test_nothing_is_written_into_another_journal(
    here: Here, journal: Made, tmp_path: Path, name: str
) -> None:
    other = made(tmp_path, (1 << 20,))
    target = other.folder / name
    words = ("journal", "export", journal.folder, "--at", "latest", "--volume", "disk1", "--force")
    ended = here(*words, "--output", target)
    assert ended.code == Exit.BAD_INPUT
    assert f"{target}: this is inside a journal" in ended.err


def test_images_may_be_elsewhere(here: Here, tmp_path: Path) -> None:
    found = loaded(tmp_path, SIZES, seed=5, runs=20)
    moved = found.images[0].rename(tmp_path / "moved.img")
    words = ("journal", "restore", found.folder, "--at", "sequence:7", "--output")
    targets = (tmp_path / "a.img", tmp_path / "b.img")
    ended = here(*words, *targets)
    assert ended.code == Exit.BAD_INPUT
    assert f"the image of disk0 is not there: {found.images[0]}" in ended.err
    assert "--image disk0=PATH" in ended.err
    assert here(*words, *targets, "--image", f"disk0={moved}").code == Exit.OK
    assert tuple(each.read_bytes() for each in targets) == found.recorder.states[7]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("disk0", "not NAME=PATH"),
        ("disk7=/x", "no volume is called 'disk7'"),
        ("disk0=http://host/disk0", "files, devices and exports of NBD servers"),
        ("disk0=nbd+unix:///disk0?socket=/nowhere", "No such file or directory"),
        ("disk0=/", "is a folder"),
        ("disk0=/dev/null", "this is a character device"),
    ],
)
def test_an_image_that_is_none_is_told(
    here: Here, journal: Made, tmp_path: Path, word: str, told: str
) -> None:
    words = ("journal", "restore", journal.folder, "--at", "latest", "--image", word, "--output")
    ended = here(*words, *outputs(tmp_path))
    assert ended.code == Exit.BAD_INPUT
    assert told in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, 143)]
)
def test_an_interrupt_leaves_nothing_half_written(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    found = made(tmp_path, (1 << 20,))
    journal = found.opened()
    journal.resize(0, 1 << 40)  # more than can be read meanwhile
    journal.close()
    target = tmp_path / "restored.img"
    words = ("journal", "restore", str(found.folder), "--at", "latest", "--output", str(target))
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *words],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    try:
        deadline = time.monotonic() + PROCESS_S
        while not list(tmp_path.glob(".restored.img.*.part")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(number)
        process.communicate(timeout=PROCESS_S)
    finally:
        process.kill()
    assert process.returncode == code
    assert not target.exists()
    assert list(tmp_path.glob(".restored*")) == []


@pytest.mark.parametrize("nth", [0, 1])
def test_no_file_gets_its_name_before_all_are_whole(
    here: Here, journal: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    fsync, asked = os.fsync, list[int]()

    def full(number: int) -> None:
        asked.append(number)
        if len(asked) == nth + 1:
            raise OSError(28, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", full)
    words = ("journal", "restore", journal.folder, "--at", "latest", "--output")
    targets = outputs(tmp_path)
    ended = here(*words, *targets)
    assert ended.code == Exit.BAD_INPUT
    assert f"{targets[nth]}: cannot be written: No space left on device" in ended.err
    assert len(asked) == nth + 1
    assert list(tmp_path.iterdir()) == []


def test_progress_is_for_a_terminal(journal: Made, tmp_path: Path) -> None:
    words = ("journal", "restore", journal.folder, "--at", "latest", "--force", "--output")
    assert "restoring" in on_terminal(*words, *outputs(tmp_path))
    ended = isthmus(*words, *outputs(tmp_path))
    assert "restoring" not in ended.err
    assert len(ended.err.splitlines()) == 2


def test_one_volume_goes_to_standard_output(journal: Made) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "core", "journal", "export", str(journal.folder)),
            *("--at", "sequence:50", "--volume", "disk1", "--output", "-"),
        ],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        check=True,
    )
    assert done.stdout == journal.recorder.states[50][1]


def test_one_volume_goes_to_a_file(here: Here, journal: Made, tmp_path: Path) -> None:
    target = tmp_path / "a.img"
    words = ("journal", "export", journal.folder, "--at", "sequence:50", "--volume", "disk1")
    assert here(*words, "--output", target).code == Exit.OK
    assert target.read_bytes() == journal.recorder.states[50][1]
    assert "is there already" in here(*words, "--output", target).err


@pytest.mark.skipif(which("qemu-img") is None, reason="needs qemu-img")
def test_one_volume_becomes_qcow2(here: Here, journal: Made, tmp_path: Path) -> None:
    target, raw = tmp_path / "a.qcow2", tmp_path / "raw"
    words = ("journal", "export", journal.folder, "--at", "sequence:50", "--volume", "disk1")
    assert here(*words, "--format", "qcow2", "--output", target).code == Exit.OK
    assert [each.name for each in tmp_path.iterdir()] == ["a.qcow2"]
    convert = ("qemu-img", "convert", "-f", "qcow2", "-O", "raw", str(target), str(raw))
    subprocess.run(convert, check=True)
    expected = journal.recorder.states[50][1]
    assert raw.read_bytes()[: len(expected)] == expected


def test_what_cannot_be_exported_is_told(
    here: Here, journal: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("journal", "export", journal.folder, "--at", "latest", "--output")
    assert "--volume says which of disk0, disk1" in here(*words, tmp_path / "a").err
    assert "qcow2 is written to a file" in here(*words, "-", "--format", "qcow2").err
    monkeypatch.setenv("PATH", str(tmp_path))
    told = here(*words, tmp_path / "a", "--volume", "disk0", "--format", "qcow2").err
    assert "qemu-img, which is not installed" in told


def test_a_terminal_gets_no_image(journal: Made) -> None:
    words = ("journal", "export", journal.folder, "--at", "latest", "--volume", "disk0")
    assert "an image is not for a terminal" in on_terminal(*words, "--output", "-")
