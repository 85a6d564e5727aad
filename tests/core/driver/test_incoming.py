"""A copy as its process has it: what production of a new generation finds, and what it signs."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EIO
from pathlib import Path
from threading import Thread

import pytest

from core.driver.backend.file import FileBackend
from core.driver.folder import DiskFolder
from core.driver.group.volume import FedVolume
from core.driver.link.channel import Channel
from core.driver.link.incoming import Incoming
from core.driver.link.listening import Listening
from core.driver.link.peers import Answer, Hello, LinkPlace, expect, parse_hello, parse_welcome
from core.driver.link.reception import Reception
from core.driver.link.wire import Plain
from core.driver.lock import WriterLock
from core.errors import CoreError
from core.machine.journal.intake import Intake
from core.machine.journal.shelf import Retention
from core.stream.identity import SEGMENT_BYTES_MIN
from core.stream.phases import State
from core.structure.digests import KEY_BYTES
from core.wire.link import BrokenLinkError, Frame, Kind, checksum, pack_frame
from tests.core.cli.test_protect import MIB
from tests.core.driver.waiting import until
from tests.core.machine.test_intake import shipped
from tests.core.machine.two_sites import SIZES
from tests.core.world import GROUP

HELLO = Hello(
    GROUP, ("v0", "v1"), SEGMENT_BYTES_MIN, 1, State.INITIALISING, 0, SIZES, b"k" * KEY_BYTES
)


@contextmanager
def copied(folder: Path) -> Iterator[Incoming]:
    """A copy that waits for production."""
    with WriterLock(folder):
        images = [folder / "v0.img", folder / "v1.img"]
        found = Incoming(DiskFolder(folder), images, Retention(size=256 << 20, window_ns=1 << 62))
        try:
            yield found
        finally:
            found.stop()


def test_a_generation_does_not_begin_before_the_one_before_is_applied(tmp_path: Path) -> None:
    """Production marks what it did not ship; what came is applied, or it is nowhere."""
    with copied(tmp_path) as incoming:
        journal = incoming.meet(HELLO)
        assert incoming._feed is not None
        incoming._feed.pause()
        intake = Intake(journal, incoming.replicas, HELLO.key)
        time = bytes(8)
        begin = Frame(Kind.BEGIN, size=8, first=1, second=1, checksum=checksum(time))
        with incoming.lock:
            intake.take(begin, memoryview(time))
            for frame, payload in shipped(1):
                if frame.first == 1:
                    intake.take(frame, memoryview(payload))
        assert journal.end
        again = HELLO._replace(generation=2, state=State.RESYNCING, since=journal.end)
        with pytest.raises(CoreError, match=f"come to write 0 of {journal.end}"):
            incoming.meet(again)
        incoming._feed.resume()
        until(lambda: journal.applied == journal.end)
        assert incoming.meet(again).standing is not None
        until(lambda: journal.applied == journal.end)
        incoming._feed.pause()
        incoming._heard({"ready": True})
        assert journal.applied == 0, "whoever feeds now may apply again what was applied"


def greeted(incoming: Incoming, hello: Hello, *frames: Frame) -> tuple[bool, str]:
    """Does the copy sign, and why does a link end that brings these frames?"""
    near, far = socket.socketpair()
    ended: list[str] = []

    def receive() -> None:
        try:
            Reception(Channel(Plain(far), patience_s=10.0), incoming).run(hello)
        except (CoreError, OSError) as error:
            ended.append(str(error))

    thread = Thread(target=receive)
    thread.start()
    with near, far:
        answer = parse_welcome(expect(Channel(Plain(near), patience_s=10.0), Kind.WELCOME))
        for frame in frames:
            near.sendall(pack_frame(frame))
        if not frames:
            near.shutdown(socket.SHUT_RDWR)
        thread.join(10)
    return answer.signs, ended[0]


def test_a_copy_whose_disk_failed_signs_nothing_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may show what no sync makes durable, and leaving that out would be wrong."""
    with copied(tmp_path) as incoming:
        assert greeted(incoming, HELLO._replace(key=b""))[0] is False
        assert greeted(incoming, HELLO)[0] is True

        def fail() -> None:
            raise OSError(EIO, "broken")

        monkeypatch.setattr(incoming.replicas[0], "sync", fail)
        region = Frame(Kind.ZEROES, number=1, second=4096)
        assert greeted(incoming, HELLO, region, Frame(Kind.FLUSH)) == (True, "[Errno 5] broken")
        assert greeted(incoming, HELLO)[0] is False


