"""The oldest segment goes whole, or stays the oldest: whatever error comes in between."""

from collections.abc import Callable
from errno import EIO
from random import Random

import pytest

from core.machine.journal.shelf import SEGMENTS_MIN, Retention, Shelf
from core.sim.faults import (
    REMOVE,
    RENAME,
    SYNC_NAMES,
    Nth,
    PowerLostError,
    Watch,
    WatchedFolder,
    error,
    power_off,
)
from core.sim.medium import MemoryFolder
from core.sim.power import Machine, Thoroughness, after_power_loss
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import numbers, places
from core.stream.part import find_part
from core.stream.segment import file_bytes
from core.wire.segment import Stream

_SIZE = SEGMENTS_MIN * file_bytes(SEGMENT_BYTES_MIN)


@pytest.mark.parametrize("nth", range(3))
def test_after_an_error_an_epoch_goes_that_had_not_gone(nth: int) -> None:
    """Without that its files would stay, with a gap behind them, and what they take not counted."""
    folder = MemoryFolder()
    watch = Nth(1 << 62, error(EIO, "Input/output error"), (RENAME, REMOVE, SYNC_NAMES))
    shelf = Shelf(
        WatchedFolder(folder, watch),
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=Retention(size=_SIZE, window_ns=1 << 62),
    )
    for first in range(1, SEGMENTS_MIN + 1):
        shelf.begin(Stream.DO, first=first, time_ns=0).seal()
    watch.nth = len(watch.seen) + nth
    before = shelf.heads(Stream.DO)
    with pytest.raises(OSError, match="Input/output error"):
        shelf.make_room()
    assert shelf.heads(Stream.DO) == before
    shelf.make_room()
    assert shelf.heads(Stream.DO) == before[1:]
    assert len(shelf.given_up) == before[1].number - 1
    assert numbers(folder.names(), Stream.DO) == tuple(each.number for each in before[1:])
    assert sum(len(blob.content) for blob in folder.blobs.values()) == shelf.size <= _SIZE


@pytest.mark.parametrize("suffix", ["data", "meta"])
@pytest.mark.parametrize("size", [0, 4096, SEGMENT_BYTES_MIN + 4096])
@pytest.mark.parametrize("name", ["free-do-spare", "free-do-00000001", "free-undo-00000001"])
def test_a_free_file_of_another_size_is_not_used(name: str, size: int, suffix: str) -> None:
    folder = MemoryFolder()
    meta_bytes = file_bytes(SEGMENT_BYTES_MIN) - SEGMENT_BYTES_MIN
    sizes = {"data": SEGMENT_BYTES_MIN, "meta": meta_bytes, suffix: size}
    for each, held in sizes.items():
        folder.create(f"{name}.{each}", held)
    shelf = Shelf(
        folder,
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=Retention(size=_SIZE, window_ns=1 << 62),
    )
    assert folder.names() == ()
    assert shelf.size == 0
    shelf.begin(Stream.DO, first=1, time_ns=0).seal()
    assert shelf.size == sum(len(blob.content) for blob in folder.blobs.values())
    assert shelf.size == file_bytes(SEGMENT_BYTES_MIN)


def test_a_free_file_of_the_right_size_is_used() -> None:
    folder = MemoryFolder()
    folder.create("free-do-spare.data", SEGMENT_BYTES_MIN)
    folder.create("free-do-spare.meta", file_bytes(SEGMENT_BYTES_MIN) - SEGMENT_BYTES_MIN)
    spare = folder.blobs["free-do-spare.data"]
    shelf = Shelf(
        folder,
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=Retention(size=_SIZE, window_ns=1 << 62),
    )
    shelf.begin(Stream.DO, first=1, time_ns=0).seal()
    assert folder.blobs["do-00000001.data"] is spare


def test_a_file_that_is_used_again_is_not_found_under_its_old_name() -> None:
    """Without that nothing would ever take it away, and `verify` would call it damaged."""
    lost_in_trimmed_files(lambda watch: watch)


def lost_in_trimmed_files(heard: Callable[[Watch], Watch]) -> None:
    """Power goes at any operation until a segment has begun in the files of one that went."""
    for nth in range(100):
        folder, is_over = MemoryFolder(), False
        try:
            _use_again(WatchedFolder(folder, heard(Nth(nth, power_off()))))
            is_over = True
        except PowerLostError:
            pass
        for left in after_power_loss(Machine(folder, ()), Thoroughness(4, 4), Random(nth)):
            for place in places(left.folder.names(), Stream.UNDO):
                found = find_part(left.folder, place, group=bytes(16), where="", live=False)
                assert found.findings == ()
        if is_over:
            assert numbers(folder.names(), Stream.UNDO) == (2, 3, 4)
            assert sum(len(blob.content) for blob in folder.blobs.values()) == 3 * file_bytes(
                SEGMENT_BYTES_MIN
            )
            return


@pytest.mark.parametrize("size", [0, 4096])
def test_a_file_of_records_that_a_loss_of_power_left_short_is_not_used_again(size: int) -> None:
    """Whoever begins in it would write records behind its end."""
    folder = MemoryFolder()
    shelf = Shelf(
        folder,
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=Retention(size=_SIZE, window_ns=1 << 62),
        streams=(Stream.UNDO,),
    )
    for first in (1, 2, 3):
        shelf.begin(Stream.UNDO, first=first, time_ns=0).seal()
    short = folder.create("undo-00000001.meta.new", size)
    short.close()
    folder.rename("undo-00000001.meta.new", "undo-00000001.meta")
    shelf.trim(3)
    segment = shelf.begin(Stream.UNDO, first=4, time_ns=0)
    assert segment.meta is not None
    assert len(segment.meta) == file_bytes(SEGMENT_BYTES_MIN) - SEGMENT_BYTES_MIN
    assert shelf.size == sum(len(blob.content) for blob in folder.blobs.values())


def _use_again(folder: WatchedFolder) -> None:
    shelf = Shelf(
        folder,
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=Retention(size=_SIZE, window_ns=1 << 62),
        streams=(Stream.UNDO,),
    )
    for first in (1, 2, 3):
        shelf.begin(Stream.UNDO, first=first, time_ns=0).seal()
    shelf.trim(3)
    shelf.begin(Stream.UNDO, first=4, time_ns=0)
