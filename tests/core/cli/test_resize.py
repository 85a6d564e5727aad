"""Volumes get another size: while they are served and while they are not."""

import json
import os
from pathlib import Path

import pytest

from core.driver.control import ask
from tests.core.cli.test_access import connected, fed, soon
from tests.core.cli.test_protect import LISTEN, MIB, PROTECT, isthmus, serving
from tests.core.driver.programs import needs, run
from tests.core.driver.waiting import until_state

RESIZE = ("volume", "resize", "journal", "disk")


@pytest.mark.parametrize(
    "replica",
    [pytest.param((), marks=pytest.mark.long), ("--replica", "copy.img")],
    ids=["local", "replica"],
)
def test_a_volume_grows_while_it_is_used_and_shrinks_when_it_is_not(
    tmp_path: Path, replica: tuple[str, ...]
) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, *replica):
        with connected(tmp_path) as client:
            assert client.put(MIB - 4096, b"a" * 4096) == 0
            done = isthmus(tmp_path, *RESIZE, "3MiB", "--format", "json")
            assert json.loads(done.stdout) == {
                "volume": "disk",
                "before": MIB,
                "size": 3 * MIB,
                "point": 2,
            }
            refused = isthmus(tmp_path, *RESIZE, "512KiB")
            assert refused.returncode == 2
            assert "1 client uses the volumes" in refused.stderr
        with connected(tmp_path) as client:
            assert client.get(MIB - 4096, 8192) == b"a" * 4096 + bytes(4096)
            assert client.put(3 * MIB - 512, b"b" * 512) == 0
        shrunk = isthmus(tmp_path, *RESIZE, "512KiB")
        assert shrunk.stderr.splitlines() == [
            "disk: 512KiB, it had 3MiB",
            "to undo it: isthmus rewind journal --at sequence:3",
        ]
        if replica:
            fed(tmp_path, 4)
            soon(lambda: (tmp_path / "copy.img").stat().st_size == MIB // 2)
        rewound = isthmus(tmp_path, "rewind", "journal", "--at", "sequence:3")
        assert "disk: 3MiB, it had 512KiB" in rewound.stderr.splitlines()
        with connected(tmp_path) as client:
            assert client.get(3 * MIB - 512, 512) == b"b" * 512
    assert (tmp_path / "disk.img").stat().st_size == 3 * MIB
    assert isthmus(tmp_path, *RESIZE, "2MiB").returncode == 0
    assert (tmp_path / "disk.img").stat().st_size == 2 * MIB
    with serving(tmp_path, *PROTECT[:2], *PROTECT[4:], *LISTEN, *replica) as again:
        assert again.ready["recovered"] is False


def test_a_real_client_sees_the_new_size(tmp_path: Path) -> None:
    needs("nbdinfo")
    with serving(tmp_path, *PROTECT, *LISTEN) as group:
        assert isthmus(tmp_path, *RESIZE, "5MiB").returncode == 0
        assert run("nbdinfo", "--size", group.ready["uris"][0]).strip() == str(5 * MIB)


def test_a_size_that_cannot_be_is_refused_and_the_group_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN):
        for name, size, told in (
            ("disk", "100", "no volume has 100 bytes"),
            ("disk", "0", "no volume has 0 bytes"),
            ("disk", "9000000T", "no volume has 9895604649984000000 bytes"),
            ("disk", "4000000T", "no file can have"),
            ("other", "1MiB", "no volume is called 'other'"),
            ("disk", "large", "'large' is no size"),
        ):
            refused = isthmus(tmp_path, "volume", "resize", "journal", name, size)
            assert refused.returncode == 2, (name, size)
            assert told in refused.stderr
        assert ask(tmp_path / "journal", "status")["end"] == 0
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 512) == 0


