"""A protected group over its socket: what hosts wrote, at every point of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from core.driver.folder import DiskFolder
from core.driver.group.identifying import JOURNAL_BYTES_MIN
from core.driver.group.protection import protected
from core.driver.group.wanted import Protected, Wanted
from core.driver.nbd.export import Exports
from core.driver.nbd.server import Server
from core.errors import CoreError
from core.machine.journal.marking import Marking
from core.machine.journal.rewind import rewind
from core.machine.journal.shelf import Retention
from core.machine.journal.writer import Journal
from core.machine.link.lag import Part
from core.stream.history import History
from core.stream.phases import State
from core.stream.view import PointView
from core.structure.medium import File
from tests.core.driver.client import DISC, EIO, FLUSH, TRIM, WRITE, ZEROES, Client
from tests.core.driver.waiting import until
from tests.core.recorder import WRITE as WRITING
from tests.core.recorder import Recorder, Request, random_request, run_of

SIZE = 1 << 20
NAMES = ("data", "wal")
KEEP = Retention(size=4 * JOURNAL_BYTES_MIN, window_ns=1 << 62)


def wanted(top: Path, *, replica: bool = False) -> Wanted:
    return Wanted(
        images=tuple(top / f"{name}.img" for name in NAMES),
        replicas=tuple(top / f"{name}.copy" for name in NAMES) if replica else (),
        journal=top / "journal",
        retention=KEEP,
        create=SIZE,
    )


@contextmanager
def served(what: Wanted) -> Iterator[tuple[Protected, Path]]:
    socket = what.journal.with_name("nbd.sock")
    with protected(what, lambda _name, _done, _size: None) as group:
        exports = Exports()
        for each in group.group.exports:
            exports.add(each)
        server = Server(exports)
        server.listen_unix(socket)
        try:
            yield group, socket
        finally:
            assert server.stop() == 0


def load(clients: Sequence[Client], recorder: Recorder, rng: Random, *, writes: int) -> None:
    kinds = {1: WRITE, 4: TRIM, 6: ZEROES}
    for _ in range(writes):
        number = rng.randrange(len(clients))
        request = random_request(rng, SIZE)
        reply = clients[number].call(
            kinds[request.command], request.offset, request.length, data=request.data
        )
        assert reply.error == 0
        recorder.write(number, request)


def states(group: Protected) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    """Every tenth point, and the last."""
    history = History(group.folder, where="journal", live=True)
    for point in sorted({*range(history.first, history.end, 10), history.end}):
        found = []
        for number, image in enumerate(group.images):
            view = PointView(history, image, volume=number, point=point)
            whole = bytearray(view.size)
            view.read_into(whole, 0)
            found.append(bytes(whole))
        yield point, tuple(found)
    history.close()


def is_distributing(group: Protected) -> bool:
    assert group.replicas is not None
    return bool(group.replicas.status()["state"] == State.DISTRIBUTING)


@pytest.mark.parametrize("replica", [False, True])
def test_what_clients_wrote_is_there_at_every_point(tmp_path: Path, replica: bool) -> None:
    rng, recorder = Random(1), Recorder.of((SIZE, SIZE))
    for _ in range(2):
        with served(wanted(tmp_path, replica=replica)) as (group, socket):
            assert group.recovered.clean
            if group.replicas is not None:
                until(lambda: is_distributing(group))
            clients = [Client.to(socket).go(name) for name in NAMES]
            load(clients, recorder, rng, writes=120)
            assert clients[0].call(FLUSH).error == 0
            for number, client in enumerate(clients):
                assert client.get(0, SIZE) == recorder.states[-1][number]
                client.sock.close()
            for point, found in states(group):
                assert found == recorder.states[point], point


def test_a_group_is_taken_back_when_nobody_uses_it(tmp_path: Path) -> None:
    rng, recorder = Random(2), Recorder.of((SIZE, SIZE))
    with served(wanted(tmp_path)) as (group, socket):
        clients = [Client.to(socket).go(name) for name in NAMES]
        load(clients, recorder, rng, writes=60)
        with (
            pytest.raises(CoreError, match="2 clients use the volumes"),
            group.group.without_clients(),
        ):
            pass
        for client in clients:
            with client:
                client.sock.sendall(client.packed(DISC, 0, 0))
                assert client.ends()
        history = History(group.folder, where="journal", live=True)
        journal = group.group.journal
        assert isinstance(journal, Journal)
        with group.group.without_clients():
            for _ in rewind(journal, history, group.group.volumes, group.images, point=30):
                pass
        history.close()
        with Client.to(socket).go("data") as client:
            assert client.get(0, SIZE) == recorder.states[30][0]


def test_two_processes_do_not_serve_one_image(tmp_path: Path) -> None:
    with served(wanted(tmp_path)):
        other = Wanted(images=(tmp_path / "data.img",), journal=tmp_path / "other", retention=KEEP)
        with (
            pytest.raises(CoreError, match="another process serves this image"),
            protected(other, lambda _name, _done, _size: None),
        ):
            pass


def test_a_journal_is_of_its_images_alone(tmp_path: Path) -> None:
    with served(wanted(tmp_path)):
        pass
    (tmp_path / "third.img").write_bytes(bytes(SIZE))
    other = Wanted(images=(tmp_path / "third.img",), journal=tmp_path / "journal", retention=KEEP)
    with (
        pytest.raises(CoreError, match="this is the journal of"),
        protected(other, lambda _name, _done, _size: None),
    ):
        pass


def test_a_journal_whose_medium_failed_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(wanted(tmp_path)) as (group, socket), Client.to(socket).go("data") as client:
        assert client.put(0, b"a" * 4096) == 0
        file = group.group.journal.to_flush()
        monkeypatch.setattr(type(file), "sync", lambda _: (_ for _ in ()).throw(OSError(5, "EIO")))
        assert client.call(FLUSH).error == EIO
        monkeypatch.undo()
        assert client.put(0, b"b" * 4096) == EIO
        assert client.call(FLUSH).error == EIO
        assert client.get(0, 4096) == b"a" * 4096


def test_a_flush_outlasts_the_epoch_that_it_began_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(wanted(tmp_path)) as (group, socket), Client.to(socket).go("data") as client:
        journal = group.group.journal
        asked = journal.to_flush

        def asked_just_before_the_epoch_ends() -> File | Marking:
            file = asked()
            journal.begin_epoch()
            return file

        assert client.put(0, b"a" * 4096) == 0
        monkeypatch.setattr(journal, "to_flush", asked_just_before_the_epoch_ends)
        assert client.call(FLUSH).error == 0
        monkeypatch.undo()
        assert client.put(0, b"b" * 4096) == 0
        assert client.call(FLUSH).error == 0


def test_a_flush_after_a_write_that_failed_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(wanted(tmp_path)) as (group, socket), Client.to(socket).go("data") as client:
        file = group.group.journal.to_flush()
        fault = OSError(5, "EIO")
        monkeypatch.setattr(type(file), "write", lambda *_: (_ for _ in ()).throw(fault))
        assert client.put(0, b"a" * 4096) == EIO
        monkeypatch.undo()
        assert client.call(FLUSH).error == EIO
        assert client.get(0, 4096) == bytes(4096)


@pytest.mark.parametrize("replica", [False, True])
def test_files_are_ready_before_an_epoch_ends(tmp_path: Path, replica: bool) -> None:
    spare = tmp_path / "journal" / "free-do-spare.data"
    with served(wanted(tmp_path, replica=replica)) as (group, _):
        deadline = time.monotonic() + 60
        while not spare.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        made = spare.stat()
        newest = max(spare.parent.glob("do-*.data"))
        while newest.stat().st_ino != made.st_ino:
            assert time.monotonic() < deadline
            with group.group.lock:
                group.group.journal.begin_epoch()
            newest = max(spare.parent.glob("do-*.data"))
        assert made.st_blocks * 512 >= made.st_size


def test_a_full_disk_leaves_nothing_half_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(DiskFolder, "reserve", lambda *_: (_ for _ in ()).throw(full))
    with served(wanted(tmp_path)) as (group, socket), Client.to(socket).go("data") as client:
        deadline = time.monotonic() + 60
        while not caplog.records:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert "No space left on device" in caplog.text
        with group.group.lock:
            group.group.journal.begin_epoch()
        assert client.put(0, b"a" * 4096) == 0
        assert not [*(tmp_path / "journal").glob("free-*")]


def test_what_was_done_of_a_long_write_is_not_done_again_when_there_is_room(tmp_path: Path) -> None:
    long = 3 << 20
    what = Wanted(
        images=(tmp_path / "disk.img",),
        journal=tmp_path / "journal",
        retention=Retention(size=JOURNAL_BYTES_MIN, window_ns=1 << 62),
        create=2 * long,
    )
    run = run_of([Request(WRITING, 0, long, b"x" * long)])
    with protected(what, lambda *_: None) as found:
        group = found.group
        parts = len(group.journal.pieces(run))
        assert parts > 3
        assert isinstance(group.journal, Journal)
        with group.lock:
            group.journal.shelf.keep("somebody", 0)
        done: list[object] = []
        writer = Thread(target=lambda: done.extend(group.write_run(0, run) for _ in range(4)))
        writer.start()
        deadline = time.monotonic() + 60
        while not group.waits_for_room:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with group.lock:
            group.journal.shelf.keep("somebody", None)
        group.made_room()
        writer.join(60)
        assert done == [{}, {}, {}, {}]
        assert group.journal.end == 4 * parts


def test_what_has_come_and_waits_to_be_journaled_is_told_until_it_is(tmp_path: Path) -> None:
    with served(wanted(tmp_path)) as (found, socket), ExitStack() as stack:
        group = found.group
        clients = [stack.enter_context(Client.to(socket).go(name)) for name in NAMES]
        writing = [Thread(target=each.put, args=(0, b"x" * 8192)) for each in clients]
        assert group.coming == Part(0, 0)
        with group.lock:
            for each in writing:
                each.start()
            until(lambda: group.coming.size > 2 * 8192)
            size, age_ns = group.coming
            until(lambda: group.coming.age_ns > age_ns)
            assert group.coming.size == size
        for each in writing:
            each.join(60)
        until(lambda: group.coming == Part(0, 0))
