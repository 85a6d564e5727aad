"""What goes for want of room on the side of the replicas is told on the timeline."""

from pathlib import Path
from random import Random

from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.replicas import WhenFull
from core.driver.group.wanted import Wanted
from core.machine.journal.shelf import Retention
from core.stream.history import History
from core.stream.noted import noted
from core.wire.note import Gap
from tests.core.driver.waiting import until
from tests.core.recorder import WRITE, Request, run_of

BLOCKS = 600
BLOCK_BYTES = 4096


def test_pre_images_that_went_for_want_of_room_are_a_gap(tmp_path: Path) -> None:
    rng = Random(1)
    what = Wanted(
        images=(tmp_path / "disk.img",),
        replicas=(tmp_path / "disk.copy",),
        journal=tmp_path / "journal",
        retention=Retention(size=4 * JOURNAL_BYTES_MIN, window_ns=1 << 62),
        create=BLOCKS * BLOCK_BYTES,
        when_full=WhenFull.WAIT,
    )
    with protected(what, lambda *_: None) as group:
        replicas = group.replicas
        assert replicas is not None
        until(lambda: replicas.status()["state"] == "distributing")

        def told() -> list[Gap]:
            history = History(group.folder, where="journal", live=True)
            found = [each.note for each in noted(history) if isinstance(each.note, Gap)]
            history.close()
            return found

        for _ in range(12):
            requests = [
                Request(WRITE, BLOCK_BYTES * at, 512, rng.randbytes(512)) for at in range(BLOCKS)
            ]
            assert not group.group.write_run(0, run_of(requests))
            with group.group.lock:
                group.group.journal.begin_epoch()
            end = group.group.journal.end
            until(lambda end=end: replicas.applied == end)  # type: ignore[misc]
        until(lambda: bool(told()), replicas.status)
        assert {gap.reason for gap in told()} == {
            "the pre-images of the replicas had reached their size"
        }
        history = History(group.folder, where="journal", live=True)
        assert not history.findings
        until(lambda: told()[-1].last == history.first - 1, told)
        history.close()
