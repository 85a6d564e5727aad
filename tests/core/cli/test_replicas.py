"""Replicas of real processes: filled under load, fed slowly, killed, stopped, on a disk that fills.

A host never sees an error of theirs, and in the end they are what production is.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from tests.core.cli.test_protect import MIB, Serving, isthmus
from tests.core.driver.client import FLUSH, Client
from tests.core.driver.small_disk import enlarge, small_disk
from tests.core.driver.waiting import status, until, until_state

SIZE = 48 * MIB
JOURNAL = "48MiB"
PIECE = 64 << 10


class Host:
    """Writes at random places, and reads back what it wrote, until it is told to stop."""

    def __init__(self, socket: Path, seed: int, image: bytearray) -> None:
        self.image, self.errors, self.writes = image, list[str](), 0
        self.client = Client.to(socket).go("disk")
        self._rng, self._over = Random(seed), Event()
        self._thread = Thread(target=self._write)
        self._thread.start()

    def stop(self) -> None:
        """All that it was answered is in `image`."""
        self._over.set()
        self._thread.join()
        self.client.sock.close()
        assert self.errors == []
        assert self.writes > 0

    def until(self, writes: int) -> None:
        """Wait until it has made more writes than that, or met an error."""
        until(lambda: self.writes > writes or bool(self.errors))

    def _write(self) -> None:
        while not self._over.is_set() and not self.errors:
            offset = self._rng.randrange(SIZE // PIECE) * PIECE
            data = self._rng.randbytes(PIECE)
            if (error := self.client.put(offset, data)) != 0:
                self.errors.append(f"write {self.writes} at {offset}: {error}")
            self.image[offset : offset + PIECE] = data
            self.writes += 1
            if self.writes % 50 == 0:
                if (error := self.client.call(FLUSH).error) != 0:
                    self.errors.append(f"flush after {self.writes}: {error}")
                back = self.client.get(offset, PIECE)
                if back != data:
                    self.errors.append(f"read at {offset}: other than was written")


def made(folder: Path) -> bytearray:
    """Production with data and holes, and what it holds."""
    rng = Random(3)
    image = bytearray(SIZE)
    for at in range(0, SIZE, 4 * MIB):
        image[at : at + MIB] = rng.randbytes(MIB)
    (folder / "disk.img").write_bytes(bytes(image))
    return image


def protect(folder: Path, *words: str, replica: str = "copy.img") -> Serving:
    return Serving(
        folder,
        *("protect", "disk.img", "--journal", "journal", "--journal-size", JOURNAL),
        *("--listen", "unix:disk.sock", "--replica", replica, *words),
    )


@contextmanager
def hosted(folder: Path, seed: int, image: bytearray) -> Iterator[Host]:
    host = Host(folder / "disk.sock", seed, image)
    try:
        yield host
    finally:
        host.stop()


def feeder_of(group: Serving) -> int | None:
    """The process that feeds the replicas of a group, if there is one."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
                line = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if int(parent) == group.process.pid and b"core.driver.group.feeding" in line:
                return int(each.name)
    return None


def a_feeder(group: Serving) -> int:
    until(lambda: feeder_of(group) is not None)
    found = feeder_of(group)
    assert found is not None
    return found


def settled(folder: Path, image: bytearray, replica: str = "copy.img") -> None:
    """Production is what hosts wrote, and the replica comes to be the same."""
    until_state(folder / "journal", "distributing")
    told = status(folder / "journal")
    until(lambda: status(folder / "journal")["applied"] >= told["end"])
    assert (folder / "disk.img").read_bytes() == image
    assert (folder / replica).read_bytes() == image


def restored(folder: Path, at: str) -> bytes:
    words = ("journal", "restore", "journal", "--at", at, "--output", "then.img", "--force")
    done = isthmus(folder, *words)
    assert done.returncode == 0, done.stderr
    return (folder / "then.img").read_bytes()


def test_a_replica_is_filled_under_a_host_that_writes_from_the_first_moment(tmp_path: Path) -> None:
    image = made(tmp_path)
    group = protect(tmp_path)
    assert group.ready["replicas"]["state"] == "initialising"
    with hosted(tmp_path, 1, image):
        refused = isthmus(tmp_path, "journal", "restore", "journal", "--at", "-1s", "--output", "x")
        if status(tmp_path / "journal")["state"] == "initialising":
            assert "there is no point yet: the replicas are filled" in refused.stderr
            marked = isthmus(tmp_path, "bookmark", "add", "journal", "early")
            assert marked.returncode == 2 or status(tmp_path / "journal")["state"] == "distributing"
        until_state(tmp_path / "journal", "distributing")
    settled(tmp_path, image)
    point, before = status(tmp_path / "journal")["end"], bytes(image)
    with hosted(tmp_path, 2, image) as host:
        host.until(20)
    assert restored(tmp_path, f"sequence:{point}") == before
    settled(tmp_path, image)
    assert group.end() == 0
    listed = isthmus(tmp_path, "timeline", "journal")
    assert "resync" not in listed.stdout


def test_images_that_are_made_are_filled_and_have_every_point(tmp_path: Path) -> None:
    group = protect(tmp_path, "--create", f"{SIZE // MIB}MiB")
    image = bytearray(SIZE)
    with hosted(tmp_path, 4, image) as host:
        host.until(100)
    settled(tmp_path, image)
    assert group.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["feeder", "server"])
