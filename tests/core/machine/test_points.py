"""Every point of a journal is what an outside recorder saw."""

from collections.abc import Sequence
from errno import EIO
from random import Random

from core.machine.journal.failing import JournalFailedError
from core.machine.journal.recovery import open_journal
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import KEEP_ALL, Retention
from core.machine.journal.writer import Journal
from core.sim.medium import MemoryFolder, MemoryVolume, blank_volume
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.point import PointIndex
from core.stream.segment import file_bytes
from core.wire.nbd.requests import Run
from tests.core.recorder import WRITE, Recorder, Request, random_request, run_of

SIZES = (96 << 10, 64 << 10, 33 << 10)


def new_folder(volumes: int, *, replica: str = "") -> MemoryFolder:
    folder = MemoryFolder()
    members = tuple(
        Member(name=f"volume{nth}", path=f"/images/{nth}", size=SIZES[nth], replica=replica)
        for nth in range(volumes)
    )
    write_identity(
        folder, Identity(group=bytes(16), volumes=members, segment_bytes=SEGMENT_BYTES_MIN)
    )
    return folder


def opened(
    folder: MemoryFolder, volumes: Sequence[MemoryVolume], retention: Retention = KEEP_ALL
) -> Journal:
    journal, _ = open_journal(
        folder, volumes, where="journal", clock=lambda: 1, retention=retention
    )
    return journal


def load(journal: Journal, recorder: Recorder, rng: Random, *, runs: int, resizes: bool) -> None:
    for _ in range(runs):
        number = rng.randrange(len(SIZES))
        if resizes and rng.random() < 0.02:
            size = 512 * rng.randint(40, 250)
            journal.resize(number, size)
            recorder.resize(number, size)
            continue
        size = len(recorder.states[-1][number])
        requests = [random_request(rng, size) for _ in range(rng.randint(1, 4))]
        journal.write(number, run_of(requests), client=1)
        for each in requests:
            recorder.write(number, each)


def state_at(history: History, volumes: Sequence[MemoryVolume], point: int) -> tuple[bytes, ...]:
    found = []
    for number, volume in enumerate(volumes):
        index = PointIndex(history, volume=number, point=point, image_size=volume.size())
        whole = bytearray(index.size)
        index.read_into(whole, 0, volume)
        found.append(bytes(whole))
    return tuple(found)


def test_every_write_boundary_is_what_the_recorder_saw() -> None:
    rng = Random(1)
    folder, volumes = new_folder(3), [blank_volume(size) for size in SIZES]
    journal, recorder = opened(folder, volumes), Recorder.of(SIZES)
    load(journal, recorder, rng, runs=300, resizes=True)
    history = History(folder, where="journal", live=True)
    assert history.end == len(recorder.states) - 1
    assert len(history.do) > 10
    for point, expected in enumerate(recorder.states):
        assert state_at(history, volumes, point) == expected, point


def test_what_was_closed_opens_again_and_goes_on() -> None:
    rng = Random(2)
    folder, volumes = new_folder(3), [blank_volume(size) for size in SIZES]
    recorder = Recorder.of(SIZES)
    for _ in range(4):
        journal = opened(folder, volumes)
        load(journal, recorder, rng, runs=20, resizes=True)
        journal.close()
    history = History(folder, where="journal")
    assert history.unsealed is None
    for point, expected in enumerate(recorder.states):
        assert state_at(history, volumes, point) == expected, point