def test_a_promise_ends_with_the_link_on_which_it_was_made(tmp_path: Path) -> None:
    """Whoever greets the copy next may be another, or take long to be let in."""
    with copied(tmp_path) as incoming:
        promised = Frame(Kind.PING, first=7, number=1)
        _, why = greeted(incoming, HELLO, promised, Frame(Kind.GAP))
        assert "nothing that production says" in why
        told = incoming.status(is_connected=True)
        assert (told["production_end"], told["in_sync"]) == (7, False)


def test_what_is_signed_is_read_from_the_disk_each_time(tmp_path: Path) -> None:
    """After a sync that failed, memory has what the disk does not."""
    path = tmp_path / "copy.img"
    volume = FedVolume(FileBackend.create(path, 16 * MIB))
    volume.write(os.urandom(16 * MIB), 0)
    volume.sync()
    try:
        os.posix_fadvise(volume.backend.fd, 0, 0, os.POSIX_FADV_DONTNEED)
        if _read(volume, 0) == 0:
            pytest.skip("these files are in memory alone")
        assert _read(volume, 0) == 0
        for _ in range(2):
            before = _from_disk()
            for offset in range(0, 16 * MIB, MIB):
                volume.forget(offset, MIB)
                _read(volume, offset)
            assert _from_disk() - before > 8 * MIB, "what is in use at the moment stays"
    finally:
        volume.close()


def _read(volume: FedVolume, offset: int) -> int:
    """How much of a MiB came from the disk."""
    before = _from_disk()
    volume.read_into(bytearray(MIB), offset)
    return _from_disk() - before


def _from_disk() -> int:
    """What this process had the system read from disks."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["read_bytes"])


def test_an_image_that_another_process_resizes_has_the_size_of_now(tmp_path: Path) -> None:
    path = tmp_path / "copy.img"
    volume = FedVolume(FileBackend.create(path, 1 << 20))
    os.truncate(path, 4096)
    assert volume.size() == 4096
    volume.close()


def test_a_side_of_an_earlier_release_neither_signs_nor_has_a_key() -> None:
    answer = parse_welcome(b'{"format": 1, "spot": null, "alike": false}')
    assert answer == Answer(None, False, False, False, None, 0, None)
    for spot in ([], [1, 2], "", 7):
        with pytest.raises(BrokenLinkError, match="no welcome of a copy"):
            parse_welcome(json.dumps({"spot": spot, "alike": False}).encode())
    said = {"group": "00" * 16, "volumes": ["disk"], "segment_bytes": SEGMENT_BYTES_MIN}
    more = {"generation": 1, "state": "initialising", "since": 0, "sizes": [1 << 20]}
    assert parse_hello(json.dumps(said | more).encode()).key == b""
    for name in ("generation", "since", "epoch"):
        for number in (-1, 1 << 63, 10**30):
            with pytest.raises(BrokenLinkError, match=f"{number}"):
                parse_hello(json.dumps(said | more | {name: number}).encode())
    with pytest.raises(BrokenLinkError, match="a key of 3 bytes"):
        parse_hello(json.dumps(said | more | {"key": "6b6b6b"}).encode())


def test_who_connects_again_and_again_does_not_fill_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with copied(tmp_path) as incoming:
        listening = Listening(incoming, None)
        (address,) = listening.listen(LinkPlace("", 0, str(tmp_path / "link")))
        for _ in range(60):
            with socket.socket(socket.AF_UNIX) as stranger:
                stranger.connect(address.removeprefix("unix:"))
                stranger.sendall(b"x" * 4096)
                assert stranger.recv(1) == b""
        listening.stop()
    assert 1 <= len(caplog.records) <= 20
