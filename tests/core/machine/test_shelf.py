"""The oldest segment goes whole, or stays the oldest: whatever error comes in between."""

from errno import EIO

import pytest

from core.machine.journal.shelf import SEGMENTS_MIN, Retention, Shelf
from core.sim.faults import REMOVE, RENAME, SYNC_NAMES, Nth, WatchedFolder, error
from core.sim.medium import MemoryFolder
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import numbers
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
