"""`isthmus protect` over other NBD servers: every point of their exports, and their failures."""

import json
import signal
import time
from pathlib import Path

import pytest

from core.driver.control import ControlError, ask
from tests.core.cli.test_protect import LISTEN, MIB, PATIENCE_S, Serving, isthmus, serving
from tests.core.driver.client import EIO, FLUSH, READ, Client
from tests.core.driver.elsewhere import nbdkit, qemu_nbd
from tests.core.driver.waiting import until_state

JOURNAL = ("--journal", "journal", *LISTEN)


def blank(path: Path, size: int = MIB) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def done(folder: Path, *words: str) -> str:
    ended = isthmus(folder, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_point_of_an_export_elsewhere_is_kept(tmp_path: Path) -> None:
    """The whole life of one: written, opened, restored, compared, taken back, killed, recovered."""
    image = blank(tmp_path / "elsewhere.img")
    with qemu_nbd(tmp_path / "q.sock", image) as elsewhere:
        protect = ("protect", elsewhere.uri, *JOURNAL)
        with serving(tmp_path, *protect) as group:
            assert group.ready["exports"] == ["disk"]
            with Client.to(tmp_path / "disk.sock").go("disk") as client:
                assert client.put(0, b"a" * 8192) == 0
                done(tmp_path, "bookmark", "add", "journal", "good")
                assert client.put(4096, b"b" * 8192) == 0
                at = ("image", "open", "journal", "--at", "bookmark:good")
                with (
                    serving(tmp_path, *at, "--listen", "unix:then.sock"),
                    Client.to(tmp_path / "then.sock").go("disk") as then,
                ):
                    assert then.get(0, 12288) == b"a" * 8192 + bytes(4096)
            compared = ("journal", "diff", "journal", "--from", "bookmark:good", "--to", "latest")
            ranges = json.loads(done(tmp_path, *compared, "--format", "json"))
            assert "4096" in json.dumps(ranges)
        done(tmp_path, "journal", "restore", "journal", "--at", "sequence:1", "--output", "x")
        assert (tmp_path / "x").read_bytes() == (b"a" * 8192).ljust(MIB, b"\0")
        done(tmp_path, "rewind", "journal", "--at", "bookmark:good")
        assert image.read_bytes() == (b"a" * 8192).ljust(MIB, b"\0")
        killed = Serving(tmp_path, *protect)
        with Client.to(tmp_path / "disk.sock").go("disk") as client:
            assert client.put(0, b"c" * 4096) == 0
            assert killed.end(signal.SIGKILL) == -signal.SIGKILL
        with serving(tmp_path, *protect) as again:
            assert again.ready["recovered"] is True
            with Client.to(tmp_path / "disk.sock").go("disk") as client:
                assert client.get(0, 12288) == b"c" * 4096 + b"a" * 4096 + bytes(4096)
        done(tmp_path, "bookmark", "add", "journal", "the end")
        done(tmp_path, "journal", "verify", "journal")


def test_nothing_is_acknowledged_when_the_server_elsewhere_is_killed(tmp_path: Path) -> None:
    image = blank(tmp_path / "elsewhere.img")
    with nbdkit(tmp_path / "q.sock", "file", image) as elsewhere:
        protect = ("protect", elsewhere.uri, *JOURNAL)
        group = Serving(tmp_path, *protect)
        with Client.to(tmp_path / "disk.sock").go("q") as client:
            assert client.put(0, b"a" * 4096) == 0
            assert client.call(FLUSH).error == 0
            elsewhere.kill()
            assert client.put(4096, b"b" * 4096) == EIO
            assert client.put(0, b"c" * 4096) == EIO
            assert client.call(FLUSH).error == EIO
        group.end(signal.SIGKILL)
    image.write_bytes(bytes(MIB))  # what was not durable there is gone
    (tmp_path / "q.sock").unlink(missing_ok=True)
    with (
        nbdkit(tmp_path / "q.sock", "file", image),
        serving(tmp_path, *protect) as again,
        Client.to(tmp_path / "disk.sock").go("q") as client,
    ):
        assert again.ready["recovered"] is True
        assert client.get(0, 4096) == b"a" * 4096


def test_nothing_is_restored_from_what_cannot_be_read_elsewhere(tmp_path: Path) -> None:
    image = blank(tmp_path / "elsewhere.img")
    bad = (f"error-pread-file={tmp_path / 'bad'}", "error-pread=EIO", "error-pread-rate=100%")
    with nbdkit(tmp_path / "q.sock", "file", image, *bad, options=("--filter=error",)) as elsewhere:
        image.write_bytes(b"x" * MIB)
        with serving(tmp_path, "protect", elsewhere.uri, *JOURNAL):
            pass
        (tmp_path / "bad").touch()
        restore = ("journal", "restore", "journal", "--at", "latest", "--output", "x")
        ended = isthmus(tmp_path, *restore)
        assert ended.returncode == 2, ended.stderr
        assert "cannot read" in ended.stderr
        assert not (tmp_path / "x").exists()
        (tmp_path / "bad").unlink()
        done(tmp_path, *restore)
        assert (tmp_path / "x").read_bytes() == b"x" * MIB


@pytest.mark.parametrize("point", [1, 2])
def test_a_replica_may_be_elsewhere(tmp_path: Path, point: int) -> None:
    copy = blank(tmp_path / "elsewhere.img")
    with nbdkit(tmp_path / "q.sock", "file", copy) as elsewhere:
        protect = ("protect", "disk.img", "--create", "1MiB", "--replica", elsewhere.uri, *JOURNAL)
        with serving(tmp_path, *protect):
            until_state(tmp_path / "journal", "distributing")
            with Client.to(tmp_path / "disk.sock").go("disk") as client:
                for each in b"abc":
                    assert client.put(0, bytes([each]) * 4096) == 0
            deadline = time.monotonic() + PATIENCE_S
            while copy.read_bytes()[:4096] != b"c" * 4096:
                assert time.monotonic() < deadline, "the replica is not fed"
                time.sleep(0.02)
            done(tmp_path, "rewind", "journal", "--at", f"sequence:{point}")
            assert (tmp_path / "disk.img").read_bytes()[:4096] == b" ab"[point : point + 1] * 4096


def test_what_cannot_be_protected_elsewhere_is_told(tmp_path: Path) -> None:
    image = blank(tmp_path / "elsewhere.img")
    with nbdkit(tmp_path / "q.sock", "file", image) as elsewhere:
        protect = ("protect", elsewhere.uri, *JOURNAL)
        with serving(tmp_path, *protect), Client.to(tmp_path / "disk.sock").go("q") as client:
            with pytest.raises(ControlError, match="the size that its device or its server gives"):
                ask(tmp_path / "journal", "resize", volume="q", size=2 * MIB)
            assert client.put(0, b"a" * 4096) == 0
        other = ("--journal", "other", *JOURNAL[2:])
        for words, told in (
            (("protect", "http://host/x", *other), "files, devices and exports"),
            (("protect", "nbd+unix:///x?socket=none", *other), "No such file"),
            (("protect", "nbd://127.0.0.1:1/q", *other), "Connection refused"),
        ):
            ended = isthmus(tmp_path, *words)
            assert ended.returncode == 2, ended.stderr
            assert told in ended.stderr
            assert ended.stdout == ""
    blank(image, MIB // 2)
    with nbdkit(tmp_path / "q.sock", "file", image):
        ended = isthmus(tmp_path, *protect)
        assert ended.returncode == 2
        assert "524288 bytes, and had 1048576" in ended.stderr


@pytest.mark.parametrize("is_written", [True, False])
def test_a_server_that_failed_is_told_and_the_end_is_no_good_one(
    tmp_path: Path, is_written: bool
) -> None:
    image = blank(tmp_path / "elsewhere.img")
    with nbdkit(tmp_path / "q.sock", "file", image) as elsewhere:
        group = Serving(tmp_path, "protect", elsewhere.uri, *JOURNAL)
        with Client.to(tmp_path / "disk.sock").go("q") as client:
            assert client.put(0, b"a" * 4096) == 0
            elsewhere.kill()
            if is_written:
                assert [client.put(4096, b"b" * 4096) for _ in range(3)] == [EIO] * 3
            assert client.call(READ, 0, 4096).error == EIO
        listed = json.loads(done(tmp_path, "journal", "list", "journal", "--format", "json"))
        assert listed["state"] == "failed"
        assert "the NBD server failed" in listed["failure"]
        told = done(tmp_path, "journal", "list", "journal")
        assert "nothing more is acknowledged by process" in told
        assert f"failed    {listed['failure']}" in told
        assert ask(tmp_path / "journal", "status")["failed"] == listed["failure"]
        group.process.send_signal(signal.SIGTERM)
        _, told = group.process.communicate(timeout=PATIENCE_S)
        assert group.process.returncode == 2
        first, *rest = told.splitlines()
        assert first == f"failed: {listed['failure']}; nothing is acknowledged any more"
        assert "it failed while it was served" in rest[0] or not is_written
        assert len(rest) == 2
    assert json.loads(done(tmp_path, "journal", "list", "journal", "--format", "json"))[
        "state"
    ] == ("interrupted")
