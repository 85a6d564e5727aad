"""A copy that was taken over catches up in the midst of trouble: hosts that are faster, errors."""

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from core.driver.group.protection import protected
from core.driver.group.wanted import Protected, Wanted
from core.machine.journal.shelf import KEEP_ALL
from tests.core.cli.test_failover import feeders
from tests.core.driver.waiting import until
from tests.core.recorder import WRITE, Request, run_of
from tools.benchmarks import failover

MIB = 1 << 20
VOLUME = 16 * MIB


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    failover.left_behind(tmp_path, volume_bytes=VOLUME, writes=2048)
    failover.failover(tmp_path)
    return tmp_path


@contextmanager
def opened(folder: Path) -> Iterator[Protected]:
    wanted = Wanted(images=(folder / "copy.img",), journal=folder / "journal", retention=KEEP_ALL)
    with protected(wanted, lambda _what, _done, _size: None) as found:
        yield found


def put(found: Protected, image: bytearray, rng: Random, length: int) -> None:
    offset = rng.randrange((VOLUME - length) // 512 + 1) * 512
    data = rng.randbytes(length)
    run = run_of([Request(WRITE, offset, length, data)])
    assert not found.group.exports[0].write_run(run)
    image[offset : offset + length] = data


def held(found: Protected) -> bytes:
    data = bytearray(VOLUME)
    found.group.exports[0].read(memoryview(data), 0)
    return bytes(data)


def feeder_of(folder: Path) -> int:
    until(lambda: bool(feeders(Path.cwd(), str(folder / "journal"))))
    (found,) = feeders(Path.cwd(), str(folder / "journal"))
    return found


def test_hosts_that_write_faster_than_images_are_given_it_are_held(copied: Path) -> None:
    image, rng = bytearray((copied / "disk.img").read_bytes()), Random(1)
    with opened(copied) as found:
        feeder, export = feeder_of(copied), found.group.exports[0]
        os.kill(feeder, signal.SIGSTOP)
        assert export.hold(4 * MIB) is None
        for _ in range(68):
            put(found, image, rng, 4 * MIB)
        hold = export.hold(4 * MIB)
        assert hold is not None
        assert hold.left_s() > 0
        assert held(found) == image
        os.kill(feeder, signal.SIGCONT)
        until(lambda: export.hold(1) is None)
        until(lambda: found.lacking is None)
        put(found, image, rng, 4 * MIB)
        assert held(found) == image
    assert (copied / "copy.img").read_bytes() == image


def test_what_hosts_wrote_meanwhile_takes_no_room_afterwards(copied: Path) -> None:
    image, rng = bytearray((copied / "disk.img").read_bytes()), Random(2)
    with opened(copied) as found:
        put(found, image, rng, 4 * MIB)
        assert _without_names() or found.lacking is None
        until(lambda: found.lacking is None)
        until(lambda: not _without_names())
        assert held(found) == image


def _without_names() -> list[str]:
    """Files that this process has open, and that nobody else could."""
    gc.collect()
    links = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(str(each.readlink()))
    return [each for each in links if "/journal/#" in each]


def test_a_switch_that_fails_half_way_loses_nothing_and_acknowledges_nothing(copied: Path) -> None:
    """From the first change on there is no way back but to begin again."""
    image, rng = bytearray((copied / "disk.img").read_bytes()), Random(3)
    obstacle = copied / "journal" / "sizes.new"
    obstacle.mkdir()
    with opened(copied) as found:
        put(found, image, rng, 4 * MIB)
        until(lambda: bool(found.group.failure))
        with pytest.raises(OSError, match="failed before"):
            put(found, bytearray(image), rng, 512)
    obstacle.rmdir()
    with opened(copied) as found:
        assert held(found) == image
        until(lambda: found.lacking is None)
        assert held(found) == image
    assert (copied / "copy.img").read_bytes() == image
