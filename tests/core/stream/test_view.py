"""A point stays what it was while the writer goes on, dies, or gives up what is needed."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np
import pytest

from core.driver.folder import DiskFolder
from core.driver.image import DiskImage
from core.errors import CoreError
from core.machine.journal.recovery import open_journal
from core.machine.journal.shelf import KEEP_ALL
from core.machine.journal.writer import Journal
from core.sim.medium import Blob, MemoryFolder, MemoryVolume, blank_volume
from core.stream.history import History
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.names import data_name, meta_name, numbers
from core.stream.segment import Segment
from core.stream.view import HistoryGoneError, PointView
from core.wire.record import RECORD, RECORD_BYTES
from core.wire.segment import COUNT, COUNT_AT, HEAD_BYTES, Stream
from tests.compat.cli.running import ROOT, environment
from tests.core import fed
from tests.core.recorder import TRIM, WRITE, Recorder, Request, random_request, run_of

SIZE = 64 << 10


class Group:
    """One volume in memory that is written, with its journal and all its states."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.folder, self.volume = MemoryFolder(), blank_volume(SIZE)
        member = Member(name="disk", path="/disk.img", size=SIZE)
        write_identity(
            self.folder,
            Identity(group=bytes(16), volumes=(member,), segment_bytes=SEGMENT_BYTES_MIN),
        )
        self.recorder = Recorder.of((SIZE,))
        self.journal = self.opened()

    def opened(self) -> Journal:
        journal, _ = open_journal(
            self.folder, [self.volume], where="j", clock=lambda: 1, retention=KEEP_ALL
        )
        return journal

    def load(self, runs: int) -> None:
        for _ in range(runs):
            self.request(random_request(self.rng, len(self.recorder.states[-1][0])))

    def request(self, request: Request) -> None:
        self.journal.write(0, run_of([request]), client=1)
        self.recorder.write(0, request)

    def overwrite(self) -> None:
        """Every block, so that several segments of both streams follow."""
        for offset in range(0, SIZE, 8192):
            self.request(Request(WRITE, offset, 8192, self.rng.randbytes(8192)))

    def resize(self, size: int) -> None:
        self.journal.resize(0, size)
        self.recorder.resize(0, size)

    def die_and_rise(self) -> None:
        """The writer ends in the midst, and another recovers."""
        self.journal = self.opened()


class BusyImage:
    """The image, to which something happens just before and just after each read."""

    def __init__(self, volume: MemoryVolume, happens: Callable[[], None]) -> None:
        self._volume, self._happens = volume, happens
        self.reads = 0

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        self.reads += 1
        self._happens()
        self._volume.read_into(buffer, offset)
        self._happens()

    def size(self) -> int:
        return self._volume.size()

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        self._happens()
        yield from self._volume.data(offset, length)
        self._happens()


def read_in_pieces(view: PointView, piece: int) -> bytes:
    whole = bytearray(view.size)
    for at in range(0, view.size, piece):
        view.read_into(memoryview(whole)[at : at + piece], at)
    return bytes(whole)


def test_what_is_written_while_a_point_is_read_does_not_show() -> None:
    for seed in range(12):
        group = Group(seed)
        group.load(seed * 3)
        point = group.rng.randint(max(0, seed * 3 - 8), seed * 3)
        image = BusyImage(group.volume, lambda group=group: group.load(2))  # type: ignore[misc]
        history = History(group.folder, where="j", live=True)
        view = PointView(history, image, volume=0, point=point)
        assert read_in_pieces(view, 4096) == group.recorder.states[point][0]
        assert image.reads


@pytest.mark.parametrize(
    "happening", ["overwrite", "die and write", "shrink", "grow", "close and open"]
)
@pytest.mark.parametrize("live", [True, False])
def test_nothing_that_happens_while_a_point_is_read_shows(happening: str, *, live: bool) -> None:
    group = Group(7)
    group.load(5)

    def happens() -> None:
        match happening:
            case "overwrite":
                group.overwrite()
            case "die and write":
                group.load(3)
                group.die_and_rise()
                group.load(3)
            case "shrink":
                group.resize(max(512, group.volume.size() - 8192))
                group.load(1)
            case "grow":
                group.resize(group.volume.size() + 512)
                group.load(1)
            case _:
                group.journal.close()
                group.die_and_rise()
                group.overwrite()

    image = BusyImage(group.volume, happens)
    history = History(group.folder, where="j", live=live)
    view = PointView(history, image, volume=0, point=3)
    assert read_in_pieces(view, 8192) == group.recorder.states[3][0]
    assert read_in_pieces(view, SIZE) == group.recorder.states[3][0]


