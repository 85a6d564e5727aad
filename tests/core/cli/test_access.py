"""A point on the replicas themselves: served natively, written on, and given back."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.driver.control import ask
from tests.core.cli.test_protect import MIB, PATIENCE_S, Serving, isthmus, serving
from tests.core.driver.client import DISC, ENOSPC, FLUSH, Client
from tests.core.driver.waiting import until_state

PROTECT = ("protect", "disk.img", "--replica", "copy.img", "--journal", "journal")
SIZES = ("--create", "4MiB", "--journal-size", "64MiB")
OPEN = ("image", "open", "journal", "--listen", "unix:then.sock", "--writable")


@contextmanager
def connected(folder: Path, socket: str = "disk.sock", export: str = "disk") -> Iterator[Client]:
    with Client.to(folder / socket).go(export) as client:
        yield client
        client.sock.sendall(client.packed(DISC, 0, 0))
        assert client.ends()


def soon(true: Callable[[], bool]) -> None:
    """Wait until something is so, within a bound."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def fed(folder: Path, point: int) -> None:
    """Wait until the replica has that write."""
    soon(lambda: ask(folder / "journal", "status")["applied"] >= point)


@contextmanager
def written(folder: Path) -> Iterator[Serving]:
    """A group that is served; its volume was all `a`, then `b` in part, and the replica is so."""
    words = (*PROTECT, *SIZES, "--listen", "unix:disk.sock")
    with serving(folder, *words) as group:
        until_state(folder / "journal", "distributing")
        with connected(folder) as client:
            assert client.put(0, b"a" * MIB) == 0
            assert client.put(4096, b"b" * 65_536) == 0
            assert client.call(FLUSH).error == 0
        fed(folder, 2)
        yield group


@contextmanager
def begun(folder: Path, *words: str) -> Iterator[Serving]:
    """A process that somebody ends before this does, or it is killed."""
    found = Serving(folder, *words)
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


def replica(folder: Path) -> bytes:
    return (folder / "copy.img").read_bytes()[:MIB]


def is_given_back(folder: Path) -> bool:
    return (folder / "copy.img").read_bytes() == AFTER.ljust(4 * MIB, b"\0")


AFTER = b"a" * 4096 + b"b" * 65_536 + b"a" * (MIB - 69_632)


@pytest.mark.parametrize("access", ["logged", "rolled"])
def test_a_point_is_on_the_replica_while_hosts_go_on(tmp_path: Path, access: str) -> None:
    with written(tmp_path):
        words = (*OPEN, "--at", "sequence:1", "--access", access)
        with serving(tmp_path, *words) as image:
            assert image.ready["access"] == access
            with connected(tmp_path, "then.sock") as then:
                assert then.get(0, MIB) == b"a" * MIB
                assert then.put(8192, b"x" * 4096) == 0
                assert then.call(FLUSH).error == 0
                assert then.get(4096, 12_288) == b"a" * 4096 + b"x" * 4096 + b"a" * 4096
                soon(lambda: replica(tmp_path) == b"a" * 8192 + b"x" * 4096 + b"a" * (MIB - 12_288))
            with connected(tmp_path) as client:
                assert client.put(0, b"c" * 4096) == 0
            other = (*OPEN[:3], "--listen", "unix:other.sock", "--at", "sequence:2")
            with serving(tmp_path, *other), connected(tmp_path, "other.sock") as then:
                assert then.get(0, MIB) == AFTER
            refused = isthmus(tmp_path, *other, "--access", "logged")
            assert refused.returncode == 2
            assert "the replicas are open at sequence 1 already" in refused.stderr
            assert ask(tmp_path / "journal", "status")["accessed"] == 1
            listed = isthmus(tmp_path, "journal", "list", "journal").stdout
            assert f"{tmp_path}/disk.img  {tmp_path}/copy.img" in listed
            assert "replicas  they are open at sequence 1 (`isthmus image open`)" in listed
            assert ask(tmp_path / "journal", "status")["applied"] == 2
            closed = isthmus(tmp_path, "image", "close", "unix:then.sock")
            assert closed.returncode == 0, closed.stderr
            assert image.process.wait(PATIENCE_S) == 0
            image.process.communicate()
        fed(tmp_path, 3)
        soon(lambda: replica(tmp_path) == b"c" * 4096 + AFTER[4096:])
        assert ask(tmp_path / "journal", "status")["accessed"] is None
    verified = isthmus(tmp_path, "journal", "verify", "journal")
    assert verified.returncode == 0, verified.stdout


def feeders(group: Serving) -> list[int]:
    """The processes that feed the replicas of a group."""
    number = group.process.pid
    children = Path(f"/proc/{number}/task").glob("*/children")
    numbers = [int(each) for path in children for each in path.read_text().split()]
    return [
        each
        for each in numbers
        if b"core.driver.group.feeding" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]


def test_a_rewind_does_not_have_replicas_fed_that_somebody_has(tmp_path: Path) -> None:
    with written(tmp_path) as group:
        assert len(feeders(group)) == 1
        with serving(tmp_path, *OPEN, "--at", "sequence:1", "--access", "logged"):
            assert feeders(group) == []
            rewound = isthmus(tmp_path, "rewind", "journal", "--at", "sequence:1")
            assert rewound.returncode == 0, rewound.stderr
            time.sleep(0.2)
            assert feeders(group) == []
            with connected(tmp_path) as client:
                assert client.get(0, MIB) == b"a" * MIB
        soon(lambda: len(feeders(group)) == 1)
        soon(lambda: replica(tmp_path) == b"a" * MIB)


