"""A journal on a file system that is full serves its hosts on, with fewer points."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.replicas import WhenFull
from core.driver.group.wanted import Wanted
from core.machine.journal.shelf import Retention
from core.stream.history import History
from core.stream.noted import noted
from core.wire.note import Gap
from tests.core.driver.small_disk import enlarge, small_disk
from tests.core.driver.test_consolidation import SIZE, check, load
from tests.core.driver.waiting import until
from tests.core.recorder import Recorder

DISK_BYTES = 9 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small", DISK_BYTES) as path:
        yield path


def test_hosts_write_on_where_the_disk_is_full(tmp_path: Path, disk: Path) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE,))
    what = Wanted(
        images=(tmp_path / "disk.img",),
        journal=disk / "journal",
        retention=Retention(size=8 * JOURNAL_BYTES_MIN, window_ns=1 << 62),
        create=SIZE,
    )
    with protected(what, lambda *_: None) as group:
        load(group, recorder, rng, writes=900)
        assert check(group, recorder) == 0
        history = History(group.folder, where="journal", live=True)
        gaps = [each.note for each in noted(history) if isinstance(each.note, Gap)]
        assert {gap.reason for gap in gaps} == {"the disk of the journal was full"}
        assert gaps[-1].last == history.first - 1
        history.close()


def test_where_a_replica_needs_what_fills_the_disk_volumes_are_marked(
    tmp_path: Path, disk: Path
) -> None:
    rng, recorder = Random(2), Recorder.of((SIZE,))
    what = Wanted(
        images=(tmp_path / "disk.img",),
        replicas=(tmp_path / "disk.copy",),
        journal=disk / "journal",
        retention=Retention(size=8 * JOURNAL_BYTES_MIN, window_ns=1 << 62),
        create=SIZE,
        when_full=WhenFull.MARK,
    )
    with protected(what, lambda *_: None) as group:
        replicas = group.replicas
        assert replicas is not None
        until(lambda: replicas.status()["state"] == "distributing")
        replicas.pause()
        load(group, recorder, rng, writes=900)
        assert replicas.status()["state"] == "marking"
        replicas.resume()
        until(lambda: "the disk has no room" in replicas.status()["failure"])
        load(group, recorder, rng, writes=20)
        group.group.flush()
        assert replicas.status()["state"] == "marking"
        enlarge(disk, 128 << 20)
        until(lambda: replicas.status()["state"] == "distributing")
        assert (tmp_path / "disk.img").read_bytes() == recorder.states[-1][0]
        until(lambda: (tmp_path / "disk.copy").read_bytes() == recorder.states[-1][0])
