"""`isthmus protect` and `isthmus image`, as processes that others talk to."""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.cli.serving import bound, parse_listen
from core.driver import control
from tests.core.driver.client import DISC, FLUSH, READ, Client
from tests.core.driver.programs import needs, run
from tests.core.driver.waiting import until, until_state

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60.0
MIB = 1 << 20
ISTHMUS = (sys.executable, "-W", "error", "-c", "from core.cli import main; main()")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def isthmus(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ISTHMUS, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


class Serving:
    """A process that says in one line that it is ready."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [*ISTHMUS, *words],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=PATIENCE_S)[1])
        self.ready: dict[str, Any] = json.loads(line)
        self.told = ""
        """What it said on standard error, once it has ended."""

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        _, self.told = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Serving]:
    found = Serving(folder, *words)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            assert found.end() == 0


PROTECT = ("protect", "disk.img", "--create", "1MiB", "--journal", "journal")
LISTEN = ("--listen", "unix:disk.sock", "--journal-size", "64MiB")


@contextmanager
def connected(socket: Path) -> Iterator[Client]:
    with Client.to(socket).go("disk") as client:
        yield client
        client.sock.sendall(client.packed(DISC, 0, 0))
        assert client.ends()


def test_what_was_protected_is_opened_written_over_and_closed(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN) as group:
        assert group.ready["ready"] is True
        assert group.ready["exports"] == ["disk"]
        assert group.ready["uris"] == [f"nbd+unix:///disk?socket={tmp_path}/disk.sock"]
        with connected(tmp_path / "disk.sock") as client:
            assert client.put(0, b"a" * 8192) == 0
            assert isthmus(tmp_path, "bookmark", "add", "journal", "good").returncode == 0
            assert client.put(4096, b"b" * 8192) == 0
            words = ("image", "open", "journal", "--at", "bookmark:good", "--writable")
            with serving(tmp_path, *words, "--listen", "unix:then.sock") as image:
                assert image.ready["point"] == 1
                with connected(tmp_path / "then.sock") as then:
                    assert client.put(0, b"c" * 4096) == 0
                    assert then.get(0, 16384) == b"a" * 8192 + bytes(8192)
                    assert then.put(100, b"x" * 5000) == 0
                    assert then.get(0, 8192) == b"a" * 100 + b"x" * 5000 + b"a" * 3092
                closed = isthmus(tmp_path, "image", "close", "unix:then.sock")
                assert closed.returncode == 0, closed.stderr
                assert image.process.wait(PATIENCE_S) == 0
                image.process.communicate()
            assert client.get(0, 12288) == b"c" * 4096 + b"b" * 8192
    done = isthmus(tmp_path, "journal", "restore", "journal", "--at", "sequence:2", "--output", "x")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x").read_bytes() == (b"a" * 4096 + b"b" * 8192).ljust(MIB, b"\0")


def test_a_bookmark_has_one_time(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN):
        with connected(tmp_path / "disk.sock") as client:
            assert client.put(0, b"a" * 512) == 0
        time.sleep(0.01)
        words = ("journal", "good", "--format", "json")
        added = json.loads(isthmus(tmp_path, "bookmark", "add", *words).stdout)
        listed = isthmus(tmp_path, "bookmark", "list", "journal", "--format", "json")
        (found,) = json.loads(listed.stdout)["bookmarks"]
        assert (added["sequence"], added["time"]) == (found["sequence"], found["time"])


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("10", "no image has 10 bytes"),
        ("0", "no image has 0 bytes"),
        ("5000", "no image has 5000 bytes"),
        ("10MB", "no image has 10000000 bytes"),
        ("1.5G", "is no size"),
        ("99999999999GiB", "give 9223372036854775296 at most"),
    ],
)
def test_no_image_is_made_of_a_size_that_nobody_meant(tmp_path: Path, size: str, told: str) -> None:
    refused = isthmus(tmp_path, "protect", "disk.img", "--create", size, *PROTECT[4:], *LISTEN)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert any(each in refused.stderr for each in ("10MiB or 10GiB", "64MiB or 20GiB", "at most"))
    assert not (tmp_path / "disk.img").exists()
    assert not (tmp_path / "journal").exists()


def test_a_process_that_is_killed_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    group = Serving(tmp_path, *PROTECT, *LISTEN)
    with Client.to(tmp_path / "disk.sock").go("disk") as client:
        assert client.put(0, b"a" * 8192) == 0
        assert client.call(FLUSH).error == 0
        assert client.put(4096, b"b" * 4096) == 0
        assert group.end(signal.SIGKILL) == -signal.SIGKILL
    with serving(tmp_path, *PROTECT, *LISTEN) as again:
        assert again.ready["recovered"] is True
        assert again.ready["point"] == 2
        with connected(tmp_path / "disk.sock") as client:
            assert client.get(0, 8192) == b"a" * 4096 + b"b" * 4096


def test_a_group_with_100_open_sockets_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """Those that negotiate, those that are idle, and those that do not take their answers."""
    group = Serving(tmp_path, *PROTECT, *LISTEN)
    address = tmp_path / "disk.sock"
    with ExitStack() as stack:
        silent = [stack.enter_context(Client.to(address)) for _ in range(50)]
        used = [stack.enter_context(Client.to(address)).go("disk") for _ in range(50)]
        assert used[0].put(0, b"a" * 4096) == 0
        for each in used[1:10]:
            each.sock.sendall(b"".join(each.packed(READ, 0, MIB) for _ in range(8)))
        assert group.end() == 0
        for each in (*silent, *used):
            assert each.ends()
    with serving(tmp_path, *PROTECT, *LISTEN) as again:
        assert again.ready["recovered"] is False
        assert again.ready["point"] == 1


def test_nothing_is_made_where_the_journal_is_of_another_image(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN):
        pass
    words = ("protect", "other.img", "--create", "1MiB", "--journal", "journal", *LISTEN)
    refused = isthmus(tmp_path, *words)
    assert refused.returncode == 2
    assert "this is the journal of" in refused.stderr
    assert not (tmp_path / "other.img").exists()


@pytest.mark.parametrize("is_served", [True, False])
def test_volumes_are_taken_back_in_place_and_forward_again(tmp_path: Path, is_served: bool) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, "--replica", "copy.img") as group:
        until_state(tmp_path / "journal", "distributing")
        with connected(tmp_path / "disk.sock") as client:
            for each in b"abc":
                assert client.put(0, bytes([each]) * 4096) == 0
            refused = isthmus(tmp_path, "rewind", "journal", "--at", "sequence:1")
            assert refused.returncode == 2
            assert "1 client uses the volumes" in refused.stderr
        if not is_served:
            assert group.end() == 0
        for point, expected in ((1, b"a"), (3, b"c"), (0, b"\0")):
            words = ("rewind", "journal", "--at", f"sequence:{point}", "--format", "json")
            done = isthmus(tmp_path, *words)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["point"] == point
            assert (tmp_path / "disk.img").read_bytes()[:4096] == expected * 4096


def test_what_cannot_be_served_is_told_before_anything_is_made(tmp_path: Path) -> None:
    for words, told in (
        (("protect", "no.img", "--journal", "j", *LISTEN), "there is no such image"),
        ((*PROTECT, "--listen", "nowhere"), "cannot listen on 'nowhere'"),
        ((*PROTECT, *LISTEN, "--journal-size", "1MiB"), "too small"),
        ((*PROTECT, *LISTEN, "--window", "long"), "'long' is no duration"),
        ((*PROTECT, *LISTEN, "--replica", "disk.img"), "this is given twice"),
        ((*PROTECT, *LISTEN, "--ladder", "2h"), "'2h' is no rung of a ladder"),
        (
            (*PROTECT, *LISTEN, "--ladder", "1h:all 7d:1m", "--window", "1h"),
            "no point comes to '7d:1m': history goes back 1h",
        ),
        ((*PROTECT, *LISTEN, "--certificate", "c.pem"), "give --certificate and --key"),
        ((*PROTECT, "a/disk.img", *LISTEN), "two images would be exported as disk"),
        ((*PROTECT, *LISTEN, "--replica", "a", "--replica", "b"), "1 image and 2 replicas"),
    ):
        done = isthmus(tmp_path, *words)
        assert done.returncode == 2, (words, done.stderr)
        assert told in done.stderr
        assert done.stdout == ""
    assert not (tmp_path / "journal").exists()


def test_the_signal_to_end_is_heard_whichever_thread_it_comes_to(tmp_path: Path) -> None:
    """A library that was loaded before may have threads that block no signals."""
    group = Serving(tmp_path, *PROTECT, *LISTEN)
    number = group.process.pid
    open_to_it = [
        int(task.name)
        for task in Path(f"/proc/{number}/task").iterdir()
        if int(task.name) != number and not _blocks(task, signal.SIGTERM)
    ]
    if not open_to_it:
        group.end()
        pytest.skip("no library has a thread here")
    assert ctypes.CDLL(None).tgkill(number, open_to_it[0], int(signal.SIGTERM)) == 0
    group.process.communicate(timeout=PATIENCE_S)
    assert group.process.returncode == 0


def _blocks(task: Path, number: int) -> bool:
    mask = re.search(r"(?m)^SigBlk:\s+(\w+)$", (task / "status").read_text(encoding="ascii"))
    assert mask is not None
    return bool(int(mask[1], 16) >> number - 1 & 1)


def test_what_has_aged_is_thinned_out_and_is_shown_to_be(tmp_path: Path) -> None:
    ladder = ("--ladder", "1s:all 1h:1s")
    with serving(tmp_path, *PROTECT, *LISTEN, *ladder):
        with connected(tmp_path / "disk.sock") as client:
            for nth in range(120):
                assert client.put(0, bytes([nth]) * (128 << 10)) == 0
        deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while not (folded := listed(tmp_path)["folded"])["segments"]:
            assert time.monotonic() < deadline
            pause.wait(0.2)
        assert folded["bytes"] < folded["bytes_before"] // 4
        told = isthmus(tmp_path, "timeline", "journal").stdout
        assert re.search(r" points? of \d+ writes", told)
        words = ("journal", "export", "journal", "--at", "sequence:3", "--output", "x")
        refused = isthmus(tmp_path, *words)
        assert (refused.returncode, "was thinned out" in refused.stderr) == (2, True)
        status = control.ask(tmp_path / "journal", "status")
        assert status["folded"] > 0
        assert status["not_folded"] == ""
    assert isthmus(tmp_path, "journal", "verify", "journal").returncode == 0


def listed(folder: Path) -> Any:
    return json.loads(isthmus(folder, "journal", "list", "journal", "--format", "json").stdout)


def test_an_image_is_exported_by_the_name_of_its_volume_and_by_that_of_its_point(
    tmp_path: Path,
) -> None:
    needs("nbdinfo")
    with serving(tmp_path, *PROTECT, *LISTEN) as group:
        with connected(tmp_path / "disk.sock") as client:
            assert client.put(0, b"a" * 4096) == 0
        listed = json.loads(run("nbdinfo", "--list", "--json", group.ready["uris"][0]))
        assert [each["export-name"] for each in listed["exports"]] == ["disk"]
        assert isthmus(tmp_path, "bookmark", "add", "journal", "b c").returncode == 0
        for at, name in (("bookmark:b c", "disk@b c"), ("sequence:0", "disk@sequence:0")):
            words = ("image", "open", "journal", "--at", at, "--listen", "unix:then.sock")
            with serving(tmp_path, *words) as image:
                assert image.ready["named"] == [name]
                uri = f"nbd+unix:///?socket={tmp_path}/then.sock"
                listed = json.loads(run("nbdinfo", "--list", "--json", uri))
                assert [each["export-name"] for each in listed["exports"]] == ["disk", name]
                for export in ("", "disk", name):
                    with Client.to(tmp_path / "then.sock").go(export) as then:
                        assert then.get(0, 1) == (b"a" if "b c" in at else b"\0")


@pytest.mark.parametrize("replica", [(), ("--replica", "copy.img")])
def test_an_image_that_has_a_history_is_never_made_anew(
    tmp_path: Path, replica: tuple[str, ...]
) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, *replica) as group:
        with connected(tmp_path / "disk.sock") as client:
            assert client.put(0, b"a" * 4096) == 0
            assert client.call(FLUSH).error == 0
        assert group.end() == 0
    image = (tmp_path / "disk.img").rename(tmp_path / "gone.img")
    refused = isthmus(tmp_path, *PROTECT, *LISTEN, *replica)
    assert refused.returncode == 2
    assert "disk.img: this image is not there, and journal has its history" in refused.stderr
    assert not (tmp_path / "disk.img").exists()
    image.rename(tmp_path / "disk.img")
    with serving(tmp_path, *PROTECT, *LISTEN, *replica) as again:
        assert again.ready["point"] == 1


def test_what_no_file_can_be_is_not_left_there(tmp_path: Path) -> None:
    refused = isthmus(
        tmp_path, "protect", "disk.img", "--create", "8000000GiB", *PROTECT[4:], *LISTEN
    )
    assert refused.returncode == 2
    if "File too large" not in refused.stderr:
        pytest.skip("a file can have so many bytes here")
    assert "disk.img: cannot create a volume of 7.6PiB: File too large" in refused.stderr
    assert [*tmp_path.iterdir()] == []


def test_an_image_without_a_byte_is_refused(tmp_path: Path) -> None:
    (tmp_path / "disk.img").touch()
    refused = isthmus(tmp_path, *PROTECT, *LISTEN)
    assert refused.returncode == 2
    assert f"{tmp_path}/disk.img: this image has 0 bytes" in refused.stderr
    assert not (tmp_path / "journal").exists()


def test_an_image_whose_name_is_no_text_is_refused_before_it_is_made(tmp_path: Path) -> None:
    name = os.fsdecode(b"b\xff.img")
    refused = isthmus(tmp_path, "protect", name, *PROTECT[2:], *LISTEN)
    assert refused.returncode == 2
    assert (
        "b\\udcff.img: an export has the name of its file, and this is not UTF-8" in refused.stderr
    )
    assert [*tmp_path.iterdir()] == []


def test_a_folder_whose_name_is_no_text_is_none_the_worse(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"b\xff")
    folder.mkdir()
    with serving(folder, *PROTECT, *LISTEN) as group:
        assert group.ready["uris"] == [f"nbd+unix:///disk?socket={tmp_path}/b%FF/disk.sock"]
        with connected(folder / "disk.sock") as client:
            assert client.put(0, b"a" * 4096) == 0
    done = isthmus(folder, "journal", "list", "journal")
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_of_a_start_that_could_not_listen(tmp_path: Path) -> None:
    words = (*PROTECT, "--replica", "copy.img", "--journal-size", "64MiB", "--listen")
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        for place, told in (
            (f"127.0.0.1:{port}", "Address already in use\n  somebody listens there already"),
            ("unix:no/s", "No such file or directory\n  there is no such folder: make it"),
            ("0.0.0.0:0", "without TLS anybody"),
            ("unix:disk.sock", "this is given twice"),
        ):
            done = isthmus(tmp_path, *words, place, "--listen", "unix:disk.sock")
            assert done.returncode == 2
            assert told in done.stderr
            assert [*tmp_path.iterdir()] == []
    done = isthmus(tmp_path, *words, "127.0.0.1:0", "--certificate", "no.pem", "--key", "no.key")
    assert (done.returncode, [*tmp_path.iterdir()]) == (2, [])


def test_nothing_is_left_of_a_start_that_lacks_something(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(MIB))
    os.mkfifo(tmp_path / "fifo")
    before = sorted(tmp_path.iterdir())
    for words, told in (
        (("disk.img", "no/log.img", "--journal", "journal"), "there is no folder"),
        (("disk.img", "--journal", "no/journal"), "there is no folder"),
        (("disk.img", "--journal", "file"), "not a folder"),
        (("disk.img", "fifo", "--journal", "journal"), "this is a FIFO"),
        (("disk.img", "/dev/null", "--journal", "journal"), "this is a character device"),
        (("disk.img", ".", "--journal", "journal"), "this is a folder"),
        (("disk.img", "--replica", "fifo", "--journal", "journal"), "this is a FIFO"),
        (("disk.img", "--replica", "no/copy.img", "--journal", "journal"), "there is no folder"),
    ):
        done = isthmus(tmp_path, "protect", *words, "--create", "1MiB", *LISTEN)
        assert done.returncode == 2, words
        assert told in done.stderr
        assert done.stderr.count("\n  ") == 1, "and a hint"
        assert sorted(tmp_path.iterdir()) == before


def test_nobody_can_connect_before_all_is_ready(tmp_path: Path) -> None:
    """Until then there is no socket by that name, and nobody answers at the port."""
    doors = [*parse_listen(["unix:" + str(tmp_path / "s"), "127.0.0.1:0"])]
    with bound(doors, None) as held:
        (_, unix), (_, tcp) = held.listeners
        assert not (tmp_path / "s").exists()
        host, _, port = tcp.address.rpartition(":")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)))
        unix.open()
        tcp.open()
        socket.create_connection((host, int(port))).close()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))
    assert [*tmp_path.iterdir()] == []


def test_what_is_kept_is_listed_while_it_is_served(tmp_path: Path) -> None:
    words = ("--replica", "copy.img", "--ladder", "1h:all 7d:1m", "--when-full", "mark")
    with serving(tmp_path, *PROTECT, *LISTEN, *words):
        assert listed(tmp_path)["kept"] == {
            "size": 64 << 20,
            "window_ns": 7 * 86_400 * 10**9,
            "ladder": ["1h:all", "7d:1m"],
            "when_full": "mark",
        }
        told = isthmus(tmp_path, "journal", "list", "journal").stdout
        assert (
            "keeps     --journal-size 64MiB --window 7d --ladder '1h:all 7d:1m' --when-full mark"
            in told
        )
    assert listed(tmp_path)["kept"] is None
    assert "keeps" not in isthmus(tmp_path, "journal", "list", "journal").stdout


def test_what_lies_at_a_port_is_not_closed_by_that(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN):
        words = ("image", "open", "journal", "--at", "latest", "--listen", "127.0.0.1:0")
        with serving(tmp_path, *words) as image:
            address = image.ready["listen"][0].removeprefix("nbd://")
            refused = isthmus(tmp_path, "image", "close", address)
            assert refused.returncode == 2
            assert "who serves at a port cannot be found by it" in refused.stderr
            assert "end its process by SIGTERM" in refused.stderr
        refused = isthmus(tmp_path, "image", "close", "unix:then.sock")
        assert "nobody serves there: No such file" in refused.stderr
        assert "name the socket as it was named" in refused.stderr


def test_a_replica_that_is_missing_is_told_once(tmp_path: Path) -> None:
    words = (*PROTECT, *LISTEN, "--replica", "copy.img")
    with serving(tmp_path, *words):
        until_state(tmp_path / "journal", "distributing")
    (tmp_path / "copy.img").unlink()
    group = Serving(tmp_path, *words)
    try:
        missing = f"{tmp_path}/copy.img: there is no such image"
        until(lambda: control.ask(tmp_path / "journal", "status")["failure"] == missing)
        listing = isthmus(tmp_path, "journal", "list", "journal").stdout
        assert f"lack up to 1MiB; what is wrong: {missing}\n" in listing
        time.sleep(1)
    finally:
        group.process.send_signal(signal.SIGTERM)
        _, told = group.process.communicate(timeout=PATIENCE_S)
    assert told.splitlines() == [
        "history begins anew: copy.img: there is no such image",
        f"the replicas are not fed: {missing}; it is tried on",
    ]