def test_who_is_killed_in_the_midst_of_filling_goes_on_with_it(tmp_path: Path, whom: str) -> None:
    image = made(tmp_path)
    group = protect(tmp_path)
    for seed in range(4):
        if whom == "feeder":
            with hosted(tmp_path, seed, image) as host:
                os.kill(a_feeder(group), signal.SIGKILL)
                host.until(30)
            continue
        host = Host(tmp_path / "disk.sock", seed, image)
        host.until(10)
        host.stop()
        assert group.end(signal.SIGKILL) == -signal.SIGKILL
        group = protect(tmp_path)
    settled(tmp_path, image)
    assert group.end() == 0


@pytest.mark.slow
def test_filling_that_is_ended_in_good_order_goes_on(tmp_path: Path) -> None:
    image = made(tmp_path)
    for seed in range(3):
        group = protect(tmp_path)
        with hosted(tmp_path, seed, image) as host:
            host.until(10)
        assert group.end() == 0
    group = protect(tmp_path)
    settled(tmp_path, image)
    assert group.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["fast-forward", pytest.param("mark", marks=pytest.mark.long)])
def test_a_feeder_that_stands_still_hurts_no_host_and_all_heals(
    tmp_path: Path, policy: str
) -> None:
    image = made(tmp_path)
    group = protect(tmp_path, "--when-full", policy)
    settled(tmp_path, image)
    os.kill(a_feeder(group), signal.SIGSTOP)
    with hosted(tmp_path, 5, image):
        until_state(tmp_path / "journal", "marking", "resyncing")
        stopped = feeder_of(group)
        if stopped is not None:
            os.kill(stopped, signal.SIGCONT)
    settled(tmp_path, image)
    gaps = isthmus(tmp_path, "timeline", "journal")
    assert "resync: the journal could not take" in gaps.stdout, gaps.stdout
    verified = isthmus(tmp_path, "journal", "verify", "journal")
    assert verified.returncode == 0, verified.stdout
    assert group.end() == 0


@pytest.mark.slow
def test_a_feeder_that_is_slow_gives_points_up_and_makes_them_again(tmp_path: Path) -> None:
    image = made(tmp_path)
    group = protect(tmp_path)
    settled(tmp_path, image)
    point = status(tmp_path / "journal")["end"]
    feeder = a_feeder(group)
    os.kill(feeder, signal.SIGSTOP)
    with hosted(tmp_path, 6, image) as host:
        # Most of the two fifths of the journal that hosts have, and not all of it.
        host.until(15 * MIB // PIECE)
        os.kill(feeder, signal.SIGCONT)
    settled(tmp_path, image)
    shown = isthmus(tmp_path, "timeline", "journal").stdout
    assert "fast-forward: the replicas were behind" in shown, shown
    refused = isthmus(
        tmp_path, "journal", "restore", "journal", "--at", f"sequence:{point}", "--output", "x"
    )
    assert "is not in the history" in refused.stderr
    assert group.end() == 0


@pytest.mark.slow
def test_a_replica_on_a_disk_that_is_full_hurts_no_host(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", 8 << 20) as small:
        image = made(tmp_path)
        group = protect(tmp_path, replica="small/copy.img")
        with hosted(tmp_path, 7, image):
            until_state(tmp_path / "journal", "marking")
            until(lambda: "No space left" in status(tmp_path / "journal")["failure"])
        enlarge(small, 128 << 20)
        settled(tmp_path, image, "small/copy.img")
        assert group.end() == 0


@pytest.mark.long
@pytest.mark.slow
def test_a_replica_that_is_not_there_hurts_no_host_and_is_filled_once_it_is(tmp_path: Path) -> None:
    image = made(tmp_path)
    group = protect(tmp_path)
    settled(tmp_path, image)
    assert group.end() == 0
    (tmp_path / "copy.img").unlink()
    group = protect(tmp_path)
    assert group.ready["replicas"]["state"] == "marking"
    with hosted(tmp_path, 8, image) as host:
        host.until(20)
        until(lambda: "no such image" in status(tmp_path / "journal")["failure"])
        listed = isthmus(tmp_path, "journal", "list", "journal").stdout
        assert "the replicas are not fed, and lack up to" in listed
        assert "there is no such image" in listed
        refused = isthmus(tmp_path, "bookmark", "add", "journal", "now")
        assert "there is no point yet" in refused.stderr
        (tmp_path / "copy.img").touch()
        until_state(tmp_path / "journal", "distributing")
    settled(tmp_path, image)
    assert "resync: the replicas were not there" in isthmus(tmp_path, "timeline", "journal").stdout
    assert group.end() == 0


def test_what_is_full_is_about_replicas(tmp_path: Path) -> None:
    words = ("protect", "disk.img", "--create", "1MiB", "--journal", "journal")
    done = isthmus(tmp_path, *words, "--listen", "unix:s", "--when-full", "mark")
    assert done.returncode == 2
    assert "--when-full is about replicas, and there are none" in done.stderr


@pytest.mark.parametrize("words", [("rewind", "--at", "bookmark:good"), ("bookmark add", "later")])
def test_what_is_asked_where_nobody_serves_gives_no_history_up(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    image = made(tmp_path)
    group = protect(tmp_path)
    settled(tmp_path, image)
    assert isthmus(tmp_path, "bookmark", "add", "journal", "good").returncode == 0
    assert group.end() == 0
    (tmp_path / "copy.img").rename(tmp_path / "away.img")
    refused = isthmus(tmp_path, *words[0].split(), "journal", *words[1:])
    assert refused.returncode == 2
    assert "there is no such image" in refused.stderr
    (tmp_path / "away.img").rename(tmp_path / "copy.img")
    assert restored(tmp_path, "bookmark:good") == bytes(image)
