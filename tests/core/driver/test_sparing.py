"""Files for the next segment are made ready beside the hosts, again after whatever went wrong."""

from errno import EIO
from threading import Lock

import pytest

from core.driver.group import sparing
from core.driver.group.sparing import Sparing
from core.machine.journal.shelf import KEEP_ALL, Shelf
from core.sim.faults import CREATE, REMOVE, Operation, WatchedFolder
from core.sim.medium import MemoryFolder
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.names import spare_names
from core.wire.segment import Stream
from tests.core.driver.waiting import until


def test_files_are_made_ready_after_they_could_not_be_made_nor_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sparing, "_RETRY_S", 0.01)
    folder, seen = MemoryFolder(), list[str]()

    def watch(operation: Operation) -> None:
        if operation.kind in (CREATE, REMOVE):
            seen.append(operation.kind)
            if len(seen) in (2, 3):
                raise OSError(EIO, "Input/output error")
        operation.carry_out()

    shelf = Shelf(
        WatchedFolder(folder, watch),
        group=bytes(16),
        segment_bytes=SEGMENT_BYTES_MIN,
        retention=KEEP_ALL,
    )
    supplied = Sparing(lambda: shelf, Lock())
    try:
        until(lambda: folder.names() == spare_names(Stream.DO))
    finally:
        supplied.stop()
    assert seen == [CREATE, CREATE, REMOVE, CREATE, CREATE]
