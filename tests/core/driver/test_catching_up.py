"""A copy that was taken over catches up in the midst of trouble: hosts that are faster, errors."""

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from core.cli.protect import _copies
from core.driver.group.catching_up import CatchingUp
from core.driver.group.feed import Feed, Told
from core.driver.group.protection import protected
from core.driver.group.succession import _Heir
from core.driver.group.volume import GroupVolume
from core.driver.group.wanted import Protected, Wanted
from core.driver.link.copying import Copying
from core.driver.link.peers import parse_place
from core.driver.link.shipped import ShippedCopy
from core.errors import CoreError
from core.machine.journal.behind import Behind
from core.machine.journal.shelf import KEEP_ALL, JournalFullError
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
def opened(folder: Path, copies: tuple[Copying, ...] = ()) -> Iterator[Protected]:
    wanted = Wanted(
        images=(folder / "copy.img",),
        journal=folder / "journal",
        retention=KEEP_ALL,
        copies=copies,
    )
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


def test_of_whoever_feeds_anew_nothing_is_believed_before_it_is_told(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It applies again what was not durable: older blocks over newer ones."""
    image, rng, seen = bytearray((copied / "disk.img").read_bytes()), Random(4), list[int]()
    go = Feed.go

    def seen_to_go(feed: Feed) -> None:
        assert found.lacking is not None
        seen.append(found.lacking["applied"])
        go(feed)

    with opened(copied) as found:
        with monkeypatch.context() as patch:
            patch.setattr(CatchingUp, "_is_worth_it", lambda _: False)
            patch.setattr(Feed, "go", seen_to_go)
            put(found, image, rng, 4 * MIB)
            end = found.group.journal.end
            until(lambda: found.lacking is not None and found.lacking["applied"] == end)
            before = len(seen)
            os.kill(feeder_of(copied), signal.SIGKILL)
            until(lambda: len(seen) > before)
            assert seen[-1] < end
        until(lambda: found.lacking is None)
        assert held(found) == image
    assert (copied / "copy.img").read_bytes() == image


def test_one_that_did_not_end_in_good_order_is_not_followed(copied: Path) -> None:
    """Who was killed, or met an error of a disk, has not told what became of the images."""
    told = list[Told]()

    def hear(what: Told) -> None:
        told.append(what)
        if "ready" in what:
            feed.go()

    feed = Feed([str(copied / "journal"), str(1 << 50), "mark"], hear)
    feed.start()
    try:
        until(lambda: any("applied" in each for each in told))
        assert feed.pause()
        told.clear()
        feed.resume()
        until(lambda: any("applied" in each for each in told))
        os.kill(feeder_of(copied), signal.SIGKILL)
        assert not feed.pause()
    finally:
        assert feed.stop(within_s=60)


def test_an_error_ends_nothing_and_is_told(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image, rng, tried = bytearray((copied / "disk.img").read_bytes()), Random(5), list[str]()
    open_images = _Heir.open_images

    def no_index(_: object) -> None:
        raise MemoryError("no index")

    def not_at_once(heir: _Heir) -> Sequence[GroupVolume]:
        assert found.lacking is not None
        tried.append(found.lacking["failure"])
        if len(tried) == 1:
            raise MemoryError("no images")
        return open_images(heir)

    monkeypatch.setattr(Behind, "index", no_index)
    monkeypatch.setattr(_Heir, "open_images", not_at_once)
    with opened(copied) as found:
        put(found, image, rng, 4 * MIB)
        until(lambda: found.lacking is None)
        assert tried == ["no index", "no images"]
        assert held(found) == image
    assert (copied / "copy.img").read_bytes() == image


@pytest.mark.parametrize("error", [MemoryError("no memory"), JournalFullError("no room")])
def test_nothing_is_acknowledged_after_any_error_half_way(
    copied: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(_Heir, "take", failing)
    with opened(copied) as found:
        until(lambda: bool(found.group.failure))
        assert str(error) in found.group.failure
        with pytest.raises((OSError, CoreError), match="failed before"):
            put(found, bytearray(VOLUME), Random(6), 512)


def test_hosts_wait_less_and_less_often_for_what_comes_to_nothing(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> Sequence[GroupVolume]:
        tried.append(1)
        raise CoreError("somebody has them")

    tried = list[int]()
    monkeypatch.setattr(_Heir, "open_images", busy)
    monkeypatch.setattr("core.driver.group.catching_up._RETRY_S", 0.01)
    monkeypatch.setattr("core.driver.group.catching_up._RETRY_S_MAX", 0.04)
    with opened(copied) as found:
        catching_up = found.catching_up
        assert catching_up is not None
        until(lambda: len(tried) == 3)
        assert catching_up.failure == "somebody has them"
        assert catching_up._pause_s == 0.04


def test_copies_that_cannot_be_begun_are_begun_later(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, start = list[ShippedCopy](), ShippedCopy.start

    def not_the_second(copy: ShippedCopy) -> None:
        begun.append(copy)
        if len(begun) == 2:
            told.extend(each["failure"] for each in _copies(found)["copies"])
            raise RuntimeError("can't start new thread")
        if len(begun) == 3:
            assert not begun[0]._thread.is_alive()
            told.extend(each["failure"] for each in _copies(found)["copies"])
        start(copy)

    told = list[str]()
    monkeypatch.setattr(ShippedCopy, "start", not_the_second)
    places = [parse_place(f"unix:{copied / name}") for name in ("near.sock", "far.sock")]
    copies = tuple(Copying(place=each) for each in places)
    with opened(copied, copies) as found:
        told.extend(each["failure"] for each in _copies(found)["copies"])
        until(lambda: len(found.copies) == 2)
        assert [*found.copies] == begun[2:]
        assert told[4:] == 2 * ["can't start new thread"]
        put(found, bytearray(VOLUME), Random(7), 512)
        assert [each["connected"] for each in _copies(found)["copies"]] == [False, False]


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
