"""Images that are not what their journal left, and those that are, wherever they are."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.cli.test_access import connected, fed, soon
from tests.core.cli.test_protect import LISTEN, MIB, PATIENCE_S, PROTECT, Serving, isthmus, serving
from tests.core.driver.waiting import until_state

SERVE = (*PROTECT, *LISTEN)
FED = (*SERVE, "--replica", "copy.img")
RESTORE = ("journal", "restore", "journal", "--at", "sequence:1", "--output", "x", "--force")
TOLD = "another image than journal left there, or somebody has written to it since"


def lived(folder: Path, *words: str) -> None:
    """A group that was written and came to its end; `before.img` is what the image was."""
    with serving(folder, *words):
        if words == FED:
            until_state(folder / "journal", "distributing")
        with connected(folder) as client:
            assert client.put(0, b"a" * 65_536) == 0
            assert client.put(MIB // 2, b"b" * 65_536) == 0
            shutil.copy(folder / "disk.img", folder / "before.img")
            assert client.put(8192, b"c" * 4096) == 0
        if words == FED:
            fed(folder, 3)


def _another(folder: Path) -> bytes:
    del folder
    return b"\xe5" * MIB


def _blank(folder: Path) -> bytes:
    del folder
    return bytes(MIB)


def _older(folder: Path) -> bytes:
    return (folder / "before.img").read_bytes()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (_another, SERVE),
        (_older, FED),
        *(
            pytest.param(*each, marks=pytest.mark.long)
            for each in ((_another, FED), (_older, SERVE), (_blank, SERVE), (_blank, FED))
        ),
    ],
)
def test_another_image_is_refused_and_its_own_is_taken_back(
    tmp_path: Path, words: tuple[str, ...], other: Callable[[Path], bytes]
) -> None:
    lived(tmp_path, *words)
    image, own = tmp_path / "disk.img", (tmp_path / "disk.img").read_bytes()
    held = other(tmp_path)
    image.write_bytes(held)
    for _ in range(2):
        refused = isthmus(tmp_path, *words)
        assert refused.returncode == 2
        assert TOLD in refused.stderr
        assert "bring back the one that it was, or begin a new journal" in refused.stderr
        assert image.read_bytes() == held
    if words is SERVE:
        for asked in (RESTORE, ("bookmark", "add", "journal", "b")):
            refused = isthmus(tmp_path, *asked)
            assert refused.returncode == 2
            assert "another file than it was? name where it is now" in refused.stderr
    refused = isthmus(tmp_path, "rewind", "journal", "--at", "earliest")
    assert TOLD in refused.stderr
    assert image.read_bytes() == held
    image.write_bytes(own)
    with serving(tmp_path, *words) as again, connected(tmp_path) as client:
        assert again.ready["recovered"] is False
        assert client.get(8192, 4096) == b"c" * 4096


def test_an_image_may_be_moved_and_copied(tmp_path: Path) -> None:
    lived(tmp_path, *SERVE)
    shutil.copy(tmp_path / "disk.img", tmp_path / "moved.img")
    (tmp_path / "disk.img").unlink()
    for words in (RESTORE, ("bookmark", "add", "journal", "b"), RESTORE):
        done = isthmus(tmp_path, *words, "--image", "disk=moved.img")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "x").read_bytes() == (b"a" * 65_536).ljust(MIB, b"\0")
    refused = isthmus(tmp_path, *RESTORE, "--image", "disk=before.img")
    assert refused.returncode == 2
    assert TOLD in refused.stderr
    (tmp_path / "moved.img").rename(tmp_path / "disk.img")
    with serving(tmp_path, *SERVE):
        assert not (tmp_path / "journal" / "left").exists()
    assert (tmp_path / "journal" / "left").exists()


def test_after_a_crash_nothing_is_said_of_images(tmp_path: Path) -> None:
    lived(tmp_path, *SERVE)
    group = Serving(tmp_path, *SERVE)
    with connected(tmp_path) as client:
        assert client.put(0, b"d" * 4096) == 0
    assert group.end(signal.SIGKILL) == -signal.SIGKILL
    assert not (tmp_path / "journal" / "left").exists()
    with serving(tmp_path, *SERVE) as again, connected(tmp_path) as client:
        assert again.ready["recovered"] is True
        assert client.get(0, 8192) == b"d" * 4096 + b"a" * 4096


def test_another_replica_is_refused_and_without_one_history_begins_anew(tmp_path: Path) -> None:
    lived(tmp_path, *FED)
    (tmp_path / "copy.img").write_bytes(bytes(MIB))
    for words in (FED, RESTORE):
        refused = isthmus(tmp_path, *words)
        assert refused.returncode == 2
        assert TOLD in refused.stderr
    (tmp_path / "copy.img").unlink()
    with serving(tmp_path, *FED):
        (tmp_path / "copy.img").write_bytes(bytes(MIB))
        until_state(tmp_path / "journal", "distributing")
        soon(lambda: (tmp_path / "copy.img").read_bytes() == (tmp_path / "disk.img").read_bytes())


def test_who_has_the_replicas_leaves_nothing_that_is_not_true(tmp_path: Path) -> None:
    lived(tmp_path, *FED)
    words = ("image", "open", "journal", "--at", "sequence:1", "--listen", "unix:then.sock")
    image = Serving(tmp_path, *words, "--writable", "--access", "logged")
    with connected(tmp_path, "then.sock") as then:
        assert then.put(0, b"x" * 4096) == 0
    image.process.kill()
    image.process.communicate(timeout=PATIENCE_S)
    with serving(tmp_path, *FED), connected(tmp_path) as client:
        assert client.get(0, 4096) == b"a" * 4096