@pytest.mark.parametrize("seed", range(8))
def test_what_may_be_other_than_zero_is_all_that_is(seed: int) -> None:
    """Holes come and go meanwhile: every sector that is left out was zero at the point."""
    group = Group(seed)
    group.load(seed)
    point = group.rng.randint(0, seed)

    def trim_or_write() -> None:
        offset = group.rng.randrange(SIZE // 4096) * 4096
        group.request(Request(TRIM, offset, 4096))
        group.load(1)

    image = BusyImage(group.volume, trim_or_write)
    view = PointView(History(group.folder, where="j", live=True), image, volume=0, point=point)
    found = bytearray(view.size)
    for begin in range(0, view.size, 4096):
        ends = [begin]
        for at, length in view.data(begin, 4096):
            assert ends[-1] <= at < at + length <= begin + 4096
            ends.append(at + length)
            view.read_into(memoryview(found)[at : at + length], at)
    assert found == group.recorder.states[point][0]


def test_a_hole_that_was_made_just_now_is_none_at_the_point() -> None:
    group = Group(15)
    group.load(30)
    image = BusyImage(group.volume, lambda: group.request(Request(TRIM, 0, SIZE)))
    view = PointView(History(group.folder, where="j", live=True), image, volume=0, point=30)
    found = bytearray(view.size)
    for at, length in view.data(0, view.size):
        view.read_into(memoryview(found)[at : at + length], at)
    assert found == group.recorder.states[30][0]


def test_a_view_reads_the_same_however_often_others_look_again() -> None:
    group = Group(8)
    group.load(20)
    history = History(group.folder, where="j", live=True)
    view = PointView(history, group.volume, volume=0, point=10)
    for _ in range(5):
        group.overwrite()
        history.refresh()
        assert read_in_pieces(view, 512) == group.recorder.states[10][0]


def test_a_pre_image_that_its_writer_could_not_publish_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It died between the two; its heir found the pre-image, and wrote the block."""
    group = Group(13)
    group.load(5)
    history = History(group.folder, where="j", live=True)
    view = PointView(history, group.volume, volume=0, point=5)
    monkeypatch.setattr(Segment, "add", died)
    with pytest.raises(KeyboardInterrupt):
        group.overwrite()
    monkeypatch.undo()
    also = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=5)
    group.die_and_rise()
    assert group.journal.end == 6
    assert read_in_pieces(view, 4096) == group.recorder.states[5][0]
    assert read_in_pieces(also, 4096) == group.recorder.states[5][0]
    late = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=5)
    assert read_in_pieces(late, 4096) == group.recorder.states[5][0]


def test_a_view_goes_on_with_the_records_of_a_writer_that_took_over() -> None:
    """It was killed before it captured anything: its heir goes on with that segment."""
    group = Group(16)
    group.load(5)
    group.die_and_rise()
    view = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=5)
    group.die_and_rise()
    group.request(Request(WRITE, 0, 8192, group.rng.randbytes(8192)))
    assert read_in_pieces(view, 4096) == group.recorder.states[5][0]


def test_a_point_is_read_where_a_loss_of_power_left_nothing_of_the_records() -> None:
    group = Group(17)
    group.load(5)
    last = numbers(group.folder.names(), Stream.UNDO)[-1]
    group.folder.blobs[meta_name(Stream.UNDO, last)] = Blob()
    view = PointView(History(group.folder, where="j"), group.volume, volume=0, point=3)
    assert read_in_pieces(view, 4096) == group.recorder.states[3][0]


def test_counts_that_a_loss_of_power_left_of_what_was_lost_are_not_believed() -> None:
    group = Group(18)
    group.overwrite()
    group.journal.begin_epoch()
    group.request(Request(WRITE, 0, 4096, bytes(4096)))
    last = numbers(group.folder.names(), Stream.UNDO)[-1]
    meta = group.folder.blobs[meta_name(Stream.UNDO, last)].content
    (count,) = COUNT.unpack_from(meta, COUNT_AT)
    at = HEAD_BYTES + count * RECORD_BYTES
    lost = np.frombuffer(bytes(meta[at - RECORD_BYTES : at]), RECORD).copy()
    lost["offset"] = 32 << 10
    meta[at : at + RECORD_BYTES] = lost.tobytes()
    COUNT.pack_into(meta, COUNT_AT, count + 1)
    view = PointView(History(group.folder, where="j"), group.volume, volume=0, point=9)
    assert read_in_pieces(view, 4096) == group.recorder.states[9][0]


def died(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_history_that_was_dropped_meanwhile_is_told() -> None:
    """The last segment that is known goes, and with it what came behind it for all one knows."""
    group = Group(9)
    group.load(1)
    view = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=1)
    group.overwrite()
    group.overwrite()
    for number in numbers(group.folder.names(), Stream.UNDO)[:-1]:
        group.folder.remove(data_name(Stream.UNDO, number))
    with pytest.raises(HistoryGoneError, match="was dropped while it was read"):
        read_in_pieces(view, 4096)


def test_a_first_segment_that_came_and_went_unseen_is_told() -> None:
    world = fed.fed_early()
    folder = world.machine.folder
    data, _ = (folder.blobs.pop(name(Stream.UNDO, 1)) for name in (data_name, meta_name))
    history = History(folder, where="j", live=True)
    view = PointView(history, world.images[0], volume=0, point=1)
    assert read_in_pieces(view, 4096)[:4096] == world.recorder.states[1][0][:4096]
    folder.blobs[data_name(Stream.UNDO, 2)] = data
    with pytest.raises(HistoryGoneError, match="was dropped while it was read"):
        read_in_pieces(view, 4096)


def test_a_file_that_became_another_segment_is_told() -> None:
    group = Group(10)
    group.load(3)
    history = History(group.folder, where="j", live=True)
    view = PointView(history, group.volume, volume=0, point=2)
    read_in_pieces(view, SIZE)
    blob = group.folder.blobs[data_name(Stream.DO, history.do[0].head.number)]
    blob.content[:64] = bytes(64)
    with pytest.raises(HistoryGoneError, match="was dropped while it was read"):
        read_in_pieces(view, SIZE)


def test_records_that_became_those_of_another_segment_are_told() -> None:
    """The file of the last one that is known is used again, and sealed again, behind its back."""
    group = Group(14)
    group.load(3)
    known = numbers(group.folder.names(), Stream.UNDO)
    view = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=2)
    for _ in range(4):
        group.overwrite()
    old, new = known[-1], numbers(group.folder.names(), Stream.UNDO)[-2]
    blobs = group.folder.blobs
    blobs[meta_name(Stream.UNDO, old)].content[:] = blobs[meta_name(Stream.UNDO, new)].content
    with pytest.raises(HistoryGoneError, match="was dropped while it was read"):
        read_in_pieces(view, 4096)


def test_a_view_of_a_journal_s_end_ends_with_its_pieces_in_any_order() -> None:
    group = Group(11)
    group.load(30)
    view = PointView(History(group.folder, where="j", live=True), group.volume, volume=0, point=30)
    offsets = list(range(0, SIZE, 1024))
    group.rng.shuffle(offsets)
    for at in offsets:
        piece = bytearray(1024)
        view.read_into(piece, at)
        assert piece == group.recorder.states[30][0][at : at + 1024]
        group.load(1)
    view.close()


WRITING = """
import sys, time
from hashlib import sha256
from pathlib import Path
from random import Random
from core.driver.lock import WriterLock
from tests.core.journals import Made, made

found = made(Path(sys.argv[1]), (1 << 20, 256 << 10), segment_bytes=1 << 18)
lock = WriterLock(found.folder)
journal = found.opened()
rng = Random(int(sys.argv[2]))
found.load(journal, rng, runs=150)
for point, state in enumerate(found.recorder.states):
    print(point, *(sha256(each).hexdigest() for each in state), flush=False)
print("ready", flush=True)
until = time.monotonic() + float(sys.argv[3])
while time.monotonic() < until:
    del found.recorder.states[:-1]
    found.load(journal, rng, runs=20)
print("last", journal.end, flush=True)
if sys.argv[4] == "close":
    journal.close()
"""


@pytest.mark.parametrize("ending", ["close", "die"])
def test_another_process_writes_while_points_are_read(tmp_path: Path, ending: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITING, str(tmp_path), "5", "4", ending],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = iter(process.stdout.readline, "ready\n")
    states = {int(words[0]): words[1:] for words in (line.split() for line in told)}
    try:
        rng, rounds = Random(6), 0
        images = [DiskImage(tmp_path / f"disk{nth}.img") for nth in range(2)]
        while process.poll() is None or rounds < 3:
            live = process.poll() is None
            history = History(DiskFolder(tmp_path / "journal"), where="j", live=live)
            point = rng.randint(0, 150)
            views = [
                PointView(history, image, volume=nth, point=point)
                for nth, image in enumerate(images)
            ]
            for nth, view in enumerate(views):
                digest = sha256(read_in_pieces(view, 16 << 10)).hexdigest()
                assert digest == states[point][nth], (rounds, point, nth)
                view.close()
            history.close()
            rounds += 1
    finally:
        process.kill()
        out, _ = process.communicate()
    assert int(out.split()[-1]) > 200
    assert rounds >= 3


FORGETTING = """
import sys, time
from hashlib import sha256
from pathlib import Path
from random import Random
from core.driver.lock import WriterLock
from core.machine.journal.shelf import Retention
from core.stream.segment import file_bytes
from tests.core.journals import made

found = made(Path(sys.argv[1]), (1 << 20,), segment_bytes=1 << 17)
lock = WriterLock(found.folder)
journal = found.opened(Retention(size=12 * file_bytes(1 << 17), window_ns=1 << 62))
rng = Random(7)
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    del found.recorder.states[:-1]
    found.load(journal, rng, runs=10)
    print(journal.end, sha256(found.recorder.states[-1][0]).hexdigest(), flush=True)
journal.close()
"""


def test_what_is_forgotten_while_it_is_read_is_told_and_never_wrong(tmp_path: Path) -> None:
    """The writer has room for a few epochs, and uses their files again and again."""
    process = subprocess.Popen(
        [sys.executable, "-c", FORGETTING, str(tmp_path), "6"],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    rng, whole, gone = Random(8), 0, 0
    told: deque[str] = deque(maxlen=16)
    told.append(process.stdout.readline())
    listening = threading.Thread(target=told.extend, args=(process.stdout,))
    listening.start()
    try:
        image = DiskImage(tmp_path / "disk0.img")
        while listening.is_alive():
            point, digest = rng.choice(tuple(told)).split()
            try:
                history = History(DiskFolder(tmp_path / "journal"), where="j", live=True)
                view = PointView(history, image, volume=0, point=int(point))
                pause = rng.choice((0, 0, 0.002, 0.01))
                found = bytearray(view.size)
                for at in range(0, view.size, 64 << 10):
                    view.read_into(memoryview(found)[at : at + (64 << 10)], at)
                    time.sleep(pause)
            except (CoreError, FileNotFoundError):
                gone += 1
            else:
                whole += 1
                assert sha256(found).hexdigest() == digest, point
    finally:
        process.kill()
        listening.join()
        process.communicate()
    assert whole > 3
    assert gone > 3


def test_looking_is_cheap_where_nothing_was_written() -> None:
    """A piece costs two attempts to open a file, whatever the length of the history."""
    group = Group(12)
    group.load(200)
    history = History(group.folder, where="j", live=True)
    view = PointView(history, group.volume, volume=0, point=150)
    begun = time.perf_counter()
    piece = bytearray(512)
    for _ in range(2000):
        view.read_into(piece, 512)
    assert time.perf_counter() - begun < 5