def test_a_group_whose_image_was_moved_is_resized_and_rewound(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN), connected(tmp_path) as client:
        assert client.put(0, b"a" * 4096) == 0
        assert client.put(0, b"b" * 4096) == 0
    (tmp_path / "moved").mkdir()
    moved = (tmp_path / "disk.img").rename(tmp_path / "moved" / "other.img")
    rewind = ("rewind", "journal", "--at", "sequence:1")
    assert isthmus(tmp_path, *rewind).returncode == 2
    done = isthmus(tmp_path, *rewind, "--image", f"disk={moved}", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["before"], told["earliest"], told["resized"]) == (2, 0, [])
    assert moved.read_bytes()[:4096] == b"a" * 4096
    done = isthmus(tmp_path, *RESIZE, "2MiB", "--image", f"disk={moved}")
    assert done.returncode == 0, done.stderr
    assert moved.stat().st_size == 2 * MIB
    (tmp_path / "wrong.img").write_bytes(bytes(MIB))
    refused = isthmus(tmp_path, *rewind, "--image", "disk=wrong.img")
    assert refused.returncode == 2
    assert "another file than it was?" in refused.stderr
    moved.rename(tmp_path / "disk.img")
    with serving(tmp_path, *PROTECT[:2], *PROTECT[4:], *LISTEN) as again:
        assert again.ready["recovered"] is False


def test_images_of_a_group_with_replicas_are_moved_back(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, "--replica", "copy.img"):
        until_state(tmp_path / "journal", "distributing")
    moved = (tmp_path / "copy.img").rename(tmp_path / "other.img")
    refused = isthmus(tmp_path, *RESIZE, "2MiB", "--image", f"disk={moved}")
    assert refused.returncode == 2
    assert "move them back" in refused.stderr


def sizes(folder: Path) -> list[int]:
    listed = isthmus(folder, "journal", "list", "journal", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    return [each["size"] for each in json.loads(listed.stdout)["volumes"]]


@pytest.mark.long
def test_a_size_that_came_while_the_journal_took_nothing_is_listed(tmp_path: Path) -> None:
    words = (*PROTECT, *LISTEN, "--replica", "copy.img")
    direct = ("image", "open", "journal", "--at", "latest", "--listen", "unix:then.sock")
    with serving(tmp_path, *words):
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path) as client:
            assert client.put(0, b"a" * 4096) == 0
        with serving(tmp_path, *direct, "--writable", "--access", "direct"):
            assert isthmus(tmp_path, *RESIZE, "3MiB").returncode == 0
            assert sizes(tmp_path) == [3 * MIB]
        until_state(tmp_path / "journal", "distributing")
        assert sizes(tmp_path) == [3 * MIB]
        with connected(tmp_path) as client:
            assert client.put(2 * MIB, b"b" * 4096) == 0
        assert sizes(tmp_path) == [3 * MIB]
    assert sizes(tmp_path) == [3 * MIB]
    with serving(tmp_path, *words):
        assert sizes(tmp_path) == [3 * MIB]
        assert isthmus(tmp_path, *RESIZE, "2MiB").returncode == 0
        assert sizes(tmp_path) == [2 * MIB]


def test_a_size_is_listed_after_the_epoch_that_told_it_has_gone(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, "--listen", "unix:disk.sock", "--journal-size", "22MiB"):
        assert isthmus(tmp_path, *RESIZE, "3MiB").returncode == 0
        with connected(tmp_path) as client:
            for nth in range(40):
                assert client.put(0, bytes([nth]) * MIB) == 0
        assert sizes(tmp_path) == [3 * MIB]
    (tmp_path / "disk.img").rename(tmp_path / "moved.img")
    assert sizes(tmp_path) == [None]


def test_a_size_that_a_rewind_brings_back_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN):
        assert isthmus(tmp_path, *RESIZE, "3MiB").returncode == 0
        done = isthmus(tmp_path, "rewind", "journal", "--at", "earliest", "--format", "json")
        resized = [{"volume": "disk", "before": 3 * MIB, "size": MIB}]
        assert json.loads(done.stdout)["resized"] == resized
        told = isthmus(tmp_path, "timeline", "journal").stdout
        assert told.startswith("disk: no data was written; 2 points of a new size\n")


def test_a_rewind_of_a_full_journal_is_within_its_size_when_it_is_over(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, "--listen", "unix:disk.sock", "--journal-size", "22MiB"):
        with connected(tmp_path) as client:
            for _ in range(40):
                assert client.put(0, os.urandom(MIB)) == 0
        done = isthmus(tmp_path, "rewind", "journal", "--at", "earliest", "--format", "json")
        assert done.returncode == 0, done.stderr
        taken = sum(each.stat().st_size for each in (tmp_path / "journal").iterdir())
        assert taken <= 22 * MIB
        listed = json.loads(
            isthmus(tmp_path, "journal", "list", "journal", "--format", "json").stdout
        )
        earliest = json.loads(done.stdout)["earliest"]
        assert listed["window"]["earliest"] == earliest
        assert listed["gaps"][-1]["last"] == earliest - 1