@pytest.mark.parametrize("is_served", [True, False])
def test_who_has_the_replica_is_killed_and_it_is_given_back(
    tmp_path: Path, is_served: bool
) -> None:
    with written(tmp_path) as group:
        if not is_served:
            assert group.end() == 0
        at = ("--at", "sequence:1", "--access", "logged")
        with (
            begun(tmp_path, *OPEN, *at) as image,
            Client.to(tmp_path / "then.sock").go("disk") as then,
        ):
            assert then.put(2 * MIB, b"x" * 4096) == 0  # where nobody else has written
            assert replica(tmp_path) == b"a" * MIB
            if not is_served:
                refused = isthmus(tmp_path, *PROTECT, "--listen", "unix:disk.sock")
                assert refused.returncode == 2
                assert "writes this journal" in refused.stderr
            image.process.kill()
            assert image.process.wait(PATIENCE_S) == -signal.SIGKILL
        if is_served:
            soon(lambda: is_given_back(tmp_path))
    with serving(tmp_path, *PROTECT, "--journal-size", "64MiB", "--listen", "unix:disk.sock"):
        soon(lambda: is_given_back(tmp_path))
        with connected(tmp_path) as client:
            assert client.get(0, MIB) == AFTER
            assert client.put(0, b"d" * 4096) == 0
        fed(tmp_path, 3)
    restored = isthmus(
        tmp_path, "journal", "restore", "journal", "--at", "sequence:1", "--output", "x"
    )
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "x").read_bytes()[:MIB] == b"a" * MIB


def test_it_can_be_had_of_a_group_that_nobody_serves(tmp_path: Path) -> None:
    with written(tmp_path):
        pass
    words = (*OPEN, "--at", "sequence:1", "--access", "rolled", "--journal-size", "64MiB")
    with serving(tmp_path, *words), connected(tmp_path, "then.sock") as then:
        assert then.get(0, MIB) == b"a" * MIB
        assert then.put(0, b"y" * 512) == 0
    assert replica(tmp_path) == AFTER
    assert isthmus(tmp_path, "journal", "verify", "journal").returncode == 0


def test_hosts_of_the_group_are_not_kept_waiting_by_an_image(tmp_path: Path) -> None:
    words = (*PROTECT, "--create", "16MiB", "--journal-size", "16MiB", "--listen", "unix:disk.sock")
    with serving(tmp_path, *words):
        until_state(tmp_path / "journal", "distributing")
        with begun(tmp_path, *OPEN, "--at", "latest", "--access", "logged") as image:
            with connected(tmp_path) as client:
                for nth in range(48):
                    assert client.put(nth % 16 * MIB, bytes([nth]) * (MIB // 4)) == 0
            assert image.process.wait(PATIENCE_S) == 2
            assert image.process.stderr is not None
            told = image.process.stderr.read()
        assert "the image was ended: the journal is full" in told
        until_state(tmp_path / "journal", "distributing")
        disk, copy = tmp_path / "disk.img", tmp_path / "copy.img"
        soon(lambda: copy.read_bytes() == disk.read_bytes())


def test_an_image_that_is_full_says_so_to_its_own_host(tmp_path: Path) -> None:
    words = (*PROTECT, "--create", "16MiB", "--journal-size", "16MiB", "--listen", "unix:disk.sock")
    with serving(tmp_path, *words):
        until_state(tmp_path / "journal", "distributing")
        at = ("--at", "latest", "--access", "logged")
        with serving(tmp_path, *OPEN, *at), connected(tmp_path, "then.sock") as then:
            errors = [then.put(nth * MIB, b"x" * MIB) for nth in range(16)]
            assert errors[0] == 0
            assert errors[-1] == ENOSPC
            assert then.get(0, 4096) == b"x" * 4096
            with connected(tmp_path) as client:
                assert client.put(0, b"a" * 4096) == 0
        fed(tmp_path, 1)
        soon(lambda: replica(tmp_path) == b"a" * 4096 + bytes(MIB - 4096))


def test_a_point_of_volumes_without_replicas_is_copied_or_refused(tmp_path: Path) -> None:
    words = ("protect", "disk.img", "--journal", "journal", *SIZES, "--listen", "unix:disk.sock")
    with serving(tmp_path, *words):
        with connected(tmp_path) as client:
            assert client.put(MIB, b"a" * MIB) == 0
            assert client.put(MIB, b"b" * 4096) == 0
        refused = isthmus(tmp_path, *OPEN, "--at", "sequence:1", "--access", "logged")
        assert refused.returncode == 2
        assert "--access rolled --scratch DIR copies the point" in refused.stderr
        refused = isthmus(tmp_path, *OPEN, "--at", "sequence:1", "--access", "rolled")
        assert "name a folder with room for it" in refused.stderr
        at = ("--at", "sequence:1", "--access", "rolled", "--scratch", str(tmp_path))
        with (
            begun(tmp_path, *OPEN, *at) as image,
            connected(tmp_path, "then.sock") as then,
        ):
            assert image.process.stderr is not None
            assert "copying is done: disk at sequence 1" in image.process.stderr.readline()
            assert then.get(0, 4 * MIB) == (bytes(MIB) + b"a" * MIB).ljust(4 * MIB, b"\0")
            assert then.put(MIB, b"x") == 0
            assert then.get(MIB - 1, 3) == b"\0xa"


def test_a_group_with_replicas_that_nobody_serves_gets_a_bookmark(tmp_path: Path) -> None:
    with written(tmp_path):
        pass
    done = isthmus(tmp_path, "bookmark", "add", "journal", "night")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("night: sequence 2, ")
    again = isthmus(tmp_path, "bookmark", "add", "journal", "night")
    assert "there is a bookmark that is called 'night'" in again.stderr
    with serving(tmp_path, *PROTECT, "--journal-size", "64MiB", "--listen", "unix:disk.sock") as it:
        assert it.ready["recovered"] is False
        assert it.ready["point"] == 2
