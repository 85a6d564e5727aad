"""A group that is served folds what has aged, and every point that is left is right."""

from pathlib import Path
from random import Random

import pytest

from core.driver.group.consolidation import Consolidation
from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.wanted import Protected, Wanted
from core.machine.journal.ladder import Ladder, parse_ladder
from core.machine.journal.shelf import Retention
from core.machine.journal.writer import Journal
from core.stream.finding import Finding
from core.stream.history import History
from core.stream.verify import verify
from core.stream.view import PointView
from core.wire.segment import Stream
from tests.core.driver.waiting import until
from tests.core.recorder import WRITE, Recorder, Request, run_of

SIZE = 128 << 10
QUICK = parse_ladder("1s:all 1h:1s")


def wanted(top: Path, ladder: Ladder, *, replica: bool = False) -> Wanted:
    return Wanted(
        images=(top / "disk.img",),
        replicas=(top / "disk.copy",) if replica else (),
        journal=top / "journal",
        retention=Retention(size=4 * JOURNAL_BYTES_MIN, window_ns=1 << 62, ladder=ladder),
        create=SIZE,
    )


def load(group: Protected, recorder: Recorder, rng: Random, *, writes: int) -> None:
    for _ in range(writes):
        offset, length = 512 * rng.randrange(200), 512 * rng.randint(24, 56)
        request = Request(WRITE, offset, length, rng.randbytes(length))
        assert not group.group.write_run(0, run_of([request]))
        recorder.write(0, request)


def keep(group: Protected, first: int | None) -> None:
    """No point from that on is thinned out; None ends that."""
    with group.group.lock:
        if isinstance(group.group.journal, Journal):
            group.group.journal.shelf.keep("a check", first)


def check(group: Protected, recorder: Recorder) -> int:
    """Every point is right; returns how many were thinned out."""
    keep(group, 0)
    history = History(group.folder, where="journal", live=True)
    assert not history.findings
    assert history.end == len(recorder.states) - 1
    points = [history.first, *history.points()["sequence"].tolist()]
    for point in points:
        view = PointView(history, group.images[0], volume=0, point=point)
        whole = bytearray(view.size)
        view.read_into(whole, 0)
        assert bytes(whole) == recorder.states[point][0], point
        view.close()
    thinned = history.end + 1 - history.first - len(points)
    history.close()
    keep(group, None)
    return thinned


@pytest.mark.parametrize("replica", [False, True], ids=["local", "replica"])
def test_what_has_aged_is_folded_while_the_group_is_served(tmp_path: Path, replica: bool) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE,))
    what = wanted(tmp_path, QUICK, replica=replica)
    with protected(what, lambda *_: None) as group:
        until(lambda: group.replicas is None or group.replicas.status()["state"] == "distributing")
        consolidation = group.consolidation
        assert consolidation is not None
        load(group, recorder, rng, writes=260)
        until(lambda: consolidation.folded >= 3)
        load(group, recorder, rng, writes=30)
        assert check(group, recorder) > 40
        assert consolidation.failure == ""
        if replica:
            assert group.replicas is not None
            assert group.replicas.status()["failure"] == ""
    with protected(what, lambda *_: None) as group:
        assert group.recovered.clean
        load(group, recorder, rng, writes=10)
        assert check(group, recorder) > 40
        assert not [*leftovers(tmp_path)]
        assert not [each for each in verify(group.folder, where="j") if isinstance(each, Finding)]


def test_pre_images_are_folded_after_their_epochs(tmp_path: Path) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE,))
    with protected(wanted(tmp_path, QUICK), lambda *_: None) as group:
        journal = group.group.journal
        assert isinstance(journal, Journal)
        for _ in range(24):
            load(group, recorder, rng, writes=10)
            with group.group.lock:
                journal.begin_epoch()
        until(lambda: any(head.rounds for head in journal.shelf.heads(Stream.UNDO)))
        assert check(group, recorder) > 40
        assert group.consolidation is not None
        assert group.consolidation.failure == ""


def test_what_lies_before_the_history_that_is_offered_is_not_folded(tmp_path: Path) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE,))
    with protected(wanted(tmp_path, QUICK), lambda *_: None) as group:
        load(group, recorder, rng, writes=260)
        consolidation = group.consolidation
        assert consolidation is not None
        journal = group.group.journal
        assert isinstance(journal, Journal)
        begin = journal.shelf.heads(Stream.DO)[-1].first
        late = Consolidation(group.group, lambda: journal.shelf, group.folder, lambda: begin)
        none = Consolidation(group.group, lambda: journal.shelf, group.folder, lambda: None)
        try:
            until(lambda: consolidation.folded >= 3)
            assert (late.folded, none.folded) == (0, 0)
        finally:
            late.stop()
            none.stop()


def leftovers(top: Path) -> list[str]:
    return [path.name for path in (top / "journal").iterdir() if path.suffix == ".new"]