def test_a_journal_keeps_to_its_budget_and_every_point_that_it_still_has() -> None:
    rng = Random(3)
    budget = Retention(size=10 * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
    folder, volumes = new_folder(3), [blank_volume(size) for size in SIZES]
    recorder = Recorder.of(SIZES)
    for _ in range(3):
        journal = opened(folder, volumes, budget)
        load(journal, recorder, rng, runs=200, resizes=True)
        taken = sum(
            len(blob.content) for name, blob in folder.blobs.items() if not name.endswith("json")
        )
        assert taken <= budget.size
    history = History(folder, where="journal", live=True)
    assert 0 < history.first < history.end == len(recorder.states) - 1
    for point in range(history.first, history.end + 1):
        assert state_at(history, volumes, point) == recorder.states[point], point


def test_a_rewind_is_history_and_is_undone_by_another() -> None:
    rng = Random(4)
    folder, volumes = new_folder(3), [blank_volume(size) for size in SIZES]
    journal, recorder = opened(folder, volumes), Recorder.of(SIZES)
    load(journal, recorder, rng, runs=150, resizes=True)
    last = journal.end
    for point in (rng.randrange(last), 0, last):
        history = History(folder, where="journal", live=True)
        for _ in rewind(journal, history, volumes, volumes, point=point):
            pass
        held = tuple(bytes(volume.blob.content) for volume in volumes)
        assert held == recorder.states[point]
    history = History(folder, where="journal", live=True)
    assert state_at(history, volumes, journal.end) == recorder.states[last]
    for point in range(0, last + 1, 7):
        assert state_at(history, volumes, point) == recorder.states[point], point


def test_a_rewind_to_the_earliest_point_of_a_full_journal_is_a_whole_one() -> None:
    """It takes more than the budget for that, and gives it back when it is over."""
    rng = Random(5)
    budget = Retention(size=10 * file_bytes(SEGMENT_BYTES_MIN), window_ns=1 << 62)
    folder, volumes = new_folder(3), [blank_volume(size) for size in SIZES]
    journal, recorder = opened(folder, volumes, budget), Recorder.of(SIZES)
    load(journal, recorder, rng, runs=200, resizes=False)
    history = History(folder, where="journal", live=True)
    first, before = history.first, journal.end
    assert first > 0
    for _ in rewind(journal, history, volumes, volumes, point=first):
        pass
    assert tuple(bytes(volume.blob.content) for volume in volumes) == recorder.states[first]
    assert journal.shelf.size <= budget.size
    history.refresh()
    assert state_at(history, volumes, journal.end) == recorder.states[first]
    assert state_at(history, volumes, before) == recorder.states[before]


class Unwell(MemoryVolume):
    """A volume that now and then does nothing of a run, and says so."""

    fails = False

    def write_run(self, run: Run) -> dict[int, int]:
        return (
            dict.fromkeys(range(len(run.requests)), EIO) if self.fails else super().write_run(run)
        )


def test_what_a_failed_write_left_is_journaled_in_its_epoch_or_the_journal_ends() -> None:
    """What a write did that its host was told had failed is nobody's to say, until it is read.

    In the next epoch that would be no part of what is recovered after a crash.
    """
    rng = Random(9)
    folder, volume = new_folder(1), Unwell(blank_volume(SIZES[0]).blob)
    journal, recorder = opened(folder, [volume]), Recorder.of(SIZES[:1])
    failed, ended = set(), 0
    for _ in range(400):
        before = recorder.states[-1][0]
        request = random_request(rng, SIZES[0])
        volume.fails = rng.random() < 0.3
        recorder.write(0, request)
        try:
            errors = journal.write(0, run_of([request]), client=1)
        except JournalFailedError as error:
            ended += "no room for what a failed write left" in str(error)
            volume.fails = False
            journal.close()
            journal = opened(folder, [volume])
            assert journal.end == len(recorder.states) - 1
            continue
        if volume.fails:
            assert errors == {0: EIO}
            failed.add(len(recorder.states) - 1)
            held = before[request.offset : request.offset + request.length]
            recorder.write(0, Request(WRITE, request.offset, request.length, held))
    assert ended > 0
    history = History(folder, where="journal", live=True)
    assert history.end == len(recorder.states) - 1
    assert bytes(volume.blob.content) == recorder.states[-1][0]
    for point in sorted({*range(history.end + 1)} - failed):
        assert state_at(history, [volume], point) == recorder.states[point], point
